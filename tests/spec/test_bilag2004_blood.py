# ruff: noqa: E501  (tables are wide)
"""BILAG-2004, blood: both sets of thresholds, haemolysis, attribution."""

from __future__ import annotations

from carnet.instruments import BILAG2004
from carnet.instruments.bilag2004 import bilag2004

QUIET = {
    "bilag_haemoglobin": 13, "bilag_white_cell_count": 6, "bilag_neutrophils": 4, "bilag_lymphocytes": 1.5,
    "bilag_platelets": 250, "bilag_ttp": 0, "bilag_active_haemolysis": False, "bilag_coombs_isolated": False,
}  # fmt: skip
COUNTS = bilag2004(haematology="H-counts")

SAME = """
    bilag_platelets | bilag_lymphocytes | bilag_ttp | bilag_coombs_isolated | bilag_haematological
    24.9            | 1.5               | 0         | no                    | A
    25              | 1.5               | 0         | no                    | B
    49.9            | 1.5               | 0         | no                    | B
    50              | 1.5               | 0         | no                    | C
    149.9           | 1.5               | 0         | no                    | C
    150             | 1.5               | 0         | no                    | E
    250             | 0.99              | 0         | no                    | C
    250             | 1.0               | 0         | no                    | E
    250             | 1.5               | 1         | no                    | B
    250             | 1.5               | 2         | no                    | A
    250             | 1.5               | 4         | no                    | A
    250             | 1.5               | 0         | yes                   | C
"""


def test_what_both_sets_say(spec):
    """Platelets, lymphocytes, thrombotic purpura and an isolated Coombs test; printed bands are half-open."""
    spec(BILAG2004, SAME, **QUIET)
    spec(COUNTS, SAME, **QUIET)


def test_haemoglobin_with_haemolysis(spec):
    """By default haemoglobin weighs more where there is haemolysis."""
    spec(
        BILAG2004,
        """
        bilag_haemoglobin | bilag_active_haemolysis | bilag_haematological
        7.9               | yes                     | A
        7.99              | yes                     | A
        8                 | yes                     | B
        9.9               | yes                     | B
        9.95              | yes                     | B
        10                | yes                     | C
        14                | yes                     | C
        7.9               | no                      | B
        7.99              | no                      | B
        8                 | no                      | C
        10.9              | no                      | C
        10.95             | no                      | C
        11                | no                      | E
    """,
        **QUIET,
    )


def test_white_cells(spec):
    spec(
        BILAG2004,
        """
        bilag_white_cell_count | bilag_neutrophils | bilag_haematological
        0.99                   | 4                 | B
        1.0                    | 4                 | C
        3.9                    | 4                 | C
        3.99                   | 4                 | C
        4.0                    | 4                 | E
        6                      | 0.49              | B
        6                      | 0.499             | B
        6                      | 0.5               | C
        6                      | 1.99              | C
        6                      | 2.0               | E
    """,
        **QUIET,
    )


def test_thresholds_by_counts_alone(spec):
    """The other set: haemoglobin and white cells alone, haemolysis alone B."""
    spec(
        COUNTS,
        """
        bilag_haemoglobin | bilag_active_haemolysis | bilag_white_cell_count | bilag_neutrophils | bilag_haematological
        7.99              | no                      | 6                      | 4                 | A
        8                 | no                      | 6                      | 4                 | B
        8.99              | no                      | 6                      | 4                 | B
        9                 | no                      | 6                      | 4                 | C
        10.9              | no                      | 6                      | 4                 | C
        11                | no                      | 6                      | 4                 | E
        14                | yes                     | 6                      | 4                 | B
        14                | no                      | 0.99                   | 4                 | A
        14                | no                      | 1                      | 4                 | B
        14                | no                      | 1.99                   | 4                 | B
        14                | no                      | 2                      | 4                 | C
        14                | no                      | 3.99                   | 4                 | C
        14                | no                      | 4                      | 4                 | E
        14                | no                      | 6                      | 0.499             | A
        14                | no                      | 6                      | 0.5               | B
        14                | no                      | 6                      | 0.99              | B
        14                | no                      | 6                      | 1                 | C
        14                | no                      | 6                      | 1.99              | C
        14                | no                      | 6                      | 2                 | E
    """,
        **QUIET,
    )


def test_unknown_haemolysis_or_haemoglobin(spec):
    """Haemoglobin below 8 is B without haemolysis and A with it; haemolysis alone is C."""
    spec(
        BILAG2004,
        """
        bilag_haemoglobin | bilag_active_haemolysis | bilag_haematological_best | bilag_haematological_worst
        7.9               |                         | B                         | A
        9                 |                         | C                         | B
        10.5              |                         | C                         | C
        14                |                         | E                         | C
                          | yes                     | C                         | A
                          | no                      | E                         | B
                          |                         | E                         | A
    """,
        **QUIET,
    )


