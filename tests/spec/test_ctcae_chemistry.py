# ruff: noqa: E501  (tables are wide)
"""CTCAE v5.0 on electrolytes, metabolism and gases: on, below and above every printed boundary."""

from __future__ import annotations

from ladder_table import climbs


def test_potassium_and_sodium():
    """Hypokalaemia and a sodium of 125 to 129 are one grade higher with symptoms."""
    climbs("""
        term           | test   | unit   | lln | uln | grades
        Hyperkalemia   | K      | mmol/L |     | 5   | 5=0 5.1=1 5.5=1 5.51=2 6=2 6.01=3 7=3 7.01=4
        Hypokalemia    | K      | mmol/L | 3.5 |     | 3.5=0 3.4=1/2 3=1/2 2.99=3 2.5=3 2.49=4
        Hypokalemia    | K      | mEq/L  | 3.5 |     | 3.5=0 3.4=1/2 2.9=3
        Hypernatremia  | SODIUM | mmol/L |     | 145 | 145=0 146=1 150=1 151=2 155=2 156=3 160=3 161=4
        Hyponatremia   | SODIUM | mmol/L | 136 |     | 136=0 135=1 130=1 129.5=2/3 129=2/3 125=2/3 124.9=3 120=3 119=4
    """, specimen="SERUM")  # fmt: skip


def test_calcium_and_magnesium():
    climbs("""
        term                    | test   | unit   | lln  | uln  | grades
        Hypercalcemia           | CACORR | mmol/L |      | 2.6  | 2.6=0 2.61=1 2.9=1 2.91=2 3.1=2 3.11=3 3.4=3 3.41=4
        Hypercalcemia           | CACORR | mg/dL  |      | 10.4 | 10.4=0 10.5=1 11.5=1 11.6=2 12.5=2 12.6=3 13.5=3 13.6=4
        Hypocalcemia            | CACORR | mmol/L | 2.15 |      | 2.15=0 2.14=1 2=1 1.99=2 1.75=2 1.74=3 1.5=3 1.49=4
        Hypocalcemia            | CACORR | mg/dL  | 8.6  |      | 8.6=0 8.5=1 8=1 7.9=2 7=2 6.9=3 6=3 5.9=4
        Hypercalcemia (ionized) | CAION  | mmol/L |      | 1.3  | 1.3=0 1.31=1 1.5=1 1.51=2 1.6=2 1.61=3 1.8=3 1.81=4
        Hypercalcemia (ionized) | CAION  | mg/dL  |      | 5.2  | 5.2=0 6=1 6.1=2 6.4=2 6.5=3 7.2=3 7.3=4
        Hypocalcemia (ionized)  | CAION  | mmol/L | 1.15 |      | 1.15=0 1.14=1 1=1 0.99=2 0.9=2 0.89=3 0.8=3 0.79=4
        Hypocalcemia (ionized)  | CAION  | mg/dL  | 4.6  |      | 4.6=0 4=1 3.9=2 3.6=2 3.5=3 3.2=3 3.1=4
        Hypermagnesemia         | MG     | mmol/L |      | 1.05 | 1.05=0 1.06=1 1.23=1 1.24=3 3.3=3 3.31=4
        Hypermagnesemia         | MG     | mg/dL  |      | 2.6  | 2.6=0 3=1 3.1=3 8=3 8.1=4
        Hypomagnesemia          | MG     | mmol/L | 0.7  |      | 0.7=0 0.69=1 0.5=1 0.49=2 0.4=2 0.39=3 0.3=3 0.29=4
        Hypomagnesemia          | MG     | mg/dL  | 1.7  |      | 1.7=0 1.2=1 1.1=2 0.9=2 0.8=3 0.7=3 0.6=4
        # 1 mEq/L of calcium or magnesium is half a millimole
        Hypocalcemia            | CACORR | mEq/L  | 4.3  |      | 4.3=0 4.2=1 3.9=2
        Hypomagnesemia          | MG     | mEq/L  | 1.4  |      | 1.4=0 1=1 0.9=2
    """, specimen="SERUM")  # fmt: skip


