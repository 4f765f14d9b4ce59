# ruff: noqa: E501  (tables are wide)
"""BILAG-2004, kidney: six criteria, and proteinuria, function and blood pressure short of them."""

from __future__ import annotations

from carnet.instruments import BILAG2004
from carnet.instruments.bilag2004 import bilag2004

ANSWERS = {
    "bilag_systolic_bp": 120, "bilag_diastolic_bp": 75, "bilag_accelerated_hypertension": False,
    "bilag_nephrotic_syndrome": False, "bilag_active_urinary_sediment": False, "bilag_active_nephritis": False,
}  # fmt: skip
QUIET = {**ANSWERS, "bilag_upcr": 10, "bilag_creatinine": 70, "bilag_gfr": 100}


def test_two_criteria_of_which_one_is_proteinuria_sediment_or_histology(spec):
    """Any one of the six is B. Two are A if proteinuria (here 101), sediment or histology is among them."""
    spec(BILAG2004, """
        bilag_upcr | bilag_accelerated_hypertension | bilag_gfr | bilag_active_urinary_sediment | bilag_active_nephritis | bilag_nephrotic_syndrome | bilag_renal
        10         | no                             | 100       | no                            | no                     | no                       | E
        101        | no                             | 100       | no                            | no                     | no                       | B
        10         | yes                            | 100       | no                            | no                     | no                       | B
        10         | no                             | 40        | no                            | no                     | no                       | B
        10         | no                             | 100       | yes                           | no                     | no                       | B
        10         | no                             | 100       | no                            | yes                    | no                       | B
        10         | no                             | 100       | no                            | no                     | yes                      | B
        10         | yes                            | 40        | no                            | no                     | no                       | B
        10         | yes                            | 100       | no                            | no                     | yes                      | B
        10         | no                             | 40        | no                            | no                     | yes                      | B
        10         | yes                            | 40        | no                            | no                     | yes                      | B
        101        | yes                            | 100       | no                            | no                     | no                       | A
        101        | no                             | 40        | no                            | no                     | no                       | A
        101        | no                             | 100       | no                            | no                     | yes                      | A
        10         | no                             | 40        | yes                           | no                     | no                       | A
        10         | no                             | 100       | no                            | yes                    | yes                      | A
        10         | no                             | 100       | yes                           | yes                    | no                       | A
    """, **ANSWERS)  # fmt: skip


SEDIMENT = {**QUIET, "bilag_active_urinary_sediment": True}


def test_severe_proteinuria_begins_above_its_limits(spec):
    """Beside active sediment, criterion 1 makes A: more than 1 g, more than 100 mg/mmol."""
    spec(
        BILAG2004,
        """
        bilag_urine_protein_24h | bilag_upcr | bilag_uacr | bilag_renal
        1.0                     |            |            | B
        1.01                    |            |            | A
        0.99                    |            |            | B
                                | 99.9       |            | B
                                | 100        |            | B
                                | 100.1      |            | A
                                |            | 99.9       | B
                                |            | 100        | B
                                |            | 100.1      | A
        0.1                     | 101        |            | A
    """,
        **{**SEDIMENT, "bilag_upcr": None},
    )


def test_moderate_and_mild_proteinuria(spec):
    """B from 0.5 g or 50 mg/mmol on; C above 0.25 g or 25 mg/mmol."""
    spec(
        BILAG2004,
        """
        bilag_urine_protein_24h | bilag_upcr | bilag_uacr | bilag_renal
        0.24                    |            |            | E
        0.25                    |            |            | E
        0.26                    |            |            | C
        0.49                    |            |            | C
        0.5                     |            |            | B
        0.51                    |            |            | B
                                | 24.9       |            | E
                                | 25         |            | E
                                | 25.1       |            | C
                                | 49.9       |            | C
                                | 50         |            | B
                                | 50.1       |            | B
                                |            | 24.9       | E
                                |            | 25         | E
                                |            | 25.1       | C
                                |            | 49.9       | C
                                |            | 50         | B
                                |            | 50.1       | B
    """,
        **{**QUIET, "bilag_upcr": None},
    )


