"""compassess.scoring.adverse_impact: counts, expected numbers, and what they cannot say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from compassess.errors import InputError
from compassess.scoring import adverse_impact, expected_adverse_impact


@given(n=st.integers(1, 60), m=st.integers(1, 60), data=st.data())
def test_fisher_is_the_hypergeometric_test(n: int, m: int, data: st.DataObject) -> None:
    """The exact p-value agrees with SciPy's, for every table."""
    x, y = data.draw(st.integers(0, n)), data.draw(st.integers(0, m))
    found = adverse_impact([x, y], [n, m], groups=["a", "b"], reference="b")
    expected = stats.fisher_exact([[x, n - x], [y, m - y]]).pvalue
    assert float(found.fisher_p[0, 0]) == pytest.approx(float(expected), rel=1e-6, abs=1e-12)


def test_several_cuts_and_the_best_group_as_reference() -> None:
    """At every cut the group that passes most is the reference, and is not compared with itself."""
    found = adverse_impact([[40, 30, 9], [10, 20, 2]], [50, 50, 10], groups=["a", "b", "c"])
    assert found.references == ("a", "b")
    assert found.status[:, 2].tolist() == ["too_few", "too_few"]
    assert found.verdict[0].tolist() == ["none", "below_four_fifths", "none"]
    assert len(found.to_frame()) == 6


@pytest.mark.parametrize(
    ("passed", "status", "ratio"),
    [
        ([0, 0], "nobody_passed", np.nan),
        ([50, 50], "everybody_passed", 1.0),
        ([0, 30], "zero_cell", 0.0),
        ([30, 0], "zero_cell", np.inf),
    ],
)
def test_zero_cells_are_statuses(passed: list[int], status: str, ratio: float) -> None:
    """Empty cells give a status and the limit of the ratio, never a warning."""
    found = adverse_impact(passed, [50, 50], groups=["a", "b"], reference="b")
    assert found.status[0, 0] == status
    np.testing.assert_equal(float(found.ratio[0, 0]), ratio)


def test_one_group_alone() -> None:
    """With nobody to compare with there is no verdict."""
    found = adverse_impact([30], [50], groups=["a"])
    assert (found.status[0, 0], found.verdict[0, 0]) == ("one_group", "none")


def test_expected_numbers_of_certain_persons_are_counts() -> None:
    """Probabilities of 0 and 1 give the ratio of the counts."""
    p = np.r_[np.ones(48), np.zeros(12), np.ones(30), np.zeros(20)]
    group = ["first"] * 60 + ["second"] * 50
    found = expected_adverse_impact(p, group, reference="first")
    assert found.ratio[0, 1] == pytest.approx(0.75)
    assert np.isnan(found.fisher_p[0, 1])
    counted = adverse_impact([48, 30], [60, 50], groups=["first", "second"], reference="first")
    # Sample variances divide by n − 1, the formula for counts by n.
    assert found.ratio_low[0, 1] == pytest.approx(counted.ratio_low[0, 1], abs=0.01)


@pytest.mark.parametrize("reliability", [0.9, 0.5, 0.2])
def test_expected_rates_err_as_they_say(reliability: float) -> None:
    """Of 600 pairs of samples of one population z has the SD 1, and 95 % of the intervals hold the ratio 1."""
    rng = np.random.default_rng(5)
    group, z, inside = ["a"] * 200 + ["b"] * 200, [], []
    for _ in range(600):
        mean = np.sqrt(reliability) * rng.standard_normal(400)
        p = stats.norm.sf((0.5 - mean) / np.sqrt(1 - reliability))
        found = expected_adverse_impact(p, group, reference="a")
        z.append(found.z[0, 1])
        inside.append(found.ratio_low[0, 1] <= 1 <= found.ratio_high[0, 1])
    # Standard errors: of an SD 1 / √1200 = .029, of a share √(.95 × .05 / 600) = .0089; four of them.
    assert np.std(z) == pytest.approx(1.0, abs=0.116)
    assert np.mean(inside) == pytest.approx(0.95, abs=0.036)


def test_persons_who_are_known_are_counted() -> None:
    """Probabilities of 0 and 1 have the interval of counts, but for the n − 1 of the sample variance."""
    p = np.r_[np.ones(1900), np.zeros(1100), np.ones(1400), np.zeros(1100)]
    found = expected_adverse_impact(p, ["first"] * 3000 + ["second"] * 2500, reference="first")
    counted = adverse_impact([1900, 1400], [3000, 2500], groups=["first", "second"], reference="first")
    for end in ("ratio_low", "ratio_high", "z"):
        assert getattr(found, end)[0, 1] == pytest.approx(getattr(counted, end)[0, 1], rel=0.01)


def test_probabilities_that_do_not_vary_have_no_interval() -> None:
    """Who all told the same shows nothing of how people differ: no interval and no z, whatever the rate."""
    for p in (1e-16, 0.3, 1.0):
        found = expected_adverse_impact(np.full(40, p), ["a"] * 20 + ["b"] * 20, reference="a", minimum=5)
        assert found.ratio[0, 1] == pytest.approx(1.0)
        assert np.isnan([found.ratio_low[0, 1], found.ratio_high[0, 1], found.z[0, 1], found.z_p[0, 1]]).all()


def test_its_interval_covers() -> None:
    """Of 4,000 pairs of samples about 95 % of the intervals hold the true ratio (SE .0034; 4.5 of them)."""
    rng = np.random.default_rng(3)
    x, y = rng.binomial(120, 0.5, 4000), rng.binomial(150, 0.7, 4000)
    found = adverse_impact(np.column_stack([x, y]), [120, 150], groups=["a", "b"], reference="b")
    inside = (found.ratio_low[:, 0] <= 5 / 7) & (found.ratio_high[:, 0] >= 5 / 7)
    assert inside.mean() == pytest.approx(0.95, abs=0.0155)


@pytest.mark.parametrize("p", [0.9, 0.97, 0.99])
@pytest.mark.parametrize(("other", "least"), [(None, 0.95), (0.99, 0.915)])
def test_its_interval_covers_where_nearly_everybody_passes(
    p: float, other: float | None, least: float
) -> None:
    """Over all tables of 30 against 30 the interval holds the ratio as often as it says, or nearly so."""
    q = p if other is None else other
    x, y = (side.ravel() for side in np.meshgrid(np.arange(31), np.arange(31), indexing="ij"))
    found = adverse_impact(np.column_stack([x, y]), [30, 30], groups=["a", "b"], reference="b")
    probability = stats.binom.pmf(x, 30, p) * stats.binom.pmf(y, 30, q)
    inside = (found.ratio_low[:, 0] <= p / q) & (found.ratio_high[:, 0] >= p / q)
    assert probability @ inside >= least
    some = (x > 0) & (y > 0)
    assert np.all(found.ratio_low[some, 0] < found.ratio[some, 0])
    assert np.all(found.ratio_high[some, 0] > found.ratio[some, 0])


def test_numbers_that_cannot_be() -> None:
    """More that pass than there are, halves of persons, and strangers are told at once."""
    with pytest.raises(InputError) as caught:
        adverse_impact([60, 2.5], [50, 50], groups=["a", "b"], reference="c")
    assert [one.where for one in caught.value.problems] == [
        "cut 1, group 'a'",
        "cut 1, group 'b'",
        "reference",
    ]
