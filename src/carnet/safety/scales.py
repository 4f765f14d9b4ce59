"""The scales of cell-therapy toxicity, written out."""

from carnet.core.rule import Rule
from carnet.safety.crs import CRS
from carnet.safety.gvhd import GVHD
from carnet.safety.icans import ICANS
from carnet.safety.ice import ICE
from carnet.safety.iec_hs import IEC_HS, IEC_HS_GRADE
from carnet.safety.reaction import INFECTION, REACTION

SCALES = (CRS, ICE, ICANS, GVHD, IEC_HS_GRADE, REACTION, INFECTION)
"""Every scale whose row is one assessment."""

SIGNALS: dict[str, Rule] = {"iechs": IEC_HS}
"""Conditions that ask for a physician's judgement."""
