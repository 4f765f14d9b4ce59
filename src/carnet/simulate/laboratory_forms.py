"""Laboratory forms: blood and urine values with their limits, antibodies, cells by flow, CAR-NK levels."""

from __future__ import annotations

import numpy as np

from carnet.simulate.activity import SEEN
from carnet.simulate.clock import DAY, Text, number, pick, yes
from carnet.simulate.curves import at
from carnet.simulate.model import Model
from carnet.simulate.people import DEEP, NONE, which
from carnet.simulate.samples import COLLECTION, LABORATORY, due, round_to, wants
from carnet.simulate.sheet import Sheet, at_visits
from carnet.simulate.streams import Booleans, Floats, Integers
from carnet.simulate.vitals import INFUSION_VISITS

NAME = "CENTRAL"
LOST, UNUSABLE, UNCOLLECTED = "Sample lost", "Sample could not be used", "Collection incomplete"


def sheets(m: Model) -> list[Sheet]:
    """Return the sheets of every laboratory form."""
    found = [_values(m, form) for form in LABORATORY]
    by_form = {sheet.form: sheet for sheet in found}
    _haematology(m, by_form["haematology"])
    _urine(m, by_form["urine"])
    _proteinuria(m, by_form["proteinuria"])
    _antibodies(m, by_form["antibodies"])
    by_form["chemistry"].put(chemistry_fasting="Y")
    return [*found, _serology(m), _pregnancy(m), _anti_drug(m), _vector(m), _kinetics(m)]


def _rows(m: Model, sheet: Sheet) -> tuple[Integers, Integers]:
    place = {code: i for i, code in enumerate(m.calendar.codes)}
    return sheet.person, np.array([place[v] for v in sheet.visit])


def _values(m: Model, form: str) -> Sheet:
    """Return the sheet of a laboratory form: date, values with their limits, and the reasons of gaps."""
    sheet, p, v = at_visits(form, m.calendar, m.samples.due[form])
    done = m.samples.done[form][p, v]
    drawn = m.clock.moment(p, sheet.minute + 12)
    sheet.put(
        **{f"{form}_datetime": np.where(done, drawn, ""), f"{form}_laboratory": np.where(done, NAME, "")}
    )
    sheet.gap(f"{form}_datetime", ~done, LOST)
    for item in m.study.form(form).items:
        if item.id not in m.samples.values:
            if item.testcd:
                sheet.gap(item.id, ~done & wants(m.study, form, m.calendar, item.id)[v], LOST)
            continue
        value = m.samples.values[item.id][p, v]
        sheet.put(**{item.id: number(value, item.decimals)})
        why = UNCOLLECTED if item.id in COLLECTION else UNUSABLE
        missing = m.samples.gaps[item.id][p, v]
        sheet.gap(item.id, missing & ~done, LOST)
        sheet.gap(item.id, missing & done, why)
        if item.id in m.ranges.limits:
            there = ~np.isnan(value)
            for end, limit in (
                ("lln", m.ranges.low(item.id, m.people)),
                ("uln", m.ranges.high(item.id, m.people)),
            ):
                said = np.where(np.isnan(limit), "", np.char.mod("%g", np.nan_to_num(limit)))
                sheet.put(**{f"{item.id}_{end}": np.where(there, said[p], "")})
    return sheet


def _haematology(m: Model, sheet: Sheet) -> None:
    p, v = _rows(m, sheet)
    done = m.samples.done["haematology"][p, v]
    day = m.calendar.day[p, v]
    gcsf = np.nan_to_num(m.body.blood.gcsf_day, nan=-99)[p]
    recent = (day > gcsf) & (day <= gcsf + 9)
    bled = np.nan_to_num(transfusion_day(m), nan=-99)[p]
    transfused = (day > bled) & (day <= bled + 7)
    sheet.put(
        schistocytes=np.where(done, "N", ""), transfusion_7d=np.where(done, yes(transfused), ""),
        transfusion_product=np.where(done & transfused, "PLATELETS", ""),
        transfusion_date=np.where(done & transfused, m.clock.date(p, bled), ""),
        gcsf_7d=np.where(done, yes(recent), ""),
        gcsf_date=np.where(done & recent, m.clock.date(p, np.minimum(day - 1, gcsf + 2)), ""),
    )  # fmt: skip


