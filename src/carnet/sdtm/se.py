"""SE: the elements of the trial that each subject went through; epochs are read off their starts."""

from __future__ import annotations

import polars as pl

from carnet.sdtm.timing import DAY, certainly_before, date
from carnet.study import Study

MOMENT, DATE = "%Y-%m-%dT%H:%M", "%Y-%m-%d"
REST_HOURS = 24
"""Hours from the end of the last infusion to the element after it (TE)."""


def starts(study: Study, dm: pl.DataFrame, sv: pl.DataFrame) -> pl.DataFrame:
    """Return the subjects with the start of each element, `start_<element>`; null where it was not reached.

    Rest and follow-up begin by the calendar, so they are reached only by those still in the study then.
    """
    last = max(
        (v for v in study.visits if v.epoch == "TREATMENT" and v.day is not None),
        key=lambda v: v.day or 0,
        default=None,
    )
    closing = sv.filter((pl.col("visit") == (last.code if last else "")) & pl.col("held"))
    closing = closing.select("USUBJID", pl.col("ENDTC").alias("closing"))
    rows = dm.join(closing, on="USUBJID", how="left", maintain_order="left")
    found = {
        "SCRN": pl.col("RFICDTC"),
        "LD": pl.col("first_chemotherapy"),
        "INF": pl.col("first_infusion"),
        "REST": _in_study(_rest()),
        "FUP": _in_study(_follow_up(last.day if last and last.day else 0)),
    }
    unknown = pl.lit(None, pl.String)
    columns = [found.get(e.code, unknown).alias(f"start_{e.code}") for e in study.elements]
    return rows.select("USUBJID", "RFSTDTC", "RFXSTDTC", "RFPENDTC", *columns)


def tabulate(study: Study, anchors: pl.DataFrame) -> pl.DataFrame:
    """Return one row per subject and element; each ends where the next begins, the last with participation."""
    elements = pl.DataFrame(
        [(f"start_{e.code}", e.code, e.label, e.epoch, n) for n, e in enumerate(study.elements, start=1)],
        schema=["element", "ETCD", "ELEMENT", "EPOCH", "TAETORD"],
        orient="row",
    )
    long = anchors.unpivot(
        elements["element"].to_list(),
        index=["USUBJID", "RFPENDTC"],
        variable_name="element",
        value_name="STDTC",
    )
    long = long.filter(pl.col("STDTC").is_not_null()).join(elements, on="element").sort("USUBJID", "TAETORD")
    following = pl.col("STDTC").shift(-1).over("USUBJID")
    return long.with_columns(
        pl.coalesce(following, "RFPENDTC").alias("ENDTC"),
        pl.int_range(1, pl.len() + 1).over("USUBJID").alias("SEQ"),
    )


def epoch_starts(study: Study) -> dict[str, pl.Expr]:
    """Return the start of each epoch as a column of `starts`: of the first of its elements that was reached."""
    found: dict[str, list[str]] = {}
    for element in study.elements:
        found.setdefault(element.epoch, []).append(f"start_{element.code}")
    return {epoch: pl.coalesce(columns) for epoch, columns in found.items()}


def _rest() -> pl.Expr:
    """Return the moment 24 hours after the last infusion; the next day where its time is unknown."""
    end = pl.col("last_infusion")
    moment = end.str.to_datetime(MOMENT, strict=False) + pl.duration(hours=REST_HOURS)
    day = date(end) + pl.duration(days=1)
    return (
        pl.when(end.str.len_chars() > DAY).then(moment.dt.to_string(MOMENT)).otherwise(day.dt.to_string(DATE))
    )


def _follow_up(planned_day: int) -> pl.Expr:
    """Return the day after the last visit of treatment, else after its planned day, of those treated."""
    planned = date(pl.col("RFSTDTC")) + pl.duration(days=planned_day)
    day = pl.coalesce(date(pl.col("closing")), planned) + pl.duration(days=1)
    return pl.when(pl.col("RFXSTDTC").is_not_null()).then(day.dt.to_string(DATE))


def _in_study(start: pl.Expr) -> pl.Expr:
    return pl.when(~certainly_before(pl.col("RFPENDTC"), start)).then(start)
