"""Edit checks of one form, for the page that shows it: its items, and the rules on its row.

They are soft: nothing here keeps a value from being saved. Checks across forms and time are `study.checks`.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from carnet.core.form import Form
from carnet.core.rule import Rule
from carnet.study import Study
from carnet.study.checks import findings
from carnet.study.checks.entries import catalogue, measures, readable, required, states
from carnet.study.checks.values import Values


def check_forms(forms: Iterable[Form], entries: pl.DataFrame) -> pl.DataFrame:
    """Return the findings of every form, in the order of the forms."""
    return findings.gather(check(form, entries) for form in forms)


def check(form: Form, entries: pl.DataFrame) -> pl.DataFrame:
    """Return the findings on one form: subject, visit, form, item and message.

    What stands in force counts: a value that the item does not take or expect, a question left empty, a rule
    of the form that its row breaks. What is unknown breaks no rule.
    """
    values = Values(Study("", form.title, (), forms=(form,)), entries.filter(pl.col("form") == form.id))
    asked = catalogue(values)
    known = values.now.join(asked, on=["form", "item"], how="inner", maintain_order="left")
    found = [states(known), readable(known), measures(values, asked), required(values, asked)]
    return findings.gather([*found, *(_broken(rule, form, values) for rule in form.checks)])


def _broken(rule: Rule, form: Form, values: Values) -> pl.DataFrame:
    """Return a finding on each row that breaks a rule: at the first item it reads, with all that it read."""
    read = [item for item in form.items if item.id in rule.reads()]
    if not read:
        return findings.gather(())
    table = values.form(form.id)
    strange = sorted(rule.reads() - set(table.columns))  # of another form: unknown here
    judged = rule.judge(table.with_columns(pl.lit(None).alias(name) for name in strange))
    said = [pl.format("{} {}", pl.lit(item.label), _said(item.id, judged)) for item in read]
    return findings.findings(
        judged.filter(~pl.col(rule.id)),
        pl.concat_str(pl.lit(f"Expected: {rule.label}. Here: "), pl.concat_str(said, separator=", ")),
        form.id,
        read[0].id,
    )


def _said(item: str, rows: pl.DataFrame) -> pl.Expr:
    """Return the column of an item as a person would write it."""
    value = pl.col(item)
    if rows.schema[item] == pl.Boolean:
        value = value.replace_strict({True: "yes", False: "no"}, return_dtype=pl.String)
    return value.cast(pl.String).str.strip_suffix(".0").fill_null("unknown")
