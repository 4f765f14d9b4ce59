"""ADQS: disease activity: SLEDAI-2K and its items, BILAG-2004 grades, PGA and glucocorticoid dose, with change."""

from __future__ import annotations

import polars as pl

from carnet.adam import visits
from carnet.adam.assessments import Assessed
from carnet.adam.bds import CARRIED, with_on_treatment
from carnet.adam.dates import protocol_day, study_day
from carnet.adam.flags import answer, mark
from carnet.adam.glucocorticoid import dose_at
from carnet.adam.periods import with_phase
from carnet.adam.review import with_review
from carnet.adam.treatment import Treatment
from carnet.core.errors import InputError
from carnet.instruments.bilag2004 import POINTS, SYSTEMS
from carnet.instruments.sdi import ORGANS
from carnet.instruments.sledai2k import ITEMS
from carnet.study import Study

TOTALS = (
    ("SLEDAI2K", "SLEDAI-2K total, 10-day look-back", "sledai2k"),
    ("SLED30", "SLEDAI-2K total, 30-day look-back", "sledai2k_30"),
    ("SLEDCLIN", "Clinical SLEDAI-2K", "sledai2k_clinical"),
)
"""Totals of SLEDAI-2K: parameter, its name, the score, whose bounds stand beside it as `_min` and `_max`."""

GRADES = dict(zip(SYSTEMS, ("CON", "MUC", "NEU", "MSK", "CAR", "GAS", "OPH", "REN", "HAE"), strict=True))
"""The last letters of the parameter of each BILAG-2004 system."""

SKIN = {"clasi_activity": ("CLASIACT", "CLASI activity"), "clasi_damage": ("CLASIDMG", "CLASI damage")}
DAMAGE = {
    "sdi": ("SDI", "SLICC/ACR damage index"),
    **{
        f"sdi_{organ}": (f"SDI{letters}", f"SLICC/ACR damage index, {organ.replace('_', ' ')}")
        for organ, letters in zip(
            ORGANS,
            ("OCU", "NEU", "REN", "PUL", "CAR", "PVD", "GAS", "MSK", "SKI", "GON", "DIA", "MAL"),
            strict=True,
        )
    },
}
"""Scores of the skin and of lasting damage: parameter and its name."""

ASKED = {
    "haemolysis": ("HAEMOLYS", "Haemolytic anaemia from lupus"),
    "gi_activity": ("GIACT", "Gastrointestinal activity of lupus"),
}


def derive(study: Study, assessed: Assessed, treatment: Treatment, adsl: pl.DataFrame) -> pl.DataFrame:
    """Return the disease activity as analysed; baseline is the efficacy baseline (decision 2)."""
    parts = [
        _items(assessed), _totals(assessed), _grades(assessed), _pga(assessed), _questions(assessed),
        _bounded(assessed.skin, "skin", "CLASI", SKIN), _bounded(assessed.damage, "damage", "SDI", DAMAGE),
    ]  # fmt: skip
    rows = pl.concat([*parts, _doses(assessed, treatment, study)], how="diagonal").rename({"date": "ADT"})
    rows = rows.join(adsl.select("USUBJID", *CARRIED), on="USUBJID", how="inner", maintain_order="left")
    rows = rows.with_columns(
        TRTA=pl.col("TRT01A"), ADTM=pl.lit(None, pl.Datetime("us")), day=protocol_day("ADT"), ADY=study_day("ADT"),
        AVALC=pl.coalesce("AVALC", _text("AVAL")), SRCSEQ="RSSEQ",
        before=(pl.col("ADT") < pl.col("TRTSDT")) | pl.col("TRTSDT").is_null(),
    )  # fmt: skip
    rows = with_change(rows, pl.concat([baseline_dates(assessed), last_before(rows, ("skin", "damage"))]))
    rows = visits.with_avisit(with_on_treatment(rows), study, early=False)
    rows = rows.join(_complete(assessed), on=["USUBJID", "part", "ADT"], how="left", maintain_order="left")
    names = {visit.num: visit.label for visit in study.visits}
    label = pl.col("VISITNUM").replace_strict(names, default="Unscheduled", return_dtype=pl.String)
    rows = visits.with_chosen(with_phase(rows), ["USUBJID", "PARAMCD"], value=None, complete="complete")
    return rows.with_columns(VISIT=label)


def baseline_dates(assessed: Assessed) -> pl.DataFrame:
    """Return the day of each part of the efficacy baseline: USUBJID, `part`, ADT."""
    base = assessed.composites.filter("is_baseline").with_columns(dose_date="date", items_date="sledai_date")
    names = ["items", "sledai", "bilag", "pga", "questions", "dose"]
    return pl.concat(
        base.select("USUBJID", part=pl.lit(name), ADT=f"{name}_date") for name in names
    ).drop_nulls("ADT")


def last_before(rows: pl.DataFrame, parts: tuple[str, ...]) -> pl.DataFrame:
    """Return the day of the last assessment before treatment of parts that belong to no composite."""
    mine = rows.filter("before", pl.col("part").is_in(parts))
    return mine.group_by("USUBJID", "part", maintain_order=True).agg(pl.col("ADT").max())


