"""compassess.scoring.ranking: the probability of being among the k best, and the moments of ranks."""

from __future__ import annotations

from itertools import combinations

import mpmath
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import ndtr
from scipy.stats import norm

from compassess.errors import InputError
from compassess.irt import Grid
from compassess.scoring.ranking import (
    DrawnPosteriors,
    GridPosteriors,
    NormalPosteriors,
    Posteriors,
    among_best,
    rank_moments,
)

MEANS = np.array([0.9, 0.5, 0.45, -0.2, -1.5, 0.1])
SDS = np.array([0.3, 0.5, 0.1, 0.8, 0.2, 1.4])

PEOPLE = st.lists(st.tuples(st.floats(-3, 3), st.floats(0.02, 2)), min_size=2, max_size=8)


def normal(people: list[tuple[float, float]]) -> NormalPosteriors:
    """Posteriors from pairs of mean and SD."""
    mean, sd = np.array(people).T
    return NormalPosteriors.of(mean, sd)


def many(n: int, seed: int = 2) -> NormalPosteriors:
    """As people after a test of reliability .9."""
    rng = np.random.default_rng(seed)
    return NormalPosteriors.of(rng.normal(0, 0.95, n), rng.uniform(0.2, 0.45, n))


def pairwise(mean: np.ndarray, sd: np.ndarray) -> np.ndarray:
    """1 + Σ P(θ_m > θ_n) pair by pair."""
    above = ndtr((mean - mean[:, None]) / np.hypot(sd, sd[:, None]))
    return 1 + above.sum(axis=1) - 0.5  # a pair of oneself has ½


def test_the_better_of_two_is_a_difference() -> None:
    """k = 1, n = 2: Φ((μ₁ − μ₂) / √(s₁² + s₂²)), to the last digits and far out."""
    for mean, sd in (((0.3, -0.2), (0.4, 0.7)), ((2.0, -1.0), (0.3, 0.01)), ((0.0, 0.0), (1e-3, 2.0))):
        found = among_best(NormalPosteriors.of(mean, sd), 1)
        expected = ndtr((mean[0] - mean[1]) / np.hypot(*sd))
        np.testing.assert_allclose(found, [expected, 1 - expected], rtol=0, atol=1e-13)


@pytest.mark.parametrize("k", [1, 2, 4])
def test_every_set_of_others_is_counted(k: int) -> None:
    """P_n is the integral of f_n over all sets of fewer than k others above, by 20 digits."""
    found = among_best(NormalPosteriors.of(MEANS, SDS), k)
    with mpmath.workdps(20):
        for n in (0, 5):
            others = [m for m in range(6) if m != n]

            def integrand(t: mpmath.mpf, n: int = n, others: list[int] = others) -> mpmath.mpf:
                above = {m: mpmath.ncdf((MEANS[m] - t) / SDS[m]) for m in others}
                total = mpmath.mpf(0)
                for size in range(k):
                    for chosen in combinations(others, size):
                        total += mpmath.fprod(above[m] if m in chosen else 1 - above[m] for m in others)
                return mpmath.npdf(t, MEANS[n], SDS[n]) * total

            ends = [MEANS[n] + x * SDS[n] for x in (-9, -3, -1, 0, 1, 3, 9)]
            cuts = sorted({*ends, *(m for m in MEANS.tolist() if ends[0] < m < ends[-1])})
            assert found[n] == pytest.approx(float(mpmath.quad(integrand, cuts, maxdegree=6)), abs=1e-10)


def test_simulated_people_agree() -> None:
    """Of 200 persons, probabilities and moments are those of drawn ranks, within Monte-Carlo error."""
    people, n_draws = many(200), 10_000
    rng = np.random.default_rng(3)
    draws = people.mean + people.sd * rng.standard_normal((n_draws, 200))
    drawn = DrawnPosteriors.of(draws)
    for k in (1, 5, 60):
        p = among_best(people, k)
        error = np.sqrt(np.maximum(p * (1 - p), 1 / n_draws) / n_draws)
        assert np.all(np.abs(among_best(drawn, k) - p) < 4.5 * error)  # 4.5 SE of 200 shares
    exact, shown = rank_moments(people), rank_moments(drawn)
    assert np.all(np.abs(shown.mean - exact.mean) < 4.5 * exact.sd / np.sqrt(n_draws))
    # The SD of an SD is about SD √((κ − 1) / 4 n): 2 % of it at the kurtosis of a rank near the top.
    np.testing.assert_allclose(shown.sd, exact.sd, rtol=0.06)