def transfusion_day(m: Model) -> Floats:
    """Return the day on which a person was given platelets, that of the first low count; else not a number."""
    low = (
        (m.samples.values["plat"] < m.numbers["transfusion.platelets_below"])
        & (m.calendar.day >= -5)
        & m.calendar.held
    )
    first = np.where(low, m.calendar.day, 9999).min(axis=1)
    return np.where((first < 9999) & m.treated, first + 0.0, np.nan)


def _urine(m: Model, sheet: Sheet) -> None:
    p, v = _rows(m, sheet)
    done = m.samples.done["urine"][p, v]
    protein = m.values["upcr"][p, v]
    level = np.searchsorted([0.12, 0.25, 0.6, 1.6, 3.5], protein)
    dip = pick(["NEGATIVE", "TRACE", "1+", "2+", "3+", "4+"], level)
    cast = at(m.body.disease.activity[:, which("urinary_casts")[0]], m.calendar.day)[p, v] > SEEN
    chance = m.streams.uniform("urine.casts", len(m.calendar.codes))[p, v]
    other = np.where(
        chance < 0.06, "HYALINE", np.where((chance < 0.12) & (protein > 0.8), "GRANULAR", "NONE")
    )
    casts = np.where(cast, np.where(chance < 0.6, "RED CELL", "HAEM-GRANULAR"), other)
    cells = (m.values["urine_wbc"][p, v] > 5) | (m.values["urine_rbc"][p, v] > 5)
    infected = m.proof["pyuria"].cause[p, v] == 2
    woman = m.people.female[p] & (m.people.age[p] < m.numbers["history.fertile_to"])
    sheet.put(
        urine_dipstick=np.where(done, dip, ""), urine_casts=np.where(done, casts, ""),
        urine_infection_excluded=np.where(done & cells, yes(~infected), ""),
        urine_menses=np.where(done & woman, yes(m.menses[p, v]), ""),
    )  # fmt: skip


def _proteinuria(m: Model, sheet: Sheet) -> None:
    p, v = _rows(m, sheet)
    full = ~np.isnan(m.samples.values["prot24"][p, v])
    asked = m.samples.gaps["prot24"][p, v] | full
    stop = sheet.minute - 60
    sheet.put(
        urine_24h_start=np.where(full, m.clock.moment(p, stop - DAY), ""),
        urine_24h_stop=np.where(full, m.clock.moment(p, stop), ""),
        urine_24h_complete=np.where(asked, yes(full), ""),
    )  # fmt: skip


def ana(m: Model) -> tuple[Text, Integers]:
    """Return the ANA as printed, and its twofold step (0 for a titre below the screening dilution), by visit."""
    n, streams = m.numbers, m.streams
    screen = float(m.study["response.ana_screen"])
    base = np.round(n["ana.step"] + n["ana.step_sd"] * streams.normal("ana.base"))
    weaker = np.where(m.people.response == DEEP, 1.0, np.where(m.people.response == NONE, 0.0, 0.5))
    fall = np.round((n["ana.fall"] + n["ana.fall_sd"] * streams.normal("ana.fall")) * weaker)
    course = np.clip(m.calendar.day / 200, 0, 1)
    noise = streams.uniform("ana.noise", len(m.calendar.codes))
    wobble = np.where(noise < n["ana.wobble"], -1, np.where(noise > 1 - n["ana.wobble"], 1, 0))
    step = np.clip(
        np.round(
            np.clip(base, 2, 7)[:, None]
            - np.maximum(fall, 0)[:, None] * course
            + wobble * (m.calendar.day > -10)
        ),
        0,
        8,
    ).astype(int)
    titre = np.char.add("1:", np.char.mod("%d", screen * 2.0 ** (step - 1)))
    return np.where(step == 0, f"<1:{screen:.0f}", titre), step


