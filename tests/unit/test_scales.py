"""The scales and the forms of the study ask the same questions."""

from __future__ import annotations

import pytest

from carnet.safety.scales import SCALES
from carnet.study import read

ASKED = read().items


@pytest.mark.parametrize("scale", SCALES, ids=lambda scale: scale.id)
def test_a_question_of_a_scale_is_that_of_the_form(scale):
    """Type, answers and limits; a form may leave a question out."""
    both = [(item, ASKED[item.id]) for item in scale.inputs.items if item.id in ASKED]
    for own, form in both:
        assert (own.type, own.choices, own.low, own.high) == (form.type, form.choices, form.low, form.high), (
            own.id
        )
    assert both or scale.id == "iechs_grade"
