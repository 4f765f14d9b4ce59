"""Titres (IS): `1:320` is the number 320; below the first dilution there is no number."""

from __future__ import annotations

import polars as pl

from carnet.measures.censored import plain_signs

UNIT = "titer"
TITRE = r"^(?:1 *[:/] *)?(\d+)$"
"""A dilution as laboratories write it: 1:320, 1/320 or 320; what says more is read by `measures.titre`."""


def results() -> list[pl.Expr]:
    """Return the results of titres in standard form; other rows keep theirs.

    >>> rows = pl.DataFrame({"item_unit": ["titer"] * 2, "code": ["1：320", "<1:80"], "STRESC": ["1：320", "<1:80"]})
    >>> rows.with_columns(STRESN=pl.lit(None, pl.Float64)).select(*results()).rows()
    [('320', 320.0), ('<1:80', None)]
    """
    titre = pl.col("item_unit") == UNIT
    dilution = plain_signs("code").str.extract(TITRE)
    return [
        pl.when(titre).then(pl.coalesce(dilution, "STRESC")).otherwise("STRESC").alias("STRESC"),
        pl.when(titre).then(dilution.cast(pl.Float64)).otherwise("STRESN").alias("STRESN"),
    ]
