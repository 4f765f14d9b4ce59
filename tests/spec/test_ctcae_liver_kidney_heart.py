# ruff: noqa: E501  (tables are wide)
"""CTCAE v5.0 on enzymes, bilirubin, creatinine, urine and heart: multiples of the limit or of a high baseline."""

from __future__ import annotations

from ladder_table import climbs


def test_liver_on_a_normal_baseline_by_multiples_of_the_limit():
    climbs("""
        term                                | test | uln | base | base_uln | grades
        Alanine aminotransferase increased  | ALT  | 40  | 20   | 40       | 40=0 40.1=1 120=1 120.1=2 200=2 200.1=3 800=3 800.1=4
        Aspartate aminotransferase increased | AST | 40  | 20   | 40       | 40=0 41=1 120=1 121=2 200=2 201=3 800=3 801=4
        Alkaline phosphatase increased      | ALP  | 100 | 80   | 100      | 100=0 101=1 250=1 251=2 500=2 501=3 2000=3 2001=4
        GGT increased                       | GGT  | 60  | 30   | 60       | 60=0 61=1 150=1 151=2 300=2 301=3 1200=3 1201=4
        Blood bilirubin increased           | BILI | 20  | 10   | 20       | 20=0 20.1=1 30=1 30.1=2 60=2 60.1=3 200=3 200.1=4
        # 3 x 1.1 is 3.3000000000000003 in binary
        Blood bilirubin increased           | BILI | 1.1 | 1    | 1.1      | 3.3=2 3.31=3
    """, specimen="SERUM", unit="U/L")  # fmt: skip


def test_liver_on_a_high_baseline_by_multiples_of_the_baseline():
    """Grade 1 starts at the printed multiple; for bilirubin above the baseline itself."""
    climbs("""
        term                                | test | uln | base | base_uln | grades
        Alanine aminotransferase increased  | ALT  | 40  | 80   | 40       | 100=0 119=0 120=1 240=1 241=2 400=2 401=3 1600=3 1601=4
        Aspartate aminotransferase increased | AST | 40  | 60   | 40       | 89=0 90=1 180=1 181=2 300=2 301=3 1200=3 1201=4
        Alkaline phosphatase increased      | ALP  | 100 | 200  | 100      | 399=0 400=1 500=1 501=2 1000=2 1001=3 4000=3 4001=4
        GGT increased                       | GGT  | 60  | 100  | 60       | 199=0 200=1 250=1 251=2 500=2 501=3 2000=3 2001=4
        Blood bilirubin increased           | BILI | 20  | 30   | 20       | 30=0 30.1=1 45=1 45.1=2 90=2 90.1=3 300=3 300.1=4
        # the limit of the day plays no part, and need not be there
        Alanine aminotransferase increased  | ALT  |     | 80   | 40       | 100=0 120=1
    """, specimen="SERUM", unit="U/L")  # fmt: skip


def test_the_status_of_the_baseline_is_that_of_its_own_record():
    climbs("""
        term                               | test | uln | base | base_uln | base_indicator | is_baseline | grades
        # high against its own limit, though not against today's
        Alanine aminotransferase increased | ALT  | 90  | 80   | 40       |                |             | 100=0 120=1
        # normal against its own limit, high against today's
        Alanine aminotransferase increased | ALT  | 40  | 50   | 55       |                |             | 60=1
        # the indicator stands in for limits that are not at hand; limits come first
        Alanine aminotransferase increased | ALT  | 40  | 80   |          | HIGH           |             | 100=0 120=1
        Alanine aminotransferase increased | ALT  | 40  |      |          | NORMAL         |             | 100=1
        Alanine aminotransferase increased | ALT  | 40  | 80   | 40       | NORMAL         |             | 100=0
        # below its limits is not above them
        Alanine aminotransferase increased | ALT  | 40  | 4    |          | LOW            |             | 100=1
        # missing, or without its limits: the limit of the day, to be reviewed
        Alanine aminotransferase increased | ALT  | 40  |      |          |                |             | 30=0! 100=1!
        Alanine aminotransferase increased | ALT  | 40  | 80   |          |                |             | 100=1!
        Alanine aminotransferase increased | ALT  | 40  |      |          | HIGH           |             | 100=1!
        # the baseline record is not graded against itself
        Alanine aminotransferase increased | ALT  | 40  | 80   | 40       |                | Y           | 80=1 121=2
    """, specimen="SERUM", unit="U/L")  # fmt: skip