def test_a_fall_of_a_quarter_is_improvement(spec):
    """Exactly 25 % is improved: such proteinuria is no criterion and no B, it stays C. Without a value before, not improved."""
    spec(
        BILAG2004,
        """
        bilag_upcr | bilag_upcr_prev | bilag_renal
        150        | 200             | C
        150.1      | 200             | B
        149.9      | 200             | C
        150        |                 | B
        75         | 100             | C
        75.1       | 100             | B
        300        | 200             | B
        0.3        | 0.4             | E
    """,
        **QUIET,
    )
    spec(
        BILAG2004,
        """
        bilag_urine_protein_24h | bilag_urine_protein_24h_prev | bilag_renal
        1.65                    | 2.2                          | C
        1.66                    | 2.2                          | B
        2.1                     | 2.8                          | C
    """,
        **QUIET,
    )


def test_values_of_another_method_are_not_compared(spec):
    """A ratio now has no earlier value in a 24 h collection."""
    spec(
        BILAG2004,
        """
        bilag_upcr | bilag_urine_protein_24h_prev | bilag_renal
        101        | 9                            | B
    """,
        **QUIET,
    )


def test_the_dipstick_speaks_only_where_nothing_was_quantified(spec):
    """Beside active sediment: two levels up is criterion 1. The first dipstick is compared with none."""
    spec(BILAG2004, """
        bilag_urine_dipstick_protein | bilag_urine_dipstick_protein_prev | bilag_upcr | bilag_active_urinary_sediment | bilag_renal
        0                            |                                   |            | no                            | E
        1                            |                                   |            | no                            | C
        2                            |                                   |            | no                            | B
        2                            |                                   |            | yes                           | A
        3                            | 1                                 |            | yes                           | A
        3                            | 2                                 |            | yes                           | B
        3                            | 2                                 |            | no                            | B
        2                            | 2                                 |            | no                            | C
        1                            | 0                                 |            | no                            | C
        3                            | 0                                 | 10         | no                            | E
        3                            | 0                                 | 26         | no                            | C
    """, **{**QUIET, "bilag_upcr": None})  # fmt: skip


def test_creatinine(spec):
    """Above 130 umol/L: more than 130 % of the one before is criterion 3 (A beside sediment), from 115 % on B."""
    spec(
        BILAG2004,
        """
        bilag_creatinine | bilag_creatinine_prev | bilag_active_urinary_sediment | bilag_renal
        131              | 100                   | yes                           | A
        130              | 99                    | yes                           | B
        143              | 110                   | yes                           | B
        143.1            | 110                   | yes                           | A
        142.9            | 110                   | no                            | B
        131.3            | 101                   | yes                           | B
        138              | 120                   | no                            | B
        137.9            | 120                   | no                            | E
        138.1            | 120                   | no                            | B
        129.9            | 100                   | no                            | E
        130              | 100                   | no                            | E
        130.1            | 100                   | no                            | B
        900              |                       | no                            | E
    """,
        **{**QUIET, "bilag_gfr": None},
    )


def test_filtration_rate(spec):
    """Below 80 and below 67 % of the one before, or below 50 after more than 50 or after nothing."""
    spec(
        BILAG2004,
        """
        bilag_gfr | bilag_gfr_prev | bilag_renal
        79        | 130            | B
        80        | 130            | E
        81        | 130            | E
        53.5      | 80             | B
        53.6      | 80             | E
        53.7      | 80             | E
        49.9      | 50.1           | B
        49.9      | 50             | E
        49.9      | 49.9           | E
        50        | 60             | E
        50.1      | 60             | E
        49.9      |                | B
        50        |                | E
        79        |                | E
    """,
        **{**QUIET, "bilag_creatinine": None},
    )


def test_blood_pressure(spec):
    """C: above 140/90, and at least 30 and 15 higher than before; both of both."""
    spec(
        BILAG2004,
        """
        bilag_systolic_bp | bilag_diastolic_bp | bilag_systolic_bp_prev | bilag_diastolic_bp_prev | bilag_renal
        141               | 91                 | 111                    | 76                      | C
        139               | 91                 | 109                    | 76                      | E
        140               | 91                 | 110                    | 76                      | E
        141               | 89                 | 111                    | 74                      | E
        141               | 90                 | 111                    | 75                      | E
        141               | 91                 | 112                    | 76                      | E
        141               | 91                 | 111.1                  | 76                      | E
        141               | 91                 | 111                    | 76.1                    | E
        142               | 92                 | 111                    | 76                      | C
        141               | 91                 | 111                    | 77                      | E
        160               | 110                |                        |                         | E
        160               | 110                | 120                    |                         | E
    """,
        **QUIET,
    )


