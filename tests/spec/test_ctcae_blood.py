# ruff: noqa: E501  (tables are wide)
"""CTCAE v5.0 on blood counts and clotting: on, below and above every printed boundary."""

from __future__ import annotations

from ladder_table import climbs


def test_haemoglobin_and_counts_that_fall():
    """Below the lower limit grade 1, then at the printed numbers; the number nearest to normal is left out."""
    climbs("""
        term                       | test | unit   | lln  | grades
        Anemia                     | HGB  | g/L    | 120  | 121=0 120=0 119.9=1 100=1 99.9=2 80=2 79.9=3 0=3
        Anemia                     | HGB  | g/dL   | 12   | 12=0 11.9=1 10=1 9.9=2 8=2 7.9=3
        Anemia                     | HGB  | mmol/L | 7.45 | 7.45=0 7.4=1 6.2=1 6.19=2 4.9=2 4.89=3
        White blood cell decreased | WBC  | 10^9/L | 4    | 4=0 3.99=1 3=1 2.99=2 2=2 1.99=3 1=3 0.99=4 0=4
        White blood cell decreased | WBC  | /uL    | 4000 | 4000=0 3999=1 3000=1 2999=2 2000=2 1999=3 1000=3 999=4
        Neutrophil count decreased | NEUT | 10^9/L | 2    | 2=0 1.99=1 1.5=1 1.49=2 1=2 0.99=3 0.5=3 0.49=4
        Neutrophil count decreased | NEUT | /uL    | 2000 | 2000=0 1500=1 1499=2 1000=2 999=3 500=3 499=4
        Lymphocyte count decreased | LYM  | 10^9/L | 1.1  | 1.1=0 1.09=1 0.8=1 0.79=2 0.5=2 0.49=3 0.2=3 0.19=4
        Lymphocyte count decreased | LYM  | /uL    | 1100 | 1100=0 800=1 799=2 500=2 499=3 200=3 199=4
        CD4 lymphocytes decreased  | CD4  | 10^9/L | 0.6  | 0.6=0 0.59=1 0.5=1 0.49=2 0.2=2 0.19=3 0.05=3 0.049=4
        CD4 lymphocytes decreased  | CD4  | /uL    | 600  | 600=0 500=1 499=2 200=2 199=3 50=3 49=4
        Platelet count decreased   | PLAT | 10^9/L | 125  | 125=0 124=1 75=1 74=2 50=2 49=3 25=3 24=4
        Platelet count decreased   | PLAT | /uL    | 125000 | 125000=0 75000=1 74999=2 50000=2 49999=3 25000=3 24999=4
    """, specimen="BLOOD")  # fmt: skip


def test_counts_that_rise():
    """Leukocytosis and lymphocytes know no upper limit of normal, and no grade 1."""
    climbs("""
        term                       | test | unit   | uln | base | grades
        Hemoglobin increased       | HGB  | g/L    | 160 |      | 160=0 160.1=1 180=1 180.1=2 200=2 200.1=3
        Hemoglobin increased       | HGB  | g/dL   | 16  |      | 16=0 16.1=1 18=1 18.1=2 20=2 20.1=3
        Leukocytosis               | WBC  | 10^9/L | 10  |      | 30=0 100=0 100.1=3
        Leukocytosis               | WBC  | /uL    |     |      | 100000=0 100001=3
        Lymphocyte count increased | LYM  | 10^9/L | 3.2 |      | 3.9=0 4=0 4.01=2 20=2 20.1=3
        Lymphocyte count increased | LYM  | /uL    |     |      | 4000=0 4001=2 20000=2 20001=3
        Methemoglobinemia          | METHGB | %    | 1.5 |      | 1.5=0 1.6=2
        # above its limit and above baseline as well
        Eosinophilia               | EOS  | 10^9/L | 0.5 | 0.2  | 0.5=0 0.51=1 3=1
        Eosinophilia               | EOS  | 10^9/L | 0.5 | 0.8  | 0.7=0 0.8=0 0.81=1
        Eosinophilia               | EOS  | 10^9/L | 0.5 | 0    | 0.5=0 0.51=1
        Eosinophilia               | EOS  | 10^9/L | 0.5 |      | 0.5=0! 0.51=1!
    """, specimen="BLOOD")  # fmt: skip


