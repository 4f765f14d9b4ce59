"""Reads: the analysis rows from which other analysis rows are made: verdicts of scores, parameters of samples."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from carnet.adam.adqs import ASKED, GRADES, SKIN, TOTALS
from carnet.adam.adrs import criteria
from carnet.instruments.sledai2k import ITEMS
from carnet.study import Study

SCORES = {
    "pga": "PGA",
    "prednisone": "PREDEQ",
    **{score: paramcd for paramcd, _, score in TOTALS},
    **{f"bilag_{system}": f"BLG4{letters}" for system, letters in GRADES.items()},
    **{name: paramcd for name, (paramcd, _) in (ASKED | SKIN).items()},
    **{item.id: f"SLDI01{number:02d}" for number, item in enumerate(ITEMS, start=1)},
}
"""The parameter of ADQS in which a value that a criterion reads stands."""

LABORATORY = {"proteinuria": ("UPCR", "PROT24"), "egfr": ("EGFR",)}
"""The parameters of ADLB that a renal criterion reads."""

ENDS = ("_min", "_max", "_best", "_worst")


def behind(
    study: Study, datasets: Mapping[str, pl.DataFrame], rows: Mapping[str, pl.DataFrame]
) -> dict[str, pl.DataFrame]:
    """Return, by dataset, the analysis rows from which the given ones are made, those of these included.

    A time to an event is made of verdicts; a verdict of what its criterion reads at the visit, at baseline and before;
    a kinetic parameter of samples; a dose of the medication taken.
    """
    found: dict[str, list[pl.DataFrame]] = {}

    def add(name: str, made: pl.DataFrame) -> None:
        if not made.is_empty():
            found.setdefault(name, []).append(made)

    verdicts = [rows["ADRS"]] if "ADRS" in rows else []
    if "ADTTE" in rows and "adrs" in datasets:
        judged = _of_times(datasets["adrs"], rows["ADTTE"])
        add("ADRS", judged)
        verdicts.append(judged)
    scores = [rows["ADQS"]] if "ADQS" in rows else []
    for part in verdicts:
        for name, wanted in _read(study, part).items():
            if name.lower() in datasets:
                made = _at(datasets[name.lower()], part, wanted)
                add(name, made)
                scores += [made] if name == "ADQS" else []
    for part in scores:
        if "adcm" in datasets:
            add("ADCM", _taken(datasets["adcm"], part.filter(pl.col("SRCDOM") == "ADCM")))
    if "ADPP" in rows and "adpc" in datasets:
        measured = rows["ADPP"].select("USUBJID", PARAMCD="ANALYTE").unique()
        used = datasets["adpc"].filter(pl.col("ANL01FL") == "Y")
        add("ADPC", used.join(measured, on=["USUBJID", "PARAMCD"], how="semi", maintain_order="left"))
    return {name: pl.concat(parts).unique(maintain_order=True) for name, parts in found.items()}


def _of_times(adrs: pl.DataFrame, times: pl.DataFrame) -> pl.DataFrame:
    """Return the verdicts up to the day of an event or of censoring, of the criterion that the time is to."""
    named = times.select("USUBJID", "ESTIMAND", end="ADT", PARAMCD=pl.col("PARAMCD").str.replace("^TT", ""))
    observed = adrs.filter(pl.col("ANL02FL") == "Y")
    met = observed.join(named, on=["USUBJID", "ESTIMAND", "PARAMCD"], how="inner", maintain_order="left")
    return met.filter(pl.col("ADT") <= pl.col("end")).select(adrs.columns)


def _read(study: Study, verdicts: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return which parameters each verdict is made of, by dataset: READ, and `when` (of which day)."""
    pairs = set(verdicts.select("PARENT", "PARAMCD").unique().iter_rows())
    told: dict[str, list[tuple[str, str, str, str]]] = {"ADQS": [], "ADLB": []}
    for rule in criteria(study):
        for part in rule.walk():
            if (key := (rule.id.upper(), part.id.upper())) not in pairs:
                continue
            for item in part.inputs.items:
                when = next((end for end in ("_base", "_prev") if item.id.endswith(end)), "")
                name = item.id.removesuffix(when)
                for end in ENDS:
                    name = name.removesuffix(end)
                if name in SCORES:
                    told["ADQS"].append((*key, SCORES[name], when))
                told["ADLB"] += [(*key, code, when) for code in LABORATORY.get(name, ())]
    schema = dict.fromkeys(("PARENT", "PARAMCD", "READ", "when"), pl.String)
    return {
        name: pl.DataFrame(lines, schema=schema, orient="row").unique(maintain_order=True)
        for name, lines in told.items()
    }


def _at(dataset: pl.DataFrame, verdicts: pl.DataFrame, wanted: pl.DataFrame) -> pl.DataFrame:
    """Return the records of the wanted parameters: of the verdict's visit, of baseline, or the last one before it."""
    asked = verdicts.filter(pl.col("ADT").is_not_null()).select(
        "USUBJID", "PARENT", "PARAMCD", "AVISIT", "ADT"
    )
    asked = asked.join(wanted, on=["PARENT", "PARAMCD"], how="inner").drop("PARENT", "PARAMCD").unique()
    ours, theirs = ["USUBJID", "PARAMCD"], ["USUBJID", "READ"]
    numbered = dataset.with_row_index("_row")
    visit = numbered.filter(pl.col("ANL01FL") == "Y").join(
        asked.filter(pl.col("when") == ""), left_on=["USUBJID", "PARAMCD", "AVISIT"],
        right_on=["USUBJID", "READ", "AVISIT"], how="semi",
    )  # fmt: skip
    base = numbered.filter(pl.col("ABLFL") == "Y").join(
        asked.filter(pl.col("when") == "_base"), left_on=ours, right_on=theirs, how="semi"
    )
    last = (
        numbered.join(
            asked.filter(pl.col("when") == "_prev").select("USUBJID", "READ", until="ADT"),
            left_on=ours,
            right_on=theirs,
            how="inner",
        )
        .filter(pl.col("ADT") < pl.col("until"))
        .sort("ADT", maintain_order=True)
        .unique(["USUBJID", "PARAMCD", "until"], keep="last", maintain_order=True)
    )
    rows = pl.concat(part.select("_row") for part in (visit, base, last))["_row"].unique().sort()
    return dataset[rows.to_list()] if len(rows) else dataset.clear()


def _taken(adcm: pl.DataFrame, doses: pl.DataFrame) -> pl.DataFrame:
    """Return the glucocorticoids that a patient was on at the day of a dose; one without an end goes on."""
    days = doses.select("USUBJID", on="ADT").unique()
    drugs = adcm.with_row_index("_row").filter(pl.col("PREDEQ").is_not_null())
    met = drugs.join(days, on="USUBJID", how="inner")
    open_ = pl.col("AENDT").is_null() | (pl.col("AENDT") >= pl.col("on"))
    rows = (
        met.filter((pl.col("ASTDT").is_null() | (pl.col("ASTDT") <= pl.col("on"))) & open_)["_row"]
        .unique()
        .sort()
    )
    return adcm[rows.to_list()] if len(rows) else adcm.clear()
