"""IEC-HS: the findings that suggest it, and its grade."""

from __future__ import annotations

from carnet.safety.iec_hs import IEC_HS, IEC_HS_GRADE, iec_hs

QUIET = {
    "ferritin": 1200, "ferritin_uln": 300, "ferritin_base": 400, "alt": 30, "alt_uln": 40, "ast": 30,
    "ast_uln": 40, "fibrinogen": 3, "fibrinogen_lln": 2, "cytopenia_grade": 4,
}  # fmt: skip


def quiet(*given):
    return {name: value for name, value in QUIET.items() if name not in given}


def test_ferritin_is_needed(spec):
    """Above twice its limit, or above twice its baseline, or rising fast."""
    spec(
        IEC_HS,
        """
        ferritin | ferritin_base | ferritin_rising | iechs
        600      | 400           | no              | no
        600.1    | 400           | no              | yes
        500      | 250           | no              | no
        500.1    | 250           | no              | yes
        100      | 100           | yes             | yes
        100      | 100           |                 | unknown
        100      |               | no              | unknown
                 | 400           | no              | unknown
    """,
        **quiet("ferritin", "ferritin_base"),
    )


def test_one_common_finding_beside_it(spec):
    """Transaminases above five times, fibrinogen below 1.5 g/L or its limit, or a cytopenia of grade 4."""
    spec(
        IEC_HS,
        """
        alt | alt_base | fibrinogen | cytopenia_grade | iechs
        200 | 30       | 3          | 3               | no
        201 | 30       | 3          | 3               | yes
        201 | 50       | 3          | 3               | no
        251 | 50       | 3          | 3               | yes
        30  | 30       | 2          | 3               | no
        30  | 30       | 1.99       | 3               | yes
        30  | 30       | 3          | 4               | yes
        30  | 30       | 3          |                 | unknown
    """,
        **quiet("alt", "fibrinogen", "cytopenia_grade"),
    )
    spec(
        IEC_HS,
        """
        fibrinogen | iechs_fi
        1.49       | yes
        1.5        | no
        1.51       | no
    """,
        **{**quiet("fibrinogen"), "fibrinogen_lln": 1.2},
    )
    spec(
        iec_hs(findings=2),
        """
        fibrinogen | iechs
        3          | no
        1          | yes
    """,
        **quiet("fibrinogen"),
    )


def test_a_limit_of_nothing_is_no_limit(spec):
    """A limit or a baseline of 0 is missing: no value is above it."""
    spec(
        IEC_HS,
        """
        ferritin | ferritin_uln | ferritin_base | iechs_fe
        500      | 0            | 400           | unknown
        500      | 300          | 0             | unknown
        900      | 300          | 0             | yes
    """,
        **quiet("ferritin", "ferritin_uln", "ferritin_base"),
    )
    spec(
        IEC_HS,
        """
        alt | alt_uln | iechs_li
        30  | 40      | no
        30  | 0       | unknown
    """,
        **quiet("alt", "alt_uln"),
    )


def test_another_explanation_rules_it_out(spec):
    spec(
        IEC_HS,
        """
        iechs_other_cause | iechs
        no                | yes
        yes               | no
                          | unknown
    """,
        **QUIET,
    )


def test_the_grade(spec):
    """1 observed, 2 treated, 3 bleeding or new organ dysfunction in hospital, 4 life-threatening, 5 death."""
    spec(
        IEC_HS_GRADE,
        """
        iechs_present | iechs_treatment | iechs_bleeding    | iechs_organ   | iechs_fatal | iechs_grade
        yes           | NONE            | NONE              | NONE          | no          | 1
        yes           | GIVEN           | NONE              | NONE          | no          | 2
        yes           | GIVEN           | NEEDS TRANSFUSION | NONE          | no          | 3
        yes           | GIVEN           | NONE              | HOSPITAL CARE | no          | 3
        yes           | GIVEN           | LIFE-THREATENING  | NONE          | no          | 4
        yes           | GIVEN           | NONE              | LIFE SUPPORT  | no          | 4
        yes           | GIVEN           | NONE              | NONE          | yes         | 5
        no            |                 |                   |               | no          | 0
        yes           | GIVEN           |                   | NONE          | no          | unknown
    """,
    )
