"""SDTM tables of invented patients, as small as a test needs them: every quiet value is filled in."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from carnet.instruments.bilag2004 import ITEMS as BILAG
from carnet.instruments.bilag2004 import MEASURED
from carnet.instruments.sledai2k import ITEMS as SLEDAI

DAY_0 = date(2025, 3, 10)
VISITS = {
    "SCR": (1, -28),
    "BL": (2, -6),
    "LD1": (3, -5),
    "D0": (7, 0),
    "D3": (10, 3),
    "D6": (13, 6),
    "D14": (17, 14),
    "D28": (19, 28),
    "M2": (20, 61),
    "M3": (21, 91),
    "M4": (22, 122),
    "M5": (23, 152),
    "M6": (24, 183),
    "M9": (25, 274),
    "M12": (26, 365),
}
QUIET = {
    "bilag_systolic_bp": 120,
    "bilag_diastolic_bp": 75,
    "bilag_urine_dipstick_protein": 0,
    "bilag_uacr": 1.0,
    "bilag_upcr": 10.0,
    "bilag_urine_protein_24h": 0.1,
    "bilag_creatinine": 60,
    "bilag_gfr": 100,
    "bilag_haemoglobin": 13.0,
    "bilag_white_cell_count": 6.0,
    "bilag_neutrophils": 4.0,
    "bilag_lymphocytes": 1.5,
    "bilag_platelets": 250,
}
COLUMNS = {
    "dm": "SUBJID SITEID AGE AGEU SEX RACE ARMCD ARM ACTARMCD ACTARM RFSTDTC RFXSTDTC RFICDTC DTHDTC DTHFL",
    "ex": "EXTRT EXCAT EXDOSE EXDOSU EXSTDTC EXENDTC EXSPID",
    "ec": "ECTRT ECMOOD ECDOSE ECDOSU ECSPID",
    "rs": "RSCAT RSTESTCD RSORRES RSSTRESC RSSTRESN VISITNUM VISIT RSDTC",
    "supprs": "RDOMAIN IDVAR IDVARVAL QNAM QVAL",
    "fa": "FACAT FATESTCD FASTRESC FADTC FAGRPID VISITNUM",
    "cm": "CMTRT CMDECOD CMCLAS CMCAT CMINDC CMDOSE CMDOSU CMDOSFRQ CMROUTE CMSTDTC CMENDTC CMENRTPT",
    "lb": "LBTESTCD LBTEST LBCAT LBSPEC LBSTRESC LBSTRESN LBSTRESU LBSTNRLO LBSTNRHI LBNRIND VISITNUM LBDTC LBGRPID",
    "supplb": "RDOMAIN IDVAR IDVARVAL QNAM QVAL",
    "pc": "PCTESTCD PCTEST PCORRES PCSTRESC PCSTRESN PCSTRESU PCLLOQ PCSTAT PCDTC VISITNUM",
    "cp": "CPTESTCD CPTEST CPSTRESC CPSTRESN CPSTRESU CPDTC VISITNUM",
    "suppis": "RDOMAIN IDVAR IDVARVAL QNAM QVAL",
    "is": "ISTESTCD ISTEST ISBDAGNT ISMETHOD ISSTRESC ISSTRESN ISSTRESU ISSTNRHI ISLLOQ VISITNUM VISIT ISDTC",
    "vs": "VSTESTCD VSTEST VSSTRESC VSSTRESN VSSTRESU VSTPT VSTPTNUM VISITNUM VISIT VSDTC",
    "ae": "AESPID AETERM AEDECOD AESOC AETOXGR AESER AEOUT AECONTRT AESTDTC AEENDTC",
    "suppae": "RDOMAIN IDVAR IDVARVAL QNAM QVAL",
    "ds": "DSTERM DSDECOD DSCAT DSSCAT DSSTDTC",
    "dv": "DVCAT DVTERM DVSTDTC",
    "sv": "VISITNUM VISIT SVSTDTC SVOCCUR",
    "ts": "TSPARMCD TSVAL",
}
NUMBERS = {
    "AGE",
    "EXDOSE",
    "ECDOSE",
    "RSSTRESN",
    "VISITNUM",
    "CMDOSE",
    "LBSTRESN",
    "LBSTNRLO",
    "LBSTNRHI",
    "ISSTRESN",
    "ISSTNRHI",
    "ISLLOQ",
    "VSSTRESN",
    "VSTPTNUM",
    "PCSTRESN",
    "PCLLOQ",
    "CPSTRESN",
}


def on(day: int) -> str:
    """Return the date of a protocol day."""
    return (DAY_0 + timedelta(days=day)).isoformat()


class Trial:
    """SDTM tables that grow row by row; `tables()` gives them as frames."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, object]]] = {}

    def add(self, domain: str, subject: str = "1", **values: object) -> int:
        """Add a row; its --SEQ is counted and returned."""
        rows = self.rows.setdefault(domain, [])
        seq = 1 + sum(row["USUBJID"] == f"T-{subject}" for row in rows)
        rows.append({"STUDYID": "T", "USUBJID": f"T-{subject}", f"{domain.upper()}SEQ": seq, **values})
        return seq

    def patient(
        self, subject: str = "1", cells: int = 3, lymphodepletion: bool = True, **dm: object
    ) -> Trial:
        """Add a patient who had lymphodepletion from day -5 and infusions on days 0, 3 and 6."""
        row = {
            "SUBJID": subject,
            "AGE": 30,
            "AGEU": "YEARS",
            "SEX": "F",
            "ARMCD": "CARNK",
            "ARM": "CAR-NK",
            "ACTARMCD": "CARNK",
            "ACTARM": "CAR-NK",
            "RFSTDTC": on(0),
            "RFICDTC": on(-30),
        }
        self.add("dm", subject, **(row | dm))
        for day in (-5, -4, -3) if lymphodepletion else ():
            for drug in ("FLUDARABINE", "CYCLOPHOSPHAMIDE"):
                self.dose(subject, drug, "LYMPHODEPLETION", 25, "mg/m2", day, "09:00")
        for day in (0, 3, 6)[:cells]:
            self.dose(subject, "CELLS", "CAR-NK INFUSION", 1000, "10^6 Therapeutic Cells", day, "10:00")
        return self

    def dose(
        self, subject: str, drug: str, category: str, amount: float, unit: str, day: int, hour: str
    ) -> None:
        """Add a dose given, and the dose planned (1000 for cells, else the same)."""
        spid = f"{category}/{drug}/{day}"
        when = {"EXSTDTC": f"{on(day)}T{hour}", "EXENDTC": f"{on(day)}T{hour[:2]}:40"}
        self.add("ex", subject, EXTRT=drug, EXCAT=category, EXDOSE=amount, EXDOSU=unit, EXSPID=spid, **when)
        planned = 1000 if drug == "CELLS" else amount
        self.add("ec", subject, ECTRT=drug, ECMOOD="SCHEDULED", ECDOSE=planned, ECDOSU=unit, ECSPID=spid)

    def qualify(self, domain: str, subject: str, seq: int, name: str, value: str) -> None:
        """Add a supplemental qualifier of a row."""
        self.add(
            f"supp{domain}",
            subject,
            RDOMAIN=domain.upper(),
            IDVAR=f"{domain.upper()}SEQ",
            IDVARVAL=str(seq),
            QNAM=name,
            QVAL=value,
        )

    def assess(
        self,
        subject: str = "1",
        visit: str = "BL",
        day: int | None = None,
        *,
        sledai: dict[str, object] | None = None,
        bilag: dict[str, object] | None = None,
        pga: float | None = 1.0,
        parts: str = "sbpq",
        review: bool = True,
        last: dict[str, str] | None = None,
        due: dict[str, str] | None = None,
        num: float | None = None,
    ) -> Trial:
        """Add an assessment: every item absent but those in `sledai` (None: not assessed) and `bilag`.

        `parts` are s(ledai), b(ilag), p(ga) and q(uestions); `review` calls the logs complete.
        """
        planned_num, planned = VISITS.get(visit, (99.01, 0))
        when = on(planned if day is None else day)
        num = planned_num if num is None else num
        common = {"VISITNUM": num, "VISIT": visit, "RSDTC": when}
        for item in SLEDAI if "s" in parts else ():
            key = item.id.removeprefix("sledai_")
            there = (sledai or {}).get(key, False)
            word = None if there is None else "PRESENT" if there else "ABSENT"
            points = word and str(item.points if there else 0)
            seq = self.add(
                "rs",
                subject,
                RSCAT="SLEDAI-2K",
                RSTESTCD=item.testcd,
                RSORRES=word,
                RSSTRESC=points,
                **common,
            )
            for name, said in (("LASTPRES", last or {}), ("ATTRIB", due or {})):
                if key in said:
                    self.qualify("rs", subject, seq, name, said[key])
        for item in BILAG if "b" in parts else ():
            quiet = QUIET.get(item.id, "N" if item.type == "boolean" else 0)
            value = str((bilag or {}).get(item.id.removeprefix("bilag_"), quiet))
            seq = self.add(
                "rs",
                subject,
                RSCAT="BILAG-2004",
                RSTESTCD=item.testcd,
                RSORRES=value,
                RSSTRESC=value,
                **common,
            )
            if item in MEASURED:
                self.qualify("rs", subject, seq, "ATTRIB", "Y")
        if "p" in parts and pga is not None:
            mark = {"RSORRES": str(pga), "RSSTRESC": str(pga), "RSSTRESN": pga}
            self.add("rs", subject, RSCAT="PGA", RSTESTCD="PGALUP01", **mark, **common)
        for code in ("LAQ0101", "LAQ0102") if "q" in parts else ():
            self.add(
                "rs",
                subject,
                RSCAT="LUPUS ACTIVITY QUESTIONS",
                RSTESTCD=code,
                RSORRES="N",
                RSSTRESC="N",
                **common,
            )
        for code in ("CMREVIEW", "STDTREAT") if review else ():
            self.add(
                "fa", subject, FACAT="TREATMENT REVIEW", FATESTCD=code, FASTRESC="Y", FADTC=when, VISITNUM=num
            )
        return self

    def take(
        self, subject: str = "1", start: int | str = -60, stop: int | str | None = None, **row: object
    ) -> Trial:
        """Add a row of the medication log; days are protocol days, or dates as text."""
        first, end = (on(d) if isinstance(d, int) else d for d in (start, stop))
        ongoing = None if end else "ONGOING"
        self.add(
            "cm",
            subject,
            **{
                "CMCAT": "CONCOMITANT MEDICATION",
                "CMSTDTC": first,
                "CMENDTC": end,
                "CMENRTPT": ongoing,
                **row,
            },
        )
        return self

    def steroid(
        self,
        subject: str = "1",
        mg: float | None = 5,
        start: int | str = -60,
        stop: int | str | None = None,
        reason: str = "SLE",
        drug: str = "PREDNISONE",
        **more: object,
    ) -> Trial:
        """Add a row of the glucocorticoid log."""
        row = {
            "CMTRT": drug,
            "CMCLAS": "GLUCOCORTICOID",
            "CMCAT": "GLUCOCORTICOID",
            "CMINDC": reason,
            "CMDOSE": mg,
            "CMDOSU": "mg/day",
            "CMROUTE": "ORAL",
        }
        return self.take(subject, start, stop, **(row | more))

    def value(
        self,
        test: str,
        value: float | None,
        day: int,
        subject: str = "1",
        *,
        hour: str = "08:00",
        text: str | None = None,
        num: float = 99.01,
        **row: object,
    ) -> int:
        """Add a laboratory value and return its sequence number; an empty `hour` leaves the time of day out."""
        said = text or (None if value is None else str(value))
        result = {
            "LBTESTCD": test,
            "LBTEST": test,
            "LBSTRESN": value,
            "LBSTRESC": said,
            "LBCAT": "HEMATOLOGY",
            "LBSPEC": "BLOOD",
        }
        when = {"LBDTC": on(day) + (f"T{hour}" if hour else ""), "VISITNUM": num, "LBGRPID": f"{test}/{day}"}
        return self.add("lb", subject, **(result | when | row))

    def tables(self) -> dict[str, pl.DataFrame]:
        """Return the frames, with every column of their domain."""
        frames = {}
        for domain, rows in self.rows.items():
            seq = (
                [] if domain in ("dm", "sv", "ts") or domain.startswith("supp") else [f"{domain.upper()}SEQ"]
            )
            names = ["STUDYID", "USUBJID", *seq, *COLUMNS[domain].split()]
            types = {n: pl.Float64 if n in NUMBERS else pl.Int64 if n in seq else pl.String for n in names}
            frames[domain] = pl.DataFrame(
                [[row.get(n) for n in names] for row in rows], schema=types, orient="row"
            )
        return frames
