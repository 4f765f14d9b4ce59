"""Entering: sheets become entries, saved form by form, by someone, some days later, in his language."""

from __future__ import annotations

import numpy as np
import polars as pl

from carnet.core.entry import SCHEMA
from carnet.simulate.clock import DAY, Text
from carnet.simulate.model import Model
from carnet.simulate.numbers import table
from carnet.simulate.sheet import Sheet
from carnet.simulate.streams import Floats, choose
from carnet.study import Study

SHORT = 3 * DAY
"""What ends within so many minutes is written down once, after its end."""
ENDED = "Ended since the last entry"
DRAWS = 400
"""Delays drawn for the rows of one form of one person; more rows take them in turn."""
REASONS = ["Transcription error", "Read off the wrong line", "Source document checked", "Query answered"]
SHARES = [0.5, 0.15, 0.2, 0.15]


def subjects(m: Model) -> Text:
    """Return the subject numbers in order of screening."""
    first = m.clock.start + m.calendar.day[:, 0]
    rank = np.argsort(np.argsort(first, kind="stable"), kind="stable")
    return np.char.mod("%d", 1001 + rank)


def rows(m: Model, sheets: list[Sheet]) -> pl.DataFrame:
    """Return the answers of the sheets as rows: cell, value, status, reason, and the second at which each was saved."""
    parts = [_long(m, sheet, order) for order, sheet in enumerate(sheets) if len(sheet)]
    return pl.concat(parts)


def _long(m: Model, sheet: Sheet, order: int) -> pl.DataFrame:
    """Return the rows of one sheet, in the order of the items of the form; what was not given is left out."""
    items = [
        item.id
        for item in m.study.form(sheet.form).items
        if item.id in sheet.answers or item.id in sheet.gaps
    ]
    size, none = len(sheet), np.full(len(sheet), "")
    value = np.stack([sheet.answers.get(item, none) for item in items], axis=1)
    gap = np.stack([sheet.gaps.get(item, none) for item in items], axis=1)
    saved, ended = _saved(m, sheet, sheet.minute), np.zeros((size, len(items)), bool)
    first = value
    if sheet.ends is not None:
        late = ~np.isnan(sheet.ends) & (sheet.ends - sheet.minute > SHORT)
        short = ~np.isnan(sheet.ends) & ~late
        saved = np.where(short, _saved(m, sheet, np.fmax(sheet.minute, sheet.ends)), saved)
        before = np.stack(
            [
                np.full(size, sheet.before_end[i]) if i in sheet.before_end else sheet.answers.get(i, none)
                for i in items
            ],
            axis=1,
        )
        first = np.where(late[:, None], before, value)
        ended = late[:, None] & np.array([i in sheet.before_end for i in items]) & (value != first)
    index = np.arange(size)
    parts = [_rows(m, sheet, order, items, first, gap, saved, (first != "") | (gap != ""), index, "")]
    if sheet.ends is not None and ended.any():
        later = _saved(m, sheet, sheet.ends)
        parts.append(_rows(m, sheet, order, items, value, np.full_like(gap, ""), later, ended, index, ENDED))
    return pl.concat(parts)


def _rows(
    m: Model,
    sheet: Sheet,
    order: int,
    items: list[str],
    value: Text,
    gap: Text,
    saved: Floats,
    keep: np.ndarray,
    index: np.ndarray,
    reason: str,
) -> pl.DataFrame:
    row, column = np.nonzero(keep)
    text, why = value[row, column], gap[row, column]
    missing = why != ""
    return pl.DataFrame({
        "person": sheet.person[row], "visit": sheet.visit[row],
        "form": pl.Series([sheet.form]).new_from_index(0, len(row)), "repeat": sheet.repeat[row],
        "item": pl.Series(items).gather(column), "value": np.where(missing, "", text),
        "reason": np.where(missing, why, reason), "missing": missing, "second": saved[row],
        "sheet": np.full(len(row), order), "row": index[row], "column": column,
    })  # fmt: skip


def _saved(m: Model, sheet: Sheet, minute: Floats) -> Floats:
    """Return the second since midnight of day 0 of each save: some days after the facts, in working hours."""
    n, streams, form = m.numbers, m.streams, sheet.form
    slot = np.arange(len(sheet)) - np.searchsorted(sheet.person, sheet.person)
    slot %= DRAWS
    delay = (
        n["entry.delay_scale"]
        * streams.gamma(f"entry.delay_{form}", n["entry.delay_shape"], DRAWS)[sheet.person, slot]
    )
    clock = streams.uniform(f"entry.clock_{form}", DRAWS)[sheet.person, slot]
    late = streams.uniform(f"entry.late_{form}", DRAWS)[sheet.person, slot] < n["entry.late"]
    day = np.floor((np.nan_to_num(minute) + 30) / DAY + delay + np.where(late, n["entry.late_days"], 0))
    second = np.floor(86400 * day + 3600 * (8.5 + 9 * clock))
    return np.maximum(second, 60 * (np.floor(np.nan_to_num(minute)) + 20 + np.floor(200 * clock)))


