"""Dose-limiting toxicity: the set of the study definition."""

from __future__ import annotations

from carnet.safety.dlt import COUNT_DLT, EVENT_DLT, event_dlt

EVENT = {
    "day_min": 2, "day_max": 2, "hours_min": 100.0, "hours_max": 100.0, "related_cells": True, "related": True,
    "haematological": False, "exempt": False, "fatal": False,
}  # fmt: skip


def but(*names, **changed):
    return {name: value for name, value in {**EVENT, **changed}.items() if name not in names}


def test_own_scales(spec):
    """CRS and ICANS from grade 3, acute GvHD from II; ICANS of grade 2 once it lasts longer than 7 days."""
    spec(
        EVENT_DLT,
        """
        kind  | grade | hours_min | hours_max | dlt_evt
        CRS   | 2     | 500       | 500       | no
        CRS   | 3     | 1         | 1         | yes
        CRS   | 4     | 1         | 1         | yes
        CRS   |       | 1         | 1         | unknown
        ICANS | 1     | 500       | 500       | no
        ICANS | 2     | 168       | 168       | no
        ICANS | 2     | 168.1     | 168.1     | yes
        ICANS | 2     | 160       | 180       | unknown
        ICANS | 3     | 1         | 1         | yes
        GVHD  | 1     | 500       | 500       | no
        GVHD  | 2     | 1         | 1         | yes
    """,
        **but("hours_min", "hours_max"),
    )


def test_infusion_reactions(spec):
    """Grade 3 or more that is not down to grade 1 within 24 hours."""
    spec(
        EVENT_DLT,
        """
        kind              | grade | hours_min | hours_max | dlt_evt
        INFUSION REACTION | 2     | 100       | 100       | no
        INFUSION REACTION | 3     | 24        | 24        | no
        INFUSION REACTION | 3     | 24.1      | 24.1      | yes
        INFUSION REACTION | 3     | 20        | 30        | unknown
        INFUSION REACTION | 3     | 30        |           | yes
        INFUSION REACTION | 3     | 20        |           | unknown
    """,
        **but("hours_min", "hours_max"),
    )


def test_other_events(spec):
    """Grade 3 or more, related to the cells, not of the blood, not exempt, longer than 72 hours."""
    spec(
        EVENT_DLT,
        """
        kind  | grade | related_cells | haematological | exempt | hours_min | hours_max | dlt_evt
        OTHER | 2     | yes           | no             | no     | 100       | 100       | no
        OTHER | 3     | yes           | no             | no     | 72        | 72        | no
        OTHER | 3     | yes           | no             | no     | 72.5      | 72.5      | yes
        OTHER | 3     | no            | no             | no     | 100       | 100       | no
        OTHER | 3     | yes           | yes            | no     | 100       | 100       | no
        OTHER | 3     | yes           | no             | yes    | 100       | 100       | no
        OTHER | 3     |               | no             | no     | 100       | 100       | unknown
        OTHER |       | yes           | no             | no     | 100       | 100       | unknown
        OTHER |       | no            | no             | no     | 100       | 100       | no
    """,
        **but("related_cells", "haematological", "exempt", "hours_min", "hours_max"),
    )


def test_a_related_death(spec):
    spec(
        EVENT_DLT,
        """
        kind  | grade | fatal | related | related_cells | exempt | dlt_evt
        OTHER | 5     | yes   | yes     | no            | yes    | yes
        OTHER | 5     | yes   | no      | no            | no     | no
        OTHER | 5     | yes   |         | no            | no     | unknown
    """,
        **but("fatal", "related", "related_cells", "exempt"),
    )


def test_the_window(spec):
    """From the first infusion to day 31; a date that may lie on either side leaves it open."""
    spec(
        EVENT_DLT,
        """
        kind | grade | day_min | day_max | dlt_evt
        CRS  | 3     | -1      | -1      | no
        CRS  | 3     | 0       | 0       | yes
        CRS  | 3     | 31      | 31      | yes
        CRS  | 3     | 32      | 32      | no
        CRS  | 3     | 20      | 40      | unknown
        CRS  | 3     | -9      | 21      | unknown
        CRS  | 3     |         |         | unknown
        CRS  | 1     |         |         | no
    """,
        **but("day_min", "day_max"),
    )
    spec(
        event_dlt(last_day=28, crs=4),
        """
        kind | grade | day_min | day_max | dlt_evt
        CRS  | 3     | 5       | 5       | no
        CRS  | 4     | 28      | 28      | yes
        CRS  | 4     | 29      | 29      | no
    """,
        **but("day_min", "day_max"),
    )


def test_counts_at_the_day_28_visit(spec):
    """Neutrophils below 0.5; platelets below 25, or below half of a baseline that was below 50."""
    spec(
        COUNT_DLT,
        """
        neut | plat | plat_base | dlt_anc | dlt_plt | dlt_cnt
        0.49 | 200  | 200       | yes     | no      | yes
        0.5  | 200  | 200       | no      | no      | no
        0.51 | 200  | 200       | no      | no      | no
        2    | 24   | 200       | no      | yes     | yes
        2    | 25   | 200       | no      | no      | no
        2    | 24   | 50        | no      | yes     | yes
        2    | 24   | 49        | no      | yes     | yes
        2    | 24.5 | 49        | no      | no      | no
        2    | 20   | 40        | no      | no      | no
        2    | 19   | 40        | no      | yes     | yes
             | 200  | 200       | unknown | no      | unknown
             | 20   | 200       | unknown | yes     | yes
        2    |      | 200       | no      | unknown | unknown
        2    | 24   |           | no      | unknown | unknown
        2    | 25   |           | no      | no      | no
    """,
    )
