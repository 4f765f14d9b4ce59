"""Conduct forms: the milestones of each person, deviations from the protocol, and the log of medication."""

from __future__ import annotations

import numpy as np
import polars as pl

from carnet.simulate.calendar import DIED, INEFFICACY, LOST, STAYS, WITHDREW
from carnet.simulate.clock import DAY, Text, number, yes
from carnet.simulate.laboratory_forms import transfusion_day
from carnet.simulate.model import Model
from carnet.simulate.numbers import table
from carnet.simulate.people import which
from carnet.simulate.sheet import Sheet, in_log
from carnet.simulate.streams import Booleans, Floats, Integers
from carnet.simulate.treatment_forms import last_day

NAN = float("nan")
MILESTONES = {"LYMPHODEPLETION STARTED": "LD1", "COMPLETED DAY 28": "D28", "COMPLETED": "M12"}
REASONS = {
    WITHDREW: "WITHDRAWAL BY SUBJECT",
    LOST: "LOST TO FOLLOW-UP",
    INEFFICACY: "LACK OF EFFICACY",
    DIED: "DEATH",
}


def sheets(m: Model, found: pl.DataFrame) -> list[Sheet]:
    """Return the sheets of milestones, deviations and medication."""
    return [_disposition(m), _deviations(m), _medication(m, found)]


def _disposition(m: Model) -> Sheet:
    """Return the milestones of each person in order of time."""
    c, x = m.calendar, m.body.infusions
    rows: list[tuple[Integers, Floats, str, Text]] = []

    def add(who: Booleans, day: Floats | Integers, milestone: str, reason: Text | str = "") -> None:
        p = np.flatnonzero(who)
        rows.append(
            (p, np.asarray(day, float)[p], milestone, np.broadcast_to(np.asarray(reason), (len(m),))[p])
        )

    screening = c.day[:, 0] + 4.0
    add(m.treated, screening, "ELIGIBILITY CRITERIA MET")
    add(~m.treated, screening, "SCREEN FAILURE", "SCREEN FAILURE")
    add(m.treated, c.day[:, c.codes.index("BL")], "ENROLLED")
    add(m.treated, c.day[:, c.codes.index("LD1")], "LYMPHODEPLETION STARTED")
    for i in range(3):
        add(m.treated & x.given[:, i], x.day[:, i], f"INFUSION {i + 1}")
    for milestone in ("COMPLETED DAY 28", "COMPLETED"):
        v = c.codes.index(MILESTONES[milestone])
        here = c.held[:, v] if milestone != "COMPLETED" else c.held[:, v] | c.missed[:, v]
        add(m.treated & here & ((c.end_reason == STAYS) | (v < c.codes.index("M12"))), c.day[:, v], milestone)
    left = m.treated & (c.end_reason != STAYS)
    reason = np.select([c.end_reason == key for key in REASONS], list(REASONS.values()), "")
    et = c.codes.index("ET")
    last_seen = np.where(c.held[:, et], np.fmax(c.end_day, c.day[:, et]), c.end_day)
    add(left, last_seen, "WITHDREW FROM STUDY", reason)
    person = np.concatenate([r[0] for r in rows])
    day = np.concatenate([r[1] for r in rows])
    name = np.concatenate([np.full(len(r[0]), r[2]) for r in rows])
    why = np.concatenate([r[3].astype("<U30") for r in rows])
    sheet, order = in_log("disposition", person, day * DAY + 1000)
    person = person[order]
    sheet.put(ds_milestone=name[order], ds_date=m.clock.date(person, day[order]), ds_reason=why[order])
    return sheet


