"""Renal response: proteinuria low or halved while the kidney works as before, by several definitions in print."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import polars as pl

from carnet.core.form import Item
from carnet.core.inputs import Inputs
from carnet.core.parameter import Parameters, read_parameters
from carnet.core.rule import Rule, all_of
from carnet.core.table import read_rows
from carnet.criteria.inputs import RESCUE, recorded, without

DEFINITIONS = {row["id"]: row for row in read_rows("carnet.criteria", "renal.csv")}
"""The definitions: id, label, source, and the clauses that each has."""

PROTEINURIA = Item(
    "proteinuria", "Proteinuria by the method of baseline", "decimal", unit="g/g or g/24 h", low=0
)
EGFR = Item("egfr", "eGFR", "decimal", unit="mL/min/1.73m2", low=0)
BEFORE_FLARE = replace(
    EGFR, id="egfr_preflare", label="eGFR before the flare; without the column, at baseline"
)
STEROID = Item("steroid_excess", "More prednisone in the weeks before than the definition allows", "boolean")


def _own(of: str) -> Parameters:
    return read_parameters("carnet.criteria", "parameters.csv", of)


def _nephritis(id: str, chosen: Parameters) -> Rule:
    above = chosen["baseline"]
    base = recorded(pl.col("proteinuria_base"))
    return Rule(id, f"proteinuria above {above:g} at baseline", base > above)


def nephritis(**settings: Any) -> Rule:
    """Return the rule that there is proteinuria to respond (rovin2021): who belongs in the denominator."""
    chosen = _own("rn_el").set(**settings)
    rule = _nephritis("rn_el", chosen)
    inputs = Inputs((replace(PROTEINURIA, id="proteinuria_base"),))
    return replace(rule, source="rovin2021", inputs=inputs, parameters=chosen, make=nephritis)


def _protein(of: str, chosen: Parameters) -> Rule:
    limit, included = chosen["proteinuria"], chosen["proteinuria_included"]
    value = recorded(pl.col("proteinuria"))
    said = f"proteinuria {'at most' if included else 'below'} {limit:g}"
    return Rule(f"{of}_p", said, value <= limit if included else value < limit)


def _fall(of: str, chosen: Parameters) -> Rule:
    left = 100 - chosen["fall"]
    now, base = recorded(pl.col("proteinuria") * 100), recorded(pl.col("proteinuria_base") * left)
    said = f"at least {chosen['fall']:g} % lower"
    return Rule(
        f"{of}_f", f"proteinuria {said}", (now <= 0) | (now <= base),
        phrase=f"proteinuria {{proteinuria:from}} {PROTEINURIA.unit} (needed {said})",
    )  # fmt: skip


def _function(of: str, chosen: Parameters, against: str, floor: bool) -> Rule:
    """Return the rule that the eGFR has not fallen by too much, or that it is above a floor whatever its fall."""
    percent = chosen["egfr_fall"]
    now, before = pl.col("egfr"), pl.col(against)
    kept = recorded(now * 100) >= recorded(before * (100 - percent))
    said = f"no more than {percent:g} % lower"
    if floor:
        kept |= recorded(now) >= chosen["egfr"]
        said += f", or at least {chosen['egfr']:g}"
    told = f"eGFR {{egfr:from}} {EGFR.unit} (needed {said})" if against == "egfr_base" else ""
    return Rule(f"{of}_g", f"eGFR {said}", kept, phrase=told)


def renal(of: str, **settings: Any) -> Rule:
    """Return a renal response (rovin2021, kdigo2024, furie2020, fanouriakis2020); `carnet describe rncr` and the like.

    Without proteinuria at baseline there is no response, and the patient is outside the denominator.

    >>> row = {"proteinuria_base": 2.0, "proteinuria": 0.5, "egfr_base": 100, "egfr": 79}
    >>> [RENAL[of].judge([row])[of][0] for of in ("rncr", "rnaur", "rnkdc", "rnpr")]
    [False, True, False, False]
    """
    chosen = _own(of).set(**settings)
    row = DEFINITIONS[of]
    clauses = row["clauses"].split()
    against = "egfr_preflare" if "preflare" in clauses else "egfr_base"
    rules: list[Rule] = [_nephritis(f"{of}_b", chosen)]
    if "level" in clauses:
        rules.append(_protein(of, chosen))
    if "fall" in clauses:
        rules.append(_fall(of, chosen))
    read = [PROTEINURIA, replace(PROTEINURIA, id="proteinuria_base")]
    optional: dict[str, pl.Expr] = {}
    if "function" in clauses:
        rules.append(_function(of, chosen, against, "floor" in clauses))
        read += [EGFR, replace(EGFR, id="egfr_base")]
        if "preflare" in clauses:
            read.append(BEFORE_FLARE)
            optional[BEFORE_FLARE.id] = pl.col("egfr_base")
    for clause, item, id, said in (
        ("rescue", RESCUE, "r", "no rescue up to this assessment"),
        ("steroid", STEROID, "s", "no more prednisone than allowed in the weeks before"),
    ):
        if clause in clauses:
            rules.append(without(item, f"{of}_{id}", said))
            read.append(item)
            optional[item.id] = pl.lit(False)
    whole = all_of(of, row["label"], *rules, source=row["source"])
    return replace(whole, inputs=Inputs(tuple(read), optional), parameters=chosen, make=partial(renal, of))


AT_RESPONSE = replace(
    PROTEINURIA, id="proteinuria_response", label="Proteinuria at the response, same method"
)


def renal_flare(**settings: Any) -> Rule:
    """Return the renal flare after a response (aurora2024): proteinuria back above a limit that its level then sets.

    >>> rows = {"proteinuria_response": [0.19, 0.2, 1.1], "proteinuria": [1.1, 1.1, 3.0]}
    >>> RENAL_FLARE.judge(rows)["rnflare"].to_list()
    [True, False, False]
    """
    chosen = _own("rnflare").set(**settings)
    then, now = recorded(pl.col("proteinuria_response")), recorded(pl.col("proteinuria"))
    low, high = chosen["low"], chosen["high"]
    above_low, above_high = chosen["flare_from_low"], chosen["flare_from_high"]
    flared = (
        pl.when(then < low).then(now > above_low)
        .when(then <= high).then(now > above_high)
        .when(then > high).then(False)
        .when(now <= min(above_low, above_high)).then(False)
    )  # fmt: skip
    label = (
        f"renal flare: proteinuria above {above_low:g} after less than {low:g}, "
        f"or above {above_high:g} after {low:g} to {high:g}"
    )
    return Rule(
        "rnflare", label, flared, "aurora2024",
        inputs=Inputs((PROTEINURIA, AT_RESPONSE)), parameters=chosen, make=renal_flare,
    )  # fmt: skip


RENAL = {of: renal(of) for of in DEFINITIONS}
"""The responses by id."""

RENAL_FLARE, NEPHRITIS = renal_flare(), nephritis()