@settings(max_examples=15)
@given(PEOPLE)
@example([(0.0, 0.02), (2.15625, 0.02)])  # between the two nobody is: densities of 1e-310
def test_laws_of_the_k_best(people: list[tuple[float, float]]) -> None:
    """Σ P = k, P rises with k from 0 to 1, and shifting or turning everybody does what it should."""
    posteriors = normal(people)
    n = len(people)
    rows = np.stack([among_best(posteriors, k) for k in range(1, n + 1)])
    np.testing.assert_allclose(rows.sum(axis=1), np.arange(1, n + 1), rtol=0, atol=1e-9)
    assert np.all(np.diff(rows, axis=0) >= -1e-10)
    np.testing.assert_array_equal(rows[-1], 1.0)
    shifted = NormalPosteriors.of(posteriors.mean + 1.7, posteriors.sd)
    np.testing.assert_allclose(among_best(shifted, 1), rows[0], rtol=0, atol=1e-9)
    # The k best upside down are the k worst: those who are not among the n − k best.
    turned = NormalPosteriors.of(-posteriors.mean, posteriors.sd)
    np.testing.assert_allclose(among_best(turned, 1), 1 - rows[n - 2], rtol=0, atol=1e-9)


@settings(max_examples=15)
@given(PEOPLE)
def test_laws_of_ranks(people: list[tuple[float, float]]) -> None:
    """Means are those of pairs and sum to n (n + 1) / 2; P(among the k best) adds up to them."""
    posteriors, n = normal(people), len(people)
    found = rank_moments(posteriors)
    np.testing.assert_allclose(found.mean, pairwise(posteriors.mean, posteriors.sd), rtol=0, atol=1e-9)
    rows = np.stack([among_best(posteriors, k) for k in range(1, n + 1)])
    # E rank = Σ_k P(rank > k), and E rank² = Σ_k (2k + 1) P(rank > k), k = 0, 1, …
    beyond = 1 - np.vstack([np.zeros(n), rows[:-1]])
    np.testing.assert_allclose(beyond.sum(axis=0), found.mean, rtol=0, atol=1e-8)
    second = (2 * np.arange(n)[:, None] + 1) * beyond
    np.testing.assert_allclose(second.sum(axis=0) - found.mean**2, found.sd**2, rtol=0, atol=1e-7)


