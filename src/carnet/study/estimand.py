"""Estimands: what is estimated, and what each event between treatment and visit does to it (ICH E9(R1))."""

from __future__ import annotations

from dataclasses import dataclass

from carnet.core.errors import DefinitionError

STRATEGIES = {
    "treatment-policy": "the value counts as it is, whatever happened",
    "composite": "no response from then on",
    "while-on-treatment": "what follows is left out",
    "hypothetical": "what follows is missing, as if it had not happened",
}
"""What an intercurrent event does to the values after it (iche9r12019)."""

MISSING = {
    "non-response": "counts as non-response",
    "observed": "is left out",
    "response": "counts as response",
}
"""What becomes of a value that is missing."""

EVENTS = {
    "rescue": "Rescue",
    "fewer_infusions": "Fewer infusions than planned",
    "death": "Death",
    "withdrawal": "Withdrawal",
}
"""The intercurrent events, and how they are called."""


@dataclass(frozen=True)
class Estimand:
    """What a result estimates: on whom, of which variable, what each intercurrent event and a missing value do."""

    id: str
    label: str = ""
    label_zh: str = ""
    endpoints: tuple[str, ...] = ()
    population: str = "CARFL"
    variable: str = ""
    rescue: str = "treatment-policy"
    fewer_infusions: str = "treatment-policy"
    death: str = "treatment-policy"
    withdrawal: str = "treatment-policy"
    missing: str = "non-response"
    summary: str = ""
    status: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        for name, words in {**dict.fromkeys(EVENTS, STRATEGIES), "missing": MISSING}.items():
            if getattr(self, name) not in words:
                raise DefinitionError(
                    f"estimands.csv: {self.id} has {getattr(self, name)!r} under {name}; write {', '.join(words)}."
                )

    def events(self, strategy: str) -> tuple[str, ...]:
        """Return the intercurrent events that are met with this strategy."""
        return tuple(event for event in EVENTS if getattr(self, event) == strategy)


USUAL = (
    Estimand("REGISTERED", "As registered"),
    Estimand("COMPOSITE", "Rescue is non-response", rescue="composite"),
)
"""The estimands of response in a study that names none."""
