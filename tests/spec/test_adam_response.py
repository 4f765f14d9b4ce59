"""Response by visit: what baseline is, which visits are due, and why a non-response was not observed."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from adam_tables import Trial, on
from carnet import adam
from carnet.study import read

STUDY = read()
ACTIVE = {"arthritis": True, "rash": True, "low_complement": True}
LATER = ("D28", "M2", "M3", "M4", "M5", "M6", "M9", "M12")


def respond(trial: Trial, subject: str, visits: tuple[str, ...] = LATER, **said: object) -> None:
    """Let a patient respond at these visits."""
    for visit in visits:
        trial.assess(subject, visit, pga=0.2, **said)


def left(trial: Trial, subject: str, day: int, code: str) -> None:
    """Let a patient end the study."""
    trial.add(
        "ds",
        subject,
        DSTERM=code,
        DSDECOD=code,
        DSCAT="DISPOSITION EVENT",
        DSSCAT="STUDY PARTICIPATION",
        DSSTDTC=on(day),
    )


@pytest.fixture(scope="module")
def made() -> dict[str, pl.DataFrame]:
    """Return the datasets of a trial in which each patient tells one thing; the data end on day 400."""
    trial = Trial()
    trial.add("ts", TSPARMCD="DCUTDTC", TSVAL=on(400))
    for subject in (
        "full",
        "missed",
        "item",
        "dropout",
        "died",
        "rescued",
        "unreviewed",
        "late",
        "leaver",
        "diedlater",
        "never",
    ):
        trial.patient(subject).steroid(subject).assess(subject, "BL", sledai=ACTIVE, pga=2.0)
    respond(trial, "full")
    respond(trial, "missed", ("D28", "M2", "M4"))
    respond(trial, "item", ("D28",), sledai={"vasculitis": None})
    respond(trial, "dropout", ("D28",))
    left(trial, "dropout", 70, "WITHDRAWAL BY SUBJECT")
    trial.assess("dropout", "UNS01", 95, pga=0.2)
    respond(trial, "leaver", ("D28",))
    left(trial, "leaver", 70, "WITHDRAWAL BY SUBJECT")
    trial.assess("leaver", "ET", 72, pga=0.2, num=90.0)
    respond(trial, "died", ("D28", "M2"))
    left(trial, "died", 80, "DEATH")
    trial.rows["dm"][4] |= {"DTHDTC": on(80), "DTHFL": "Y"}
    respond(trial, "diedlater", ("D28", "M2"))
    left(trial, "diedlater", 100, "DEATH")
    trial.rows["dm"][9] |= {"DTHDTC": on(100), "DTHFL": "Y"}
    respond(trial, "rescued")
    trial.take("rescued", start=91, CMTRT="X", CMCLAS="BIOLOGIC", CMINDC="SLE")
    respond(trial, "unreviewed", review=False)
    for visit in ("D28", "M2"):
        trial.assess("never", visit, sledai=ACTIVE, pga=2.0)
    # never within three days: no efficacy baseline
    trial.patient("apart").steroid("apart").assess("apart", "BL", parts="s", sledai=ACTIVE)
    trial.assess("apart", "SCR", parts="bp", day=-20, pga=2.0)
    respond(trial, "apart", ("D28",))
    # a better assessment after Flu/Cy, an older one before
    trial.patient("fluCy").steroid("fluCy").assess("fluCy", "SCR", sledai=ACTIVE, pga=2.0)
    trial.assess("fluCy", "LD1", day=-5, sledai={}, pga=0.1).assess("fluCy", "BL", day=-4, sledai={}, pga=0.1)
    respond(trial, "fluCy", ("D28",))
    trial.patient("nocells", cells=0).steroid("nocells").assess("nocells", "BL", sledai=ACTIVE, pga=2.0)
    trial.patient("screened", cells=0, lymphodepletion=False, RFSTDTC=None).assess(
        "screened", "SCR", sledai=ACTIVE
    )
    return adam.derive(STUDY, trial.tables())


def verdicts(
    made: dict[str, pl.DataFrame], subject: str, paramcd: str = "SRI4", estimand: str = "REGISTERED"
) -> dict[str, tuple]:
    """Return, by analysis visit, the verdict observed, the one imputed and the reason."""
    rows = made["adrs"].filter(
        pl.col("SUBJID") == subject, pl.col("PARAMCD") == paramcd, pl.col("ESTIMAND") == estimand
    )
    seen = {row["AVISIT"]: row for row in rows.filter(pl.col("ANL02FL") == "Y").iter_rows(named=True)}
    used = {row["AVISIT"]: row for row in rows.filter(pl.col("ANL01FL") == "Y").iter_rows(named=True)}
    assert set(seen) == set(used)
    return {visit: (seen[visit]["AVALC"], used[visit]["AVALC"], used[visit]["NRIREAS"]) for visit in seen}


OBSERVED = ("Y", "Y", None)


def test_every_due_visit_has_one_verdict(made):
    """Eight visits, whether or not anything was seen at them."""
    assert verdicts(made, "full") == dict.fromkeys(
        ["Day 28", "Month 2", "Month 3", "Month 4", "Month 5", "Month 6", "Month 9", "Month 12"], OBSERVED
    )
    for subject in ("missed", "item", "dropout", "died", "nocells"):
        assert len(verdicts(made, subject)) == 8


def test_the_reason_of_a_non_response_that_was_not_observed(made):
    """Missed visit, item missing, discontinued, died."""
    missed, item = verdicts(made, "missed"), verdicts(made, "item", "LLDAS")
    assert missed["Month 2"] == OBSERVED
    assert missed["Month 3"] == (None, "N", "MISSED VISIT")
    assert item["Day 28"] == (None, "N", "ITEM MISSING")
    dropout, died = verdicts(made, "dropout"), verdicts(made, "died")
    assert dropout["Day 28"] == OBSERVED
    assert dropout["Month 2"] == (None, "N", "DISCONTINUED")
    assert dropout["Month 12"] == (None, "N", "DISCONTINUED")
    assert died["Month 2"] == OBSERVED
    assert died["Month 3"] == died["Month 12"] == (None, "N", "DIED")
    assert verdicts(made, "diedlater")["Month 3"] == (None, "N", "DIED")


def test_after_discontinuation_nothing_counts(made):
    """An assessment 25 days after the patient left is no response at month 3."""
    assert verdicts(made, "dropout")["Month 3"] == (None, "N", "DISCONTINUED")


def test_the_visit_of_early_termination_counts_where_its_day_falls(made):
    """Held on day 72, two days after the patient had left: month 2, whose window ends on day 76."""
    leaver = verdicts(made, "leaver")
    assert leaver["Month 2"] == OBSERVED
    assert leaver["Month 3"] == (None, "N", "DISCONTINUED")


def test_what_is_certain_although_an_item_is_missing(made):
    """SLEDAI-2K fell by 8 to 16 or by 0: unknown. The physician's part is known."""
    assert verdicts(made, "item")["Day 28"] == (None, "N", "ITEM MISSING")
    assert verdicts(made, "item", "SRI4_PGA")["Day 28"] == OBSERVED


