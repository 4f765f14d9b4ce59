"""When the trial must pause: a rate above its boundary, one event, the same event in patients in a row."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from carnet.core.rule import SAY
from carnet.safety.monitoring import EVENTS, PATIENTS, Status, monitor
from carnet.safety.stopping import StoppingRule
from carnet.study import read
from conftest import read_table

RULES = {rule.id: rule for rule in read().stopping}
FIRST = date(2026, 1, 1)


def state(rule: StoppingRule, patients: str, events: str = "") -> Status:
    """Return the state after patients given as `start>known` days (`-` = not known, `?` in follow-up) and events.

    An event is `patient day kind grade`; grade `?` is not known, `1-4` known within
    these; kind `DEATH?` a death of unknown cause.
    """

    def day(text: str) -> date | None:
        return FIRST + timedelta(days=int(text)) if text.isdigit() else None

    people = []
    for number, text in enumerate(patients.split(), start=1):
        start, _, known = text.partition(">")
        people.append((str(number), day(start), day(known), known == "?"))
    happened = []
    for text in filter(None, (part.strip() for part in events.split(";"))):
        subject, when, kind, grade = text.split()
        name = {"DEATH": "RELATED DEATH", "MALIGNANCY": "SECOND MALIGNANCY"}.get(
            kind.strip("?"), kind.strip("?")
        )
        certain = None if kind.endswith("?") else True
        least, _, most = grade.partition("-")
        bounds = [int(text) if text.isdigit() else None for text in (least, most or least)]
        happened.append((subject, name, day(when), *bounds, certain))
    [found] = monitor(
        [rule],
        pl.DataFrame(people, schema=PATIENTS, orient="row"),
        pl.DataFrame(happened, schema=EVENTS, orient="row"),
    )
    return found


def toxic(n: int, events: int) -> tuple[str, str]:
    """Return n patients known, a month apart, the last of them with a dose-limiting toxicity."""
    patients = " ".join(f"{28 * k}>{28 * k + 28}" for k in range(n))
    return patients, "; ".join(f"{k} {28 * k - 20} DLT 3" for k in range(n - events + 1, n + 1))


def test_the_rate_rule_pauses_at_its_boundary_and_not_below():
    """The rate of dose-limiting toxicity: the number that pauses among the patients known, and one less."""
    header, rows = read_table("""
        patients known | toxicities | pause | next
        1              | 0          | no    | 3
        1              | 1          | no    | 1
        2              | 1          | no    | 2
        2              | 2          | yes   | 0
        3              | 2          | no    | 1
        3              | 3          | yes   | 0
        4              | 2          | no    | 2
        4              | 3          | yes   | 0
        5              | 3          | no    | 1
        5              | 4          | yes   | 0
        8              | 3          | no    | 2
        8              | 4          | yes   | 0
        9              | 4          | no    | 1
        9              | 5          | yes   | 0
        10             | 4          | no    | none
        10             | 5          | yes   | 0
    """)
    for n, events, pause, further in rows:
        found = state(RULES["DLTRATE"], *toxic(int(n), int(events)))
        said = SAY[found.met], "none" if found.further is None else str(found.further)
        assert said == (pause, further), (header, n, events)


def test_what_is_not_known_yet_is_neither_toxicity_nor_its_absence():
    """Toxicities A in patients in follow-up count from their day; patients without one count from their day 28."""
    rule = RULES["DLTRATE"]
    found = state(rule, "0>10 14>? 28>?", "1 10 DLT 3")
    assert (found.patients, found.events, found.follow_up, found.met) == (1, 1, 2, False)
    found = state(rule, "0>10 14>20 28>?", "1 10 DLT 3; 2 20 DLT 3")
    assert (found.patients, found.events, found.follow_up, found.met) == (2, 2, 1, True)


def test_a_rule_once_met_stays_met():
    """Two of the first two pause the trial, although two of ten would not."""
    patients, _ = toxic(10, 0)
    found = state(RULES["DLTRATE"], patients, "1 8 DLT 3; 2 40 DLT 3")
    assert (found.met, found.patients, found.events) == (True, 10, 2)
    found = state(RULES["DLTRATE"], patients, "5 130 DLT 3; 9 250 DLT 3")
    assert (found.met, found.patients, found.events) == (False, 10, 2)


def test_one_event_of_the_grade_pauses_at_once():
    """One event is enough; a grade or a cause that is not known leaves the rule open."""
    header, rows = read_table("""
        rule   | event          | pause
        CRS4   | 1 3 CRS 3      | no
        CRS4   | 1 3 CRS 4      | yes
        CRS4   | 1 3 CRS 5      | yes
        CRS4   | 1 3 CRS ?      | unknown
        CRS4   | 1 3 CRS 1-4    | unknown
        CRS4   | 1 3 CRS 1-3    | no
        CRS4   | 1 3 CRS 4-5    | yes
        CRS4   | 1 3 ICANS 4    | no
        ICANS4 | 1 3 ICANS 3    | no
        ICANS4 | 1 3 ICANS 4    | yes
        ICANS4 | 1 3 ICANS ?    | unknown
        DEATH  | 1 40 DEATH 5   | yes
        DEATH  | 1 40 DEATH? 5  | unknown
        RCL    | 1 91 RCL -     | yes
        MALIG  | 1 300 MALIGNANCY 3 | yes
        DEATH  |                | no
    """)
    for rule, event, pause in rows:
        assert SAY[state(RULES[rule], "0>28", event).met] == pause, (header, rule, event)


def test_a_known_event_decides_whatever_another_is():
    assert state(RULES["CRS4"], "0>28 14>42", "1 3 CRS ?; 2 16 CRS 4").met is True


def test_two_patients_in_a_row():
    """CRS of grade 3 or more in two patients one after the other, in the order of their first infusions."""
    header, rows = read_table("""
        patients           | events                   | pause   | next
        0>28 14>42 28>56   |                          | no      | 2
        0>28 14>42 28>56   | 1 3 CRS 3; 3 30 CRS 3    | no      | 1
        0>28 14>42 28>56   | 1 3 CRS 3; 2 16 CRS 3    | yes     | 0
        0>28 14>42 28>56   | 1 3 CRS 3; 2 16 CRS 2    | no      | 2
        0>28 14>42 28>56   | 1 3 CRS 3; 2 16 CRS ?    | unknown | 2
        14>42 0>28 28>56   | 2 3 CRS 3; 3 30 CRS 4    | no      | 1
        0>28               | 1 3 CRS 3; 1 9 CRS 4     | no      | 1
    """)
    for patients, events, pause, further in rows:
        found = state(RULES["CRS3ROW"], patients, events)
        assert (SAY[found.met], str(found.further)) == (pause, further), (header, patients, events)


def test_the_sentence_says_who_met_the_rule_and_what_comes_next():
    patients, events = toxic(3, 3)
    assert state(RULES["DLTRATE"], patients, events).sentence() == (
        "Rate of dose-limiting toxicity above the acceptable one: met. 1 on 2026-01-09, grade 3; 2 on 2026-02-06, "
        "grade 3; 3 on 2026-03-06, grade 3 (3 of 3 patients known, P(rate > 0.2) = 0.9899). "
        "Pause; the monitoring board decides."
    )
    assert state(RULES["CRS4"], "0>28", "1 3 CRS 2").sentence() == (
        "CRS of grade 4 or more: not met (0 of 1 patients infused). The next such event meets it."
    )
    assert "can no longer be met" in state(RULES["DLTRATE"], *toxic(10, 4)).sentence()


def test_an_exact_binomial_rule_is_the_same_rule_by_another_description():
    exact = StoppingRule("EXACT", "Exact boundary", "pocock", "DLT", patients=10, rate=0.2, alpha=0.10)
    assert exact.boundary() == RULES["DLTRATE"].boundary()
    assert state(exact, *toxic(3, 3)).met is True


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"method": "simulate"}, "use bayesian, pocock, single, consecutive"),
        ({"event": "RASH"}, "watches 'RASH'"),
        ({"certainty": None}, "has no certainty"),
        ({"prior_a": 1.0, "prior_b": 1.0, "rate": 0.1, "certainty": 0.8}, "without any toxicity"),
    ],
)
def test_a_rule_that_cannot_be_is_found_by_the_check_of_the_study(changes, words):
    from dataclasses import replace

    from carnet.study.checks import check_study

    study = replace(read(), stopping=(replace(RULES["DLTRATE"], **changes),))
    messages = check_study(study)["message"].to_list()
    assert any(words in message for message in messages), messages
