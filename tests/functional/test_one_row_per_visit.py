"""Tables with one row per visit: what a command learns from the patient's other rows."""

from __future__ import annotations

import csv
import io


def test_a_system_that_an_earlier_row_shows_active_is_inactive_and_not_untouched(carnet):
    """With one row per visit D stands where E would; without the subject a row knows nothing of another."""
    text = "id,day,bilag_upcr\n1,100,10\n1,9,60\n2,9,10\n"
    alone = carnet("score", "bilag2004", "-", stdin=text)
    by_visit = carnet("score", "bilag2004", "-", "--subject", "id", "--order", "day", stdin=text)
    grades = [
        [row["bilag_renal"] for row in csv.DictReader(io.StringIO(done.out))] for done in (alone, by_visit)
    ]
    assert grades == [["E", "B", "E"], ["D", "B", "E"]]
