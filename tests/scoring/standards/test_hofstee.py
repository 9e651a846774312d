"""compassess.scoring.standards.hofstee: the line that meets the distribution, and how sure the meeting is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import norm

from compassess.errors import InputError
from compassess.irt.grid import Grid
from compassess.scoring.standards import (
    GridDistribution,
    NormalDistribution,
    SampleDistribution,
    ScoreDistribution,
    hofstee,
)

PEOPLE = NormalDistribution()


def panel(rng: np.random.Generator, n: int) -> np.ndarray:
    """Four answers of n judges, which go together: who is severe is so in all."""
    severity = rng.normal(size=n)
    means, spreads = (-1.2, 0.4, 0.08, 0.45), (0.2, 0.2, 0.01, 0.05)
    return np.array(
        [m + s * (0.6 * severity + 0.8 * rng.normal(size=n)) for m, s in zip(means, spreads, strict=True)]
    )


def test_a_cut_by_hand() -> None:
    """Uniform scores on 0 … 100, cuts 40 to 60, 20 to 60 % failures: .01 x = .6 − .02 (x − 40) at x = 140 / 3."""
    scores = np.linspace(0, 100, 10_001)
    found = hofstee(
        [35, 45], [55, 65], [0.1, 0.3], [0.5, 0.7], SampleDistribution(scores=scores), bands=("fail", "pass")
    )
    assert found.cuts[0] == pytest.approx(140 / 3, abs=0.01)
    assert found.details["fail_rate"] == pytest.approx(140 / 300, abs=1e-4)
    np.testing.assert_allclose(found.details["line"], [40, 60, 0.2, 0.6])
    np.testing.assert_allclose(found.details["fail_rates"], [0.4, 0.6], atol=1e-3)
    # t = 1/3, w = 20, h = .4, f = .01: w f + h = .6.
    np.testing.assert_allclose(found.details["gradient"], [4 / 9, 2 / 9, 100 / 9, 200 / 9], rtol=0.01)
    # The two judges differ by 10, 10, .2, .2 in ranks that agree: 40/9 + 20/9 + 20/9 + 40/9 = 120/9 apart.
    assert found.details["standard_errors"]["judges"] == pytest.approx(120 / 9 / 2, rel=0.01)
    p = 140 / 300
    assert found.details["standard_errors"]["persons"] == pytest.approx(
        20 / 0.6 * np.sqrt(p * (1 - p) / 10_001), rel=0.01
    )
    assert (found.n, found.n_of, found.status, found.bands) == (2, "judges", "ok", ("fail", "pass"))


@given(
    low=st.floats(-2, 0),
    width=st.floats(0.05, 2),
    least=st.floats(0, 0.3),
    height=st.floats(0.05, 0.6),
)
def test_the_cut_lies_on_line_and_distribution(low: float, width: float, least: float, height: float) -> None:
    """Brent's root of line less distribution is the cut; where the ends have one sign, a status says so."""
    found = hofstee(low, low + width, least, least + height, PEOPLE)

    def above(x: float) -> float:
        return float(norm.cdf(x)) - (least + height - height * (x - low) / width)

    if above(low) > 0:
        assert found.status == "too_many_fail"
    elif above(low + width) < 0:
        assert found.status == "too_few_fail"
    else:
        assert found.status == "ok"
        assert found.cuts[0] == pytest.approx(brentq(above, low, low + width), abs=1e-9)
    assert np.isnan(found.cuts[0]) == (found.status != "ok")


def grid_distribution() -> GridDistribution:
    """A skewed density on nodes."""
    grid = Grid.create(121)
    masses = norm.pdf(grid.theta, -0.4, 0.7) + 0.5 * norm.pdf(grid.theta, 1.0, 0.9)
    return GridDistribution(grid=grid, masses=masses / masses.sum())


@pytest.mark.parametrize("people", [PEOPLE, grid_distribution()], ids=["normal", "grid"])
def test_the_gradient_is_the_one_of_finite_differences(people: ScoreDistribution) -> None:
    """Each of the four means, moved a little, moves the cut as stated."""
    line, h = np.array([-1.0, 0.6, 0.1, 0.5]), 1e-4
    stated = hofstee(*line, people).details["gradient"]
    for which in range(4):
        step = h * (np.arange(4) == which)
        moved = (hofstee(*(line + step), people).cuts[0] - hofstee(*(line - step), people).cuts[0]) / (2 * h)
        assert stated[which] == pytest.approx(moved, rel=1e-5)