def test_a_value_not_due_to_lupus_takes_no_part(spec):
    """It is still measured, and still compared with later; one of unknown attribution widens the bounds."""
    spec(
        BILAG2004,
        """
        bilag_upcr | bilag_upcr_due | bilag_urine_dipstick_protein | bilag_renal | bilag_renal_best | bilag_renal_worst
        150        | Y              |                              | B           | B                | B
        150        | N              |                              | E           | E                | E
        150        | N              | 3                            | E           | E                | E
        150        |                |                              | E           | E                | B
        20         |                |                              | E           | E                | E
    """,
        **QUIET,
    )


def test_what_makes_the_kidney_complete(spec):
    """One measure of protein and one of function are enough; without either the grade is open."""
    spec(BILAG2004, """
        bilag_upcr | bilag_urine_dipstick_protein | bilag_creatinine | bilag_gfr | bilag_active_nephritis | bilag_renal_best | bilag_renal_worst
        10         |                              | 70               |           | no                     | E                | E
                   | 0                            |                  | 100       | no                     | E                | E
                   |                              | 70               |           | no                     | E                | B
        10         |                              |                  |           | no                     | E                | B
                   |                              |                  |           | no                     | E                | A
        10         |                              | 70               |           |                        | E                | B
        101        |                              | 70               |           |                        | B                | A
                   |                              | 70               |           | yes                    | B                | A
    """, **ANSWERS)  # fmt: skip


def test_unknown_function_matters_only_where_it_could_show_a_loss(spec):
    """With one of the two measured the other is not missed; creatinine shows a rise only against an earlier value."""
    spec(
        BILAG2004,
        """
        bilag_creatinine | bilag_creatinine_prev | bilag_gfr | bilag_gfr_prev | bilag_gfr_due | bilag_renal_worst
                         | 100                   | 100       |                | Y             | E
        70               |                       |           |                | Y             | E
                         |                       |           |                | N             | E
                         | 100                   |           |                | N             | B
                         |                       |           |                | Y             | B
                         |                       |           | 40             | Y             | B
        """,
        **QUIET,
    )


def test_unknown_pressure_matters_only_where_it_could_have_risen(spec):
    spec(
        BILAG2004,
        """
        bilag_systolic_bp | bilag_diastolic_bp | bilag_systolic_bp_prev | bilag_diastolic_bp_prev | bilag_renal_worst
                          |                    |                        |                         | E
                          | 95                 | 120                    | 70                      | C
                          | 85                 | 120                    | 70                      | E
                          |                    | 120                    | 70                      | C
    """,
        **QUIET,
    )


def test_a_dipstick_at_its_top_cannot_rise(spec):
    """Where every quantity is not due to lupus, an unknown dipstick reaches at most +++."""
    due = {f"bilag_{key}_due": False for key in ("upcr", "uacr", "urine_protein_24h")}
    spec(
        BILAG2004,
        """
        bilag_urine_dipstick_protein_prev | bilag_renal_worst
        0                                 | B
        1                                 | B
        2                                 | B
        3                                 | C
    """,
        **{**QUIET, **due, "bilag_upcr": None},
    )


def test_choices_of_reading(spec):
    """Each parameter moves exactly the case that it names."""
    spec(
        bilag2004(exact_fall="not improved"),
        """
        bilag_upcr | bilag_upcr_prev | bilag_renal
        150        | 200             | B
        149.9      | 200             | C
    """,
        **QUIET,
    )
    spec(
        bilag2004(exact_rise="A"),
        """
        bilag_creatinine | bilag_creatinine_prev | bilag_renal
        143              | 110                   | A
        142.9            | 110                   | B
    """,
        **SEDIMENT,
    )
    spec(
        bilag2004(gfr_without_previous=False),
        """
        bilag_gfr | bilag_gfr_prev | bilag_renal | bilag_renal_worst
        40        |                | E           | E
        40        | 51             | B           | B
    """,
        **{**QUIET, "bilag_creatinine": None},
    )
    spec(
        bilag2004(dipstick_without_previous=1),
        """
        bilag_urine_dipstick_protein | bilag_renal
        2                            | B
        1                            | C
    """,
        **{**QUIET, "bilag_upcr": None},
    )
    spec(
        bilag2004(attribution="due"),
        """
        bilag_upcr | bilag_upcr_due | bilag_renal | bilag_renal_best
        150        |                | B           | B
        150        | N              | E           | E
    """,
        **QUIET,
    )


