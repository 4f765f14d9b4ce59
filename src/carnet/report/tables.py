"""Printed tables: results set side by side. Nothing is computed here; every cell is a result's own print."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence

import polars as pl

from carnet.report.exhibit import Row, Table, rows

NO_BREAK = "\u00a0"

KEYS = ("output_id", "analysis_id", "estimand", "population", "paramcd", "avisit", "group")


def pick(results: pl.DataFrame, output: str, **where: str) -> pl.DataFrame:
    """Return the results of one output as they are printed: a row per analysis, a column per statistic."""
    found = results.filter(
        pl.col("output_id") == output, *(pl.col(name) == value for name, value in where.items())
    )
    if found.is_empty():
        return found
    return found.pivot(
        "statistic",
        index=list(KEYS),
        values="formatted",
        aggregate_function="first",
        maintain_order=True,
    )


def asked(row: dict[str, str]) -> str:
    """Return what `carnet trace` is asked for a row of results: the analysis, and its visit."""
    visit = f" --visit {shlex.quote(row['avisit'])}" if row["avisit"] else ""
    return f"{shlex.quote(row['analysis_id'])}{visit}"


def share(row: dict[str, str | None], n: str = "n", of: str = "N", rate: str = "proportion") -> str:
    """Return `7/10 (70.0 %)`; without a rate, `7/10`."""
    return f"{row[n]}/{row[of]}" + (f" ({row[rate]})".replace(" %", f"{NO_BREAK}%") if row.get(rate) else "")


def between(row: dict[str, str | None], low: str = "lower", high: str = "upper") -> str:
    """Return `34.8 to 93.3 %` on one line, or a dash where there are no limits."""
    if not row.get(low) or not row.get(high):
        return "–"
    return f"{str(row[low]).removesuffix(' %')} to {row[high]}".replace(" ", NO_BREAK)


WHY = {"missed": "without visit", "items": "with items missing", "left": "left the study", "died": "died"}


def response_table(found: pl.DataFrame, caption: str, folded: bool = False) -> Table:
    """Return responders by visit with the exact interval, why verdicts are unknown, and what they could change."""
    arms = found["group"].n_unique() > 1
    could = any(found["attainable"])
    header = (
        "Visit", "Responders (missing = none)", "Exact 95 % CI", "Unknown", "Among the known (95 % CI)",
        "If the unknown fail (95 % CI)", "If the unknown respond (95 % CI)", *(("Attainable",) if could else ()),
    )  # fmt: skip
    lines: list[Row] = []
    for row in found.iter_rows(named=True):
        visit = f"{row['avisit']}, {row['group']}" if arms else row["avisit"]
        why = ", ".join(f"{row[name]} {words}" for name, words in WHY.items() if row[name] not in ("", "0"))
        known = (
            f"{row['observed_n']}/{row['observed_N']} ({between(row, 'observed_lower', 'observed_upper')})"
            if row["observed"]
            else "none known"
        )
        unknown = f"{row['unknown']} ({why})" if why else row["unknown"]
        worst, best = (
            f"{row[case]}/{row['N']} ({between(row, f'{case}_lower', f'{case}_upper')})"
            for case in ("worst", "best")
        )
        attainable = (f"{row['attainable']}/{row['N']}",) if could else ()
        cells = (visit, share(row), between(row), unknown, known, worst, best, *attainable)
        lines += rows([cells], of=asked(row))
    return Table(caption, header, tuple(lines), folded=folded)


def change_table(found: pl.DataFrame, caption: str) -> Table:
    """Return values and change by visit: n, median and range, the Hodges-Lehmann shift with exact limits."""
    header = (
        "Visit",
        "n",
        "Median (range)",
        "n with change",
        "Change: median (range)",
        "Hodges-Lehmann shift",
        "95 % limits",
    )
    lines: list[Row] = []
    for row in found.iter_rows(named=True):
        spread = f"{row['median']} ({row['min']} to {row['max']})" if row["median"] else "–"
        moved = (
            f"{row['change_median']} ({row['change_min']} to {row['change_max']})"
            if row["change_median"]
            else "–"
        )
        cells = (
            row["avisit"],
            row["n"],
            spread,
            row["change_n"] if moved != "–" else "–",
            moved,
            row["shift"] or "–",
            between(row),
        )
        lines += rows([cells], of=asked(row))
    return Table(caption, header, tuple(lines))


def overview_table(found: pl.DataFrame, caption: str) -> Table:
    """Return the kinds of adverse event: patients, exact interval, events, rate per patient-year."""
    arms = found["group"].n_unique() > 1
    header = (
        "Adverse events",
        *(("Arm",) if arms else ()),
        "Patients",
        "Exact 95 % CI",
        "Events",
        "Events per patient-year (exact 95 % CI)",
    )
    lines: list[Row] = []
    for row in found.iter_rows(named=True):
        kind = row["analysis_id"].partition("/")[2]
        arm = (row["group"],) if arms else ()
        cells = (kind, *arm, share(row), between(row), row["events"], rate(row))
        lines += rows([cells], of=asked(row))
    return Table(caption, header, tuple(lines))


def term_table(found: pl.DataFrame, caption: str, grades: str = "Grade", folded: bool = False) -> Table:
    """Return organ classes and terms: patients, events, and patients by their worst grade."""
    arms = found["group"].n_unique() > 1
    header = (
        "Organ class, term",
        *(("Arm",) if arms else ()),
        "Patients",
        "Events",
        *(f"{grades} {g}" for g in range(1, 6)),
        "No grade",
    )
    lines: list[Row] = []
    for row in found.iter_rows(named=True):
        soc, term = class_and_term(row)
        kind = "indent" if term else "group"
        counts = (quiet(row[f"grade{g}"]) for g in range(1, 6))
        cells = (
            term or soc or "Any adverse event",
            *((row["group"],) if arms else ()),
            share(row),
            row["events"],
            *counts,
            quiet(row["ungraded"]),
        )
        lines += rows([cells], kind, asked(row))
    return Table(caption, header, tuple(lines), folded=folded)


def shift_table(found: pl.DataFrame, caption: str, folded: bool = False) -> Table:
    """Return, for each test and direction, patients by baseline grade (rows) and worst later grade (columns)."""
    arms = found["group"].n_unique() > 1
    header = (
        "Term, baseline grade",
        *(("Arm",) if arms else ()),
        "Patients",
        *(f"Worst {g}" for g in range(5)),
        "Not graded",
        "Worse than baseline",
    )
    lines: list[Row] = []
    before = ""
    for row in found.iter_rows(named=True):
        _, paramcd, *rest = row["analysis_id"].split("/")
        base, direction = rest[-1], rest[-2]
        term = f"{'/'.join(rest[:-2])} ({paramcd}, {'low' if direction == 'L' else 'high'})"
        if term != before:
            lines += rows([(term, *("" for _ in header[1:]))], "group")
            before = term
        cells = (
            f"baseline {base}",
            *((row["group"],) if arms else ()),
            row["n"],
            *(quiet(row[f"grade{g}"]) for g in range(5)),
            quiet(row["ungraded"]),
            quiet(row["worse"]),
        )
        lines += rows([cells], "indent", asked(row))
    return Table(caption, header, tuple(lines), folded=folded)


def class_and_term(row: dict[str, str]) -> tuple[str, str]:
    """Return organ class and term of a line by term; both are empty where it counts any event."""
    term = row["paramcd"]
    return row["analysis_id"].partition("/")[2].removesuffix(f"/{term}"), term


def rate(row: dict[str, str | None]) -> str:
    """Return `2.79 (1.85 to 4.03)`, or a dash where nobody was at risk."""
    return f"{row['rate']} ({between(row, 'rate_lower', 'rate_upper')})" if row.get("rate") else "–"


def nobody(none: pl.DataFrame, kind: str, words: str = "") -> tuple[str, ...]:
    """Return a sentence per arm and number for what nobody had, with the exact upper bound of the rate it leaves.

    `kind` is the column that names it; `words` say among whom.
    """
    told = []
    for (group, of, bound), part in none.group_by("group", "N", "bound", maintain_order=True):
        among = f"{of} patients" + (f" under {group}" if none["group"].n_unique() > 1 else "")
        among += f" ({words})" if words else ""
        kinds = part[kind].to_list()
        said = (
            f"No {kinds[0]} in {among}: a"
            if len(kinds) == 1
            else f"None in {among}: {'; '.join(kinds)}. For each a"
        )
        told.append(f"{said} true rate above {bound} is excluded (exact one-sided 95 % bound).")
    return tuple(told)


def quiet(count: str | None) -> str:
    """Return a count, a nought as a point: what is there stands out."""
    return "·" if count in (None, "", "0") else str(count)


def listing(
    frame: pl.DataFrame, caption: str, header: Sequence[str], columns: Iterable[str], folded: bool = True
) -> Table:
    """Return records as they are, a row each."""
    cells = frame.select(pl.col(list(columns)).cast(pl.String))
    return Table(caption, tuple(header), rows(cells.iter_rows()), numbers=False, folded=folded)
