"""ADAE: adverse events with their dates, emergence, grade and causality."""

from __future__ import annotations

import polars as pl

from carnet.adam.dates import moment, study_day
from carnet.adam.event_classes import of_interest
from carnet.adam.flags import mark, member
from carnet.adam.periods import with_phase
from carnet.adam.supplement import with_supplement
from carnet.core.partial_date import date_range
from carnet.safety.emergence import emergent
from carnet.safety.history import episodes, hours_at
from carnet.study import Study

CAUSES = {"ARELLD": "AERELLD", "ARELCAR": "AERELCAR", "ARELSLE": "AERELSLE", "ARELPRC": "AERELPRC"}
"""Causality per component and the qualifier of AE that holds the investigator's answer."""

QUALIFIERS = ["AECTCTRM", "AEGRHIST", *CAUSES.values(), "AESI", "AEDLT", "AEINFUS", "AELINK"]

RELATED = ("POSSIBLE", "PROBABLE", "DEFINITE", "RELATED", "Y", "YES", "UNKNOWN")
"""Answers that count as related (study.md 11), beside an empty one."""

SEVERITY = {"MILD": 1, "MODERATE": 2, "SEVERE": 3}


def derive(study: Study, tables: dict[str, pl.DataFrame], adsl: pl.DataFrame) -> pl.DataFrame:
    """Return the adverse events of AE as analysed."""
    ae = with_supplement(tables["ae"], tables, "AE", QUALIFIERS)
    subject = adsl.select(
        "USUBJID", "SUBJID", "TRT01A", "SAFFL", "CARFL", "TRTSDT", "TRTSDTM", "TRTSTMF", "CARSDT", "CARSDTM", "CARSTMF",
        "RFSTDT", "SAFEDT", "LSTALVDT", "DTHDT", "CUTDT",
    )  # fmt: skip
    rows = ae.join(subject, on="USUBJID", how="inner", maintain_order="left").with_columns(
        TRTA=pl.col("TRT01A")
    )
    rows = with_phase(with_dates(rows), "ASTDT")
    rows = with_emergence(rows)
    rows = with_interest(with_episodes(study, with_grade(rows)), tables)
    return with_first(with_causes(rows)).with_columns(
        AESIFL=mark(pl.col("AESIDER").is_not_null() | (pl.col("AESI") != "NONE")),
        CQ01NAM=_query("CRS", "CYTOKINE RELEASE SYNDROME"),
        CQ02NAM=_query("ICANS", "NEUROTOXICITY (ICANS)"),
        SRCDOM=pl.lit("AE"), SRCVAR=pl.lit("AETERM"), SRCSEQ=pl.col("AESEQ"),
    )  # fmt: skip