def _antibodies(m: Model, sheet: Sheet) -> None:
    p, v = _rows(m, sheet)
    done = m.samples.done["antibodies"][p, v]
    n, streams = m.numbers, m.streams
    titre, step = ana(m)
    pattern = pick(
        ["AC-1", "AC-4", "AC-5", "AC-1,AC-4"], np.floor(4 * streams.uniform("antibodies.pattern")).astype(int)
    )[p]
    screen = f"{m.study['response.ana_screen']}"
    sheet.put(
        ana=np.where(done, titre[p, v], ""), ana_method=np.where(done, "INDIRECT IMMUNOFLUORESCENCE", ""),
        ana_screen=np.where(done, screen, ""), ana_series=np.where(done, "TWOFOLD", ""),
        ana_pattern=np.where(done & (step[p, v] > 0), pattern, ""),
        dsdna_method=np.where(done, "CHEMILUMINESCENT MICROPARTICLE IMMUNOASSAY", ""),
    )  # fmt: skip
    has = streams.uniform("antibodies.has", 6)
    fades = streams.uniform("antibodies.fades", 6)
    for i, item in enumerate(("sm", "rnp", "ssa", "ssb", "nucleosome", "lupus_anticoagulant")):
        positive = has[:, i] < n[f"antibodies.{item}"]
        clears = (fades[:, i] < n["antibodies.clears"]) & (m.people.response == DEEP)
        now = positive[p] & ~(clears[p] & (m.calendar.day[p, v] > 120))
        fading = (
            positive[p]
            & clears[p]
            & (m.calendar.day[p, v] > 75)
            & (m.calendar.day[p, v] <= 120)
            & (item != "lupus_anticoagulant")
        )
        sheet.put(
            **{item: np.where(done, np.where(fading, "EQUIVOCAL", np.where(now, "POSITIVE", "NEGATIVE")), "")}
        )
    sheet.put(coombs=np.where(done, np.where(coombs(m)[p, v], "POSITIVE", "NEGATIVE"), ""))


def coombs(m: Model) -> Booleans:
    """Return at which visits the direct Coombs test is positive: with haemolysis, and in some without."""
    active = at(m.body.disease.activity[:, which("haemolysis")[0]], m.calendar.day) > 0
    alone = m.streams.uniform("antibodies.coombs") < m.numbers["antibodies.coombs"]
    cleared = (m.people.response == DEEP)[:, None] & (m.calendar.day > 90)
    return active | (alone[:, None] & ~cleared)


def _serology(m: Model) -> Sheet:
    sheet, p, _ = at_visits("serology", m.calendar, due(m.study, "serology", m.calendar))
    sheet.put(serology_datetime=m.clock.moment(p, sheet.minute + 12), serology_laboratory=NAME)
    for item, positive in m.history.positive.items():
        sheet.put(**{item: np.where(positive[p], "POSITIVE", "NEGATIVE")})
    return sheet


def _pregnancy(m: Model) -> Sheet:
    there = due(m.study, "pregnancy_test", m.calendar) & m.history.fertile[:, None]
    sheet, p, _ = at_visits("pregnancy_test", m.calendar, there)
    positive = m.history.pregnant[p] & (sheet.visit == "SCR")
    specimen = np.where(np.isin(sheet.visit, ["SCR", "BL"]), "SERUM", "URINE")
    sheet.put(
        hcg_datetime=m.clock.moment(p, sheet.minute + 12),
        hcg=np.where(positive, "POSITIVE", "NEGATIVE"),
        hcg_specimen=specimen,
    )
    return sheet


def _anti_drug(m: Model) -> Sheet:
    sheet, p, v = at_visits("anti_drug", m.calendar, due(m.study, "anti_drug", m.calendar))
    late = m.calendar.day[p, v] > 20
    car = m.streams.uniform("anti_drug.car")[p] < m.numbers["antibodies.anti_car"]
    hla = m.streams.uniform("anti_drug.hla")[p] < m.numbers["antibodies.anti_hla"]
    sheet.put(
        anti_drug_datetime=m.clock.moment(p, sheet.minute + 12),
        anti_car=np.where(car & late, "POSITIVE", "NEGATIVE"),
        anti_hla=np.where(hla & late, "POSITIVE", "NEGATIVE"),
    )  # fmt: skip
    return sheet


def _vector(m: Model) -> Sheet:
    sheet, p, _ = at_visits("vector_safety", m.calendar, due(m.study, "vector_safety", m.calendar))
    sheet.put(vector_datetime=m.clock.moment(p, sheet.minute + 12), rcl="NEGATIVE")
    return sheet


