"""Tables of toxicity: a line per term, test, unit and limits, with values and the grades they must get."""

from __future__ import annotations

import polars as pl

from carnet.safety.ctcae import grade, grade_long


def climbs(text: str, **quiet: object) -> None:
    """Check a table whose last column, `grades`, holds `value=grade` for each value to try.

    `=?` is a value that cannot be graded; `=1/2` is grade 1 by the numbers, 2 at worst, to be reviewed; `=1!`
    is grade 1 to be reviewed without a worse one. Other columns are those of `carnet grade`; `term` names the
    term, `quiet` holds the columns left out of the table.
    """
    lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines() if line.strip()]
    header, cases = lines[0], [line for line in lines[1:] if not line[0].startswith("#")]
    assert header[-1] == "grades"
    assert cases
    rows, expected = [], []
    for case in cases:
        cells = dict(zip(header, case, strict=True))
        for pair in cells.pop("grades").split():
            value, wanted = pair.split("=")
            rows.append({**{k: str(v) for k, v in quiet.items()}, **cells, "value": value})
            expected.append((cells["term"], wanted))
    frame = pl.DataFrame(
        rows, schema=dict.fromkeys(dict.fromkeys(name for row in rows for name in row), pl.String)
    )
    frame = frame.rename({"term": "wanted_term"}).with_row_index("line")
    long = {(row["line"], row["term"]): row for row in grade_long(frame).iter_rows(named=True)}
    wide = grade(frame).rows(named=True)
    for line, (term, wanted) in enumerate(expected):
        case = {k: v for k, v in rows[line].items() if v}
        assert (line, term) in long, f"{term} does not apply to {case}"
        got = long[line, term]
        said = "?" if got["grade"] is None else str(got["grade"])
        if got["grade_worst"] != got["grade"]:
            said += f"/{got['grade_worst']}"
        elif got["review"] == "Y":
            said += "!"
        assert said == wanted, f"{case}: wanted {wanted}, got {said} ({got['reason']})"
        side = got["direction"]
        assert (got["reason"] is None) == (got["grade"] is not None and got["review"] is None), case
        if wide[line][f"ATOXDSC{side}"] == term:
            assert (wide[line][f"ATOXGR{side}"], wide[line][f"ATOXREV{side}"]) == (
                got["grade"],
                got["review"],
            )