def test_rescue_counts_in_the_estimand_alone(made):
    """From the assessment of the day on which it begins."""
    registered, composite = verdicts(made, "rescued"), verdicts(made, "rescued", estimand="COMPOSITE")
    assert set(registered.values()) == {OBSERVED}
    assert composite["Month 2"] == OBSERVED
    assert composite["Month 3"] == composite["Month 12"] == ("N", "N", "RESCUE")
    assert verdicts(made, "rescued", "DORIS", "COMPOSITE")["Month 3"] == ("N", "N", "RESCUE")
    rescue = verdicts(made, "rescued", "RESCUE", "COMPOSITE")
    assert rescue["Month 2"][0] == "N"
    assert rescue["Month 3"][0] == "Y"


def test_a_log_that_nobody_reviewed_leaves_rescue_unknown(made):
    """Registered, the index stands; as composite it is unknown, and so is whether the treatment was stable."""
    assert verdicts(made, "unreviewed")["Month 6"] == OBSERVED
    assert verdicts(made, "unreviewed", estimand="COMPOSITE")["Month 6"] == (None, "N", "ITEM MISSING")
    assert verdicts(made, "unreviewed", "DORIS_TX")["Month 6"] == (None, "N", "ITEM MISSING")


def test_baseline_needs_the_three_parts_within_three_days(made):
    """Without it nothing that compares with baseline is known; what does not compare is."""
    adsl = made["adsl"].filter(pl.col("SUBJID") == "apart")
    assert adsl["EFFBLDT"].to_list() == [None]
    assert verdicts(made, "apart")["Day 28"] == (None, "N", "ITEM MISSING")
    assert verdicts(made, "apart", "DORIS_PG")["Day 28"] == OBSERVED