def entries(m: Model, found: pl.DataFrame) -> pl.DataFrame:
    """Return rows as entries, in the order of entering."""
    study, who = m.study, subjects(m)
    versions = {form.id: form.version for form in study.forms}
    units = {item.id: item.unit for form in study.forms for item in form.items}
    roles = _roles(study)
    midnight = (m.clock.start.astype("datetime64[s]") - np.datetime64("1970-01-01T00:00:00")).astype(int)
    person = found["person"]
    base = pl.Series("base", midnight).gather(person)
    chinese = pl.Series("zh", m.chinese).gather(person)
    local = pl.from_epoch(base + found["second"].cast(pl.Int64), time_unit="s")
    answered = ~pl.col("missing")
    made = found.with_columns(
        subject=pl.Series(who).gather(person), chinese=chinese,
        at=local.cast(pl.Datetime("us")).dt.replace_time_zone(str(study.timezone)).dt.convert_time_zone("UTC"),
        value=pl.when(answered).then("value"),
        status=pl.when(answered).then(pl.lit("answered")).otherwise(pl.lit("not done")),
        unit=pl.when(answered).then(pl.col("item").replace_strict(units)).otherwise(pl.lit("")),
        form_version=pl.col("form").replace_strict(versions),
        protocol_version=pl.lit(str(study.get("study.protocol_version", "1"))),
        language=pl.when(chinese).then(pl.lit("zh")).otherwise(pl.lit("en")),
    ).join(roles, on=["form", "chinese"], how="left", maintain_order="left")  # fmt: skip
    made = _typed(study, made)
    made = made.sort("at", "subject", "sheet", "row", "column", maintain_order=True)
    return made.select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items())


def _roles(study: Study) -> pl.DataFrame:
    """Return who fills in each form, in each language: the one who is named for it, else the coordinator."""
    staff = table("staff").with_columns(
        pl.col("forms").fill_null("").str.split(" "), chinese=pl.col("chinese") == "Y"
    )
    forms = pl.DataFrame({"form": [form.id for form in study.forms]})
    named = (
        staff.explode("forms")
        .filter(pl.col("forms") != "")
        .select(form="forms", by="by", role="role", chinese="chinese")
    )
    rest = staff.filter(pl.col("role") == "coordinator").select("by", "role", "chinese")
    others = forms.join(named, on="form", how="anti").join(rest, how="cross")
    return pl.concat(
        [named.select("form", "chinese", "by", "role"), others.select("form", "chinese", "by", "role")]
    )


def _typed(study: Study, made: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with what was typed: in Chinese the words of the form, else the value."""
    words = [
        (item.id, value, zh)
        for form in study.forms
        for item in form.items
        for value, zh in (
            zip(item.choices, item.choices_zh, strict=False)
            if item.type == "choice"
            else (("Y", "是"), ("N", "否"))
            if item.type == "boolean"
            else ()
        )
    ]
    said = pl.DataFrame(
        words, schema={"item": pl.String, "value": pl.String, "word": pl.String}, orient="row"
    )
    joined = made.join(said, on=["item", "value"], how="left", maintain_order="left")
    chinese = pl.col("chinese") & pl.col("word").is_not_null()
    return joined.with_columns(typed=pl.when(chinese).then("word").otherwise(pl.col("value").fill_null("")))


def corrections(m: Model, found: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with some numbers entered wrong at first, by one digit, and corrected later with a reason."""
    wide = [
        item.id
        for form in m.study.forms
        for item in form.items
        if item.type in ("decimal", "integer") and (item.high is None or item.high > 20)
    ]
    numeric = pl.col("item").is_in(wide) & ~pl.col("item").str.contains("_(lln|uln|lloq)$")
    plain = (pl.col("value") != "") & (pl.col("reason") == "") & ~pl.col("planted")
    cell = [found[name].to_numpy() for name in ("person", "visit", "form", "repeat", "item")]
    drawn = m.streams.lots("correction.which", *cell) < m.numbers["correction.chance"]
    chosen = np.flatnonzero(found.select(can=numeric & plain)["can"].to_numpy() & drawn)
    rows, cell = found[chosen], [part[chosen] for part in cell]
    digit = rows["value"].str.slice(-1).cast(pl.Int64)
    other = (digit + 1 + np.floor(9 * m.streams.lots("correction.digit", *cell)).astype(int)) % 10
    wrong = pl.select(pl.concat_str(rows["value"].str.head(-1), other.cast(pl.String))).to_series()
    days = np.ceil(-m.numbers["correction.days"] * np.log1p(-m.streams.lots("correction.days", *cell)))
    why = pl.Series(REASONS).gather(choose(m.streams.lots("correction.why", *cell), SHARES))
    fixed = rows.with_columns(second=rows["second"] + 86400 * pl.Series(days), reason=why)
    value = found["value"].to_numpy().copy()
    value[chosen] = wrong.to_numpy()
    return pl.concat([found.with_columns(value=pl.Series(value, dtype=pl.String)), fixed])
