"""Whole trials: nothing is lost, nothing stands twice, every day has a number but 0."""

from __future__ import annotations

import dataclasses
from functools import cache

import polars as pl
import pytest

from carnet import sdtm, simulate, study
from carnet.core.entry import current
from carnet.core.errors import DefinitionError
from carnet.core.form import Form, Item
from carnet.sdtm.annotation import QUALIFIER, VARIABLE
from sdtm_trial import entered, every_answer

STUDY = study.read()

AS_SAID = {"Y": "PRESENT", "N": "ABSENT", "tablet": "TABLET", "QS": "EVERY WEEK"}
AS_CODED = {"Y": "ONGOING", "N": "BEFORE"}
"""What an answer may be called in SDTM beside its own name."""

Tables = dict[str, pl.DataFrame]


@cache
def made(kind: str) -> tuple[pl.DataFrame, Tables]:
    """Return the entries of a trial and its tables."""
    entries = every_answer(STUDY) if kind == "every answer" else simulate.trial(STUDY, seed=7).entries
    return entries, sdtm.tabulate(STUDY, entries)


@pytest.fixture(params=["every answer", "simulated"])
def trial(request: pytest.FixtureRequest) -> tuple[pl.DataFrame, Tables]:
    return made(request.param)


def observations(tables: Tables) -> dict[str, pl.DataFrame]:
    """Return the tables of observations about subjects, by domain."""
    return {name: t for name, t in tables.items() if {"DOMAIN", "USUBJID"} <= set(t.columns)}


def page_of(domain: str, table: pl.DataFrame) -> pl.Expr:
    """Return the page (form/visit/repeat) of each row; DM and SV are made of several."""
    if f"{domain}SPID" not in table.columns:
        return pl.lit("").alias("page")
    return pl.col(f"{domain}SPID").str.split("/").list.head(3).list.join("/").alias("page")


def pages(tables: Tables) -> pl.DataFrame:
    """Return every text of every table beside the page it came from; a qualifier has the page of its parent."""
    found = []
    for name, table in observations(tables).items():
        domain, page = name.upper(), page_of(name.upper(), table)
        texts = table.select(
            "USUBJID", page, *(pl.col(c).cast(pl.String) for c in table.columns if c != "USUBJID")
        )
        found.append(texts.unpivot(index=["USUBJID", "page"], value_name="text").drop("variable"))
        keys = [key for key in (f"{domain}SEQ", f"{domain}GRPID", "VISITNUM") if key in table.columns]
        number = {key: pl.col(key).cast(pl.String).str.strip_suffix(".0") for key in keys}
        parents = [table.select("USUBJID", page, IDVAR=pl.lit(key), IDVARVAL=number[key]) for key in keys]
        none = pl.lit(None, pl.String)
        parents.append(
            table.select("USUBJID", page, IDVAR=none, IDVARVAL=none).head(len(table) if name == "dm" else 0)
        )
        supp = tables.get(f"supp{name}", pl.DataFrame(schema=tables["suppae"].schema))
        placed = supp.join(
            pl.concat(parents).unique(), on=["USUBJID", "IDVAR", "IDVARVAL"], how="left", nulls_equal=True
        )
        assert placed["page"].null_count() == 0, f"supp{name} has rows without a parent"
        found.append(placed.select("USUBJID", "page", pl.col("QVAL").alias("text")))
    return pl.concat(found).drop_nulls().unique()