def _deviations(m: Model) -> Sheet:
    """Return the deviations written down: visits missed or out of their window, infusions omitted, urine."""
    c, x = m.calendar, m.body.infusions
    windows = [(m.study.visit(code).low, m.study.visit(code).high) for code in c.codes]
    low = np.array([-9999 if first is None else first for first, _ in windows])
    high = np.array([9999 if last is None else last for _, last in windows])
    off = np.maximum(c.day - high, low - c.day)
    forgot = m.streams.uniform("deviation.urine", len(c.codes)) < m.numbers["deviation.urine"]
    patient = m.treated[:, None]
    visit = np.char.add("Visit ", np.array(c.codes))
    parts: list[pl.DataFrame] = []
    for there, category, severity in (
        (patient & c.held & (off > 0), "VISIT OUT OF WINDOW", "MINOR"),
        (patient & c.missed, "MISSED ASSESSMENT", "MINOR"),
        (patient & m.samples.gaps["prot24"] & forgot, "MISSED ASSESSMENT", "MINOR"),
        (patient & ~x.given, "DOSING", "MAJOR"),
    ):
        p, k = np.nonzero(there)
        days = x.day if category == "DOSING" else c.day
        parts.append(
            pl.DataFrame({"person": p, "day": days[p, k], "k": k}).with_columns(
                category=pl.lit(category), severity=pl.lit(severity), kind=pl.lit(len(parts))
            )
        )
    rows = pl.concat(parts)
    k, kind = rows["k"].to_numpy(), rows["kind"].to_numpy()
    place = np.minimum(k, len(c.codes) - 1)
    late = np.char.mod("%d days outside its window", off[rows["person"].to_numpy(), place])
    said = np.select(
        [kind == 0, kind == 1, kind == 2],
        [
            np.char.add(np.char.add(visit[place], " "), late),
            np.char.add(visit[place], " missed"),
            np.char.add(visit[place], ": 24-hour urine not collected in full"),
        ],
        np.char.mod("Infusion %d omitted", k + 1),
    )
    sheet, order = in_log("deviation", rows["person"].to_numpy(), rows["day"].to_numpy() * DAY + 1050.0)
    rows = rows[order]
    sheet.put(
        dv_category=rows["category"].to_numpy().astype(str),
        dv_severity=rows["severity"].to_numpy().astype(str),
        dv_date=m.clock.date(sheet.person, rows["day"].to_numpy()),
        dv_description=said[order],
        dv_action="Patient and staff reminded",
    )
    return sheet


def _medication(m: Model, found: pl.DataFrame) -> Sheet:
    """Return the log of medication: background, prophylaxis, what adverse events needed, and rescue."""
    rows = pl.concat([_standing(m, found), _for_events(m, found)], how="diagonal")
    end = last_day(m)[rows["person"].to_numpy()]
    start, stop = rows["start"].to_numpy(), rows["stop"].cast(pl.Float64).fill_null(NAN).to_numpy()
    inside = (start <= end) & m.treated[rows["person"].to_numpy()]
    rows, start, stop, end = rows.filter(pl.Series(inside)), start[inside], stop[inside], end[inside]
    p = rows["person"].to_numpy()
    sheet, order = in_log("medication", p, np.maximum(start, m.calendar.day[p, 0]) * DAY + 660)
    p, start, stop, end, rows = p[order], start[order], stop[order], end[order], rows[order]
    ongoing = np.isnan(stop) | (stop > end)
    chinese = np.array([zh or en for zh, en in zip(rows["drug_zh"], rows["drug"], strict=True)], dtype=str)
    texts = {
        name: np.array(rows[name].fill_null("").to_list(), dtype=str)
        for name in ("drug", "class", "indication", "unit", "route", "frequency", "dose")
    }
    early = m.clock.date(p, start)
    sheet.put(
        med_drug=np.where(m.chinese[p], chinese, texts["drug"]), med_decod=np.char.upper(texts["drug"]),
        med_class=texts["class"], med_indication=texts["indication"],
        med_ae=number(rows["number"].cast(pl.Float64).fill_null(NAN).to_numpy(), 0), med_dose=texts["dose"],
        med_unit=texts["unit"], med_route=texts["route"], med_frequency=texts["frequency"],
        med_start=np.where(start < -60, early.astype("<U7"), early),
        med_stop=np.where(ongoing, "", m.clock.date(p, stop)), med_ongoing=yes(ongoing),
    )  # fmt: skip
    sheet.until(np.where(ongoing, NAN, stop * DAY), med_stop="", med_ongoing="Y")
    return sheet


