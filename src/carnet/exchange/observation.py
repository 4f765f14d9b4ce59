"""The class of a CDISC table, read off its variables as the implementation guides define it."""

from __future__ import annotations

from carnet.core.dataset import Dataset

DESIGN = frozenset({"TA", "TE", "TI", "TS", "TV", "TD", "TM"})
SPECIAL = frozenset({"DM", "SE", "SV", "CO", "SM"})


def observation_class(dataset: Dataset) -> str:
    """Return the class by the topic variable: a test, a term, a treatment, a parameter.

    >>> from carnet.core.dataset import Variable
    >>> observation_class(Dataset("ZB", "", (), (Variable("ZBTESTCD", "", "text"),)))
    'FINDINGS'
    """
    names, name = {variable.name for variable in dataset.variables}, dataset.name
    if name in DESIGN:
        return "TRIAL DESIGN"
    if name in SPECIAL:
        return "SPECIAL PURPOSE"
    if name == "RELREC" or name.startswith("SUPP"):
        return "RELATIONSHIP"
    if name == "ADSL":
        return "SUBJECT LEVEL ANALYSIS DATASET"
    if "PARAMCD" in names:
        return "BASIC DATA STRUCTURE"
    if name.startswith("AD"):
        return "OCCURRENCE DATA STRUCTURE"
    for topic, kind in (("TESTCD", "FINDINGS"), ("TERM", "EVENTS"), ("TRT", "INTERVENTIONS")):
        if f"{name}{topic}" in names:
            return kind
    return "SPECIAL PURPOSE"
