"""What the checks across forms read: the entries in force, one frame per form, and the dates that matter."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from carnet.core import units
from carnet.core.entry import current
from carnet.study.read import read
from carnet.study.study import Study
from carnet.study.windows import protocol_day

ROW = ["subject", "visit", "repeat"]


def day(text: pl.Expr) -> pl.Expr:
    """Return the day of a date or date-time; a partial or unreadable one is null."""
    return text.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)


def moment(text: pl.Expr) -> pl.Expr:
    """Return the moment of a date-time, in the site's time; a date without a time is null."""
    return text.str.slice(0, 16).str.to_datetime("%Y-%m-%dT%H:%M", strict=False)


def earliest(text: pl.Expr) -> pl.Expr:
    """Return the first day that a date, partial or not, can mean."""
    length = text.str.len_chars()
    return (
        pl.when(length >= 10).then(day(text))
        .when(length == 7).then(day(text + pl.lit("-01")))
        .when(length == 4).then(day(text + pl.lit("-01-01")))
    )  # fmt: skip


def latest(text: pl.Expr) -> pl.Expr:
    """Return the last day that a date, partial or not, can mean."""
    length = text.str.len_chars()
    return (
        pl.when(length >= 10).then(day(text))
        .when(length == 7).then(earliest(text).dt.month_end())
        .when(length == 4).then(day(text + pl.lit("-12-31")))
    )  # fmt: skip


def conversions(study: Study, cells: pl.DataFrame) -> pl.DataFrame:
    """Return for each item and unit entered the factor and offset to the item's unit; null if none."""
    rows = []
    for item, unit in cells.select("item", "unit").unique(maintain_order=True).iter_rows():
        wanted = study.items[item].unit if item in study.items else ""
        factor: tuple[float, float] | tuple[None, None] = (1.0, 0.0)
        if unit and wanted and unit != wanted:
            try:
                factor = units.conversion(unit, wanted, study.items[item].testcd)
            except units.UnitError:
                factor = (None, None)
        rows.append((item, unit, *factor))
    schema = {"item": pl.String(), "unit": pl.String(), "factor": pl.Float64(), "offset": pl.Float64()}
    return pl.DataFrame(rows, schema=schema, orient="row")


