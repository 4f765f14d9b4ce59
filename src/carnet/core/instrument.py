"""An instrument: a form that scores."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from carnet.core.bounds import Bounds
from carnet.core.errors import DefinitionError, InputError
from carnet.core.form import Form
from carnet.core.frame import as_frame
from carnet.core.inputs import Inputs
from carnet.core.parameter import Parameters


@dataclass(frozen=True, eq=False)
class Score:
    """A number or grade that an instrument makes of its items."""

    id: str
    label: str
    expr: pl.Expr


def certain(id: str, label: str, found: Bounds) -> tuple[Score, ...]:
    """Return a number that is known where its ends meet, and beside it the ends that the unknown allows."""
    return (
        Score(id, label, pl.when(found.least == found.most).then(found.least)),
        Score(f"{id}_min", f"{label}, what is unknown at its least", found.least),
        Score(f"{id}_max", f"{label}, what is unknown at its most", found.most),
    )


@dataclass(frozen=True, eq=False)
class Instrument:
    """A form that scores: `form` asks the items, `scores` say how they combine.

    `inputs` declares the columns read: the form's items, and what else a score takes (previous values,
    attributions). Scores are computed in their order; a later one may read an earlier one. `steps` are what
    several scores share: computed once, before them, and not returned.
    """

    id: str
    title: str
    source: str
    form: Form
    scores: tuple[Score, ...]
    inputs: Inputs = field(default_factory=Inputs)
    parameters: Parameters = field(default_factory=lambda: Parameters(""))
    make: Callable[..., Instrument] | None = None
    steps: tuple[Score, ...] = ()

    def score(self, rows: Any) -> pl.DataFrame:
        """Return the table with one column per score; rows and columns stay as given.

        A needed column that the table lacks counts as unknown; a column of a score's name is refused.
        """
        given = as_frame(rows)
        if taken := [s.id for s in self.scores if s.id in given.columns]:
            raise InputError(
                f"The table already has the column {', '.join(taken)}, which {self.id} would add; rename or drop it."
            )
        frame = self.inputs.type(given)
        for stage in self._stages():
            frame = frame.hstack(frame.lazy().select(made.expr.alias(made.id) for made in stage).collect())
        whole = pl.selectors.integer().cast(pl.Int64)
        return given.hstack(frame.select(score.id for score in self.scores).with_columns(whole))

    def _stages(self) -> Iterator[list[Score]]:
        """Yield what is computed in turn, together what reads nothing of one another: its common parts count once."""
        stage: list[Score] = []
        for made in (*self.steps, *self.scores):
            if {one.id for one in stage} & set(made.expr.meta.root_names()):
                yield stage
                stage = []
            stage.append(made)
        if stage:
            yield stage

    def with_parameters(self, **settings: Any) -> Instrument:
        """Return the instrument remade with other parameters; one that has none refuses every name."""
        if not self.make:
            if settings:
                raise DefinitionError(f"{self.id} has no parameters to set ({', '.join(settings)}).")
            return self
        own = {parameter.name: parameter.value for parameter in self.parameters}
        self.parameters.set(**settings)
        return self.make(**{**own, **settings})
