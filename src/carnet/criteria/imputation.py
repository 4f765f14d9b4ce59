"""Non-responder imputation: what is not known to be a response is none."""

from __future__ import annotations

import polars as pl

from carnet.core.rule import Rule


def non_responder(criterion: Rule) -> pl.Expr:
    """Return the verdict with unknown counted as no, as the column `<criterion>_nri`.

    >>> from carnet.criteria.doris import DORIS
    >>> pl.DataFrame({"doris": [True, False, None]}).select(non_responder(DORIS))["doris_nri"].to_list()
    [True, False, False]
    """
    return pl.col(criterion.id).fill_null(False).alias(f"{criterion.id}_nri")
