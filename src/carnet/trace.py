"""From a printed number back to the results, the analysis rows, the SDTM rows and the entries behind it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import polars as pl

from carnet import sdtm
from carnet.adam.reads import behind
from carnet.analysis import subset
from carnet.core.entry import CELL
from carnet.core.errors import InputError
from carnet.pipeline import read_entries
from carnet.study import Study

LIMIT = 20
"""So many rows of a step are printed, unless all are asked for."""

DATABASE = "carnet.sqlite3"

SHOWN = (
    "output_id", "analysis_id", "estimand", "population", "avisit", "group", "statistic", "formatted", "reason",
    "SUBJID", "USUBJID", "PARAMCD", "ESTIMAND", "ANALYTE", "SCOPE", "AESEQ", "AETERM", "AEDECOD", "CMTRT", "AVISIT",
    "ADT", "ASTDT", "AVAL", "AVALC", "AVALU", "CHG", "ATOXGRN", "DTYPE", "NRIREAS", "SRCDOM", "SRCSEQ",
    "--SEQ", "--SPID", "--TESTCD", "--TERM", "--TRT", "--ORRES", "--ORRESU", "--STRESC", "--DTC", "--STDTC", "VISIT",
    "subject", "visit", "form", "repeat", "item", "typed", "unit", "status", "by", "role", "at",
)  # fmt: skip
"""The columns that a person needs of each row, as far as it has them; -- stands for the domain."""


@dataclass(frozen=True)
class Step:
    """One step back: what it holds, in a few words, and its rows."""

    name: str
    rows: pl.DataFrame
    notes: tuple[str, ...] = ()

    def shown(self) -> pl.DataFrame:
        """Return the rows with the columns that a person needs."""
        domain = self.name.split(" ")[0]
        wanted = [name.replace("--", domain) for name in SHOWN]
        names = [name for name in wanted if name in self.rows.columns]
        if "SUBJID" in names and "USUBJID" in names:
            names.remove("USUBJID")
        if "typed" in names:
            names.append("reason")
        return self.rows.select(list(dict.fromkeys(names)))

    def data(self) -> dict[str, Any]:
        """Return the step as plain data, with every row."""
        rows = json.loads(self.shown().write_json())
        return {"name": self.name, "count": len(self.rows), "notes": list(self.notes), "rows": rows}


@dataclass(frozen=True)
class Trace:
    """The way back from a printed number, step by step."""

    id: str
    steps: tuple[Step, ...]
    narrowed: dict[str, str] = field(default_factory=dict)

    def lines(self, limit: int | None = LIMIT) -> Iterator[str]:
        """Yield the trace as text: how many rows at each step, then the rows."""
        told = "".join(f", {name} {value}" for name, value in self.narrowed.items())
        yield f"{self.id}{told}"
        for number, step in enumerate(self.steps, start=1):
            yield ""
            yield f"{number}. {step.name}: {len(step.rows):,} row{'' if len(step.rows) == 1 else 's'}"
            yield from (f"   {note}" for note in step.notes[:limit])
            shown = step.shown()
            yield from _aligned(shown if limit is None else shown.head(limit))
            if limit is not None and len(shown) > limit:
                yield f"   ... {len(shown) - limit:,} more (--all shows them)"

    def data(self) -> dict[str, Any]:
        """Return the trace as plain data: every row of every step."""
        return {
            "id": self.id,
            **self.narrowed,
            "steps": [step.data() for step in self.steps],
        }  # fmt: skip


def trace(
    study: Study,
    folder: Path,
    id: str,
    *,
    visit: str = "",
    subject: str = "",
    statistic: str = "",
    analysis: str = "",
    entries: str = "",
) -> Trace:
    """Return the way back from the results of an output, or of one analysis, that `carnet run` wrote into a folder.

    `visit` (code or name), `statistic` and `analysis` narrow the results, `subject` the rows behind them. `entries`
    is a database or a file of entries; left out, the database in the folder, if there is one.
    """
    if not (folder / "results.parquet").exists():
        raise InputError(
            f"{folder} holds no results.parquet; name the folder that carnet run or carnet demo wrote."
        )
    narrowed = {"visit": visit, "subject": subject, "statistic": statistic, "analysis": analysis}
    results = _results(
        pl.read_parquet(folder / "results.parquet"), id, _visit(study, visit), statistic, analysis
    )
    datasets = _frames(folder / "adam")
    if subject and subject not in datasets["adsl"]["SUBJID"]:
        known = ", ".join(datasets["adsl"]["SUBJID"].sort())
        raise InputError(f"There is no subject {subject} in {folder}; there are {known}.")
    rested, notes = _rested(results, datasets, subject)
    steps = [Step("results", results, notes)]
    steps += [Step(name, rows) for name, rows in rested.items()]
    read = behind(study, datasets, rested)
    steps += [Step(f"{name} read by these", rows) for name, rows in read.items()]
    tables = _frames(folder / "sdtm")
    sources = _sources(tables, [*rested.items(), *read.items()])
    steps += [Step(f"{name} in SDTM", rows) for name, rows in sources.items()]
    source = entries or (str(folder / DATABASE) if (folder / DATABASE).exists() else "")
    if source:
        steps.append(_entered(study, read_entries(source), tables["dm"], sources, folder))
    return Trace(id, tuple(steps), {name: value for name, value in narrowed.items() if value})


def _results(results: pl.DataFrame, id: str, visit: str, statistic: str, analysis: str) -> pl.DataFrame:
    """Return the results of an output or an analysis; refuse an id, or a narrowing, that has none."""
    under = pl.col("analysis_id").str.starts_with(f"{id}/") | (pl.col("analysis_id") == id)
    found = results.filter((pl.col("output_id") == id) | under)
    if found.is_empty():
        outputs = results["output_id"].unique(maintain_order=True).to_list()
        near = get_close_matches(id, [*outputs, *results["analysis_id"].unique(maintain_order=True)], 8, 0.6)
        raise InputError(f"There is no result {id}; near it are {', '.join(near or outputs)}.")
    asked = (("avisit", "visit", visit), ("statistic", "statistic", statistic))
    for column, name, wanted in asked:
        if wanted:
            kept = found.filter(pl.col(column) == wanted)  # n and N are two
            if kept.is_empty():
                known = ", ".join(value for value in found[column].unique(maintain_order=True) if value)
                raise InputError(f"{id} has no result with {name} {wanted}; it has {known or 'none'}.")
            found = kept
    if analysis:
        own = pl.col("analysis_id")
        kept = found.filter(
            (own == analysis) | own.str.ends_with(f"/{analysis}") | own.str.contains(analysis, literal=True)
        )
        if kept.is_empty():
            known = ", ".join(found["analysis_id"].unique(maintain_order=True).head(LIMIT))
            raise InputError(f"{id} has no analysis {analysis}; it has {known}.")
        found = kept
    return found


def _visit(study: Study, visit: str) -> str:
    """Return the name of a visit that is given by its code."""
    names = {one.code.lower(): one.label for one in study.visits} | {
        w.avisit.lower(): w.avisit for w in study.windows
    }
    return names.get(visit.lower(), visit)


def _frames(folder: Path) -> dict[str, pl.DataFrame]:
    return {path.stem: pl.read_parquet(path) for path in sorted(folder.glob("*.parquet"))}


def _rested(
    results: pl.DataFrame, datasets: dict[str, pl.DataFrame], subject: str
) -> tuple[dict[str, pl.DataFrame], tuple[str, ...]]:
    """Return the analysis rows that results rest on by dataset, and in words what chose them."""
    keys = ["dataset", "population", "subset", "avisit", "group"]
    chosen: dict[str, list[pl.DataFrame]] = {}
    notes = []
    for dataset, population, text, avisit, group in (
        results.select(keys).unique(maintain_order=True).iter_rows()
    ):
        if not text:
            notes.append("a number of the design: it rests on no patient")
            continue
        clause = subset.read(text)
        for name in subset.datasets_of(clause) or [dataset]:
            rows = subset.in_population(datasets, name, population) if name.lower() in datasets else None
            if rows is None:
                continue
            arm = "TRTA" if "TRTA" in rows.columns else "TRT01A"
            own = {"AVISIT": avisit, arm: group, "SUBJID": subject}
            kept = rows.filter(clause.mask(rows.schema, name))
            for column in (c for c, value in own.items() if value and c in rows.columns):
                kept = kept.filter(pl.col(column) == own[column])
            chosen.setdefault(name, []).append(kept)
        notes.append(f"rows of {dataset} where {_short(str(clause))}")
    frames = {name: pl.concat(parts).unique(maintain_order=True) for name, parts in chosen.items()}
    return frames, tuple(dict.fromkeys(notes))


def _short(text: str, width: int = 300) -> str:
    return text if len(text) <= width else f"{text[:width]} ..."


def _sources(
    tables: dict[str, pl.DataFrame], analysed: list[tuple[str, pl.DataFrame]]
) -> dict[str, pl.DataFrame]:
    """Return the SDTM rows of analysis rows by domain; a score has every answer of its page, ADSL the row of DM."""
    found: dict[str, list[pl.DataFrame]] = {}
    for name, rows in analysed:
        if name == "ADSL":
            found.setdefault("DM", []).append(
                tables["dm"].join(rows, on="USUBJID", how="semi", maintain_order="left")
            )
        if "SRCSEQ" not in rows.columns:
            continue
        told = rows.filter(pl.col("SRCSEQ").is_not_null())
        for (domain,), part in told.group_by("SRCDOM", maintain_order=True):
            table = tables.get(str(domain).lower())
            if table is None:
                continue
            keys = ["USUBJID", f"{domain}SEQ"]
            named = part.select(
                "USUBJID", pl.col("SRCSEQ").alias(keys[1]), score=pl.col("SRCVAR") == f"{domain}STRESC"
            )
            own = table.join(named, on=keys, how="semi", maintain_order="left")
            if name == "ADQS":
                pages = ["USUBJID", f"{domain}GRPID"]
                scored = table.join(named.filter("score"), on=keys, how="semi").select(pages)
                own = pl.concat([own, table.join(scored, on=pages, how="semi", maintain_order="left")])
            found.setdefault(str(domain), []).append(own)
    return {domain: pl.concat(parts).unique(maintain_order=True) for domain, parts in found.items()}


def _entered(
    study: Study, entries: pl.DataFrame, dm: pl.DataFrame, sources: dict[str, pl.DataFrame], folder: Path
) -> Step:
    """Return every entry behind SDTM rows, the first and its corrections, up to the data cut of the results."""
    manifest = folder / "manifest.json"
    cut = json.loads(manifest.read_text(encoding="utf-8")).get("data_cut") if manifest.exists() else None
    if cut:
        entries = entries.filter(pl.col("at").dt.truncate("1s") <= datetime.fromisoformat(cut))
    subjects = dm.select("USUBJID", subject="SUBJID")
    kept = [
        _of_rows(entries, rows.join(subjects, on="USUBJID"), f"{domain}SPID")
        for domain, rows in sources.items()
    ]
    if "DM" in sources:
        asked = sdtm.annotate(study).filter(pl.col("domain") == "DM").select("form", "item").unique()
        people = sources["DM"].select(subject="SUBJID")
        kept.append(
            entries.join(people, on="subject", how="semi").join(asked, on=["form", "item"], how="semi")
        )
    found = (
        pl.concat([entries.clear(), *kept])
        .unique(maintain_order=True)
        .sort([*CELL, "at"], maintain_order=True)
    )
    cells = found.select(CELL).n_unique()
    corrections = len(found) - cells
    return Step(
        "entries", found, (f"{cells:,} cells, {corrections:,} correction{'' if corrections == 1 else 's'}",)
    )


def _of_rows(entries: pl.DataFrame, rows: pl.DataFrame, spid: str) -> pl.DataFrame:
    """Return the entries of rows: of the one cell that --SPID names, else of every item of its page."""
    if spid not in rows.columns:
        return entries.clear()
    named = rows.select("subject", parts=pl.col(spid).str.split("/")).unique(maintain_order=True).select(
        "subject",
        form=pl.col("parts").list.get(0, null_on_oob=True), visit=pl.col("parts").list.get(1, null_on_oob=True),
        repeat=pl.col("parts").list.get(2, null_on_oob=True).cast(pl.Int64, strict=False),
        item=pl.col("parts").list.get(3, null_on_oob=True),
    )  # fmt: skip
    page = ["subject", "form", "visit", "repeat"]
    whole = entries.join(named.filter(pl.col("item").is_null()), on=page, how="semi", maintain_order="left")
    return pl.concat([whole, entries.join(named, on=[*page, "item"], how="semi", maintain_order="left")])


def _aligned(rows: pl.DataFrame) -> Iterator[str]:
    """Yield rows as lines with aligned columns; a column that says nothing is left out."""
    moment = pl.selectors.datetime(time_zone="*").dt.strftime("%Y-%m-%d %H:%M:%SZ")
    text = rows.with_columns(moment).select(pl.all().cast(pl.String).fill_null(""))
    text = text.select(name for name in text.columns if (text[name] != "").any())
    if text.is_empty():
        return
    widths = [max(len(name), *text[name].str.len_chars()) for name in text.columns]
    for cells in (text.columns, *text.iter_rows()):
        yield "   " + "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