@given(seed=st.integers(0, 2**32 - 1))
def test_laws(seed: int) -> None:
    """The order of judges does not matter; any answer that is raised raises the cut."""
    rng = np.random.default_rng(seed)
    answers = panel(rng, 7)
    found = hofstee(*answers, PEOPLE)
    mixed = hofstee(*answers[:, rng.permutation(7)], PEOPLE)
    assert mixed.cuts[0] == pytest.approx(found.cuts[0])
    assert mixed.standard_errors[0] == pytest.approx(found.standard_errors[0])
    answers[rng.integers(4), rng.integers(7)] += 0.01
    assert hofstee(*answers, PEOPLE).cuts[0] > found.cuts[0]


def test_upright_and_level_lines() -> None:
    """One cut named by all, with a margin of failures, is that cut; one fail rate is its quantile."""
    upright = hofstee([-0.2, 0.0], [-0.2, 0.0], [0.1, 0.1], [0.6, 0.7], PEOPLE)
    assert upright.cuts[0] == pytest.approx(-0.1)
    assert upright.standard_errors[0] == pytest.approx(0.1)
    sample = SampleDistribution(scores=norm.ppf((np.arange(1000) + 0.5) / 1000))
    level = hofstee([-2.0, -1.0], [1.0, 1.0], [0.3, 0.3], [0.3, 0.3], sample)
    assert level.cuts[0] == pytest.approx(float(sample.quantile(0.3)))
    # Nobody's answer but the fail rate counts, and persons err as in a quantile.
    assert level.details["standard_errors"]["judges"] == 0
    quantile_error = np.sqrt(0.21 / 1000) / sample.density(level.cuts[0])
    assert level.standard_errors[0] == pytest.approx(float(quantile_error))


@pytest.mark.parametrize("over", ["judges", "judges and persons"])
def test_cuts_of_repeated_panels_vary_as_stated(over: str) -> None:
    """Over 600 panels of 12 judges, with and without 150 new persons, the mean stated error is the SD, to 9 %.

    An SD from 600 draws is known to 2.9 %.
    """
    rng, found = np.random.default_rng(31), []
    for _ in range(600):
        people = SampleDistribution(scores=rng.normal(size=150)) if over != "judges" else PEOPLE
        found.append(hofstee(*panel(rng, 12), people))
    sd = np.std([one.cuts[0] for one in found], ddof=1)
    assert np.mean([one.standard_errors[0] for one in found]) == pytest.approx(sd, rel=0.09)
    share = np.mean([one.details["standard_errors"]["persons"] ** 2 for one in found]) / sd**2
    assert (share > 0.2) == (over != "judges")


def test_one_judge_has_a_cut_without_error() -> None:
    """What one person answers tells nothing of other judges, but the persons' part is there."""
    found = hofstee(-1, 1, 0.1, 0.5, NormalDistribution(n=100))
    assert np.isnan(found.standard_errors[0])
    assert found.details["standard_errors"]["persons"] > 0


def test_where_there_is_no_cut_nothing_is_told() -> None:
    """A panel that would fail fewer than even its lowest cut does, and one that would fail more."""
    many, few = hofstee([1, 1.2], [2, 2], [0.1, 0.1], [0.3, 0.3], PEOPLE), hofstee(-3, -2, 0.4, 0.5, PEOPLE)
    assert (many.status, few.status) == ("too_many_fail", "too_few_fail")
    for found in (many, few):
        assert np.isnan([found.cuts[0], found.standard_errors[0], found.details["fail_rate"]]).all()
    sampled = hofstee(3, 4, 0.1, 0.3, SampleDistribution(scores=np.arange(5.0)))
    assert sampled.status == "too_many_fail"


def test_a_level_line_where_nobody_is_has_no_error() -> None:
    """Where no failures are borne and nobody scores, any cut would do, and how sure it is cannot be told."""
    found = hofstee([-60, -59], [-50, -49], [0, 0], [0, 0], PEOPLE)
    assert found.status == "ok"
    assert np.isnan(found.standard_errors[0])


def test_every_fault_is_told_at_once() -> None:
    """Rates that are none, numbers missing, highest below lowest, names that do not fit, judge by judge."""
    with pytest.raises(InputError) as caught:
        hofstee([0, np.nan, 1], [1, 1, 0], [0.1, 0.2, 0.3], [0.5, 1.2, 0.2], PEOPLE, bands=("a",))
    assert [one.where for one in caught.value.problems] == [
        "hofstee, bands",
        "judge 2, lowest cut",
        "judge 2, highest fail rate",
        "judge 3",
        "judge 3",
    ]
    for answers in (([0, 1], [1], [0.1], [0.5]), ([], [], [], []), ([[0]], [[1]], [[0.1]], [[0.5]])):
        with pytest.raises(InputError, match="four answers of every judge"):
            hofstee(*answers, PEOPLE)