def test_a_limit_inside_the_printed_numbers():
    """Printed numbers grade even what lies within the laboratory's limits; grade 1 is then empty."""
    climbs("""
        term                       | test | unit   | lln | grades
        Neutrophil count decreased | NEUT | 10^9/L | 1.2 | 1.6=0 1.5=0 1.49=2 1.3=2
        Anemia                     | HGB  | g/L    | 95  | 100=0 99=2 96=2
    """, specimen="BLOOD")  # fmt: skip


def test_clotting():
    climbs("""
        term                                            | test | unit  | lln | uln | base | grades
        Activated partial thromboplastin time prolonged | APTT | s     |     | 40  |      | 40=0 40.1=1 60=1 60.1=2 100=2 100.1=3
        # beyond 1.2 whatever the upper limit; on anticoagulation the baseline would count as well
        INR increased                                   | INR  | ratio |     | 1.1 |      | 1.2=0 1.21=1 1.5=1 1.51=2 2.5=2 2.51=3
        INR increased                                   | INR  |       |     | 1.1 |      | 1.21=1
        INR increased                                   | INR  | ratio |     | 1.1 | 0.9  | 0.9=0 1=0/1 1.2=0/1 1.3=1 1.36=1/2 2.26=2/3
    """, specimen="PLASMA")  # fmt: skip


def test_fibrinogen_falls_from_its_limit_or_from_a_low_baseline():
    """Below a normal baseline by parts of the limit, below a low one by percent; under 0.5 g/L always 4."""
    climbs("""
        term                 | test    | unit  | lln | base | base_lln | grades
        Fibrinogen decreased | FIBRINO | g/L   | 2   | 3    | 2        | 2=0 1.99=1 1.5=1 1.49=2 1=2 0.99=3 0.5=3 0.49=4
        Fibrinogen decreased | FIBRINO | mg/dL | 200 | 300  | 200      | 200=0 199=1 150=1 149=2 100=2 99=3 50=3 49=4
        # a limit of 1.6: a quarter of it is below 0.5 g/L, which comes first
        Fibrinogen decreased | FIBRINO | g/L   | 1.6 | 3    | 2        | 0.5=3 0.49=4
        Fibrinogen decreased | FIBRINO | g/L   | 4   | 5    | 4        | 1=3 0.99=4
        Fibrinogen decreased | FIBRINO | g/L   | 2   | 1.6  | 2        | 1.7=0 1.6=0 1.59=1 1.21=1 1.2=2 0.81=2 0.8=3 0.5=3 0.49=4
        Fibrinogen decreased | FIBRINO | g/L   | 2   |      |          | 2=0! 1.9=1! 0.4=4!
        Fibrinogen decreased | FIBRINO | g/L   |     | 1.6  | 2        | 1.2=2 1.7=0
    """, specimen="PLASMA")  # fmt: skip


def test_what_needs_evidence_beside_the_number_is_never_graded_by_it():
    """Haemolysis and febrile neutropenia: grade 0 by the number, the printed grade at worst."""
    climbs("""
        term                 | test   | unit   | lln | base | grades
        Hemolysis            | HGB    | g/L    | 120 | 110  | 91=0 90=0/2 60=0/2
        Hemolysis            | HGB    | g/dL   | 12  | 11   | 9.1=0 9=0/2
        Hemolysis            | HGB    | g/L    | 120 |      | 60=?
        Hemolysis            | HAPTOG | g/L    | 0.3 |      | 0.3=0 0.29=0/1
        Haptoglobin decreased | HAPTOG | g/L   | 0.3 |      | 0.3=0 0.29=1
        Febrile neutropenia  | NEUT   | 10^9/L | 2   |      | 1=0 0.99=0/3
    """, specimen="BLOOD")  # fmt: skip
