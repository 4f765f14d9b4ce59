"""The kidney at the analysis visits: proteinuria by the method of baseline, and eGFR, each with its baseline."""

from __future__ import annotations

import polars as pl

from carnet.adam import adlb, bds, visits
from carnet.study import Study

TESTS = ("PROTCRT", "PROTEXR", "GFRE")
METHODS = ("UPCR", "PROT24")
"""The methods of proteinuria in the order of preference: the first that the baseline has is the patient's."""

COLUMNS = ("proteinuria", "proteinuria_base", "egfr", "egfr_base")


def kidney(study: Study, tables: dict[str, pl.DataFrame], adsl: pl.DataFrame) -> pl.DataFrame:
    """Return a row per patient and analysis visit with any of these values, the base of each, and the days of both.

    Ratio and 24-hour protein are never set against each other (decision 13).
    """
    schema = {
        "USUBJID": pl.String(),
        "AVISIT": pl.String(),
        "kidney_date": pl.Date(),
        "kidney_date_base": pl.Date(),
    }
    empty = pl.DataFrame(schema={**schema, **dict.fromkeys(COLUMNS, pl.Float64())})
    if "lb" not in tables:
        return empty
    values = tables["lb"].filter(pl.col("LBTESTCD").is_in(list(TESTS)))
    rows = adlb.with_values(adlb.parameters(bds.findings(values, "LB", adsl)))
    rows = bds.with_baseline(rows, bds.before_treatment(bds.same_day(study)))
    base = rows.filter(pl.col("ABLFL") == "Y").select("USUBJID", "PARAMCD", "AVAL", "ADT")
    rows = visits.with_avisit(bds.with_on_treatment(rows), study)
    rows = visits.with_result(rows, ["USUBJID", "PARAMCD"])
    rows = rows.filter(pl.col("ANL01FL") == "Y", ~pl.col("before"), pl.col("AVISIT").is_not_null())

    def of(parameter: str) -> pl.Expr:
        return pl.col("AVAL").filter(pl.col("PARAMCD") == parameter).first()

    names = {"UPCR": "upcr", "PROT24": "prot24", "GFRE": "egfr"}
    now = rows.group_by("USUBJID", "AVISIT").agg(
        *(of(code).alias(name) for code, name in names.items()), kidney_date=pl.col("ADT").max()
    )
    before = base.group_by("USUBJID").agg(
        *(of(code).alias(f"{name}_base") for code, name in names.items()),
        kidney_date_base=pl.col("ADT").max(),
    )
    found = now.join(before, on="USUBJID", how="left")
    first, second = (names[method] for method in METHODS)
    by_first = pl.col(f"{first}_base").is_not_null() | pl.col(f"{second}_base").is_null()
    return found.select(
        *schema,
        proteinuria=pl.when(by_first).then(first).otherwise(second),
        proteinuria_base=pl.when(by_first).then(f"{first}_base").otherwise(f"{second}_base"),
        egfr="egfr",
        egfr_base="egfr_base",
    )
