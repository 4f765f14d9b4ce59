# ruff: noqa: E501  (tables are wide)
"""Renal response: each definition in print at its limits, and who can respond at all."""

from __future__ import annotations

from carnet.criteria.renal import NEPHRITIS, RENAL, RENAL_FLARE

KIDNEY = {"proteinuria_base": 4.0, "proteinuria": 0.3, "egfr_base": 100, "egfr": 100}


def test_who_can_respond(spec):
    """Only proteinuria above 0.5 at baseline belongs in a rate of response."""
    spec(NEPHRITIS, """
        proteinuria_base | rn_el
        0.49             | no
        0.5              | no
        0.51             | yes
                         | unknown
    """)  # fmt: skip
    spec(RENAL["rnaur"], """
        proteinuria_base | proteinuria | rnaur_b | rnaur
        0.5              | 0.3         | no      | no
        0.51             | 0.3         | yes     | yes
                         | 0.3         | unknown | unknown
                         | 0.6         | unknown | no
    """, **KIDNEY)  # fmt: skip


def test_aurora(spec):
    """At most 0.5; eGFR at least 60, or not more than 20 % lower; neither rescue nor too much prednisone."""
    spec(RENAL["rnaur"], """
        proteinuria | egfr_base | egfr | rescue | steroid_excess | rnaur
        0.49        | 100       | 100  | no     | no             | yes
        0.5         | 100       | 100  | no     | no             | yes
        0.51        | 100       | 100  | no     | no             | no
        0.3         | 100       | 60   | no     | no             | yes
        0.3         | 100       | 59.9 | no     | no             | no
        0.3         | 70        | 56   | no     | no             | yes
        0.3         | 70        | 55.9 | no     | no             | no
        0.3         | 70        | 56.1 | no     | no             | yes
        0.3         |           | 60   | no     | no             | yes
        0.3         |           | 59   | no     | no             | unknown
        0.3         | 100       |      | no     | no             | unknown
        0.3         | 100       | 100  | yes    | no             | no
        0.3         | 100       | 100  |        | no             | unknown
        0.3         | 100       | 100  | no     | yes            | no
                    | 100       | 50   | no     | no             | no
    """, proteinuria_base=4.0)  # fmt: skip
    spec(RENAL["rnaur"], """
        proteinuria | rnaur_r | rnaur_s | rnaur
        0.3         | yes     | yes     | yes
    """, **KIDNEY)  # fmt: skip


def test_complete_response_of_this_trial(spec):
    """At most 0.5 with an eGFR of 80 % of baseline or more."""
    spec(RENAL["rncr"], """
        proteinuria | egfr | rncr
        0.5         | 80   | yes
        0.5         | 79.9 | no
        0.5         | 80.1 | yes
        0.51        | 80   | no
        0.49        | 80   | yes
    """, **KIDNEY)  # fmt: skip


def test_partial_response(spec):
    """Half of baseline or less, the kidney working as before."""
    spec(RENAL["rnpr"], """
        proteinuria_base | proteinuria | egfr | rnpr
        4.0              | 1.99        | 100  | yes
        4.0              | 2.0         | 100  | yes
        4.0              | 2.01        | 100  | no
        0.7              | 0.35        | 100  | yes
        4.0              | 2.0         | 79   | no
        4.0              |             | 100  | unknown
                         | 2.0         | 100  | unknown
    """, **KIDNEY)  # fmt: skip


def test_kdigo(spec):
    """Complete: below 0.5, eGFR not more than 15 % lower. Partial: half or less, and below 3."""
    spec(RENAL["rnkdc"], """
        proteinuria | egfr | rnkdc
        0.49        | 100  | yes
        0.5         | 100  | no
        0.51        | 100  | no
        0.3         | 85   | yes
        0.3         | 84.9 | no
        0.3         | 85.1 | yes
    """, **KIDNEY)  # fmt: skip
    spec(RENAL["rnkdp"], """
        proteinuria_base | proteinuria | rnkdp
        4.0              | 2.0         | yes
        4.0              | 2.01        | no
        4.0              | 1.99        | yes
        8.0              | 2.99        | yes
        8.0              | 3.0         | no
        8.0              | 3.01        | no
                         | 3.0         | no
                         | 2.0         | unknown
    """, **KIDNEY)  # fmt: skip


def test_eular(spec):
    """By 6 months half or less; by 12 months below 0.7 with an eGFR near normal."""
    spec(RENAL["rneu6"], """
        proteinuria_base | proteinuria | rneu6
        3.0              | 1.49        | yes
        3.0              | 1.5         | yes
        3.0              | 1.51        | no
    """)  # fmt: skip
    spec(RENAL["rneu12"], """
        proteinuria | egfr_base | egfr | rneu12
        0.69        | 100       | 100  | yes
        0.7         | 100       | 100  | no
        0.71        | 100       | 100  | no
        0.3         | 50        | 45   | yes
        0.3         | 50        | 44.9 | no
        0.3         | 50        | 45.1 | yes
        0.3         | 100       | 60   | yes
    """, proteinuria_base=4.0)  # fmt: skip


def test_bliss_ln(spec):
    """Primary: at most 0.7, eGFR at least 60 or not more than 20 % below that before the flare. Complete: below 0.5, 90, 10 %."""
    spec(RENAL["rnbln"], """
        proteinuria | egfr_preflare | egfr | rescue | rnbln
        0.69        | 100           | 100  | no     | yes
        0.7         | 100           | 100  | no     | yes
        0.71        | 100           | 100  | no     | no
        0.3         | 70            | 56   | no     | yes
        0.3         | 70            | 55.9 | no     | no
        0.3         | 100           | 60   | no     | yes
        0.3         |               | 55   | no     | unknown
        0.3         | 100           | 100  | yes    | no
    """, **KIDNEY)  # fmt: skip
    spec(RENAL["rnblc"], """
        proteinuria | egfr_base | egfr | rnblc
        0.49        | 100       | 100  | yes
        0.5         | 100       | 100  | no
        0.51        | 100       | 100  | no
        0.3         | 120       | 90   | yes
        0.3         | 120       | 89.9 | no
        0.3         | 80        | 72   | yes
        0.3         | 80        | 71.9 | no
        0.3         | 80        | 72.1 | yes
    """, proteinuria_base=4.0)  # fmt: skip


def test_renal_flare(spec):
    """After a response: above 1 from below 0.2, above 2 from 0.2 to 1.0; from more there was no response to lose."""
    spec(RENAL_FLARE, """
        proteinuria_response | proteinuria | rnflare
        0.19                 | 0.99        | no
        0.19                 | 1.0         | no
        0.19                 | 1.01        | yes
        0.2                  | 1.01        | no
        0.21                 | 2.0         | no
        0.2                  | 2.01        | yes
        1.0                  | 2.01        | yes
        1.0                  | 2.0         | no
        1.01                 | 3.0         | no
                             | 1.0         | no
                             | 1.01        | unknown
        0.5                  |             | unknown
        1.01                 |             | no
    """)  # fmt: skip


def test_choices_of_the_study(spec):
    spec(RENAL["rncr"].with_parameters(proteinuria=0.7, egfr_fall=10, baseline=1), """
        proteinuria_base | proteinuria | egfr | rncr
        1.1              | 0.7         | 90   | yes
        1.1              | 0.7         | 89   | no
        1.0              | 0.7         | 90   | no
    """, **KIDNEY)  # fmt: skip