def with_change(rows: pl.DataFrame, bases: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with ABLFL on the baseline, BASE, BASEC, CHG and PCHG; change stands after treatment began."""
    rows = rows.with_row_index("_row")
    base = (
        rows.join(bases, on=["USUBJID", "part", "ADT"], how="semi")
        .filter("before")
        .sort("VISITNUM", maintain_order=True)
    )
    base = base.unique(["USUBJID", "PARAMCD"], keep="last", maintain_order=True)
    flagged = mark(pl.col("_row").is_in(base["_row"].implode()))
    rows = rows.join(
        base.select("USUBJID", "PARAMCD", BASE="AVAL", BASEC="AVALC", BASEVER="SCOREVER"),
        on=["USUBJID", "PARAMCD"],
        how="left",
        maintain_order="left",
    )
    _refuse_mixed(rows)
    change = pl.when(~pl.col("before")).then((pl.col("AVAL") - pl.col("BASE")).round(6))
    percent = pl.when(pl.col("BASE") != 0).then(100 * change / pl.col("BASE"))
    return rows.with_columns(ABLFL=flagged, CHG=change, PCHG=percent).drop("_row", "BASEVER")


def _refuse_mixed(rows: pl.DataFrame) -> None:
    """Refuse a change from one version of an instrument to another."""
    for row in rows.filter(pl.col("SCOREVER") != pl.col("BASEVER")).head(1).iter_rows(named=True):
        raise InputError(
            f"Subject {row['USUBJID']}, {row['PARAM']} of {row['ADT']}: version {row['SCOREVER']}, its baseline "
            f"{row['BASEVER']}. A change from one to the other means nothing; assess both by one version (RSCAT)."
        )


def _text(name: str) -> pl.Expr:
    """Return a number as text, whole numbers without a point."""
    whole = pl.col(name) == pl.col(name).round(0)
    return (
        pl.when(whole)
        .then(pl.col(name).cast(pl.Int64, strict=False).cast(pl.String))
        .otherwise(pl.col(name).cast(pl.String))
    )


def _items(assessed: Assessed) -> pl.DataFrame:
    """Return the SLEDAI-2K items as present or not in the primary look-back; the source is the row of the item."""
    codes, labels = ({item.id: getattr(item, name) for item in ITEMS} for name in ("testcd", "label"))
    return assessed.items.filter(pl.col("date").is_not_null()).select(
        "USUBJID", "VISITNUM", "date", "RSSEQ", part=pl.lit("items"), PARCAT1=pl.lit("SLEDAI-2K ITEMS"),
        PARAMCD=pl.col("item").replace_strict(codes, return_dtype=pl.String),
        PARAM=pl.col("item").replace_strict(labels, return_dtype=pl.String),
        AVAL=pl.col("present").cast(pl.Float64), AVALC=answer(pl.col("present")),
        SRCDOM=pl.lit("RS"), SRCVAR=pl.lit("RSORRES"),
    )  # fmt: skip


VERSIONS = {"sledai": "sledai2k_version", "bilag": "bilag_version"}
"""Where the version stands that an instrument was scored by."""


def _stack(rows: pl.DataFrame, part: str, category: str, columns: list[dict[str, pl.Expr]]) -> pl.DataFrame:
    """Return one block of rows per parameter of an instrument."""
    keys = ["USUBJID", "VISITNUM", "date", "RSSEQ"]
    fixed = {
        "part": pl.lit(part),
        "PARCAT1": pl.lit(category),
        "SRCDOM": pl.lit("RS"),
        "SRCVAR": pl.lit("RSSTRESC"),
        "SCOREVER": pl.col(VERSIONS[part]) if part in VERSIONS else pl.lit(None, pl.String),
    }
    return pl.concat([rows.select(*keys, **fixed, **made) for made in columns], how="diagonal")


def _totals(assessed: Assessed) -> pl.DataFrame:
    """Return the SLEDAI-2K totals with the bounds that unknown items leave."""
    return _stack(assessed.sledai, "sledai", "SLEDAI-2K", [
        {
            "PARAMCD": pl.lit(code), "PARAM": pl.lit(label), "AVAL": pl.col(score).cast(pl.Float64),
            "AVALMIN": pl.col(f"{score}_min").cast(pl.Float64), "AVALMAX": pl.col(f"{score}_max").cast(pl.Float64),
        }
        for code, label, score in TOTALS
    ])  # fmt: skip


def _grades(assessed: Assessed) -> pl.DataFrame:
    """Return the BILAG-2004 grades with their best and worst case, as letters and points, and the numerical score."""

    def points(name: str) -> pl.Expr:
        return pl.col(name).replace_strict(POINTS, default=None, return_dtype=pl.Float64)

    systems = []
    for system, letters in GRADES.items():
        name = f"bilag_{system}"
        certain = pl.when(pl.col(f"{name}_best") == pl.col(f"{name}_worst"))
        systems.append({
            "PARAMCD": pl.lit(f"BLG4{letters}"), "PARAM": pl.lit(f"BILAG-2004 {system}"),
            "AVAL": certain.then(points(name)), "AVALC": certain.then(pl.col(name)),
            "AVALMIN": points(f"{name}_best"), "AVALMAX": points(f"{name}_worst"),
            "AVALCBST": pl.col(f"{name}_best"), "AVALCWRS": pl.col(f"{name}_worst"),
        })  # fmt: skip
    total = {
        "PARAMCD": pl.lit("BILAGTOT"), "PARAM": pl.lit("BILAG-2004 numerical score"),
        "AVAL": pl.col("bilag_total").cast(pl.Float64),
        "AVALMIN": pl.col("bilag_total_min").cast(pl.Float64), "AVALMAX": pl.col("bilag_total_max").cast(pl.Float64),
    }  # fmt: skip
    overall = {
        "PARAMCD": pl.lit("BLG4ALL"), "PARAM": pl.lit("BILAG-2004 overall grade"),
        "AVAL": points("bilag_overall"), "AVALC": pl.col("bilag_overall"),
        "AVALMIN": points("bilag_overall_best"), "AVALMAX": points("bilag_overall_worst"),
        "AVALCBST": pl.col("bilag_overall_best"), "AVALCWRS": pl.col("bilag_overall_worst"),
    }  # fmt: skip
    return _stack(assessed.bilag, "bilag", "BILAG-2004", [*systems, total, overall])


def _bounded(rows: pl.DataFrame, part: str, category: str, named: dict[str, tuple[str, str]]) -> pl.DataFrame:
    """Return the scores of an instrument, with the ends that unknown items leave where it has them."""

    def ends(name: str) -> dict[str, pl.Expr]:
        columns = {"AVAL": name, "AVALMIN": f"{name}_min", "AVALMAX": f"{name}_max"}
        return {to: pl.col(c).cast(pl.Float64) for to, c in columns.items() if c in rows.columns}

    return _stack(rows, part, category, [
        {"PARAMCD": pl.lit(code), "PARAM": pl.lit(label), **ends(name)} for name, (code, label) in named.items()
    ])  # fmt: skip


def _pga(assessed: Assessed) -> pl.DataFrame:
    """Return the physician's global assessment."""
    made = {
        "PARAMCD": pl.lit("PGA"),
        "PARAM": pl.lit("Physician global assessment (0-3)"),
        "AVAL": pl.col("pga"),
    }
    return _stack(assessed.pga, "pga", "PGA", [made])


def _questions(assessed: Assessed) -> pl.DataFrame:
    """Return the activity that SLEDAI-2K does not ask for."""
    return _stack(assessed.questions, "questions", "LUPUS ACTIVITY QUESTIONS", [
        {
            "PARAMCD": pl.lit(code), "PARAM": pl.lit(label), "AVAL": pl.col(name).cast(pl.Float64),
            "AVALC": answer(pl.col(name)),
        }
        for name, (code, label) in ASKED.items()
    ])  # fmt: skip


def _doses(assessed: Assessed, treatment: Treatment, study: Study) -> pl.DataFrame:
    """Return the prednisone equivalent on the day of each assessment, and its mean over the seven days to it."""
    slack = study.get("time.composite_days", 3)
    rows = assessed.composites.select("USUBJID", "VISITNUM", "date")
    week = rows.join(pl.DataFrame({"back": range(7)}), how="cross").with_columns(on=pl.col("date"))
    week = week.with_columns(date=pl.col("on") - pl.duration(days="back"))
    week = dose_at(with_review(week, treatment.reviews, slack), treatment.doses, "date")
    dose = pl.col("prednisone")
    week = week.group_by("USUBJID", "VISITNUM", date="on").agg(
        day=dose.filter(pl.col("back") == 0).first(),
        mean=pl.when(dose.is_not_null().all()).then(dose.mean().round(6)),
    )
    forms = (
        ("PREDEQ", "Prednisone equivalent (mg/day)", "day"),
        ("PREDWK", "Prednisone equivalent, 7-day mean (mg/day)", "mean"),
    )
    return pl.concat(
        week.select(
            "USUBJID", "VISITNUM", "date", PARAMCD=pl.lit(code), PARAM=pl.lit(label), AVAL=pl.col(value),
            AVALU=pl.lit("mg/day"), part=pl.lit("dose"), PARCAT1=pl.lit("GLUCOCORTICOID"),
            SRCDOM=pl.lit("ADCM"), SRCVAR=pl.lit("PREDEQ"),
        )
        for code, label, value in forms
    )  # fmt: skip


def _complete(assessed: Assessed) -> pl.DataFrame:
    """Return the days of the parts of whole composites, by which the record of a visit is chosen first."""
    whole = assessed.composites.filter("complete").with_columns(items_date="sledai_date", dose_date="date")
    return pl.concat(
        whole.select("USUBJID", part=pl.lit(name), ADT=f"{name}_date", complete=True)
        for name in ("items", "sledai", "bilag", "pga", "dose")
    ).unique(maintain_order=True)
