"""Measured outcomes of lupus on any table: proteinuria, titres, antibodies, complement, glucocorticoid dose."""

from carnet.core.parameter import Parameters
from carnet.measures import complement, glucocorticoid, proteinuria, titre
from carnet.measures.antibody import with_antibody
from carnet.measures.complement import with_complement
from carnet.measures.glucocorticoid import current_dose, daily_dose, read_log
from carnet.measures.proteinuria import method_at_baseline, with_proteinuria, with_proteinuria_change
from carnet.measures.titre import with_titre, with_titre_change

MEASURES: dict[str, Parameters] = {
    module.PARAMETERS.of: module.PARAMETERS for module in (titre, proteinuria, complement, glucocorticoid)
}
"""The parameters of the measured outcomes, by the outcome."""

__all__ = [
    "MEASURES",
    "current_dose",
    "daily_dose",
    "method_at_baseline",
    "read_log",
    "with_antibody",
    "with_complement",
    "with_proteinuria",
    "with_proteinuria_change",
    "with_titre",
    "with_titre_change",
]
