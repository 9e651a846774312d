"""compassess.adaptive.stopping.exact_sprt: the walk of the statistic, against hand values and enumeration."""

from __future__ import annotations

import itertools
from typing import Any

import banks
import numpy as np
import pytest
import sittings
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from compassess.adaptive import decisions, exact_sprt
from compassess.errors import InputError


def enumerated(theta: float, n_max: int, **design: float) -> dict[str, float]:
    """The same by all sequences of answers; ``design`` as in :func:`exact_sprt`."""
    a, b, cut, delta = (design[name] for name in ("slope", "difficulty", "cut", "delta"))
    p = expit(a * (theta - b))
    step = [
        np.log(expit(sign * a * (cut + delta - b)) / expit(sign * a * (cut - delta - b))) for sign in (-1, 1)
    ]
    high, low = np.log((1 - design["beta"]) / design["alpha"]), np.log(design["beta"] / (1 - design["alpha"]))
    found = dict.fromkeys(("expected_length", "p_above", "p_below", "forced", "p_leaning_above"), 0.0)
    for answers in itertools.product((0, 1), repeat=n_max):
        chance = np.prod([p if x else 1 - p for x in answers])
        path = np.cumsum([step[x] for x in answers])
        hit = np.flatnonzero((path >= high - 1e-9) | (path <= low + 1e-9))
        end = hit[0] if hit.size else n_max - 1
        found["expected_length"] += chance * (end + 1)
        if hit.size:
            found["p_above" if path[end] > 0 else "p_below"] += chance
        else:
            found["forced"] += chance
        lean = 0.5 if not hit.size and abs(path[end]) <= 1e-9 else float(path[end] > 0)
        found["p_leaning_above"] += chance * lean
    return found


@pytest.mark.parametrize(
    "design",
    [
        {"theta": 0.3, "delta": 0.8, "alpha": 0.1, "beta": 0.2, "slope": 1.0, "difficulty": 0.0, "cut": 0.0},
        {"theta": -0.4, "delta": 0.5, "alpha": 0.2, "beta": 0.1, "slope": 1.7, "difficulty": 0.6, "cut": 0.1},
        {
            "theta": 1.0,
            "delta": 0.3,
            "alpha": 0.3,
            "beta": 0.3,
            "slope": 0.9,
            "difficulty": -1.2,
            "cut": -0.5,
        },
    ],
)
def test_all_sequences_of_answers_say_the_same(design: dict[str, Any]) -> None:
    """Dynamic programming equals the sum over all 2¹¹ sequences, items off the cut included."""
    ours = exact_sprt(n_max=11, **design)
    for name, value in enumerated(n_max=11, **design).items():
        assert getattr(ours, name) == pytest.approx(value, abs=1e-12), name
    assert ours.lengths.sum() == pytest.approx(1.0, abs=1e-12)


def test_the_unlimited_walk_is_that_of_the_gamblers_ruin() -> None:
    """Six steps to either bound: 36 items at p = ½, and P(above) = 1 / (1 + (q / p)⁶) off it."""
    fair = exact_sprt(0.0, delta=0.5, n_max=2000)
    assert fair.expected_length == pytest.approx(36.0, abs=1e-6)
    assert fair.p_above == pytest.approx(0.5, abs=1e-9)
    theta = 0.4
    ruin = 1 / (1 + np.exp(-6 * theta))
    assert exact_sprt(theta, delta=0.5, n_max=2000).p_above == pytest.approx(ruin, abs=1e-9)


@settings(max_examples=30)
@given(
    delta=st.floats(0.2, 1.0),
    rate=st.floats(0.01, 0.2),
    slope=st.floats(0.5, 2.0),
    shift=st.floats(-1.0, 1.0),
)
def test_walds_inequalities_hold(delta: float, rate: float, slope: float, shift: float) -> None:
    """At c ± δ the rates of error of an unlimited test are at most α / (1 − β) and β / (1 − α)."""
    design = {"delta": delta, "alpha": rate, "beta": 0.05, "slope": slope, "difficulty": shift, "n_max": 400}
    low, high = (exact_sprt(theta, **design) for theta in (-delta, delta))
    assert low.p_above <= rate / (1 - 0.05) + 1e-12
    assert high.p_below <= 0.05 / (1 - rate) + 1e-12


def test_the_rule_of_the_engine_walks_the_same_walk() -> None:
    """1,500 sittings at each of three θ: lengths, open ends and decisions within four Monte-Carlo errors."""
    n, n_max, delta = 1500, 40, 0.5
    assessment = banks.assessment(
        banks.equal_items(n_max),
        length=(1, n_max),
        limits=(0, None),
        rule="sprt",
        rule_parameters={"delta": delta, "cuts": [0.0]},
    )
    for theta in (0.0, 0.25, 1.0):
        exact = exact_sprt(theta, delta=delta, n_max=n_max)
        codes = sittings.answers(assessment.plan, np.full(n, theta), seed=int(theta * 100))
        whole, view = sittings.played(assessment.plan, codes)
        bands = decisions(assessment.plan, view)[0].bands[:, 0]
        spread = np.sqrt(exact.lengths @ (np.arange(1, n_max + 1) - exact.expected_length) ** 2 / n)
        assert whole.n_items.mean() == pytest.approx(exact.expected_length, abs=4 * spread)
        for found, p in (((bands == -1).mean(), exact.forced), ((bands == 1).mean(), exact.p_above)):
            assert found == pytest.approx(p, abs=4 * np.sqrt(p * (1 - p) / n) + 1 / n)


def test_parameters_are_checked() -> None:
    """All faults at once, each with its place."""
    with pytest.raises(InputError) as caught:
        exact_sprt(np.nan, delta=-1.0, n_max=0, alpha=0.6)
    assert [problem.where for problem in caught.value.problems] == ["theta", "delta", "alpha", "n_max"]
