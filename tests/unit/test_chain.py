"""The digests of the chain: what they cover, and that another program can repeat them."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.capture import chain

FIELD = st.none() | st.integers(-(2**62), 2**62) | st.text(st.characters(exclude_categories=["Cs"]))


def test_a_digest_is_sha256_of_the_fields_as_json():
    """R5: what an auditor needs to repeat it, in any language: a JSON array without spaces, UTF-8."""
    written = '["a\\"b",null,3,"","发热","line\\n"]'
    assert (
        chain.digest(['a"b', None, 3, "", "发热", "line\n"]) == hashlib.sha256(written.encode()).hexdigest()
    )


@given(st.lists(FIELD, max_size=6), st.lists(FIELD, max_size=6))
def test_different_fields_have_different_digests(one, other):
    """R5: where a field ends, and null against empty text, are part of it."""
    same = [(type(v), v) for v in one] == [(type(v), v) for v in other]
    assert (chain.digest(one) == chain.digest(other)) == same


@pytest.mark.parametrize(
    "change",
    [
        ("t", "2.3", "2.3", ""),
        ("s", "2.4", "2.3", ""),
        ("s", None, "2.3", ""),
        ("s", "2.3", " 2.3", ""),
        ("s", "2.3", "2.3", "r"),
    ],
)
def test_the_digest_of_a_text_covers_salt_value_typed_text_and_reason(change):
    assert chain.content_digest(*change) != chain.content_digest("s", "2.3", "2.3", "")


def test_the_first_layout_stays_as_it_is():
    """Entries keep their digests: a column added later makes another layout, not another meaning of this one."""
    assert chain.LAYOUT == 1
    assert hashlib.sha256(repr(chain.FIELDS).encode()).hexdigest()[:16] == "02d7c5fcd574296e"


def test_a_seal_is_read_as_it_was_printed():
    seal = chain.Seal(60_012, "ab" * 32)
    assert chain.Seal.read(f" {seal}\n") == seal


def test_a_broken_record_says_where():
    place = {"subject": "1001", "visit": "LOG", "form": "adverse_event", "repeat": 2, "item": "ae_term"}
    assert str(chain.Broken(7, "was changed", **place)) == (
        "Entry 7 (subject 1001, visit LOG, form adverse_event, row 2, item ae_term) was changed."
    )