def _standing(m: Model, found: pl.DataFrame) -> pl.DataFrame:
    """Return what is given by rule or from before: background treatment, prophylaxis, G-CSF, platelets, rescue."""
    n, u, size = m.numbers, m.streams.uniform("medication.who", 8), len(m)
    everybody = np.zeros(size)
    kidney = m.people.has[:, which("proteinuria")[0]]
    neut = m.samples.values["neut"]
    low = (neut < m.study["medication.antifungal_below"]) & (m.calendar.day >= -5) & (m.calendar.day < 60)
    first_low = np.where(low, m.calendar.day, 9999).min(axis=1).astype(float)
    gcsf = m.body.blood.gcsf_day
    nephritis = kidney & (u[:, 1] < n["medication.losartan"])

    def some(name: str, draw: int, start: float) -> Floats:
        return np.where(u[:, draw] < n[f"medication.{name}"], start, NAN)

    plan: dict[str, tuple[Floats, Floats | float, Floats | None]] = {
        "hydroxychloroquine": (some("hydroxychloroquine", 0, -400.0), NAN, None),
        "losartan": (np.where(nephritis, -200.0, NAN), NAN, None),
        "pantoprazole": (some("pantoprazole", 2, -120.0), np.round(60 + 120 * u[:, 5]), None),
        "calcium": (some("calcium", 3, -300.0), NAN, None),
        "cotrimoxazole": (everybody - 6, np.round(170 + 60 * u[:, 6]), None),
        "aciclovir": (everybody - 6, np.round(180 + 150 * u[:, 7]), None),
        "entecavir": (np.where(m.history.positive["hbcab"], -6.0, NAN), NAN, None),
        "ondansetron": (everybody - 5, everybody - 3, None),
        "fluconazole": (np.where(first_low < 9999, first_low + 1, NAN), first_low + 15, None),
        "gcsf": (gcsf, gcsf + 2, _number_of(found, "neut", size)),
        "platelets": (transfusion_day(m), transfusion_day(m), _number_of(found, "plat", size)),
        "mycophenolate": (m.body.steroid.drug_start, NAN, None),
    }
    names = ("drug", "drug_zh", "class", "indication", "unit", "route", "frequency")
    rows = table("medications").rows_by_key("key", named=True, unique=True)
    parts: list[pl.DataFrame] = []
    for key, (start, stop, event) in plan.items():
        p, row = np.flatnonzero(~np.isnan(start)), rows[key]
        given = {
            "person": p,
            "start": start[p],
            "stop": np.broadcast_to(stop, (size,))[p],
            "number": np.full(len(p), NAN) if event is None else event[p],
        }
        said = {name: row[name] for name in names} | {"dose": f"{row['dose']:g}"}
        parts.append(pl.DataFrame(given).with_columns(pl.lit(v).alias(k) for k, v in said.items()))
    return pl.concat(parts)


def _number_of(found: pl.DataFrame, item: str, size: int) -> Floats:
    """Return the number of the adverse event of each person that a laboratory item led to."""
    mine = found.filter((pl.col("origin") == "laboratory") & pl.col("record").str.ends_with(f" {item}"))
    numbers = np.full(size, NAN)
    numbers[mine["person"].to_numpy()] = mine["number"].to_numpy()
    return numbers


def _for_events(m: Model, found: pl.DataFrame) -> pl.DataFrame:
    """Return what was given for adverse events: the drug that each names, in parts parted by bars."""
    given = found.filter(pl.col("drug") != "")
    parts = (
        given["drug"]
        .str.split("|")
        .list.to_struct(fields=["drug", "drug_zh", "class", "dose", "unit", "route", "frequency"])
        .struct.unnest()
    )
    start = (given["start"] / DAY).floor()
    once = parts["frequency"] == "ONCE"
    stop = pl.select(pl.when(once).then(start).otherwise((given["stop"] / DAY).floor())).to_series()
    return parts.with_columns(
        person=given["person"],
        start=start,
        stop=stop.fill_null(NAN),
        number=given["number"].cast(pl.Float64),
        indication=pl.when(given["origin"] == "crs")
        .then(pl.lit("CRS OR ICANS"))
        .otherwise(pl.lit("ADVERSE EVENT")),
    )