def test_total_calcium_is_graded_as_it_is_and_reviewed():
    climbs("""
        term          | test | unit   | lln  | uln | grades
        Hypocalcemia  | CA   | mmol/L | 2.15 | 2.6 | 2.2=0! 1.9=2!
        Hypercalcemia | CA   | mmol/L | 2.15 | 2.6 | 2.2=0! 3=2!
    """, specimen="SERUM")  # fmt: skip


def test_glucose_and_lipids():
    """v5.0 has no number for a high glucose beyond grade 1; triglycerides start at the printed number."""
    climbs("""
        term                 | test | unit   | lln | uln | base | grades
        Hypoglycemia         | GLUC | mmol/L | 3.9 |     |      | 3.9=0 3.89=1 3=1 2.99=2 2.2=2 2.19=3 1.7=3 1.69=4
        Hypoglycemia         | GLUC | mg/dL  | 70  |     |      | 70=0 69=1 55=1 54=2 40=2 39=3 30=3 29=4
        Hyperglycemia        | GLUC | mmol/L |     | 5.6 | 5    | 5.6=0 5.7=1! 30=1!
        Hyperglycemia        | GLUC | mmol/L |     | 5.6 | 9    | 9=0 9.1=1!
        Hypertriglyceridemia | TRIG | mmol/L |     | 2.3 |      | 1.7=0 1.71=1 3.42=1 3.43=2 5.7=2 5.71=3 11.4=3 11.41=4
        Hypertriglyceridemia | TRIG | mg/dL  |     |     |      | 149=0 150=1 300=1 301=2 500=2 501=3 1000=3 1001=4
        Cholesterol high     | CHOL | mmol/L |     | 5.2 |      | 5.2=0 5.3=1 7.75=1 7.76=2 10.34=2 10.35=3 12.92=3 12.93=4
        Cholesterol high     | CHOL | mg/dL  |     | 200 |      | 200=0 201=1 300=1 301=2 400=2 401=3 500=3 501=4
    """, specimen="SERUM")  # fmt: skip


def test_the_rest_of_the_chemistry():
    """Urate is 1, or 3 with physiological consequences; phosphate has no number beyond grade 1."""
    climbs("""
        term                                  | test   | unit   | specimen | lln  | uln  | grades
        Hyperuricemia                         | URATE  | umol/L | SERUM    |      | 420  | 420=0 421=1/3 900=1/3
        Hypoalbuminemia                       | ALB    | g/L    | SERUM    | 35   |      | 35=0 34.9=1 30=1 29.9=2 20=2 19.9=3
        Hypoalbuminemia                       | ALB    | g/dL   | SERUM    | 3.5  |      | 3.5=0 3.4=1 3=1 2.9=2 2=2 1.9=3
        Blood bicarbonate decreased           | BICARB | mmol/L | SERUM    | 22   |      | 22=0 21.9=1 5=1
        Hypophosphatemia                      | PHOS   | mmol/L | SERUM    | 0.8  | 1.45 | 0.8=0 0.79=1! 0.2=1!
        Hyperphosphatemia                     | PHOS   | mmol/L | SERUM    | 0.8  | 1.45 | 1.45=0 1.46=1!
        Thyroid stimulating hormone increased | TSH    | mIU/L  | SERUM    |      | 4.2  | 4.2=0 4.3=1 80=1
        Acidosis                              | PH     | pH     | BLOOD    | 7.35 |      | 7.35=0 7.34=1 7.3=1 7.29=3
        Alkalosis                             | PH     |        | BLOOD    |      | 7.45 | 7.45=0 7.46=1 7.5=1 7.51=3
        Hypoxia                               | PO2    | mmHg   | ARTERIAL BLOOD | |     | 56=0 55=3! 40=3!
        Hypoxia                               | PO2    | kPa    | ARTERIAL BLOOD | |     | 7.4=0 7.3=3!
        # none at all is azoospermia, another term
        Oligospermia                          | SPERM  | 10^6/mL | SEMEN   |      |      | 15=0 14.9=1 0.1=1 0=0
    """)  # fmt: skip
