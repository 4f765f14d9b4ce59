"""Indices beside the endpoints: CLASI, lasting damage and the inputs of SLE-DAS, as the physician fills them in."""

from __future__ import annotations

import numpy as np

from carnet.core.instrument import Instrument
from carnet.instruments import CLASI, SDI
from carnet.simulate.activity import ITEMS, SEEN
from carnet.simulate.activity_forms import NOT_MEASURED, joints, state
from carnet.simulate.clock import number, yes
from carnet.simulate.curves import at
from carnet.simulate.model import Model
from carnet.simulate.people import which
from carnet.simulate.samples import due
from carnet.simulate.sheet import Sheet, at_visits


def sheets(m: Model) -> list[Sheet]:
    """Return the sheets of these forms."""
    return [_skin(m), _damage(m), _sledas(m)]


AREAS = ("nose_malar", "face", "neck_front", "chest", "arms", "hands", "neck_back_shoulders", "scalp", "ears",
         "back_buttocks", "abdomen", "legs", "feet")  # fmt: skip
"""The areas of CLASI in the order in which an invented rash spreads over them."""


def _skin(m: Model) -> Sheet:
    sheet, p, v = at_visits("clasi", m.calendar, due(m.study, "clasi", m.calendar))
    rash, hair, mouth = (
        at(m.body.disease.activity[:, i], m.calendar.day)[p, v]
        for i in which("rash", "alopecia", "mucosal_ulcers")
    )
    worst = np.where(m.people.severe[:, which("rash")[0]], 18, 6) + np.round(
        5 * m.streams.uniform("clasi.worst")
    )
    points = np.where(rash > SEEN, np.maximum(1, np.round(worst[p] * np.minimum(rash, 1))), 0)
    scars = np.floor(4 * m.streams.uniform("clasi.damage") ** 2)[p]
    sheet.put(clasi_date=m.clock.date(p, m.calendar.day[p, v]), **_nothing(CLASI))
    for i, area in enumerate(AREAS):
        here = np.clip(points - 3 * i, 0, 3)
        sheet.put(
            **{
                f"clasi_erythema_{area}": number(np.minimum(here, 2), 0),
                f"clasi_scale_{area}": number(np.maximum(here - 2, 0), 0),
                f"clasi_dyspigmentation_{area}": yes(i < scars),
            }
        )
    sheet.put(
        clasi_mucosa=yes(mouth > SEEN), clasi_hair_loss=yes(hair > SEEN), clasi_alopecia=number((hair > SEEN) * 1.0, 0),
        clasi_activity_total=number(points + (hair > SEEN) * 2 + (mouth > SEEN), 0),
        clasi_damage_total=number(scars, 0),
    )  # fmt: skip
    return sheet


def _nothing(instrument: Instrument) -> dict[str, str]:
    """Return the answer that nothing is there to each item of an instrument."""
    return {item.id: "N" if item.type == "boolean" else "0" for item in instrument.form.items}


DAMAGE = ("cataract", "", "gfr", "pulmonary_fibrosis", "valve", "claudication", "mesenteric", "arthritis",
          "scarring_alopecia", "gonadal_failure", "diabetes_treated", "")  # fmt: skip
"""The damage that an invented patient may have in each of the twelve organ systems; none in two of them."""


def _damage(m: Model) -> Sheet:
    sheet, p, v = at_visits("damage", m.calendar, due(m.study, "damage", m.calendar))
    before = m.streams.uniform("damage.before", len(DAMAGE)) < m.numbers["damage.before"]
    later = m.streams.uniform("damage.later", len(DAMAGE)) < m.numbers["damage.per_year"] / len(DAMAGE)
    when = 365 * m.streams.uniform("damage.when", len(DAMAGE))
    total = np.zeros(len(p))
    sheet.put(**_nothing(SDI))
    for i, kind in enumerate(DAMAGE):
        there = before[p, i] | (later[p, i] & (m.calendar.day[p, v] > when[p, i]))
        if kind:
            total += there
            sheet.put(**{f"sdi_{kind}": yes(there)})
    sheet.put(damage_date=m.clock.date(p, m.calendar.day[p, v]), sdi_total=number(total, 0))
    return sheet


SLEDAS = {
    "rash": "rash", "alopecia": "alopecia", "ulcers": "mucosal_ulcers", "vasculitis_mucocutaneous": "vasculitis",
    "myositis": "myositis", "serositis": "pleurisy pericarditis", "low_complement": "low_complement",
    "anti_dsdna": "anti_dsdna", "neuropsychiatric": "seizure psychosis organic_brain_syndrome visual_disturbance "
    "cranial_nerve_disorder lupus_headache cva",
}  # fmt: skip
"""The inputs of SLE-DAS that SLEDAI-2K asks for as well, by the items that make them."""


def _sledas(m: Model) -> Sheet:
    """Return the inputs of SLE-DAS: what SLEDAI-2K says at the visit, the joints, and numbers as reported."""
    sheet, p, v = at_visits("sledas", m.calendar, due(m.study, "sledas", m.calendar))
    here = state(m)[p, :, v]
    found = {
        name: np.max([here[:, ITEMS.index(key)] for key in keys.split()], axis=0)
        for name, keys in SLEDAS.items()
    }
    rash, wide = found.pop("rash"), m.people.severe[:, which("rash")[0]][p]
    found |= {
        "rash_localized": np.where(wide, rash * 0, rash),
        "rash_generalized": np.where(wide, rash, rash * 0),
    }
    (haemolysis,) = which("haemolysis")
    found["haemolytic_anaemia"] = at(m.body.disease.activity[:, haemolysis], m.calendar.day)[p, v] > SEEN
    sheet.put(sledas_vasculitis_systemic="N", sledas_cardiopulmonary="N")
    for name, answer in found.items():
        known = ~np.isnan(np.asarray(answer, float))
        sheet.put(**{f"sledas_{name}": np.where(known, yes(answer == 1), "")})
        sheet.gap(f"sledas_{name}", ~known, NOT_MEASURED)
    values = m.samples.values
    protein = 1000 * np.where(np.isnan(values["prot24"]), values["upcr"], values["prot24"])
    for name, value, decimals in (
        ("proteinuria", protein, 0), ("platelets", values["plat"], 0), ("leukocytes", values["wbc"], 2)
    ):  # fmt: skip
        known = ~np.isnan(value[p, v])
        sheet.put(**{f"sledas_{name}": np.where(known, number(np.nan_to_num(value[p, v]), decimals), "")})
        sheet.gap(f"sledas_{name}", ~known, NOT_MEASURED)
    sheet.put(
        sledas_date=m.clock.date(p, m.calendar.day[p, v]), sledas_joints_swollen=number(joints(m, p, v)[1], 0)
    )
    return sheet
