"""Units: what converts to what, exactly, and what is refused."""

from __future__ import annotations

import pytest

from carnet.core.units import UnitError, conversion, convert, unit

EXACT = [
    # value, unit, in unit, test, expected
    (7.8, "g/dL", "g/L", "HGB", 78),
    (100, "g/L", "mmol/L", "HGB", 6.206),
    (1, "mg/dL", "umol/L", "CREAT", 88.4),
    (88.4, "µmol/L", "mg/dL", "CREAT", 1),
    (1, "mg/dL", "umol/L", "BILI", 17.1),
    (10, "mg/dL", "mmol/L", "CA", 2.495),
    (4, "mg/dL", "mmol/L", "CAION", 1),
    (4, "meq/L", "mmol/L", "K", 4),
    (5, "mEq/L", "mmol/L", "CA", 2.5),
    (2, "mEq/L", "mmol/L", "MG", 1),
    (1500, "/uL", "10^9/L", "NEUT", 1.5),
    (1500, "10^3/mL", "10^9/L", "NEUT", 1.5),
    (250, "K/uL", "10^9/L", "PLAT", 250),
    (200, "mg/dL", "g/L", "FIBRINO", 2),
    (104, "degF", "degC", "TEMP", 40),
    (37, "C", "F", "TEMP", 98.6),
    (8, "kPa", "mmHg", "PO2", 60.0049260677),
    (0.5, "g/g", "mg/mmol", "UPCR", 56.5610859729),
    (113.12, "mg/mmol", "g/g", "UPCR", 0.9999808),
    (220.462262184878, "lb", "kg", "WEIGHT", 100),
    (500, "mg/day", "g/24h", "PROT24", 0.5),
]


@pytest.mark.parametrize(("value", "given", "wanted", "test", "expected"), EXACT)
def test_a_value_converts_without_binary_noise(value, given, wanted, test, expected):
    assert convert(value, given, wanted, test) == expected


@pytest.mark.parametrize(
    ("given", "wanted", "test"),
    [
        ("mEq/L", "mmol/L", ""),  # a charge is no amount until the ion is named
        ("mEq/L", "mmol/L", "GLUC"),
        ("mg/dL", "mmol/L", ""),
        ("mg/dL", "umol/L", "ALT"),
        ("g/L", "degC", "HGB"),
        ("%", "10^9/L", "LYM"),
    ],
)
def test_what_does_not_measure_the_same_is_refused(given, wanted, test):
    with pytest.raises(UnitError, match="does not convert"):
        conversion(given, wanted, test)


def test_an_unknown_unit_is_refused_by_name():
    with pytest.raises(UnitError, match="'furlong' is not known"):
        unit("furlong")


def test_every_conversion_has_its_way_back():
    for value, given, wanted, test, _ in EXACT:
        there = convert(value, given, wanted, test)
        assert convert(there, wanted, given, test) == pytest.approx(value, rel=1e-9)