def _kinetics(m: Model) -> Sheet:
    """Return the samples of CAR-NK cells: one a visit, three around each infusion; no number below the limit."""
    n, streams, calendar = m.numbers, m.streams, m.calendar
    single, p1, v1 = at_visits("kinetics_sample", calendar, due(m.study, "kinetics_sample", calendar))
    places = calendar.at(*INFUSION_VISITS)
    given = m.body.infusions.given
    around = np.isin(v1, places)
    number_of = np.where(around, np.searchsorted(places, v1), 0)
    k = np.where(around & given[p1, number_of], 3, 1)
    row = np.repeat(np.arange(len(p1)), k)
    which_of = np.arange(len(row)) - np.repeat(np.cumsum(k) - k, k)
    p, v, i = p1[row], v1[row], number_of[row]
    timed = k[row] == 3
    start, stop = m.body.infusions.start[p, i] * DAY, m.body.infusions.stop[p, i] * DAY
    late = np.round(4 * streams.normal("kinetics.late", len(calendar.codes), 3)[p, v, which_of])
    planned = np.select([which_of == 0, which_of == 1], [start - 25, stop + 60], stop + 240)
    minute = np.floor(
        np.where(timed, planned + np.where(which_of == 0, -np.abs(late), late), single.minute[row] + 15)
    )
    sheet = Sheet("kinetics_sample", p, single.visit[row], which_of + 1, minute)
    noise = n["cells.assay_sd"] * streams.normal("kinetics.noise", len(calendar.codes), 3, 2)[p, v, which_of]
    # a row per person and sample position, so that the course of each person meets his own samples
    level = np.zeros(len(p))
    dense = np.full((len(m), len(calendar.codes), 3), np.nan)
    dense[p, v, which_of] = minute / DAY
    level = m.body.cells.copies(np.nan_to_num(dense, nan=-200.0))[p, v, which_of]
    copies = round_to(level * np.exp(noise[:, 0]), m.study.items["car_copies"])
    white = np.nan_to_num(m.values["wbc"][p, v]) * 1000
    flow = round_to(
        level * np.exp(noise[:, 1]) * white / n["cells.dna_ug"] / n["cells.copies_per_cell"],
        m.study.items["car_cells"],
    )
    lost = streams.uniform("kinetics.lost", len(calendar.codes), 3)[p, v, which_of]
    missing, spoiled = lost < n["missing.kinetics"], lost > 1 - n["missing.haemolysed"]
    begun = (start > minute) & timed & (which_of == 0)
    past = (m.body.infusions.start[p] * DAY < minute[:, None]) & given[p]
    latest = np.where(past, np.arange(1, 4), 0).max(axis=1)
    linked = np.where(begun, i + 1, latest)
    gone = missing | spoiled
    sheet.put(
        kinetics_timepoint=np.where(timed, pick(["PRE-DOSE", "1 H AFTER END", "4 H AFTER END"], which_of), "SINGLE"),
        kinetics_datetime=m.clock.moment(p, minute),
        kinetics_infusion=np.where(linked > 0, np.char.mod("%d", linked), ""),
        kinetics_tube=np.char.add("K", np.char.mod("%05d", 1 + np.arange(len(p)))),
        kinetics_assay="DROPLET DIGITAL PCR",
        kinetics_comment=np.where(spoiled, "Haemolysed", np.where(missing, "No sample", "")),
    )  # fmt: skip
    for item, value, limit in (
        ("car_copies", copies, n["cells.lloq"]),
        ("car_cells", flow, n["cells.lloq_flow"]),
    ):
        decimals = m.study.items[item].decimals
        enough, seen = value >= limit, value >= limit * n["cells.detected"]
        kind = np.where(enough, "QUANTIFIABLE", np.where(seen, "DETECTED BELOW LLOQ", "NOT DETECTED"))
        sheet.put(**{
            f"{item}_result": np.where(gone, "", kind),
            item: np.where(enough & ~gone, number(value, decimals), ""),
            f"{item}_lloq": np.where(gone, "", f"{limit:.{decimals}f}"),
        })  # fmt: skip
        sheet.gap(f"{item}_result", gone, UNUSABLE)
        sheet.gap(item, gone, UNUSABLE)
    sheet.gap("kinetics_datetime", missing, "No sample was drawn")
    sheet.put(kinetics_datetime=np.where(missing, "", sheet.answers["kinetics_datetime"]))
    return sheet