@dataclass(frozen=True, eq=False)
class Values:
    """The entries of a trial as checks read them."""

    study: Study
    entries: pl.DataFrame

    @cached_property
    def now(self) -> pl.DataFrame:
        """The entry in force of every cell, of every status."""
        return current(self.entries).with_columns(pl.col("unit").fill_null(""))

    @cached_property
    def cells(self) -> pl.DataFrame:
        """The values in force, those of numbers in the unit of their item as `number`."""
        answered = self.now.filter(pl.col("status") == "answered", pl.col("value").is_not_null())
        factors = conversions(self.study, answered)
        number = pl.col("value").cast(pl.Float64, strict=False) * pl.col("factor") + pl.col("offset")
        joined = answered.join(factors, on=["item", "unit"], how="left", maintain_order="left")
        return joined.with_columns(number=pl.when(number.is_finite()).then(number.round_sig_figs(12)))

    def form(self, id: str, *items: str) -> pl.DataFrame:
        """Return one row per subject, visit and repeat of a form, with its items (or those named) as columns.

        Numbers are in the unit of their item, yes/no are Boolean, everything else is text: the types of the
        built-in study, whose items the checks are written about, so that a form or an item that this study
        does not ask gives no rows or null.
        """
        asked = {
            i.id: i for study in (self.study, read()) for f in study.forms if f.id == id for i in f.items
        }
        named = items or tuple(asked)
        types = {name: asked[name].dtype if name in asked else pl.String() for name in named}
        types = {name: pl.Float64() if dtype.is_numeric() else dtype for name, dtype in types.items()}
        here = self.cells.filter(pl.col("form") == id, pl.col("item").is_in(list(named)))
        empty = pl.DataFrame(
            schema={"subject": pl.String(), "visit": pl.String(), "repeat": pl.Int64()} | types
        )
        if here.is_empty():
            return empty
        frame = here.select(ROW).unique(maintain_order=True)
        for source, dtypes in (("value", (pl.String, pl.Boolean)), ("number", (pl.Float64,))):
            of = [name for name, dtype in types.items() if dtype in dtypes]
            part = here.filter(pl.col("item").is_in(of))
            if part.height:
                wide = part.select(*ROW, "item", source).pivot("item", index=ROW, values=source)
                frame = frame.join(wide, on=ROW, how="left", maintain_order="left")
        frame = frame.with_columns(pl.lit(None, types[n]).alias(n) for n in named if n not in frame.columns)
        truth = [n for n, dtype in types.items() if dtype == pl.Boolean and frame.schema[n] == pl.String]
        said = [pl.col(n).replace_strict({"Y": True, "N": False}, default=None).alias(n) for n in truth]
        return frame.with_columns(said).select(*ROW, *named)

    @cached_property
    def anchors(self) -> pl.DataFrame:
        """Of each subject: sex, and the dates of consent, birth, lymphodepletion, cells, day 0 and death."""
        subjects = self.now.select("subject").unique(maintain_order=True)
        ld = self.form("ld_dose", "ld_start").group_by("subject").agg(
            ld_first=moment(pl.col("ld_start")).min(), ld_last=moment(pl.col("ld_start")).max()
        )  # fmt: skip
        cells = self.given.group_by("subject").agg(first_infusion=pl.col("start").min())
        consent = (
            self.form("consent", "consent_datetime")
            .group_by("subject")
            .agg(consent=day(pl.col("consent_datetime")).min())
        )
        birth = (
            self.form("demography", "birth_date", "sex")
            .group_by("subject")
            .agg(
                birth=earliest(pl.col("birth_date")).first(),
                birth_last=latest(pl.col("birth_date")).first(),
                sex=pl.col("sex").first(),
            )
        )
        death = (
            self.form("death", "death_date").group_by("subject").agg(death=latest(pl.col("death_date")).min())
        )
        for frame in (consent, birth, ld, cells, death):
            subjects = subjects.join(frame, on="subject", how="left", maintain_order="left")
        ld_days = self.study.get("dosing.fludarabine_days", [-5])
        planned = pl.col("ld_first").dt.date() - pl.duration(days=min(ld_days))
        return subjects.with_columns(day_0=pl.coalesce(pl.col("first_infusion").dt.date(), planned))

    @cached_property
    def given(self) -> pl.DataFrame:
        """The infusions given, in order of their number, with start and stop as moments."""
        rows = self.form("cell_infusion", "infusion_number", "infusion_start", "infusion_stop")
        rows = rows.with_columns(start=moment(pl.col("infusion_start")), stop=moment(pl.col("infusion_stop")))
        numbered = rows.with_columns(pl.col("infusion_number").cast(pl.Float64))
        return numbered.filter(pl.col("start").is_not_null()).sort(
            "subject", "infusion_number", nulls_last=True
        )

    @cached_property
    def scored(self) -> tuple[str, ...]:
        """The items of SLEDAI-2K that score."""
        asked = (form.items for form in self.study.forms if form.id == "sledai2k")
        return tuple(item.id for items in asked for item in items if item.points)

    @cached_property
    def sledai(self) -> pl.DataFrame:
        """The SLEDAI-2K forms: items, the total typed, and `total`, null while an item is unknown."""
        rows = self.form("sledai2k", *self.scored, "sledai_total", "sledai_date")
        points = [pl.col(name).cast(pl.Float64) * self.study.items[name].points for name in self.scored]
        return rows.with_columns(
            total=pl.sum_horizontal(points, ignore_nulls=False) if points else pl.lit(None, pl.Float64)
        )

    def has(self, form: str) -> bool:
        """Return whether this study asks the form."""
        return any(f.id == form for f in self.study.forms)

    def with_day(self, rows: pl.DataFrame, date: pl.Expr) -> pl.DataFrame:
        """Return the rows with the date and its protocol day, and the anchors of their subjects."""
        joined = rows.join(self.anchors, on="subject", how="left", maintain_order="left")
        return joined.with_columns(on=date).with_columns(day=protocol_day(pl.col("on"), pl.col("day_0")))
