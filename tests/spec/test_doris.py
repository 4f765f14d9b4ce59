"""DORIS remission."""

from __future__ import annotations

from carnet.criteria.doris import DORIS, DORIS_COMPLETE, DORIS_COMPLETE_OFF, DORIS_OFF, doris

REMISSION = {"sledai2k_clinical": 0, "pga": 0.2, "prednisone": 2.5, "stable_treatment": True}


def test_every_clause_at_its_limit(spec):
    """No clinical activity, PGA below 0.5, at most 5 mg, stable treatment."""
    spec(
        DORIS,
        """
        sledai2k_clinical | pga  | prednisone | stable_treatment | doris
        0                 | 0.2  | 2.5        | yes              | yes
        1                 | 0.2  | 2.5        | yes              | no
        0                 | 0.49 | 2.5        | yes              | yes
        0                 | 0.5  | 2.5        | yes              | no
        0                 | 0.51 | 2.5        | yes              | no
        0                 | 0.2  | 4.9        | yes              | yes
        0                 | 0.2  | 5          | yes              | yes
        0                 | 0.2  | 5.1        | yes              | no
        0                 | 0.2  | 2.5        | no               | no
    """,
    )


def test_one_failing_clause_decides_whatever_is_missing(spec):
    spec(
        DORIS,
        """
        sledai2k_clinical | pga | prednisone | stable_treatment | doris
                          | 0.2 | 2.5        | yes              | unknown
        0                 |     | 2.5        | yes              | unknown
        0                 | 0.2 |            | yes              | unknown
        0                 | 0.2 | 2.5        |                  | unknown
                          |     | 10         |                  | no
        2                 |     |            |                  | no
                          | 0.6 |            |                  | no
                          |     |            | no               | no
                          |     |            |                  | unknown
    """,
    )


def test_activity_within_bounds(spec):
    spec(
        DORIS,
        """
        sledai2k_clinical | sledai2k_clinical_min | sledai2k_clinical_max | doris_cs | doris
                          | 0                     | 0                     | yes      | yes
                          | 0                     | 4                     | unknown  | unknown
                          | 1                     | 4                     | no       | no
        0                 |                       |                       | yes      | yes
                          | 2                     |                       | no       | no
                          |                       | 0                     | yes      | yes
    """,
        **{k: v for k, v in REMISSION.items() if k != "sledai2k_clinical"},
    )


def test_sources_that_differ_are_parameters(spec):
    """The table of the 2021 paper prints below 5 mg, the 2017 framework PGA of at most 0.5."""
    spec(
        doris(dose_included=False),
        """
        prednisone | doris
        4.9        | yes
        5          | no
    """,
        **REMISSION,
    )
    spec(
        doris(pga_included=True),
        """
        pga  | doris
        0.5  | yes
        0.51 | no
    """,
        **REMISSION,
    )


def test_explanation():
    row = DORIS.judge([{**REMISSION, "prednisone": 7.5}]).row(0, named=True)
    assert list(DORIS.explain(row)) == [
        "no       DORIS remission",
        "  no       prednisone 7.5 mg/day (needed at most 5 mg/day)",
    ]


def test_limits_are_exact_at_the_precision_recorded(spec):
    """However finely it is recorded: a hair below passes, a hair above does not; binary noise is no hair."""
    spec(
        DORIS,
        """
        pga       | prednisone         | doris
        0.4999999 | 2.5                | yes
        0.5       | 2.5                | no
        0.2       | 5.0000001          | no
        0.2       | 4.9999999          | yes
        0.2       | 5.000000000000001  | yes
        """,
        **REMISSION,
    )


OFF = {"sledai2k_clinical": 0, "pga": 0.2, "prednisone": 0, "immunosuppressant": False}


def test_off_treatment(spec):
    """No glucocorticoid, no immunosuppressant, no biologic; antimalarials are allowed, so they are not asked."""
    spec(
        DORIS_OFF,
        """
        sledai2k_clinical | pga  | prednisone | immunosuppressant | dorisoff
        0                 | 0.2  | 0          | no                | yes
        0                 | 0.2  | 0.1        | no                | no
        0                 | 0.2  | 0          | yes               | no
        1                 | 0.2  | 0          | no                | no
        0                 | 0.49 | 0          | no                | yes
        0                 | 0.5  | 0          | no                | no
        0                 | 0.51 | 0          | no                | no
        0                 | 0.2  |            | no                | unknown
        0                 | 0.2  | 0          |                   | unknown
                          |      | 2.5        |                   | no
    """,
    )


def test_complete(spec):
    """Remission with quiet serology besides: unmeasured serology is missing here."""
    spec(
        DORIS_COMPLETE,
        """
        sledai_low_complement | sledai_anti_dsdna | prednisone | dcmp_se | doriscmp
        no                    | no                | 2.5        | yes     | yes
        yes                   | no                | 2.5        | no      | no
        no                    | yes               | 2.5        | no      | no
                              | no                | 2.5        | unknown | unknown
                              | yes               | 2.5        | no      | no
                              |                   | 5.1        | unknown | no
        no                    | no                | 5          | yes     | yes
    """,
        **REMISSION,
    )
    spec(
        DORIS_COMPLETE_OFF,
        """
        sledai_low_complement | sledai_anti_dsdna | prednisone | doriscof
        no                    | no                | 0          | yes
        no                    | no                | 2.5        | no
        no                    | yes               | 0          | no
    """,
        **OFF,
    )


def test_variants_share_the_choices_of_the_study(spec):
    """The limit of the assessment holds for all of them; the dose is none where treatment is."""
    spec(
        DORIS_OFF.with_parameters(pga_included=True, dose=7.5),
        """
        pga | prednisone | dorisoff
        0.5 | 0          | yes
        0.5 | 2.5        | no
    """,
        **OFF,
    )