def test_cytopenia_of_lymphodepletion_is_not_lupus(spec):
    """Attribution N takes the count out of the grade; an empty one leaves it open."""
    spec(BILAG2004, """
        bilag_neutrophils | bilag_neutrophils_due | bilag_platelets | bilag_platelets_due | bilag_haematological | bilag_haematological_best | bilag_haematological_worst
        0.1               | N                     | 250             | Y                   | E                    | E                         | E
        0.1               | Y                     | 250             | Y                   | B                    | B                         | B
        0.1               |                       | 250             | Y                   | E                    | E                         | B
        4                 |                       | 250             |                     | E                    | E                         | E
        0.1               | N                     | 20              |                     | E                    | E                         | A
        ND                | N                     | 250             | Y                   | E                    | E                         | E
        ND                | Y                     | 250             | Y                   | E                    | E                         | B
    """, **QUIET)  # fmt: skip


def test_haemolysis_whose_haemoglobin_is_not_due_to_lupus(spec):
    """Every line on haemolysis weighs it by haemoglobin, and a value not due takes no part: the grade is open, from none to what the value gives."""
    spec(BILAG2004, """
        bilag_active_haemolysis | bilag_haemoglobin | bilag_haemoglobin_due | bilag_haematological_best | bilag_haematological_worst
        yes                     | 7.9               | N                     | E                         | A
        yes                     | 8                 | N                     | E                         | B
        yes                     | 9.9               | N                     | E                         | B
        yes                     | 10                | N                     | E                         | C
        yes                     | ND                | N                     | E                         | A
        yes                     | 7.9               | Y                     | A                         | A
        yes                     | 10                | Y                     | C                         | C
        no                      | 7.9               | N                     | E                         | E
    """, **QUIET)  # fmt: skip
    spec(COUNTS, """
        bilag_active_haemolysis | bilag_haemoglobin | bilag_haemoglobin_due | bilag_haematological_best | bilag_haematological_worst
        yes                     | 7.9               | N                     | B                         | B
        yes                     | ND                | N                     | B                         | B
        no                      | 7.9               | N                     | E                         | E
    """, **QUIET)  # fmt: skip


def test_haemolysis_alone_may_be_settled(spec):
    """The parameter `haemolysis_alone` makes it C, or leaves it out, where the haemoglobin is not due to lupus."""
    spec(bilag2004(haemolysis_alone="C"), """
        bilag_active_haemolysis | bilag_haemoglobin | bilag_haemoglobin_due | bilag_haematological_best | bilag_haematological_worst
        yes                     | 7.9               | N                     | C                         | C
        yes                     | 7.9               | Y                     | A                         | A
    """, **QUIET)  # fmt: skip
    spec(bilag2004(haemolysis_alone="none"), """
        bilag_active_haemolysis | bilag_haemoglobin | bilag_haemoglobin_due | bilag_haematological_best | bilag_haematological_worst
        yes                     | 7.9               | N                     | E                         | E
        yes                     | 7.9               | Y                     | A                         | A
    """, **QUIET)  # fmt: skip


def test_unknown_attribution_beside_haemolysis(spec):
    """Whether the haemoglobin is due to lupus decides whether haemolysis has a grade at all; the rest of the blood stands."""
    spec(BILAG2004, """
        bilag_active_haemolysis | bilag_haemoglobin | bilag_haemoglobin_due | bilag_platelets | bilag_haematological | bilag_haematological_best | bilag_haematological_worst
        yes                     | 7.9               |                       | 250             | E                    | E                         | A
        yes                     | 12                |                       | 250             | E                    | E                         | C
        yes                     | 7.9               | N                     | 49              | B                    | B                         | A
        yes                     | 12                | N                     | 149             | C                    | C                         | C
                                | 7.9               | N                     | 250             | E                    | E                         | A
        yes                     | ND                |                       | 250             | E                    | E                         | A
        yes                     | ND                | Y                     | 250             | C                    | C                         | A
    """, **QUIET)  # fmt: skip


def test_counts_rounded_as_the_bands_are_printed(spec):
    """With `bands = rounded` a count between two printed bands belongs where its rounded value lies."""
    spec(
        bilag2004(bands="rounded"),
        """
        bilag_platelets | bilag_haemoglobin | bilag_lymphocytes | bilag_haematological
        24.4            | 13                | 1.5               | A
        24.5            | 13                | 1.5               | B
        49.4            | 13                | 1.5               | B
        49.5            | 13                | 1.5               | C
        149.4           | 13                | 1.5               | C
        149.5           | 13                | 1.5               | E
        250             | 10.94             | 1.5               | C
        250             | 10.95             | 1.5               | E
        250             | 7.94              | 1.5               | B
        250             | 7.95              | 1.5               | C
        250             | 13                | 0.94              | C
        250             | 13                | 0.95              | E
    """,
        **QUIET,
    )


def test_without_an_attribution_column_every_value_counts(spec):
    spec(
        BILAG2004,
        """
        bilag_neutrophils | bilag_haematological
        0.4               | B
    """,
        **QUIET,
    )
