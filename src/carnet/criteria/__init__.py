"""The criteria: what counts as response, remission and low disease activity."""

from carnet.core.rule import Rule
from carnet.criteria.doris import DORIS
from carnet.criteria.lldas import LLDAS
from carnet.criteria.sri4 import SRI4, SRI5, SRI6, SRI7, SRI8

CRITERIA: dict[str, Rule] = {
    "sri4": SRI4,
    "sri5": SRI5,
    "sri6": SRI6,
    "sri7": SRI7,
    "sri8": SRI8,
    "doris": DORIS,
    "lldas": LLDAS,
}
"""Every criterion by its id, written out."""

__all__ = ["CRITERIA", "DORIS", "LLDAS", "SRI4", "SRI5", "SRI6", "SRI7", "SRI8"]
