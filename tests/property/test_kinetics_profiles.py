"""What holds of any profile: order, scale and what is below change only what they may; an oracle agrees."""

from __future__ import annotations

import math
from itertools import pairwise

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from carnet.kinetics.definitions import table as definitions
from carnet.kinetics.nca import parameters

LLOQ = 50.0
WORDS = ("BLQ", "DET", "NEG", "<50")
STARTS = (0.0, 3.0, 6.0)

levels = st.one_of(
    st.floats(0.5, 1e6, allow_subnormal=False).map(lambda v: f"{v:.6g}"),
    st.sampled_from([*WORDS, "ND", "50", "100", "100"]),
)
few = settings(max_examples=10)
times = st.lists(st.integers(-20, 400), min_size=1, max_size=14, unique=True)


@st.composite
def profiles(draw: st.DrawFn) -> pl.DataFrame:
    """Draw one to three subjects' samples, at distinct times in tenths of a day."""
    rows = []
    for subject in range(draw(st.integers(1, 3))):
        rows += [(f"{subject}", tenth / 10, draw(levels)) for tenth in draw(times)]
    return pl.DataFrame(rows, schema=["subject", "time", "value"], orient="row").with_columns(
        analyte=pl.lit("CARTG"), lloq=LLOQ, unit=pl.lit("copies/ug")
    )


def infusions(conc: pl.DataFrame, starts: tuple[float, ...] = STARTS) -> pl.DataFrame:
    every = conc.select("subject").unique()
    return every.join(pl.DataFrame({"time": starts}), how="cross").with_columns(amount=1.0)


def table(conc: pl.DataFrame, **choices: object) -> pl.DataFrame:
    return parameters(conc, infusions(conc), windows=["P0D/P28D", "P7D/P10D"], **choices)


def near(got: pl.Series, want: pl.Series) -> bool:
    """Return whether two columns of numbers agree to all but their last digits."""
    pairs = zip(got, want, strict=True)
    return all(a is b is None or math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9) for a, b in pairs)


def oracle(
    points: list[tuple[float, str]], starts: tuple[float, ...], method: str, blq: str
) -> dict[str, object]:
    """Compute one subject's parameters in plain Python, sample by sample."""
    read = []
    for t, text in sorted(points):
        number = float(text) if text not in (*WORDS, "ND") else None
        if text != "ND" and t > 0:
            read.append((t, number if number is not None and number >= LLOQ else None, text))
    out: dict[str, object] = dict.fromkeys(("CMAX", "TMAX", "TLST", "CLST", "AUCLST", "PEAK_INFUSION"))
    if not read:
        return out
    quantified = [(t, c) for t, c, _ in read if c is not None]
    out |= {"CMAX": 0.0, "AUCLST": 0.0, "PERSIST_DUR": 0.0, "PERSIST_CNSR": 0.0}
    if not quantified:
        return out
    top = max(c for _, c in quantified)
    tmax = next(t for t, c in quantified if c == top)
    tlst, clst = quantified[-1]
    number = max(i for i, start in enumerate(starts, 1) if start < tmax)
    out |= {"CMAX": top, "TMAX": tmax, "TLST": tlst, "CLST": clst, "PEAK_INFUSION": float(number)}
    out |= {"TMAX_SINCE_LAST_INFUSION": tmax - starts[number - 1], "PERSIST_DUR": tlst, "CMAXD": top / number}
    gone = [t for t, c, _ in read if c is None and t > tlst]
    out |= {"PERSIST_CNSR": float(not gone), "PERSIST_END": gone[0] if gone else None}
    late = [(t, c) for t, c in quantified if round(t - max(s for s in starts if s < t), 6) > 1]
    later = [t for t, _, _ in read if round(t - max(s for s in starts if s < t), 6) > 1]
    out["CMAX_EXPANSION"] = max((c for _, c in late), default=0.0 if later else None)
    first = quantified[0][0]
    line = [(0.0, 0.0)]
    for t, c, _ in read:
        if t > tlst:
            break
        if c is not None:
            line.append((t, c))
        elif t < first:
            line.append((t, 0.0))
        elif blq != "drop":
            line.append((t, 0.0 if blq == "zero" else LLOQ / 2))
    area = 0.0
    for (t1, c1), (t2, c2) in pairwise(line):
        bent = {"linear": False, "linear-up-log-down": c2 < c1, "linear-log": t1 >= tmax and c1 != c2}[method]
        if bent and c1 > 0 and c2 > 0 and abs(math.log(c1 / c2)) > 1e-5:
            area += (t2 - t1) * (c2 - c1) / math.log(c2 / c1)
        else:
            area += (t2 - t1) * (c1 + c2) / 2
    out["AUCLST"] = area
    return out


@given(
    profiles(),
    st.sampled_from(["linear-up-log-down", "linear", "linear-log"]),
    st.sampled_from(["drop", "zero", "half"]),
)
@settings(max_examples=30)
def test_plain_python_agrees(conc, auc, blq):
    found = table(conc, auc=auc, blq=blq)
    for subject in conc["subject"].unique():
        points = conc.filter(subject=subject).select("time", "value").rows()
        got = dict(found.filter(subject=subject, scope="overall").select("PPTESTCD", "PPSTRESN").rows())
        for code, want in oracle(points, STARTS, auc, blq).items():
            if want is None:
                assert got[code] is None, code
            else:
                assert got[code] is not None, code
                assert math.isclose(got[code], want, rel_tol=1e-9, abs_tol=1e-9), (code, got[code], want)


@given(profiles(), st.randoms(use_true_random=False))
@few
def test_order_of_rows_does_not_matter(conc, random):
    order = list(range(len(conc)))
    random.shuffle(order)
    assert table(conc[order]).equals(table(conc))


