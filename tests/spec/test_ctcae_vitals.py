# ruff: noqa: E501  (tables are wide)
"""CTCAE v5.0 on vital signs, ECG, weight and function."""

from __future__ import annotations

from ladder_table import climbs


def test_temperature():
    """Above 40 degrees is 3, and 4 if it lasts more than a day; each scale by its own printed numbers."""
    climbs("""
        term        | test | unit | grades
        Fever       | TEMP | degC | 37.9=0 38=1 39=1 39.1=2 40=2 40.1=3/4
        Fever       | TEMP | degF | 100.3=0 100.4=1 102.2=1 102.25=2 104=2 104.1=3/4
        Fever       | TEMP | C    | 38=1
        Hypothermia | TEMP | degC | 35.1=0 35=2 32.1=2 32=3 28.1=3 28=4
        Hypothermia | TEMP | degF | 95.1=0 95=2 89.7=2 89.6=3 82.5=3 82.4=4
    """)  # fmt: skip


def test_blood_pressure_of_adults():
    """140/90 is grade 2 for a pressure that was normal before; else 1, and 2 by what a clinician knows."""
    climbs("""
        term         | test  | unit | base | age | grades
        Hypertension | SYSBP | mmHg | 118  | 40  | 119=0 120=1 139=1 140=2 159=2 160=3
        Hypertension | SYSBP | mmHg | 139  | 40  | 140=2
        Hypertension | SYSBP | mmHg | 140  | 40  | 119=0 139=1 140=1/2 159=1/2 160=3
        Hypertension | DIABP | mmHg | 70   | 40  | 79=0 80=1 89=1 90=2 91=2 99=2 100=3
        Hypertension | DIABP | mmHg | 90   | 40  | 89=1 90=1/2 99=1/2 100=3
        # a diastolic rise of more than 20 counts if there are symptoms
        Hypertension | DIABP | mmHg | 55   | 40  | 75=0 76=0/2 85=1/2
        Hypertension | SYSBP | mmHg |      | 40  | 110=0! 150=2!
        Hypertension | SYSBP | kPa  | 15   | 40  | 15.9=0 16=1 18.7=2 21.4=3
    """)  # fmt: skip


def test_blood_pressure_without_a_grown_up_patient():
    """Children are graded by percentiles; where the age is unknown an adult is assumed and said so."""
    climbs("""
        term         | test  | unit       | base | age  | grades
        Hypertension | SYSBP | mmHg       | 100  | 17.9 | 110=? 170=?
        Hypertension | SYSBP | mmHg       | 100  | 18   | 110=0 170=3
        Hypertension | SYSBP | mmHg       | 100  |      | 110=0! 170=3!
        Hypertension | SYSBP | percentile |      | 9    | 90=0 91=1 94.9=1 95=2 99=2 99.5=2/3
        Hypertension | SYSBP | percentile |      | 40   | 95=?
    """)  # fmt: skip


def test_oxygen_saturation_at_rest():
    """Below 88 %: 2, at rest 3; where rest is not recorded 2, at worst 3."""
    climbs("""
        term    | test   | unit | at_rest | grades
        Hypoxia | SPO2   | %    |         | 88=0 87.9=2/3
        Hypoxia | OXYSAT | %    | Y       | 88=0 87=3
        Hypoxia | OXYSAT | %    | N       | 88=0 87=2
    """)  # fmt: skip


def test_weight_and_mass():
    climbs("""
        term        | test   | unit  | base | is_baseline | grades
        Weight gain | WEIGHT | kg    | 60   |             | 62.9=0 63=1 65.9=1 66=2 71.9=2 72=3
        Weight loss | WEIGHT | kg    | 60   |             | 57.1=0 57=1 54.1=1 54=2 48.1=2 48=3
        Weight loss | WEIGHT | lb    | 200  |             | 191=0 190=1 180=2 160=3
        Weight gain | WEIGHT | kg    |      |             | 60=?
        Weight gain | WEIGHT | kg    | 60   | Y           | 60=0
        Obesity     | BMI    | kg/m2 |      |             | 24.9=0 25=2 29.9=2 30=3 39.9=3 40=4
    """)  # fmt: skip


def test_qtc_in_whole_milliseconds():
    """By the level, or grade 3 by a rise of more than 60 ms alone."""
    climbs("""
        term                                        | test | unit | base | is_baseline | grades
        Electrocardiogram QT corrected interval prolonged | QTCF | ms | 430 |        | 449.4=0 449.5=1 450=1 480=1 480.4=1 480.5=2 481=2 490=2 491=3 501=3
        Electrocardiogram QT corrected interval prolonged | QTC  | ms | 380 |        | 440=0 441=3 445=3
        Electrocardiogram QT corrected interval prolonged | QTC  | ms |     |        | 440=0! 470=1! 501=3!
        Electrocardiogram QT corrected interval prolonged | QTC  | ms | 380 | Y      | 445=0 470=1
        Electrocardiogram QT corrected interval prolonged | QTC  | s  | 0.41 |       | 0.449=0 0.45=1 0.471=3
    """)  # fmt: skip


def test_heart_and_lung_function():
    climbs("""
        term                               | test   | unit           | lln | base | grades
        Ejection fraction decreased        | LVEF   | %              |     | 55   | 51=0 50=2 45=2 40=2 39=3 35=3 20=3 19=4
        Ejection fraction decreased        | LVEF   | %              |     | 70   | 61=0 60=2 51=2 50=3
        Ejection fraction decreased        | LVEF   | %              |     |      | 51=0! 50=2!
        Forced expiratory volume decreased | FEV1PP | % predicted    |     |      | 99.5=0 99=1 70=1 69=2 60=2 59.5=3 50=3 49.5=4
        Vital capacity abnormal            | VCPP   | % predicted    |     |      | 91=0 90=1 75=1 74=2 50=2 49=3
        Carbon monoxide diffusing capacity decreased | DLCO | mL/min/mmHg | 20 | 22 | 19.1=0 19=1! 17=1! 16.9=2! 14=2! 13.9=3
        Carbon monoxide diffusing capacity decreased | DLCO | mL/min/mmHg | 20 |    | 17.1=0! 17=1! 15=1! 14.9=2! 10=2!
    """)  # fmt: skip
