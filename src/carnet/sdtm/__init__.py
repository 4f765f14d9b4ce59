"""From what was entered to SDTM: one table per domain, its qualifiers, its relations, the design of the trial."""

from carnet.sdtm.annotation import annotate
from carnet.sdtm.definitions import definition, definitions
from carnet.sdtm.tables import tabulate

__all__ = ["annotate", "definition", "definitions", "tabulate"]
