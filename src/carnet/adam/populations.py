"""Populations: which sets of analysis a patient belongs to, and what the patient was like at baseline."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from carnet.adam.assessments import Assessed
from carnet.adam.dates import day, protocol_day
from carnet.adam.flags import member
from carnet.measures.proteinuria import DAY, method_at_baseline
from carnet.study import Study

Frames = Mapping[str, pl.DataFrame]

BASELINE = {
    "adqs": {
        "SLEDAI2K": "BSLEDAI",
        "SLEDCLIN": "BSLEDCLI",
        "BILAGTOT": "BBILAGT",
        "PGA": "BPGA",
        "PREDEQ": "BPREDEQ",
    },
    "adlb": {"UPCR": "BUPCR", "PROT24": "BPROT24"},
}
"""The parameters whose baseline ADSL has, and its variable."""

NOT_LUPUS = ("DRUG", "INFECTION", "OTHER")


def complete(
    study: Study, adsl: pl.DataFrame, tables: Frames, datasets: Frames, assessed: Assessed | None
) -> pl.DataFrame:
    """Return ADSL with its baseline values and the sets that need other datasets (decision 3).

    A set whose condition cannot be seen in the data has no member.
    """
    adsl = _with_baseline(adsl, datasets)
    followed = _followed(study, tables, datasets)
    sets = {
        "DLTFL": followed["USUBJID"],
        "KINFL": _marked(datasets.get("adpc"), pl.col("ANL01FL") == "Y"),
        "LNFL": _nephritis(study, adsl, assessed),
        "DNAFL": _marked(datasets.get("adis"), _at_baseline(["DSDNA"], "HIGH")),
        "LOWCFL": _marked(datasets.get("adlb"), _at_baseline(["C3", "C4"], "LOW")),
        "EFFFL": _evaluable(study, assessed),
    }
    infused = pl.col("CARFL") == "Y"
    adsl = adsl.with_columns(
        member(infused & pl.col("USUBJID").is_in(found.implode())).alias(name) for name, found in sets.items()
    )
    adsl = adsl.join(followed, on="USUBJID", how="left", maintain_order="left").with_columns(
        DLTEVDT=pl.when(pl.col("DLTFL") == "Y").then("DLTEVDT")
    )
    kept = pl.col("USUBJID").is_in(_by_protocol(study, tables, datasets).implode())
    return adsl.with_columns(PPROTFL=member((pl.col("EFFFL") == "Y") & kept))


NOBODY = pl.Series("USUBJID", [], pl.String)


def _marked(rows: pl.DataFrame | None, condition: pl.Expr) -> pl.Series:
    """Return the subjects with a row that meets the condition."""
    return NOBODY if rows is None else rows.filter(condition)["USUBJID"].unique()


def _at_baseline(parameters: list[str], indicator: str) -> pl.Expr:
    return (pl.col("ABLFL") == "Y") & pl.col("PARAMCD").is_in(parameters) & (pl.col("ANRIND") == indicator)


def _with_baseline(adsl: pl.DataFrame, datasets: Frames) -> pl.DataFrame:
    """Return ADSL with the values of the baseline records, and the method of proteinuria that baseline has."""
    for name, variables in BASELINE.items():
        rows = datasets.get(
            name,
            pl.DataFrame(
                schema={"USUBJID": pl.String, "PARAMCD": pl.String, "ABLFL": pl.String, "AVAL": pl.Float64}
            ),
        )
        rows = rows.filter(pl.col("ABLFL") == "Y", pl.col("PARAMCD").is_in(list(variables)))
        values = rows.group_by("USUBJID").agg(
            pl.col("AVAL").filter(pl.col("PARAMCD") == code).first().alias(variable)
            for code, variable in variables.items()
        )
        adsl = adsl.join(values, on="USUBJID", how="left", maintain_order="left")
    method = method_at_baseline(pl.col("BUPCR"), pl.col("BPROT24"))
    return adsl.with_columns(PROTMETH=method.replace(DAY, "PROT24"))


def _followed(study: Study, tables: Frames, datasets: Frames) -> pl.DataFrame:
    """Return who came to the day-28 visit, or had a dose-limiting toxicity inside the window, and DLTEVDT, when."""
    schema = {"USUBJID": pl.String, "DLTEVDT": pl.Date}
    parts = [pl.DataFrame(schema=schema)]
    visit = [v.num for v in study.visits if v.code == "D28"]
    if (sv := tables.get("sv")) is not None and visit:
        held = pl.col("SVOCCUR").ne_missing("N")
        came = sv.filter(pl.col("VISITNUM").is_in(visit), held).select("USUBJID", DLTEVDT=day("SVSTDTC"))
        parts.append(came.drop_nulls())
    limit = study.get("dlt.window_last_day", 31)
    marked = (
        (pl.col("AEDLT") == "Y") & (pl.col("CARTEMFL") == "Y") & (protocol_day("ASTDT", "CARSDT") <= limit)
    )
    toxic = marked | (pl.col("ADLTFL") == "Y")
    if "adae" in datasets:
        parts.append(datasets["adae"].filter(toxic).select("USUBJID", DLTEVDT="ASTDT"))
    return pl.concat(parts).group_by("USUBJID").agg(pl.col("DLTEVDT").min()).sort("USUBJID")


def _nephritis(study: Study, adsl: pl.DataFrame, assessed: Assessed | None) -> pl.Series:
    """Return who had proteinuria above the limit at baseline, unless it was put down to another cause than lupus."""
    limit = study.get("response.nephritis_above", 0.5)
    above = adsl.filter((pl.col("BUPCR").round(6) > limit) | (pl.col("BPROT24").round(6) > limit))["USUBJID"]
    if assessed is None:
        return above
    base = assessed.composites.filter("is_baseline").select("USUBJID", date="sledai_date")
    items = assessed.items.filter(pl.col("item") == "sledai_proteinuria", pl.col("due").is_in(NOT_LUPUS))
    other = items.join(base, on=["USUBJID", "date"], how="semi")["USUBJID"]
    return above.filter(~above.is_in(other.implode()))


def _evaluable(study: Study, assessed: Assessed | None) -> pl.Series:
    """Return who had SLEDAI-2K at or above the limit of entry at baseline, and a whole composite after treatment."""
    if assessed is None:
        return NOBODY
    entry = study.get("sledai.entry", 8)
    rows = assessed.composites
    active = _marked(rows, pl.col("is_baseline") & (pl.col("sledai2k_min") >= entry))
    after = _marked(rows, pl.col("complete") & ~pl.col("before"))
    return active.filter(active.is_in(after.implode()))


def _by_protocol(study: Study, tables: Frames, datasets: Frames) -> pl.Series:
    """Return who had every infusion at the planned dose within tolerance, and no major deviation."""
    number, low, high = (
        study.get(f"dosing.{name}", default)
        for name, default in (("infusions", 3), ("cells_low", 80), ("cells_high", 120))
    )
    if "adex" not in datasets:
        return NOBODY
    given = datasets["adex"].filter(pl.col("INFNUM").is_not_null())
    counted = given.group_by("USUBJID").agg(
        n=pl.len(), ok=pl.col("DOSEPCT").round(6).is_between(low, high).fill_null(False).all()
    )
    full = counted.filter(pl.col("n") == number, "ok")["USUBJID"]
    dv = tables.get("dv")
    major = NOBODY if dv is None else dv.filter(pl.col("DVCAT") == "MAJOR")["USUBJID"]
    return full.filter(~full.is_in(major.implode()))