@pytest.mark.parametrize("n", [2, 7, 300])
def test_exchangeable_persons_share(n: int) -> None:
    """People of whom the same is known have k / n each, expected rank (n + 1) / 2, variance (n² − 1) / 12."""
    people = NormalPosteriors.of(np.full(n, 0.4), 0.3)
    for k in {1, n // 2, n - 1}:
        np.testing.assert_allclose(among_best(people, k), k / n, rtol=0, atol=1e-11)
    moments = rank_moments(people)
    np.testing.assert_allclose(moments.mean, (n + 1) / 2, rtol=1e-11)
    np.testing.assert_allclose(moments.sd, np.sqrt((n**2 - 1) / 12), rtol=1e-9)


def test_what_is_known_well_is_certain() -> None:
    """With tiny errors the k best by estimate are the k best; two who are as good share what is left."""
    mean = np.array([3.0, 2.0, 2.0, 1.0, 0.0])
    found = among_best(NormalPosteriors.of(mean, 1e-6), 2)
    # A point near 2 is stored to 4e-16, so that its distance in SD is known to 4e-10 only.
    np.testing.assert_allclose(found, [1, 0.5, 0.5, 0, 0], rtol=0, atol=4e-10)
    np.testing.assert_allclose(
        rank_moments(NormalPosteriors.of(mean, 1e-6)).mean, [1, 2.5, 2.5, 4, 5], atol=4e-9
    )


def test_wide_and_narrow_posteriors_go_together() -> None:
    """SEs from 1e-4 to 1 in one competition: the sums are k, and the best of all is found by quadrature."""
    rng = np.random.default_rng(8)
    mean, sd = rng.normal(size=40), 10.0 ** rng.uniform(-4, 0, 40)
    found = among_best(NormalPosteriors.of(mean, sd), 3)
    assert found.sum() == pytest.approx(3, abs=1e-9)
    first = among_best(NormalPosteriors.of(mean, sd), 1)
    who = int(np.argmax(first))

    def integrand(t: float) -> float:
        others = np.delete(ndtr((t - mean) / sd), who)
        return float(norm.pdf(t, mean[who], sd[who]) * others.prod())

    near = sorted(m for m in mean.tolist() if abs(m - mean[who]) < 8 * sd[who])
    by_quad = quad(integrand, mean[who] - 8 * sd[who], mean[who] + 8 * sd[who], points=near, limit=2_000)[0]
    assert first[who] == pytest.approx(by_quad, abs=1e-7)  # what quad reaches on steps of 1e-4


def test_masses_on_a_grid_are_densities() -> None:
    """Normal posteriors on a grid agree with their formula, the better the finer the grid."""
    people = many(120)
    for n_nodes, tolerance in ((41, 1e-6), (61, 1e-8), (121, 1e-10)):  # 1.5, 1 and .5 of the narrowest SD
        grid = Grid.create(n_nodes)
        masses = norm.pdf(grid.theta, people.mean[:, None], people.sd[:, None])
        on_grid = GridPosteriors.of(grid, 3.0 * masses)  # of any sum
        np.testing.assert_allclose(among_best(on_grid, 10), among_best(people, 10), rtol=0, atol=tolerance)
        exact = rank_moments(people)
        np.testing.assert_allclose(rank_moments(on_grid).mean, exact.mean, rtol=0, atol=100 * tolerance)


def test_skewed_masses_are_integrated_as_they_are() -> None:
    """Of two skewed posteriors (Gumbel) the better has P = 1 / (1 + e^−Δ), which no normal would say."""
    grid = Grid.between(-8.0, 16.0, 161)

    def gumbel(mode: float) -> np.ndarray:
        z = grid.theta - mode
        return np.exp(-z - np.exp(-z))

    # The difference of two Gumbel variables of scale 1 is logistic.
    found = among_best(GridPosteriors.of(grid, np.stack([gumbel(0.7), gumbel(0.0)])), 1)
    expected = 1 / (1 + np.exp(-0.7))
    np.testing.assert_allclose(
        found, [expected, 1 - expected], rtol=0, atol=2e-6
    )  # e^−16 lies beyond the grid


def test_draws_keep_what_goes_together() -> None:
    """Persons whose draws rise and fall together keep their order, however wide each posterior is."""
    common = np.random.default_rng(5).normal(size=(500, 1))
    found = DrawnPosteriors.of(common + np.array([0.02, 0.01, 0.0]))
    np.testing.assert_array_equal(among_best(found, 1), [1, 0, 0])
    moments = rank_moments(found)
    np.testing.assert_array_equal(moments.mean, [1, 2, 3])
    np.testing.assert_array_equal(moments.sd, 0)


def test_equal_draws_share_places() -> None:
    """Three who are equal in every draw have k / 3 each, and the mean of the ranks that they fill."""
    found = DrawnPosteriors.of(np.zeros((2, 3)))
    np.testing.assert_allclose(among_best(found, 2), 2 / 3)
    np.testing.assert_array_equal(rank_moments(found).mean, 2)


@pytest.mark.parametrize(
    "posteriors",
    [
        NormalPosteriors.of([0.5, np.nan, 0.1, 0.2], [0.2, np.nan, 0.3, 0.3]),
        GridPosteriors.of(
            Grid.create(61),
            np.stack([np.exp(-2 * (Grid.create(61).theta - m) ** 2) for m in (0.5, np.nan, 0.1, 0.2)]),
        ),
        DrawnPosteriors.of(np.random.default_rng(1).normal(size=(50, 4)) + np.array([0, np.nan, 0, 0])),
    ],
)
def test_who_has_no_posterior_is_not_compared(posteriors: Posteriors) -> None:
    """A person of NaN gets NaN, and the others are as if there were no such person."""
    p, moments = among_best(posteriors, 2), rank_moments(posteriors)
    rows = np.array([0, 2, 3])
    np.testing.assert_array_equal(np.isnan(p), [False, True, False, False])
    np.testing.assert_array_equal(p[rows], among_best(posteriors.select(rows), 2))
    assert np.isnan(moments.mean[1])
    assert p[rows].sum() == pytest.approx(2, abs=1e-9)
    assert moments.mean[rows].sum() == pytest.approx(6, abs=1e-9)


def test_posteriors_tell_what_is_wrong_with_them() -> None:
    """Infinite estimates, errors that are not above 0, masses below 0, draws with holes: the person is named."""
    with pytest.raises(InputError) as raised:
        NormalPosteriors.of([0.0, np.inf, 1.0], [0.2, 0.1, 0.0])
    assert [one.where for one in raised.value.problems] == ["theta, person 2", "se, person 3"]
    with pytest.raises(InputError, match="theta: wrong shape"):
        NormalPosteriors.of(np.zeros((2, 2)), 0.1)
    with pytest.raises(InputError, match="se: wrong shape"):
        NormalPosteriors.of([0.0, 1.0, 2.0], [0.1, 0.2])
    with pytest.raises(InputError, match="masses, person 2"):
        GridPosteriors.of(Grid.create(5), [[1, 1, 1, 1, 1], [1, 1, -1, 1, 1]])
    with pytest.raises(InputError, match="masses: wrong shape"):
        GridPosteriors.of(Grid.create(7), [[1.0] * 5])
    with pytest.raises(InputError, match="draws, person 2"):
        DrawnPosteriors.of([[0.0, np.nan], [1.0, 2.0]])
    with pytest.raises(InputError, match="at least 2"):
        DrawnPosteriors.of([[0.0, 1.0]])
    with pytest.raises(InputError, match="1 … 3"):
        among_best(NormalPosteriors.of([0.0, 1.0, 2.0], 0.1), 4)