@given(profiles(), st.sampled_from([0.001, 2.0, 1000.0]))
@few
def test_scaling_levels_scales_the_levels_and_no_time(conc, factor):
    """Another unit of the same size, limit included: levels and areas scale, times and flags stay."""
    number = pl.col("value").cast(pl.Float64, strict=False) * factor
    words = pl.col("value").replace("<50", "BLQ")
    scaled = conc.with_columns(
        pl.coalesce(number.cast(pl.String), words).alias("value"), (pl.col("lloq") * factor).alias("lloq")
    )
    before, after = table(conc.with_columns(value=words)), table(scaled)
    kinds = definitions().filter(pl.col("kind").str.contains("level|area"))["PPTESTCD"]
    sized = pl.col("PPTESTCD").is_in(kinds.implode())
    want = before["PPSTRESN"] * before.select(pl.when(sized).then(factor).otherwise(1.0)).to_series()
    assert after.drop("PPSTRESN").equals(before.drop("PPSTRESN"))
    assert after["PPSTRESN"].is_null().equals(want.is_null())
    for got, wanted in zip(after["PPSTRESN"].drop_nulls(), want.drop_nulls(), strict=True):
        assert math.isclose(got, wanted, rel_tol=1e-9, abs_tol=1e-9)


@given(profiles(), st.sampled_from(WORDS), st.integers(1, 4000))
@few
def test_a_result_below_never_changes_the_maximum(conc, word, when):
    """One more sample below quantification, at a time not used yet."""
    more = pl.DataFrame(
        {"subject": conc["subject"][0], "time": when / 10 + 0.05, "value": word}
    ).with_columns(analyte=pl.lit("CARTG"), lloq=LLOQ, unit=pl.lit("copies/ug"))
    where = (pl.col("PPTESTCD").is_in(["CMAX", "TMAX", "TLST", "CLST"])) & pl.col("scope").eq("overall")
    before, after = (table(rows).filter(where) for rows in (conc, pl.concat([conc, more])))
    known = before["PPSTRESN"].is_not_null()
    assert after["PPSTRESN"].filter(known).equals(before["PPSTRESN"].filter(known))
    nothing = before.filter(~known, PPTESTCD="CMAX").select("subject")
    theirs = after.filter(PPTESTCD="CMAX").join(nothing, on="subject")
    assert set(theirs["PPSTRESN"]) <= {0.0, None}


@given(profiles())
@few
def test_the_maximum_is_the_highest_of_the_infusions(conc):
    found = table(conc).filter(PPTESTCD="CMAX")
    whole = dict(found.filter(scope="overall").select("subject", "PPSTRESN").rows())
    parts = found.filter(pl.col("scope") != "overall").group_by("subject").agg(pl.col("PPSTRESN").max())
    assert whole == dict(parts.rows())


@given(profiles())
@few
def test_subjects_do_not_touch_one_another(conc):
    together = table(conc)
    for subject in conc["subject"].unique():
        alone = table(conc.filter(subject=subject))
        theirs = together.filter(subject=subject)
        assert theirs.drop("PPSTRESN").equals(alone.drop("PPSTRESN"))
        assert near(theirs["PPSTRESN"], alone["PPSTRESN"])


@given(profiles())
@few
def test_a_number_or_a_reason(conc):
    found = table(conc)
    assert found.filter(pl.col("PPSTRESN").is_null(), pl.col("flags") == "").is_empty()
    assert not found["PPSTRESN"].is_nan().any()


@given(profiles(), st.sampled_from([0.5, 7.0, 100.0]))
@few
def test_shifting_the_clock_shifts_nothing_told_from_the_first_infusion(conc, days):
    """Infusions and draws on a later clock: times count from the first infusion all the same."""
    doses = infusions(conc)
    later = [rows.with_columns(pl.col("time") + days) for rows in (conc, doses)]
    before, after = parameters(conc, doses), parameters(*later)
    assert near(before["PPSTRESN"], after["PPSTRESN"])


@given(profiles())
@few
def test_drawing_later_after_one_infusion_shifts_the_peak(conc):
    late = conc.filter(pl.col("time") > 0)
    codes = ["CMAX", "TMAX"]
    before = parameters(late, only=codes).filter(scope="overall")
    after = parameters(late.with_columns(pl.col("time") + 2.5), only=codes).filter(scope="overall")
    moved = before["PPSTRESN"] + before.select(pl.when(PPTESTCD="TMAX").then(2.5).otherwise(0.0)).to_series()
    assert near(moved, after["PPSTRESN"])


@given(profiles(), st.integers(1, 399))
@few
def test_a_lower_level_never_changes_the_maximum(conc, when):
    """One more sample at a time not used yet, at the limit: no level can be lower."""
    more = conc.head(1).with_columns(time=pl.lit(when / 10 + 0.05), value=pl.lit("50"))
    more = more.with_columns(subject=pl.lit(conc["subject"][0]))
    before, after = (
        table(rows, only=["CMAX"]).filter(scope="overall")["PPSTRESN"]
        for rows in (conc, pl.concat([conc, more]))
    )
    known = before.fill_null(0.0) >= LLOQ
    assert after.filter(known).equals(before.filter(known))


@given(profiles(), st.integers(1, 27))
@few
def test_areas_of_adjacent_windows_add_up(conc, cut):
    windows = [f"P0D/P{cut}D", f"P{cut}D/P28D", "P0D/P28D"]
    found = parameters(conc, infusions(conc), windows=windows, only=["AUCINT"])
    for (_,), rows in found.group_by("subject"):
        first, second, whole = rows["PPSTRESN"].to_list()
        if None not in (first, second, whole):
            assert math.isclose(first + second, whole, rel_tol=1e-9, abs_tol=1e-9)
