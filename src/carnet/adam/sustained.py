"""Sustained remission: what the visits before and after say, for each due visit of a patient."""

from __future__ import annotations

import polars as pl

from carnet.criteria import SUSTAINED
from carnet.study import Study


def sustained(rows: pl.DataFrame, study: Study, identity: list[str]) -> pl.DataFrame:
    """Return sustained remission per patient and estimand, among those with two due visits or more (decision 14).

    It is met where it is met from some visit on; a visit that is unknown leaves it unknown as long as the others
    allow it. ADT is the first visit of the remission that lasts.
    """
    by = ["USUBJID", "ESTIMAND"]
    doris = rows.filter(pl.col("PARAMCD") == "DORIS").sort(*by, "AVISITN")
    met = pl.col("AVAL") == 1
    failed, unknown = (
        flag.cast(pl.Int64).cum_sum(reverse=True).shift(-1, fill_value=0).over(by) > 0
        for flag in ((~met).fill_null(False), met.is_null())
    )
    visits = doris.with_columns(
        doris=met,
        doris_prev=met.shift(1).over(by),
        date_prev=pl.col("ADT").shift(1).over(by),
        first=pl.int_range(pl.len()).over(by) == 0,
        doris_after=pl.when(failed).then(False).when(~unknown).then(True),
    ).with_columns(days_since=(pl.col("ADT") - pl.col("date_prev")).dt.total_days())
    rule = SUSTAINED.with_parameters(days=study.get("response.sustained_days", 14))
    judged = rule.judge(visits).filter(~pl.col("first"))
    held = pl.col(rule.id)
    whole = judged.group_by(by, maintain_order=True).agg(
        pl.col(name).first() for name in identity if name not in {*by, "AVISIT", "AVISITN"}
    ).join(
        judged.group_by(by).agg(
            AVAL=pl.when(held.any()).then(1.0).when(held.is_null().any().not_()).then(0.0),
            ADT=pl.col("date_prev").filter(held).min(),
            reason=pl.col("reason").filter(pl.col("doris").is_null()).last(),
        ),
        on=by, how="left", maintain_order="left",
    )  # fmt: skip
    return whole.with_columns(
        AVISIT=pl.lit("Overall"), AVISITN=pl.lit(9999.0), PARAMCD=pl.lit(rule.id.upper()),
        PARAM=pl.lit("sustained DORIS remission to the last due visit"), PARENT=pl.lit(rule.id.upper()),
        ELIGFL=pl.lit("Y"), event=pl.lit(None, pl.String), reason=pl.col("reason").fill_null("MISSED VISIT"),
    )  # fmt: skip