def with_dates(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with analysed start and end, what of them was imputed, days and duration.

    An incomplete start is the first day that it may mean, or the first treatment where that lies among them, but
    never after the end. An incomplete end is the last day it may mean, not after death, last contact or the
    cut. An event without any start is taken to start with treatment unless it ended before.
    """
    start_first, start_last = (m.dt.date() for m in date_range(pl.col("AESTDTC")))
    end_first, end_last = (m.dt.date() for m in date_range(pl.col("AEENDTC")))
    rows = rows.with_columns(
        start_first=start_first, start_last=start_last, end_first=end_first, end_last=end_last,
        ASTDTM=moment("AESTDTC"),
    ).with_columns(ASTDTF=imputed("AESTDTC", "start_first"), AENDTF=imputed("AEENDTC", "end_first"))  # fmt: skip
    holds_treatment = pl.col("TRTSDT").is_between("start_first", "start_last")
    not_ended_before = ~(pl.col("end_last") < pl.col("TRTSDT")).fill_null(False)
    start = (
        pl.when(pl.col("start_first").is_null()).then(pl.when(not_ended_before).then("TRTSDT"))
        .when(holds_treatment).then("TRTSDT").otherwise("start_first")
    )  # fmt: skip
    limit = pl.min_horizontal("DTHDT", "LSTALVDT", "CUTDT")
    incomplete = pl.col("end_first") != pl.col("end_last")
    end = pl.when(incomplete).then(pl.max_horizontal("end_first", pl.min_horizontal("end_last", limit)))
    rows = rows.with_columns(AENDT=end.otherwise("end_last"))
    return (
        rows.with_columns(
            ASTDT=pl.when(pl.col("ASTDTF").is_null()).then("start_first")
            .when(start.is_not_null()).then(pl.min_horizontal(start, "AENDT"))
        )
        .with_columns(
            AENDT=pl.when(incomplete).then(pl.max_horizontal("AENDT", "ASTDT")).otherwise("AENDT"),
            ASTDTF=pl.when(pl.col("ASTDT").is_not_null()).then("ASTDTF"),
            AENDTF=pl.when(pl.col("AENDT").is_not_null()).then("AENDTF"),
        )
        .with_columns(
            ASTDY=study_day("ASTDT"), AENDY=study_day("AENDT"),
            ADURN=(pl.col("AENDT") - pl.col("ASTDT")).dt.total_days() + 1,
            ADURU=pl.when(pl.col("AENDT").is_not_null()).then(pl.lit("DAYS")),
            PREFL=mark(pl.col("ASTDT") < pl.col("TRTSDT")),
        )
    )  # fmt: skip


def with_emergence(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with emergence since the first study treatment and, beside it, since the first infusion.

    TRTEMFL and CARTEMFL are certain or possible, TRTEMCFL and CARTEMCF certain (decision 4). Both end with the
    safety period.
    """
    since = {"TRTSDTM": "TRTSTMF", "CARSDTM": "CARSTMF"}
    rows = rows.with_columns(
        pl.when(pl.col(untimed).is_null())
        .then(pl.col(start).dt.to_string("%Y-%m-%dT%H:%M"))
        .otherwise(pl.col(start).dt.to_string("%Y-%m-%d"))
        .alias(f"_{start}")
        for start, untimed in since.items()
    )
    for start, flag, certain in (("_TRTSDTM", "TRTEMFL", "TRTEMCFL"), ("_CARSDTM", "CARTEMFL", "CARTEMCF")):
        rows = emergent(rows, start, flag=flag, certain=certain, history="AEGRHIST", until="SAFEDT")
    return rows.drop("_TRTSDTM", "_CARSDTM")


def imputed(dtc: str, first: str) -> pl.Expr:
    """Return the first part of the date that is missing: Y, M or D; null where the date is complete."""
    text = pl.col(dtc).cast(pl.String)
    return (
        pl.when(pl.col(first).is_null()).then(pl.lit("Y"))
        .when(~text.str.contains(r"^\d{4}-\d{2}")).then(pl.lit("M"))
        .when(~text.str.contains(r"^\d{4}-\d{2}-\d{2}")).then(pl.lit("D"))
    )  # fmt: skip


def with_grade(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with the grade as text and number; a study without grades keeps its severity."""
    return rows.with_columns(
        ATOXGR=pl.col("AETOXGR"), ATOXGRN=pl.col("AETOXGR").cast(pl.Int64, strict=False), ASEV=pl.col("AESEV"),
        ASEVN=pl.col("AESEV").replace_strict(SEVERITY, default=None, return_dtype=pl.Int64),
    )  # fmt: skip


def with_episodes(study: Study, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with the number of their episode and its worst grade; AEPIFL marks the first row of each.

    Rows of one term less than 24 hours apart, or possibly so, are one episode.
    """
    gap = float(study.get("adverse_events.episode_gap_hours", 24))
    rows = rows.with_columns(_term=pl.coalesce("AEDECOD", "AETERM").str.to_uppercase())
    by = ["USUBJID", "_term"]
    rows = episodes(rows, by, "ATOXGRN", gap).rename({"episode": "AEPISN", "episode_grade": "AEPIGRN"})
    order = rows.with_row_index("_row").sort("ASTDT", "AESEQ", nulls_last=True, maintain_order=True)
    first = order.unique([*by, "AEPISN"], keep="first", maintain_order=True)["_row"]
    numbered = rows.with_row_index("_row")
    return numbered.with_columns(AEPIFL=mark(pl.col("_row").is_in(first.implode()))).drop("_row", "_term")


def with_interest(rows: pl.DataFrame, tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the rows with AESIDER, the class of special interest by term, grade and day, whatever was marked."""
    severe = rows.with_columns(_severe=pl.lit(3), _seen=pl.min_horizontal("LSTALVDT", "DTHDT", "CUTDT"))
    last = hours_at(severe, "_severe", "_severe", "ATOXGRN", "AEGRHIST", "_seen")["left_first"]
    number = pl.col("AESPID").str.extract(r"(\d+)$")
    named = pl.concat_str("USUBJID", number, separator="/").is_in(_opportunistic(tables).implode())
    since = (pl.Series("left", last).dt.date() - rows["RFSTDT"]).dt.total_days()
    rows = rows.with_columns(_last=since)
    return rows.with_columns(AESIDER=of_interest(named.fill_null(False), pl.col("_last"))).drop("_last")


def _opportunistic(tables: dict[str, pl.DataFrame]) -> pl.Series:
    """Return subject and number in the log of the events that a page calls an opportunistic infection."""
    if "fa" not in tables:
        return pl.Series([], dtype=pl.String)
    fa = tables["fa"].filter(pl.col("FACAT") == "INFECTION")

    def of(code: str) -> pl.Expr:
        return pl.col("FASTRESC").filter(pl.col("FATESTCD") == code).first()

    pages = fa.group_by("USUBJID", "FAGRPID").agg(marked=of("INFOPP"), number=of("AENO"))
    return (
        pages.filter(pl.col("marked") == "Y")
        .select(pl.concat_str("USUBJID", "number", separator="/"))
        .to_series()
    )


def with_causes(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with relatedness to each component that was asked for, and to any study treatment as AREL.

    An empty answer counts as related, and so does unknown; where no row has an answer the component was not asked.
    """

    def related(name: str) -> pl.Expr:
        answer = pl.col(name).str.to_uppercase()
        yes = answer.is_in(RELATED) | answer.is_null()
        return pl.when(pl.col(name).is_not_null().any()).then(member(yes))

    rows = rows.with_columns(related(qualifier).alias(name) for name, qualifier in CAUSES.items())
    treatment = [pl.col(name) == "Y" for name in ("ARELLD", "ARELCAR")]
    of_components = (
        pl.when(pl.any_horizontal(treatment))
        .then(pl.lit("Y"))
        .when(pl.all_horizontal(~t for t in treatment))
        .then(pl.lit("N"))
    )
    return rows.with_columns(AREL=pl.coalesce(of_components, related("AEREL")))


def with_first(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with flags on the first emergent event, and the first at the worst grade, at each level."""
    rows = rows.with_row_index("_row").with_columns(_worst=pl.coalesce("ATOXGRN", "ASEVN"))
    emergent = rows.filter(pl.col("TRTEMFL") == "Y")
    soc = "AESOC" if rows["AESOC"].is_not_null().any() else "AEBODSYS"
    levels = {"": ["USUBJID"], "S": ["USUBJID", soc], "P": ["USUBJID", soc, "AEDECOD"]}
    for letter, by in levels.items():
        order = emergent.sort("ASTDT", "AESEQ", nulls_last=True, maintain_order=True)
        worst = order.sort("_worst", descending=True, nulls_last=True, maintain_order=True)
        for name, ordered in ((f"AOCC{letter}FL", order), (f"AOCC{letter}IFL", worst)):
            first = ordered.unique(by, keep="first", maintain_order=True)["_row"]
            rows = rows.with_columns(mark(pl.col("_row").is_in(first.implode())).alias(name))
    return rows.drop("_row", "_worst")


def _query(aesi: str, term: str) -> pl.Expr:
    """Return the name of a query on the events of one kind, by what the investigator marked or by the term."""
    named = (
        pl.coalesce("AEDECOD", "AETERM").str.to_uppercase().str.contains(term.split(" (")[0], literal=True)
    )
    return pl.when((pl.col("AESI") == aesi) | named.fill_null(False)).then(pl.lit(term))