def test_baseline_is_never_after_lymphodepletion(made):
    """The assessments of days -5 and -4 are after the first dose of Flu/Cy."""
    adsl = made["adsl"].filter(pl.col("SUBJID") == "fluCy")
    assert adsl["EFFBLDT"].to_list() == [date.fromisoformat(on(-28))]
    assert adsl["BSLEDAI"].to_list() == [8.0]
    assert verdicts(made, "fluCy")["Day 28"] == OBSERVED


def test_who_is_in_which_set(made):
    """Treated without cells is safety, not efficacy; screened is neither."""
    sets = {row["SUBJID"]: row for row in made["adsl"].iter_rows(named=True)}
    flags = ("SCRNFL", "SAFFL", "CARFL", "EFFFL")
    assert [sets["full"][f] for f in flags] == ["Y", "Y", "Y", "Y"]
    assert [sets["nocells"][f] for f in flags] == ["Y", "Y", "N", "N"]
    assert [sets["screened"][f] for f in flags] == ["Y", "N", "N", "N"]
    assert sets["full"]["PPROTFL"] == "Y"
    assert "screened" not in made["adrs"]["SUBJID"].to_list()


def test_sustained_remission_goes_on_to_the_last_due_visit(made):
    """Whoever misses a visit has not been seen to stay in remission: unknown, and none in the main analysis."""
    held = {subject: verdicts(made, subject, "DORISSUS")["Overall"] for subject in ("full", "missed", "late")}
    assert held["full"] == OBSERVED
    assert held["missed"] == (None, "N", "MISSED VISIT")
    assert held["late"] == (None, "N", "MISSED VISIT")
    assert verdicts(made, "rescued", "DORISSUS", "COMPOSITE")["Overall"][0] == "N"


def test_time_to_the_first_response(made):
    """Day 28, or censored at the last verdict known."""
    rows = made["adtte"].filter(pl.col("PARAMCD") == "TTSRI4", pl.col("ESTIMAND") == "REGISTERED")
    times = {row["SUBJID"]: (row["AVAL"], row["CNSR"]) for row in rows.iter_rows(named=True)}
    assert times["full"] == (28.0, 0)
    assert times["never"] == (61.0, 1)
    assert times["late"] == (0.0, 1)
    assert "nocells" not in times


@pytest.mark.parametrize(
    ("cut", "ended", "due"),
    [
        (30, None, []),
        (31, None, ["Day 28"]),
        (68, None, ["Day 28", "Month 2"]),
        (67, None, ["Day 28"]),
        (67, 40, ["Day 28", "Month 2"]),
        (61, 40, ["Day 28", "Month 2"]),
        (60, 40, ["Day 28"]),
    ],
)
def test_a_visit_is_due_when_its_window_has_closed(cut, ended, due):
    """Day 28 may be held until day 31, month 2 until day 68; whoever left is due on the planned day (61)."""
    trial = Trial().patient().steroid().assess(visit="BL", sledai=ACTIVE, pga=2.0)
    trial.add("ts", TSPARMCD="DCUTDTC", TSVAL=on(cut))
    if ended is not None:
        left(trial, "1", ended, "WITHDRAWAL BY SUBJECT")
    made = adam.derive(STUDY, trial.tables())["adrs"]
    seen = made.filter(
        pl.col("PARAMCD") == "SRI4", pl.col("ESTIMAND") == "REGISTERED", pl.col("ANL01FL") == "Y"
    )
    assert seen["AVISIT"].to_list() == due


def test_a_visit_that_was_held_is_due():
    """On day 26, before its window closes."""
    trial = (
        Trial()
        .patient()
        .steroid()
        .assess(visit="BL", sledai=ACTIVE, pga=2.0)
        .assess(visit="D28", day=26, pga=0.2)
    )
    trial.add("ts", TSPARMCD="DCUTDTC", TSVAL=on(26))
    made = adam.derive(STUDY, trial.tables())["adrs"]
    assert made.filter(pl.col("PARAMCD") == "SRI4")["AVISIT"].unique().to_list() == ["Day 28"]
