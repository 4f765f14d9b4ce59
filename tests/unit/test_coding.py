"""Events coded by a tiny invented dictionary in the layout of MedDRA's files, and the words of CTCAE's publisher."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from carnet.core.errors import InputError
from carnet.exchange import definitions, meddra, write
from carnet.safety.coding import LEVELS, code
from carnet.safety.terms import terms

INVENTED = {
    "llt.asc": "901$Mauve nose$801$$$$$$$Y$$\n902$Nose, mauve$801$$$$$$$Y$$\n903$Nasal mauvitis$801$$$$$$$N$$\n"
    "904$Humming ear$802$$$$$$$Y$$\n",
    "pt.asc": "801$Mauve nose$$501$$$$$$$$\n802$Humming ear$$502$$$$$$$$\n",
    "hlt.asc": "701$Nose colours$$$$$$$$\n702$Ear noises$$$$$$$$\n",
    "hlgt.asc": "601$Noses$$$$$$$$\n602$Ears$$$$$$$$\n",
    "soc.asc": "501$Colour disorders$Col$$$$$$$$\n502$Noise disorders$Noi$$$$$$$$\n",
    "mdhier.asc": "801$701$601$501$Mauve nose$Nose colours$Noses$Colour disorders$Col$$501$Y$\n"
    "801$702$602$502$Mauve nose$Ear noises$Ears$Noise disorders$Noi$$501$N$\n"
    "802$702$602$502$Humming ear$Ear noises$Ears$Noise disorders$Noi$$502$Y$\n",
}
"""A dictionary of two preferred terms, one of them in two classes; nothing of it is MedDRA's."""


@pytest.fixture
def release(tmp_path) -> Path:
    folder = tmp_path / "MedAscii"
    folder.mkdir()
    for name, text in INVENTED.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_a_wording_is_coded_where_it_is_a_current_term_and_not_otherwise(release):
    """In any case; by the primary path; an old term, a wording that is none and an empty one stay uncoded."""
    ae = {"AETERM": ["MAUVE  nose", "nose, mauve", "Nasal mauvitis", "mauve noses", None, "humming ear"]}
    coded, said = code(ae, meddra.read(release))
    assert coded.select(LEVELS).rows()[:2] == [
        (llt, number, "Mauve nose", "801", "Nose colours", "701", "Noses", "601", "Colour disorders", "501")
        for llt, number in (("Mauve nose", "901"), ("Nose, mauve", "902"))
    ]
    assert coded["AELLTCD"].to_list() == ["901", "902", None, None, None, "904"]
    assert coded["AESOC"][5] == "Noise disorders"
    assert said == [
        "1 event is not coded: Nasal mauvitis (the term is no longer current)",
        "1 event is not coded: mauve noses (no such term)",
    ]


def test_the_studys_own_synonyms_count_and_never_against_each_other(release):
    own = {"verbatim": ["Purple Nose", "odd"], "llt": ["mauve nose", "no such"]}
    coded, said = code({"AETERM": ["purple nose", "odd"]}, meddra.read(release), own)
    assert coded["AELLTCD"].to_list() == ["901", None]
    assert said == ["1 event is not coded: odd (no such term)"]
    with pytest.raises(InputError, match="'odd' two terms"):
        code({"AETERM": ["odd"]}, meddra.read(release), {"verbatim": ["odd", "ODD"], "llt": ["a", "b"]})
    with pytest.raises(InputError, match="no column verbatim"):
        code({"AETERM": ["odd"]}, meddra.read(release), {"llt": ["a"]})


DAMAGES = {
    "a file is absent": ("hlt.asc", None, "has no hlt.asc"),
    "a line is cut": ("llt.asc", "901$Mauve nose\n", r"llt.asc, line 1: 10 cells"),
    "a term without path": ("mdhier.asc", "", "'Mauve nose' leads to no preferred term or class"),
    "two primary classes": (
        "mdhier.asc",
        INVENTED["mdhier.asc"].replace("$501$N$", "$501$Y$"),
        "gives 801 two primary classes",
    ),
    "not in this encoding": ("pt.asc", b"801$\xff\xfe", "is no utf-8 text"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_release_is_refused(release, damage):
    file, content, says = DAMAGES[damage]
    if content is None:
        (release / file).unlink()
    else:
        (release / file).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError, match=says):
        meddra.read(release)


def test_columns_that_are_there_or_are_not(release):
    with pytest.raises(InputError, match="AELLT"):
        code({"AETERM": ["x"], "AELLT": ["x"]}, meddra.read(release))
    with pytest.raises(InputError, match="no column 'AETERM'"):
        code({"term": ["x"]}, meddra.read(release))
    assert code({"term": ["Humming ear"]}, meddra.read(release), column="term")[0]["AEPTCD"].to_list() == [
        "802"
    ]


def workbook(path: Path, **changes: str) -> Path:
    """Write a workbook as CTCAE's publisher lays it out, with invented words, for the first three terms."""
    rows = []
    for term in terms()[:3]:
        grades = {
            f"Grade {g}": f"words {g} of {term.code}" if g in term.grades else " -" for g in range(1, 6)
        }
        rows.append({"MedDRA Code": int(term.code), "MedDRA SOC": term.soc, "CTCAE Term": term.term, **grades,
                     "Definition": "What it is.", "Navigational Note": "-", **changes})  # fmt: skip
    write(pl.DataFrame(rows), path)
    return path


def test_the_publishers_words_are_read_by_code(tmp_path):
    found = definitions.read(workbook(tmp_path / "ctcae.xlsx"))
    first = terms()[0]
    assert set(found) == {term.code for term in terms()[:3]}
    assert found[first.code].described() == [
        *(f"  Grade {g}: words {g} of {first.code}" for g in first.grades),
        "  Definition: What it is.",
    ]


def test_another_version_and_another_workbook_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"has the grades 1, 2, 3, 4; in v5.0 it has 1, 2, 3, 4, 5"):
        definitions.read(workbook(tmp_path / "ctcae.xlsx", **{"Grade 5": "-"}))
    write(pl.DataFrame({"a": [1]}), tmp_path / "other.xlsx")
    with pytest.raises(InputError, match="no column grade 1"):
        definitions.read(tmp_path / "other.xlsx")
    with pytest.raises(InputError, match="holds no term"):
        definitions.read(workbook(tmp_path / "ctcae.xlsx", **{"MedDRA Code": "1"}))
