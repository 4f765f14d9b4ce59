"""Physician global assessment: one scale, from 0 to 3."""

from __future__ import annotations

import pytest

from carnet.core.errors import DefinitionError, InputError
from carnet.instruments import PGA
from carnet.instruments.pga import pga


@pytest.mark.parametrize("value", ["0", "0.01", "2.99", "3", "3.00"])
def test_the_ends_of_the_scale_belong_to_it(value: str) -> None:
    assert PGA.score({"pga": [value]})["pga"].to_list() == [value]


@pytest.mark.parametrize("value", ["-0.01", "3.01", "34", "good"])
def test_what_lies_outside_is_refused_and_named(value: str) -> None:
    with pytest.raises(InputError, match=r"subject 1007.*pga is .*from 0 to 3"):
        PGA.score({"subject": ["1007"], "pga": [value]})


@pytest.mark.parametrize(
    ("scale", "mark", "value"),
    [
        (100, 0, 0),
        (100, 10, 0.3),
        (100, 34, 1.02),
        (100, 100, 3),
        (10, 1, 0.3),
        (10, 10, 3),
        (100, None, None),
    ],
)
def test_a_longer_line_is_converted(scale: int, mark: float | None, value: float | None) -> None:
    assert pga(scale=scale).score({"pga_mark": [mark]})["pga"].to_list() == [value]


def test_a_mark_beyond_the_line_is_refused() -> None:
    with pytest.raises(InputError, match=r"pga_mark is 10\.1"):
        pga(scale=10).score({"pga_mark": [10.1]})


def test_other_lines_are_refused() -> None:
    with pytest.raises(DefinitionError, match="scale = 5 is not one of 3, 10, 100"):
        pga(scale=5)


def test_the_form_takes_hundredths() -> None:
    (item,) = PGA.form.items
    assert (item.low, item.high, item.decimals) == (0, 3, 2)