def test_choices_on_urine_protein(spec):
    """Protein with none before it, protein that fell, which of several measures counts, one urine for two criteria."""
    spec(
        bilag2004(protein_without_previous="improved"),
        """
        bilag_upcr | bilag_upcr_prev | bilag_renal | bilag_renal_worst
        150        |                 | C           | C
        150        | 150             | B           | B
        24         |                 | E           | E
                   |                 | E           | B
                   | 100             | E           | B
    """,
        **QUIET,
    )
    spec(
        bilag2004(fallen_protein="none"),
        """
        bilag_upcr | bilag_upcr_prev | bilag_renal
        40         | 40              | C
        39.9       | 40              | E
        40.1       | 40              | C
        40         |                 | C
        90         | 95              | B
        70         | 95              | E
    """,
        **QUIET,
    )
    spec(
        bilag2004(protein_methods="first"),
        """
        bilag_urine_protein_24h | bilag_upcr | bilag_uacr | bilag_renal
        0.1                     | 101        |            | E
        0.3                     | 101        | 200        | C
                                | 24         | 200        | E
                                |            | 200        | B
        0.1                     |            | 200        | E
    """,
        **{**QUIET, "bilag_upcr": None},
    )
    spec(
        bilag2004(nephrotic_with_protein="one"),
        """
        bilag_upcr | bilag_nephrotic_syndrome | bilag_active_urinary_sediment | bilag_renal
        400        | yes                      | no                            | B
        400        | yes                      | yes                           | A
        10         | yes                      | yes                           | A
        100        | yes                      | no                            | B
    """,
        **QUIET,
    )


def test_nephrotic_syndrome_and_its_protein_are_two_criteria(spec):
    """From the same urine both count, so that the kidney is A; exactly 100 mg/mmol is no criterion beside it."""
    spec(
        BILAG2004,
        """
        bilag_upcr | bilag_upcr_prev | bilag_nephrotic_syndrome | bilag_renal
        100.1      |                 | yes                      | A
        100        |                 | yes                      | B
        150.1      | 200             | yes                      | A
        150        | 200             | yes                      | B
        149.9      | 200             | yes                      | B
    """,
        **QUIET,
    )


def test_choices_on_function_and_pressure(spec):
    """A first creatinine above 130 or filtration rate below 80; one pressure instead of both."""
    spec(
        bilag2004(function_without_previous=True),
        """
        bilag_creatinine | bilag_gfr | bilag_creatinine_prev | bilag_gfr_prev | bilag_renal | bilag_renal_worst
        130              | 80        |                       |                | E           | E
        130.1            | 80        |                       |                | B           | B
        129.9            | 80        |                       |                | E           | E
        130              | 79.9      |                       |                | B           | B
        131              | 80        | 131                   |                | E           | E
        130              | 79        |                       | 79             | E           | E
                         |           |                       | 40             | E           | B
    """,
        **{**QUIET, "bilag_gfr": None, "bilag_creatinine": None},
    )
    spec(
        bilag2004(pressure="either"),
        """
        bilag_systolic_bp | bilag_diastolic_bp | bilag_systolic_bp_prev | bilag_diastolic_bp_prev | bilag_renal | bilag_renal_worst
        141               | 75                 | 111                    | 75                      | C           | C
        140               | 75                 | 110                    | 75                      | E           | E
        120               | 91                 | 120                    | 76                      | C           | C
        120               | 90                 | 120                    | 75                      | E           | E
        120               |                    | 120                    | 75                      | E           | C
        120               |                    | 120                    |                         | E           | E
    """,
        **QUIET,
    )


def test_albumin_ratio_falls_and_stays_as_the_protein_ratio_does(spec):
    """The quarter rule holds for each measure: 24 h protein, protein ratio, albumin ratio."""
    spec(
        BILAG2004,
        """
        bilag_uacr | bilag_uacr_prev | bilag_urine_protein_24h | bilag_urine_protein_24h_prev | bilag_renal
        150        | 200             |                         |                              | C
        150.1      | 200             |                         |                              | B
        149.9      | 200             |                         |                              | C
        50         | 66.6            |                         |                              | B
        50         | 66.7            |                         |                              | C
                   |                 | 1.5                     | 2                            | C
                   |                 | 1.51                    | 2                            | B
                   |                 | 1.49                    | 2                            | C
                   |                 | 0.5                     | 0.66                         | B
                   |                 | 0.5                     | 0.67                         | C
    """,
        **{**QUIET, "bilag_upcr": None},
    )
