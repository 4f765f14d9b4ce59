"""The small trial of the capture tests: two forms, a person who enters them, a clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from polars import col

from carnet.core.form import Form, Item
from carnet.core.rule import Rule

VITALS = Form(
    "vitals", "Vital signs", "VS",
    (
        Item("temp", "Temperature", "decimal", unit="degC", low=30, high=45, decimals=1),
        Item("sysbp", "Systolic pressure", "integer", unit="mmHg", low=40, high=300),
        Item("diabp", "Diastolic pressure", "integer", unit="mmHg", low=20, high=200),
        Item("position", "Position", "choice", choices=("SITTING", "SUPINE"), choices_zh=("坐位", "卧位")),
        Item("vitals_datetime", "Measured", "datetime", required=True),
    ),
    checks=(Rule("sys_above_dia", "systolic is above diastolic", col("sysbp") > col("diabp")),),
    version="3",
)  # fmt: skip
ADVERSE_EVENT = Form(
    "adverse_event", "Adverse event", "AE",
    (
        Item("ae_term", "Event", "text", required=True),
        Item("ae_start", "Start", "date", partial=True),
        Item("ae_end", "End", "date"),
        Item("ae_serious", "Serious", "boolean"),
        Item("ae_time", "Time of day", "time"),
    ),
    log=True,
)  # fmt: skip
FORMS = (VITALS, ADVERSE_EVENT)

BY = {"by": "wang.li", "by_name": "Wang Li", "role": "investigator"}


class Ticking:
    """A clock that goes on by a second whenever it is read."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 8, 0, 0, 123456, UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now
