"""SDTM tables of invented patients, as small as a test needs them: every quiet value is filled in."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from carnet.instruments.bilag2004 import ITEMS as BILAG
from carnet.instruments.bilag2004 import MEASURED
from carnet.instruments.sledai2k import ITEMS as SLEDAI

DAY_0 = date(2025, 3, 10)
VISITS = {
    "SCR": (1, -28), "BL": (2, -6), "LD1": (3, -5), "D0": (7, 0), "D3": (10, 3), "D6": (13, 6), "D14": (17, 14),
    "D28": (19, 28), "M2": (20, 61), "M3": (21, 91), "M4": (22, 122), "M5": (23, 152), "M6": (24, 183), "M9": (25, 274),
    "M12": (26, 365),
}  # fmt: skip
QUIET = {
    "bilag_systolic_bp": 120, "bilag_diastolic_bp": 75, "bilag_urine_dipstick_protein": 0, "bilag_uacr": 1.0, "bilag_upcr": 10.0,
    "bilag_urine_protein_24h": 0.1, "bilag_creatinine": 60, "bilag_gfr": 100, "bilag_haemoglobin": 13.0,
    "bilag_white_cell_count": 6.0, "bilag_neutrophils": 4.0, "bilag_lymphocytes": 1.5, "bilag_platelets": 250,
}  # fmt: skip
DOMAINS = {
    "dm": ["SUBJID", "SITEID", "AGE", "AGEU", "SEX", "RACE", "ARMCD", "ARM", "ACTARMCD", "ACTARM", "RFSTDTC", "RFXSTDTC", "RFICDTC", "DTHDTC", "DTHFL"],
    "ex": ["EXSEQ", "EXTRT", "EXCAT", "EXDOSE", "EXDOSU", "EXSTDTC", "EXENDTC", "EXSPID"],
    "ec": ["ECSEQ", "ECTRT", "ECMOOD", "ECDOSE", "ECDOSU", "ECSPID"],
    "rs": ["RSSEQ", "RSCAT", "RSTESTCD", "RSORRES", "RSSTRESC", "RSSTRESN", "VISITNUM", "VISIT", "RSDTC"],
    "supprs": ["RDOMAIN", "IDVAR", "IDVARVAL", "QNAM", "QVAL"],
    "fa": ["FASEQ", "FACAT", "FATESTCD", "FASTRESC", "FADTC", "VISITNUM"],
    "cm": ["CMSEQ", "CMTRT", "CMDECOD", "CMCLAS", "CMCAT", "CMINDC", "CMDOSE", "CMDOSU", "CMDOSFRQ", "CMROUTE", "CMSTDTC", "CMENDTC", "CMENRTPT"],
    "lb": ["LBSEQ", "LBTESTCD", "LBTEST", "LBCAT", "LBSPEC", "LBSTRESC", "LBSTRESN", "LBSTRESU", "LBSTNRLO", "LBSTNRHI", "LBNRIND", "VISITNUM", "VISIT", "LBDTC", "LBGRPID"],
    "is": ["ISSEQ", "ISTESTCD", "ISTEST", "ISBDAGNT", "ISMETHOD", "ISSTRESC", "ISSTRESN", "ISSTRESU", "ISSTNRHI", "ISLLOQ", "VISITNUM", "VISIT", "ISDTC"],
    "ae": ["AESEQ", "AETERM", "AEDECOD", "AESOC", "AETOXGR", "AESER", "AESTDTC", "AEENDTC"],
    "ds": ["DSSEQ", "DSTERM", "DSDECOD", "DSCAT", "DSSCAT", "DSSTDTC"],
    "sv": ["VISITNUM", "VISIT", "SVSTDTC", "SVOCCUR"],
}  # fmt: skip
NUMBERS = {"AGE", "EXDOSE", "ECDOSE", "RSSTRESN", "VISITNUM", "CMDOSE", "LBSTRESN", "LBSTNRLO", "LBSTNRHI", "ISSTRESN", "ISSTNRHI", "ISLLOQ"}


def on(day: int) -> str:
    """Return the date of a protocol day."""
    return (DAY_0 + timedelta(days=day)).isoformat()


class Trial:
    """SDTM tables that grow row by row; `tables()` gives them as frames."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, object]]] = {}

    def add(self, domain: str, subject: str, **values: object) -> int:
        """Add a row; its --SEQ is counted and returned."""
        rows = self.rows.setdefault(domain, [])
        seq = 1 + sum(row["USUBJID"] == f"T-{subject}" for row in rows)
        rows.append({"STUDYID": "T", "USUBJID": f"T-{subject}", f"{domain.upper()}SEQ": seq, **values})
        return seq

    def patient(self, subject: str = "1", cells: int = 3, lymphodepletion: bool = True, **dm: object) -> Trial:
        """Add a patient who had lymphodepletion from day -5 and infusions on days 0, 3 and 6."""
        self.add("dm", subject, SUBJID=subject, AGE=30, AGEU="YEARS", SEX="F", ARMCD="CARNK", ARM="CAR-NK", ACTARMCD="CARNK", ACTARM="CAR-NK",
                 RFSTDTC=on(0), RFICDTC=on(-30), **dm)  # fmt: skip
        for day in (-5, -4, -3) if lymphodepletion else ():
            for drug in ("FLUDARABINE", "CYCLOPHOSPHAMIDE"):
                self.add("ex", subject, EXTRT=drug, EXCAT="LYMPHODEPLETION", EXDOSE=25, EXDOSU="mg/m2", EXSTDTC=f"{on(day)}T09:00", EXENDTC=f"{on(day)}T10:00")
        for day in (0, 3, 6)[:cells]:
            spid = f"cell_infusion/{day}"
            self.add("ex", subject, EXTRT="CELLS", EXCAT="CAR-NK INFUSION", EXDOSE=1000, EXDOSU="10^6 Therapeutic Cells", EXSTDTC=f"{on(day)}T10:00",
                     EXENDTC=f"{on(day)}T10:30", EXSPID=spid)  # fmt: skip
            self.add("ec", subject, ECTRT="CELLS", ECMOOD="SCHEDULED", ECDOSE=1000, ECDOSU="10^6 Therapeutic Cells", ECSPID=spid)
        return self

    def assess(self, subject: str = "1", visit: str = "BL", day: int | None = None, sledai: dict[str, object] | None = None,
               bilag: dict[str, object] | None = None, pga: float | None = 1.0, parts: str = "sbpq", review: bool = True,
               last: dict[str, str] | None = None, due: dict[str, str] | None = None) -> Trial:  # fmt: skip
        """Add an assessment: every item absent but those named in `sledai` (value None is not assessed) and `bilag`."""
        num, planned = VISITS.get(visit, (99.01, 0))
        when = on(planned if day is None else day)
        common = {"VISITNUM": num, "VISIT": visit, "RSDTC": when}
        if "s" in parts:
            for item in SLEDAI:
                key = item.id.removeprefix("sledai_")
                there = (sledai or {}).get(key, False)
                word = None if there is None else "PRESENT" if there else "ABSENT"
                seq = self.add("rs", subject, RSCAT="SLEDAI-2K", RSTESTCD=item.testcd, RSORRES=word, RSSTRESC=word and str(item.points if there else 0), **common)
                for name, said in (("LASTPRES", last), ("ATTRIB", due)):
                    if key in (said or {}):
                        self.add("supprs", subject, RDOMAIN="RS", IDVAR="RSSEQ", IDVARVAL=str(seq), QNAM=name, QVAL=said[key])
        if "b" in parts:
            for item in BILAG:
                value = (bilag or {}).get(item.id.removeprefix("bilag_"), QUIET.get(item.id, "N" if item.type == "boolean" else 0))
                seq = self.add("rs", subject, RSCAT="BILAG-2004", RSTESTCD=item.testcd, RSORRES=str(value), RSSTRESC=str(value), **common)
                if item in MEASURED:
                    self.add("supprs", subject, RDOMAIN="RS", IDVAR="RSSEQ", IDVARVAL=str(seq), QNAM="ATTRIB", QVAL="Y")
        if "p" in parts and pga is not None:
            self.add("rs", subject, RSCAT="PGA", RSTESTCD="PGALUP01", RSORRES=str(pga), RSSTRESC=str(pga), RSSTRESN=pga, **common)
        if "q" in parts:
            for code in ("LAQ0101", "LAQ0102"):
                self.add("rs", subject, RSCAT="LUPUS ACTIVITY QUESTIONS", RSTESTCD=code, RSORRES="N", RSSTRESC="N", **common)
        if review:
            for code in ("CMREVIEW", "STDTREAT"):
                self.add("fa", subject, FACAT="TREATMENT REVIEW", FATESTCD=code, FASTRESC="Y", FADTC=when, VISITNUM=num)
        return self

    def steroid(self, subject: str = "1", mg: float = 5, start: int | str = -60, stop: int | str | None = None, reason: str = "SLE",
                drug: str = "PREDNISONE", **more: object) -> Trial:  # fmt: skip
        """Add a row of the glucocorticoid log; days are protocol days, or dates as text."""
        first, end = (on(d) if isinstance(d, int) else d for d in (start, stop))
        self.add("cm", subject, **{"CMTRT": drug, "CMCLAS": "GLUCOCORTICOID", "CMCAT": "GLUCOCORTICOID", "CMINDC": reason, "CMDOSE": mg, "CMDOSU": "mg/day",
                 "CMROUTE": "ORAL", "CMSTDTC": first, "CMENDTC": end, "CMENRTPT": None if end else "ONGOING", **more})  # fmt: skip
        return self

    def tables(self) -> dict[str, pl.DataFrame]:
        """Return the frames, with every column of their domain."""
        frames = {}
        for domain, rows in self.rows.items():
            names = ["STUDYID", "USUBJID", *DOMAINS[domain]]
            names += [n for n in dict.fromkeys(name for row in rows for name in row) if n not in names]
            types = {n: pl.Float64 if n in NUMBERS else pl.Int64 if n.endswith("SEQ") else pl.String for n in names}
            frames[domain] = pl.DataFrame([[row.get(n) for n in names] for row in rows], schema=types, orient="row")
        return frames
