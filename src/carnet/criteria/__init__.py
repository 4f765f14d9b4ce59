"""The criteria: what counts as response, remission, low disease activity, flare, and as lupus."""

from carnet.core.rule import Rule
from carnet.criteria.bicla import BICLA, BICLA_ELIGIBLE
from carnet.criteria.bilag_flare import BILAG_FLARE
from carnet.criteria.clasi50 import CLASI50, active_at_baseline
from carnet.criteria.doris import DORIS, DORIS_COMPLETE, DORIS_COMPLETE_OFF, DORIS_OFF
from carnet.criteria.eularacr import EULAR_ACR
from carnet.criteria.lldas import LLDAS
from carnet.criteria.renal import NEPHRITIS, RENAL, RENAL_FLARE
from carnet.criteria.selena_flare import SELENA_FLARE, SELENA_MILD, SELENA_SEVERE
from carnet.criteria.sri4 import SRI4, SRI5, SRI6, SRI7, SRI8, attainable
from carnet.criteria.sustained import SUSTAINED
from carnet.criteria.treatment_free import TFR

ELIGIBLE: dict[str, Rule] = {
    **{f"sri{n}": attainable(n) for n in range(4, 9)},
    "bicla": BICLA_ELIGIBLE,
    "clasi50": active_at_baseline(),
    **dict.fromkeys(RENAL, NEPHRITIS),
}
"""Who belongs in the denominator, by the criterion that not every patient can meet."""

CRITERIA: dict[str, Rule] = {
    "sri4": SRI4,
    "sri5": SRI5,
    "sri6": SRI6,
    "sri7": SRI7,
    "sri8": SRI8,
    "bicla": BICLA,
    "doris": DORIS,
    "dorisoff": DORIS_OFF,
    "doriscmp": DORIS_COMPLETE,
    "doriscof": DORIS_COMPLETE_OFF,
    "dorissus": SUSTAINED,
    "tfr": TFR,
    "lldas": LLDAS,
    "bflare": BILAG_FLARE,
    "sfi": SELENA_FLARE,
    "sfi_mm": SELENA_MILD,
    "sfi_sev": SELENA_SEVERE,
    **RENAL,
    "rnflare": RENAL_FLARE,
    "clasi50": CLASI50,
    "eularacr": EULAR_ACR,
    **{rule.id: rule for rule in ELIGIBLE.values()},
}
"""Every criterion by its id, written out."""

__all__ = [
    "BICLA",
    "BILAG_FLARE",
    "CLASI50",
    "CRITERIA",
    "DORIS",
    "DORIS_COMPLETE",
    "DORIS_COMPLETE_OFF",
    "DORIS_OFF",
    "ELIGIBLE",
    "EULAR_ACR",
    "LLDAS",
    "NEPHRITIS",
    "RENAL",
    "RENAL_FLARE",
    "SELENA_FLARE",
    "SELENA_MILD",
    "SELENA_SEVERE",
    "SRI4",
    "SRI5",
    "SRI6",
    "SRI7",
    "SRI8",
    "SUSTAINED",
    "TFR",
]
