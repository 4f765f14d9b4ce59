"""Entries for the tests of SDTM: a few typed as a table, or every answer of every form."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import polars as pl

from carnet.core.entry import LOG, SCHEMA
from carnet.core.form import Form, Item
from carnet.study import Study

START = datetime(2025, 1, 1, tzinfo=UTC)
DAY_0 = date(2025, 3, 1)


def entered(table: str) -> pl.DataFrame:
    """Return the entries of a table drawn with | signs: subject, visit, form, repeat, item, value and more.

    `repeat` is 1 and `subject` 1001 where the table has no such column. `unit`, `typed`, `status` and
    `reason` may stand there; an empty value without a status is not answered but "not done".
    """
    lines = [line.strip() for line in table.strip().splitlines() if line.strip()]
    header, *cells = [[cell.strip() for cell in line.split("|")] for line in lines]
    rows = []
    for place, row in enumerate(cells):
        told = dict(zip(header, row, strict=True))
        value = told.get("value") or None
        status = told.get("status") or ("answered" if value else "not done")
        rows.append(
            {
                "subject": "1001", "repeat": 1, "unit": "", "reason": "", "by": "site", "role": "coordinator",
                "language": "en", "form_version": "1", "protocol_version": "1.0",
                **told, "value": value, "status": status, "typed": told.get("typed") or value or "",
                "at": START + timedelta(minutes=place),
            }
        )  # fmt: skip
    frame = pl.DataFrame(rows).with_columns(pl.col("repeat").cast(pl.Int64))
    return frame.select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items())


def every_answer(study: Study, subjects: int = 2, seed: int = 1) -> pl.DataFrame:
    """Return made-up entries: every item of every form, at every visit where it is planned, and three log rows."""
    draw = random.Random(seed)
    rows: list[dict[str, object]] = []
    for number in range(subjects):
        subject, zero = str(1001 + number), DAY_0 + timedelta(days=24 * number)
        for visit in (v for v in study.visits if v.day is not None):
            planned = [study.form(name) for name in study.planned(visit.code)]
            for form in (f for f in planned if not f.log):
                for repeat in range(1, 5 if form.id == "vitals" and visit.code in ("D0", "D3", "D6") else 2):
                    rows += _page(
                        draw, form, subject, visit.code, repeat, zero + timedelta(days=visit.day or 0)
                    )
        for form in (f for f in study.forms if f.log and f.domain):
            for repeat in (1, 2, 3):
                rows += _page(draw, form, subject, LOG, repeat, zero + timedelta(days=5 * repeat))
        rows += _page(draw, study.form("death"), subject, LOG, 1, zero + timedelta(days=400))
    frame = pl.DataFrame(rows).with_columns(
        (pl.lit(START) + pl.duration(seconds=pl.int_range(pl.len()))).cast(SCHEMA["at"]).alias("at")
    )
    return frame.select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items())


def _page(
    draw: random.Random, form: Form, subject: str, visit: str, repeat: int, day: date
) -> list[dict[str, object]]:
    rows = []
    for item in form.items:
        value = _value(draw, item, repeat, day)
        rows.append(
            {
                "subject": subject, "visit": visit, "form": form.id, "repeat": repeat, "item": item.id,
                "value": value, "typed": value, "unit": item.unit, "status": "answered", "reason": "",
                "by": "site", "role": "coordinator", "language": "en", "form_version": form.version,
                "protocol_version": "1.0",
            }
        )  # fmt: skip
    return rows


def _value(draw: random.Random, item: Item, repeat: int, day: date) -> str:
    if item.type == "boolean":
        return draw.choice("YN")
    if item.type == "choice":
        return draw.choice(item.choices)
    if item.type in ("decimal", "integer"):
        low, high = item.low or 0, 100 if item.high is None else item.high
        return f"{draw.uniform(low, high):.{item.decimals or 0}f}"
    if item.type == "date":
        return day.isoformat()
    if item.type == "datetime":
        return f"{day.isoformat()}T{8 + repeat:02d}:{draw.randint(0, 59):02d}"
    return "1:320" if item.unit == "titer" else f"{item.id} {draw.randint(0, 999)}"
