"""IEC-HS, hyperinflammation like haemophagocytic lymphohistiocytosis: when findings suggest it, and its grade."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from carnet.core.bounds import Bounds, highest, yes
from carnet.core.form import Form, Item
from carnet.core.inputs import Inputs
from carnet.core.instrument import Instrument
from carnet.core.parameter import read_parameters
from carnet.core.rule import Rule, all_of, any_of, at_least
from carnet.safety.scale import but_for, counts, items, level, scores

PARAMETERS = read_parameters("carnet.safety", "parameters.csv", "iechs")

ENZYMES = ("alt", "ast")

INPUTS = Inputs(
    (
        *(Item(f"ferritin{end}", f"Ferritin{end}", "decimal", unit="ug/L") for end in ("", "_uln", "_base")),
        Item("ferritin_rising", "Ferritin rising fast, as judged", "boolean"),
        *(Item(f"{e}{end}", f"{e}{end}".upper(), "decimal") for e in ENZYMES for end in ("", "_uln", "_base")),
        *(Item(f"fibrinogen{end}", f"Fibrinogen{end}", "decimal", unit="g/L") for end in ("", "_lln")),
        Item("cytopenia_grade", "Highest grade of a new, worse or refractory cytopenia", "integer", low=0, high=4),
        Item("iechs_other_cause", "Explained by CRS, infection or disease alone", "boolean"),
    ),
    optional={"ferritin_rising": pl.lit(False), "ferritin_base": pl.lit(float("inf")), "alt_base": pl.lit(None),
              "ast_base": pl.lit(None), "iechs_other_cause": pl.lit(False)},
)  # fmt: skip


def iec_hs(**settings: object) -> Rule:
    """Return whether the findings of one time suggest IEC-HS (hines2023): ferritin, and common findings beside it.

    The physician attributes and diagnoses; the rule only says that the numbers are there.
    """
    chosen = PARAMETERS.set(**settings)
    value, times = pl.col("ferritin"), chosen["ferritin"]
    high = (value / _limit("ferritin_uln")).round(6) > times
    grown = (value / _limit("ferritin_base")).round(6) > times
    ferritin = any_of(
        "iechs_fe", f"ferritin above {times:g} times its limit or its baseline, or rising fast",
        Rule("iechs_f1", f"ferritin above {times:g} times its upper limit", high),
        Rule("iechs_f2", f"ferritin above {times:g} times its baseline", grown),
        Rule("iechs_f3", "ferritin rising fast", pl.col("ferritin_rising")),
    )  # fmt: skip
    many = chosen["transaminases"]
    enzymes = [Rule(f"iechs_{e}", f"{e.upper()} above {many:g} times", _raised(e, many)) for e in ENZYMES]
    liver = any_of("iechs_li", "transaminases raised", *enzymes)
    low = (pl.col("fibrinogen").round(6) < chosen["fibrinogen"]) | (
        pl.col("fibrinogen") < pl.col("fibrinogen_lln")
    )
    clotting = Rule("iechs_fi", f"fibrinogen below {chosen['fibrinogen']:g} g/L or its limit", low)
    marrow = Rule("iechs_cy", "a cytopenia of grade 4", pl.col("cytopenia_grade") >= 4)
    common = at_least(
        chosen["findings"], "iechs_co", "common findings beside ferritin", liver, clotting, marrow
    )
    cause = Rule("iechs_oc", "no other explanation", ~pl.col("iechs_other_cause"))
    whole = all_of("iechs", "findings suggest IEC-HS", ferritin, common, cause, source="hines2023")
    return replace(whole, inputs=INPUTS, parameters=chosen, make=iec_hs)


def _limit(name: str) -> pl.Expr:
    """Return a limit or a baseline; 0, or less, is none."""
    return pl.when(pl.col(name) > 0).then(pl.col(name))


def _raised(enzyme: str, times: float) -> pl.Expr:
    """Return whether an enzyme is above its multiple: of baseline where that was above the limit, else of the limit."""
    limit, base = _limit(f"{enzyme}_uln"), _limit(f"{enzyme}_base")
    return (pl.col(enzyme) / pl.when(base > limit).then(base).otherwise(limit)).round(6) > times


def iec_hs_grade() -> Instrument:
    """Return the grade of IEC-HS that was diagnosed (hines2023), 0 to 5: by what it needed and what it did.

    >>> row = {"iechs_treatment": "GIVEN", "iechs_bleeding": "NONE", "iechs_organ": "NONE"}
    >>> IEC_HS_GRADE.score([row])["iechs_grade"].to_list()
    [2]
    """
    asked = items("iechs")
    parts = [(item.id, level("iechs", item.id)) for item in asked if item.type == "choice"]
    worst = highest(*(part for _, part in parts))
    never = Bounds(pl.lit(False), pl.lit(False))
    grade = counts(yes("iechs_present"), but_for(never, yes("iechs_fatal"), worst))
    return Instrument(
        "iechs_grade", "IEC-HS", "hines2023", Form("iechs", "IEC-HS", "FA", asked, title_zh="IEC-HS", log=True),
        scores("iechs_grade", "Grade of IEC-HS", grade, parts),
        Inputs(asked, {"iechs_present": pl.lit(True), "iechs_fatal": pl.lit(False)}),
    )  # fmt: skip


IEC_HS = iec_hs()
IEC_HS_GRADE = iec_hs_grade()