def test_enzymes():
    """Lipase and amylase beyond twice the limit are one grade higher with symptoms."""
    climbs("""
        term                                 | test    | lln | uln | grades
        Blood lactate dehydrogenase increased | LDH    |     | 250 | 250=0 251=1 9999=1
        CPK increased                        | CK      |     | 200 | 200=0 201=1 500=1 501=2 1000=2 1001=3 2000=3 2001=4
        Lipase increased                     | LIPASE  |     | 60  | 60=0 61=1 90=1 91=2 120=2 121=2/3 300=2/3 301=3/4
        Serum amylase increased              | AMYLASE |     | 100 | 100=0 101=1 150=1 151=2 200=2 201=2/3 500=2/3 501=3/4
        Pancreatic enzymes decreased         | PANCENZ | 10  |     | 10=0 9=1!
        # the manufacturer's cut-off is not at hand
        Cardiac troponin I increased         | TROPONI |     | 34  | 34=0 35=1/3
        Cardiac troponin T increased         | TROPONT |     | 14  | 14=0 15=1/3
    """, specimen="SERUM", unit="U/L")  # fmt: skip


def test_creatinine_by_its_limit_or_its_baseline_whichever_is_higher():
    """Printed without a condition, the baseline branch grades values below the limit: to be reviewed."""
    climbs("""
        term                 | test  | unit   | uln | base | is_baseline | grades
        Creatinine increased | CREAT | umol/L | 100 | 100  |             | 100=0 101=1 150=1 151=2 300=2 301=3 600=3 601=4
        Creatinine increased | CREAT | umol/L | 100 | 50   |             | 75=0 76=2! 100=2! 150=2! 151=3! 301=3 601=4
        Creatinine increased | CREAT | umol/L | 100 |      |             | 99=0! 101=1! 301=3!
        Creatinine increased | CREAT | umol/L | 100 | 50   | Y           | 80=0 101=1
        Creatinine increased | CREAT | mg/dL  | 1.2 | 1.2  |             | 1.2=0 1.3=1 1.8=1 1.81=2
        # without a limit the baseline alone cannot say that nothing is met
        Creatinine increased | CREAT | umol/L |     | 50   |             | 60=? 76=? 151=?
    """, specimen="SERUM")  # fmt: skip


def test_kidney_and_urine():
    """One low filtration rate does not make a chronic disease; adults have no criterion by protein/creatinine."""
    climbs("""
        term                   | test    | unit          | specimen | lln | uln  | age | grades
        Chronic kidney disease | EGFR    | mL/min/1.73m2 | SERUM    | 90  |      |     | 90=0 89=0/1 60=0/1 59.9=0/2 30=0/2 29=0/3 15=0/3 14=0/4
        Chronic kidney disease | UPCR    | g/g           | URINE    |     |      | 40  | 0.5=0 0.51=0/1
        Proteinuria            | PROT24  | g/24h         | URINE    |     | 0.15 | 40  | 0.14=0 0.15=1 0.99=1 1=2 3.49=2 3.5=3
        Proteinuria            | PROT24  | mg/24h        | URINE    |     | 150  | 40  | 149=0 150=1 1000=2 3500=3
        Proteinuria            | PROTDIP | plus          | URINE    |     |      | 40  | 0=0 1=1 2=2 3=2 4=3
        Proteinuria            | PROTDIP |               | URINE    |     |      | 40  | 1=1
        Proteinuria            | UPCR    | g/g           | URINE    |     |      | 40  | 0.1=? 3=?
        Proteinuria            | UPCR    | g/g           | URINE    |     |      | 10  | 0.49=0 0.5=2 1.9=2 1.91=3
        Proteinuria            | UPCR    | mg/mmol       | URINE    |     |      | 10  | 56=0 57=2 216=3
        # a child below an adult's criterion is graded, one that meets it is not
        Proteinuria            | PROT24  | g/24h         | URINE    |     | 0.15 | 10  | 0.1=0 0.5=1 1=? 4=?
        Proteinuria            | PROTDIP | plus          | URINE    |     |      | 10  | 1=1 2=?
        # age unknown: adult, to be reviewed
        Proteinuria            | PROT24  | g/24h         | URINE    |     | 0.15 |     | 0.1=0! 1=2!
        Urine output decreased | UROUT8  | mL/8h         | URINE    |     |      | 40  | 80=0 79=3
        Urine output decreased | UROUT24 | mL/24h        | URINE    |     |      | 40  | 240=0 239=4
        Urine output decreased | UROUT24 | mL/24h        | URINE    |     |      | 10  | 500=? 100=?
    """)  # fmt: skip