def lost(entries: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    """Return the answered entries whose value stands in no row of their page."""
    domains = sdtm.annotate(STUDY).select("form", "item", "domain").unique(["form", "item"])
    page = pl.concat_str("form", "visit", "repeat", separator="/")
    number = pl.col("value").cast(pl.Float64, strict=False).round_sig_figs(12).cast(pl.String)
    words = [
        pl.col("value"), pl.col("value").replace(AS_SAID), pl.col("value").replace(AS_CODED), number,
        number.str.strip_suffix(".0"), pl.col("typed").str.strip_chars(),
    ]  # fmt: skip
    answered = (
        current(entries)
        .filter(pl.col("status") == "answered")
        .join(domains, on=["form", "item"], maintain_order="left")
        .with_row_index("entry")
        .with_columns(
            pl.format("{}-{}", pl.lit(STUDY.id), "subject").alias("USUBJID"),
            pl.when(pl.col("domain").is_in(["DM", "SV"])).then(pl.lit("")).otherwise(page).alias("page"),
            pl.concat_list(words).alias("text"),
        )
    )
    there = answered.explode("text").join(pages(tables), on=["USUBJID", "page", "text"], how="semi")
    return answered.filter(~pl.col("entry").is_in(there["entry"].implode()))


def test_every_answer_is_found_again_on_its_page(trial: tuple[pl.DataFrame, Tables]) -> None:
    gone = lost(*trial)
    assert gone.is_empty(), gone.select("subject", "visit", "form", "item", "value").unique("item").rows()


def test_the_search_for_lost_answers_can_fail(trial: tuple[pl.DataFrame, Tables]) -> None:
    entries, tables = trial
    without = tables | {"suppec": tables["suppec"].filter(pl.col("QNAM") != "DONOR")}
    assert "infusion_donor" in lost(entries, without)["item"].to_list()


def test_every_qualifier_and_variable_of_the_forms_is_filled() -> None:
    """Only the planned dose leaves the qualifiers: it is the dose of a row of its own."""
    tables = made("every answer")[1]
    notes = sdtm.annotate(STUDY).filter(pl.col("variable").is_not_null() & (pl.col("variable") != "PLANDOSE"))
    for domain, part, variable in notes.select("domain", "part", "variable").unique().iter_rows():
        if part == QUALIFIER:
            assert variable in tables[f"supp{domain.lower()}"]["QNAM"].to_list(), (domain, variable)
        if part == VARIABLE:
            table = tables[domain.lower()]
            name = variable if variable in table.columns else f"{domain}{variable}"
            assert table[name].count() > 0, name


def test_there_is_no_day_zero(trial: tuple[pl.DataFrame, Tables]) -> None:
    counted = 0
    for name, table in observations(trial[1]).items():
        for column in (c for c in table.columns if c.endswith("DY")):
            assert 0 not in table[column].drop_nulls(), f"{name}.{column}"
            counted += table[column].count()
    assert counted > 1000


def test_sequence_numbers_are_unique_within_a_subject(trial: tuple[pl.DataFrame, Tables]) -> None:
    for name, table in observations(trial[1]).items():
        number = f"{name.upper()}SEQ"
        if number in table.columns:
            assert not table.select("USUBJID", number).is_duplicated().any(), name
            assert table[number].null_count() == 0


def test_every_row_can_be_traced_to_its_entries(trial: tuple[pl.DataFrame, Tables]) -> None:
    """A row is of a page, of a cell, or, where that was left blank, of the cells named after it."""
    entries, tables = trial
    cell = pl.concat_str("form", "visit", "repeat", "item", separator="/")
    cells = set(entries.select(cell.unique()).to_series())
    records = {cell.rsplit("/", 1)[0] for cell in cells}
    beside = {cell.removesuffix("_result") for cell in cells}
    traced = 0
    for name, table in observations(tables).items():
        if f"{name.upper()}SPID" in table.columns:
            origins = table[f"{name.upper()}SPID"]
            assert origins.null_count() == 0
            assert set(origins) <= cells | records | beside, name
            traced += len(origins)
    assert traced > 5000


def test_the_flag_before_exposure_is_given_once_per_test_and_never_after_it(
    trial: tuple[pl.DataFrame, Tables],
) -> None:
    tables = trial[1]
    first = tables["dm"].select("USUBJID", "RFXSTDTC")
    for name in ("lb", "vs", "rs", "is"):
        domain = name.upper()
        flagged = tables[name].filter(pl.col(f"{domain}LOBXFL") == "Y").join(first, on="USUBJID")
        assert len(flagged) > 0
        assert flagged.filter(pl.col(f"{domain}DTC") >= pl.col("RFXSTDTC")).is_empty()
        parts = [
            f"{domain}{part}"
            for part in ("TESTCD", "SPEC", "BDAGNT", "CAT")
            if f"{domain}{part}" in flagged.columns
        ]
        assert not flagged.select("USUBJID", *parts).is_duplicated().any(), name


def test_elements_follow_one_another_without_a_gap() -> None:
    se = made("simulated")[1]["se"]
    following = pl.col("SESTDTC").shift(-1).over("USUBJID")
    assert se.filter(following.is_not_null() & (following != pl.col("SEENDTC"))).is_empty()
    assert se.filter(pl.col("SESTDTC") > pl.col("SEENDTC")).is_empty()


def test_a_simulated_trial_has_its_patients_and_its_screen_failures() -> None:
    dm = made("simulated")[1]["dm"]
    assert len(dm.filter(pl.col("ARMCD") == "CARNK")) == 10
    failed = dm.filter(pl.col("ARMNRS") == "SCREEN FAILURE")
    assert len(failed) == len(dm) - 10
    assert failed["RFSTDTC"].null_count() == len(failed)
    assert dm["AGE"].is_between(18, 65).all()
    assert dm["RFICDTC"].null_count() == 0


def test_tables_are_as_sdtm_wants_them(trial: tuple[pl.DataFrame, Tables]) -> None:
    for name, table in trial[1].items():
        definition = sdtm.definition(name.upper())
        assert table.columns == [v.name for v in definition.variables], name
        assert len(definition.label) <= 40, name
        for variable in definition.variables:
            assert len(variable.name) <= 8, variable.name
            assert len(variable.label) <= 40, variable.label
            assert variable.origin, variable.name
            if variable.type == "text":
                assert (table[variable.name].str.len_chars().max() or 0) <= 200, variable.name
                assert "" not in table[variable.name].drop_nulls(), f"{name}.{variable.name}: missing is null"


def test_codes_and_names_of_tests_and_qualifiers_fit() -> None:
    tables = made("every answer")[1]
    for name, table in observations(tables).items():
        code, test = f"{name.upper()}TESTCD", f"{name.upper()}TEST"
        if code in table.columns and name != "ie":  # the text of a criterion may have 200 characters
            assert table[code].str.contains(r"^[A-Z_][A-Z0-9_]{0,7}$").all(), name
            assert table[test].str.len_chars().max() <= 40, name
            one = table.group_by(code).agg(pl.col(test).n_unique().alias("names"))
            assert one["names"].max() == 1, f"{name}: a code has one name"
    for name, table in tables.items():
        if name.startswith("supp"):
            assert table["QNAM"].str.contains(r"^[A-Z][A-Z0-9]{0,7}$").all(), name
            assert table["QLABEL"].str.len_chars().max() <= 40, name


def test_no_name_was_cut_short() -> None:
    """A label that does not fit is said otherwise in items.csv or tests.csv."""
    notes = sdtm.annotate(STUDY).filter(pl.col("part") != VARIABLE)
    for item, test, label in notes.select("item", "test", "label").iter_rows():
        whole = STUDY.items[item].label
        assert len(whole) <= 40 or whole[:40].rstrip() not in (test, label if test is None else test), item


def test_the_same_entries_make_the_same_tables(trial: tuple[pl.DataFrame, Tables]) -> None:
    entries, tables = trial
    again = sdtm.tabulate(STUDY, entries)
    assert list(again) == list(tables)
    for name, table in again.items():
        assert table.equals(tables[name]), name


def test_a_form_of_another_domain_arrives_too() -> None:
    """A study may ask what carnet has no module for: the answers arrive as findings of that domain."""
    spirometry = Form(
        "spirometry", "Spirometry", "RE",
        (
            Item("fev1", "Forced volume in 1 s", "decimal", unit="L", testcd="FEV1"),
            Item("spiro_date", "Measured", "date", variable="REDTC"),
            Item("spiro_effort", "Effort was good", "boolean"),
        ),
    )  # fmt: skip
    tables = sdtm.tabulate(
        dataclasses.replace(STUDY, forms=(*STUDY.forms, spirometry)),
        entered(
            """
            visit | form       | item         | value
            BL    | spirometry | fev1         | 3.1
            BL    | spirometry | spiro_date   | 2025-02-23
            BL    | spirometry | spiro_effort | Y
            """
        ),
    )
    (row,) = tables["re"].rows(named=True)
    assert (row["RETESTCD"], row["RETEST"], row["RESTRESN"], row["RESTRESU"]) == (
        "FEV1",
        "Forced volume in 1 s",
        3.1,
        "L",
    )
    assert row["REDTC"] == "2025-02-23"
    assert tables["suppre"].select("QNAM", "QVAL").rows() == [("SPIROEFF", "Y")]


def test_two_answers_never_share_a_place() -> None:
    items = tuple(Item(f"posture_{n}", n, "text", variable="VSPOS") for n in ("one", "two"))
    twins = dataclasses.replace(STUDY, forms=(Form("twins", "Twins", "VS", items),))
    with pytest.raises(DefinitionError, match=r"posture_one.*posture_two.*VS POS"):
        sdtm.annotate(twins)
