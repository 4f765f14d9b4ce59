"""SDTM from entries: every answer once, in its domain, with its day, its epoch and its number."""

from __future__ import annotations

import polars as pl

from carnet.sdtm import (
    ae,
    answers,
    cm,
    design,
    dm,
    ds,
    ex,
    findings,
    ie,
    pc,
    pp,
    records,
    relrec,
    rs,
    se,
    supp,
    sv,
    titres,
)  # fmt: skip
from carnet.sdtm.annotation import annotate
from carnet.sdtm.definitions import RECORDS, definition, variables
from carnet.sdtm.timing import certainly_before, epoch, study_day
from carnet.study import Study

Tables = dict[str, pl.DataFrame]

TEST = ("TESTCD", "SPEC", "BDAGNT", "OBJ", "CAT", "SCAT")
"""What makes a test of its own, for the flag of the last observation before exposure."""

WHOLE = frozenset(
    ["STUDYID", "DOMAIN", "USUBJID", "VISITNUM", "VISIT", "VISITDY", "EPOCH", "ETCD", "ELEMENT", "TAETORD"]
)
"""Variables that have the same name in every domain."""


def tabulate(study: Study, entries: pl.DataFrame) -> Tables:
    """Return the SDTM tables of the entries in force, by lower-case name: domains, SUPP--, RELREC, design.

    Entries stand in the order of entering, corrections included; the last one of a cell counts. Which tables
    there are follows from the forms of the study: one that nobody filled is empty.
    """
    notes = annotate(study)
    said = answers.read(study, entries, notes)
    rows = _records(study, said, notes)
    anchors = se.starts(study, rows["DM"], rows["SV"])
    found = _findings(study, said, notes, rows)
    rows |= _by_domain(found) | {"SE": se.tabulate(study, anchors), "IE": ie.failures(study, found)}
    qualifiers = [supp.of_findings(records.qualifiers(said), found), *_qualifiers(said, rows)]
    tables = {domain: _finished(study, domain, part, anchors) for domain, part in rows.items()}
    tables |= {domain: definition(domain).empty() for domain in _expected(notes) if domain not in tables}
    if "PC" in tables:
        kinetics = pp.tabulate(study, tables["PC"], tables["EX"])
        qualifiers.append(pp.flags(kinetics))
        tables["PP"] = _finished(study, "PP", kinetics, anchors)
    for domain, table in tables.items():
        tables[domain], rest = supp.overflow(domain, table)
        qualifiers.append(rest)
    tables["RELREC"] = relrec.tabulate(study, said, rows["AE"], rows["CM"], tables)
    tables |= supp.tabulate(study, notes, pl.concat(qualifiers))
    tables |= design.tabulate(study, tables["DM"], _cut(study, entries))
    return {name.lower(): tables[name] for name in sorted(tables)}


def _records(study: Study, said: pl.DataFrame, notes: pl.DataFrame) -> Tables:
    """Return the rows of the domains whose row is a record, and EX, which is made of EC."""
    ec = ex.collected(said, notes)
    rows = {
        "EC": ec, "EX": ex.given(ec), "SV": sv.tabulate(study, said, notes), "DS": ds.tabulate(said, notes),
        "AE": ae.tabulate(said, notes), "CM": cm.medication(said, notes), "MH": cm.history(said, notes),
        "DV": records.tabulate(said, notes, "DV"),
    }  # fmt: skip
    return rows | {"DM": dm.tabulate(study, said, notes, rows)}


def _findings(study: Study, said: pl.DataFrame, notes: pl.DataFrame, rows: Tables) -> pl.DataFrame:
    """Return all findings, numbered, with what ratings, titres and levels of cells have of their own."""
    dates = rows["SV"].select("USUBJID", "visit", pl.col("STDTC").alias("visit_date"))
    found = pc.results(findings.tabulate(study, said, notes, dates), said)
    found = found.with_columns(rs.results(study)).with_columns(titres.results())
    found = pc.references(found, said, rows["EC"]).with_columns(*findings.completion(), *rs.evaluation(study))
    number = pl.col("order").rank("ordinal").over("domain", "USUBJID").cast(pl.Int64)
    return found.with_columns(number.alias("SEQ"), pl.col("TESTCD").alias("LNKGRP"))


def _by_domain(found: pl.DataFrame) -> Tables:
    parts = found.partition_by("domain", as_dict=True, maintain_order=True)
    return {str(domain): part for (domain,), part in parts.items()}


def _qualifiers(said: pl.DataFrame, rows: Tables) -> list[pl.DataFrame]:
    """Return the qualifiers of records, asked and assigned; those of a dose belong to its performed row."""
    asked = records.qualifiers(said).filter(pl.col("variable") != ex.PLANNED)
    asked = pl.concat([asked, ae.versions(rows["AE"]), ds.reasons(rows["DS"])], how="diagonal")
    performed = {**rows, "EC": rows["EC"].filter(pl.col("MOOD") == "PERFORMED")}
    return [supp.of_records(asked, performed[domain], domain) for domain in RECORDS]


def _expected(notes: pl.DataFrame) -> list[str]:
    """Return the domains that the forms of the study can fill."""
    return notes["domain"].unique().sort().to_list()


def _finished(study: Study, domain: str, rows: pl.DataFrame, anchors: pl.DataFrame) -> pl.DataFrame:
    """Return the table of a domain: study days, epoch, last observation before exposure, names of the domain."""
    own = variables(domain)
    rows = rows.drop("RFSTDTC", "RFXSTDTC", "RFPENDTC", strict=False) if domain != "DM" else rows
    if domain != "DM":
        rows = rows.join(anchors, on="USUBJID", how="left", maintain_order="left")
    moments = [name for name in ("DTC", "STDTC", "ENDTC", "DMDTC") if name in rows.columns]
    days = [
        study_day(pl.col(name), pl.col("RFSTDTC")).alias(name.removesuffix("TC") + "Y") for name in moments
    ]
    rows = rows.with_columns(days)
    if "ENRTPT" in rows.columns:
        rows = rows.with_columns(cm.reference())
    if "EPOCH" in own and domain != "SE" and moments:
        rows = rows.with_columns(epoch(pl.col(moments[0]), se.epoch_starts(study)).alias("EPOCH"))
    if f"{domain}LOBXFL" in own:
        rows = _flagged(rows)
    named = [
        pl.col(name).alias(name if name in WHOLE or domain + name not in own else domain + name)
        for name in rows.columns
        if (name in own or domain + name in own) and name not in ("STUDYID", "DOMAIN")
    ]
    assigned = [pl.lit(study.id).alias("STUDYID"), pl.lit(domain).alias("DOMAIN")]
    return definition(domain).conform(rows.select(*named, *assigned))


def _flagged(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the findings with LOBXFL: the last result of a test certainly taken before the first dose."""
    rows = rows.with_row_index("place")
    test = [name for name in TEST if name in rows.columns]
    before = certainly_before(pl.col("DTC"), pl.col("RFXSTDTC")) & pl.col("ORRES").is_not_null()
    last = rows.filter(before).sort("DTC", "order").unique(["USUBJID", *test], keep="last")
    flag = pl.when(pl.col("place").is_in(last["place"].implode())).then(pl.lit("Y")).alias("LOBXFL")
    return rows.with_columns(flag)


def _cut(study: Study, entries: pl.DataFrame) -> str | None:
    """Return the day of the last entry in the site's time zone."""
    if entries["at"].null_count() == len(entries):
        return None
    local = pl.col("at").max().dt.convert_time_zone(str(study.timezone))
    return str(entries.select(local.dt.to_string("%Y-%m-%d")).item())
