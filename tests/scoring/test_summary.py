"""compassess.scoring.summary: numbers from the joint posterior, against integration by other means."""

from __future__ import annotations

from functools import lru_cache

import banks
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compassess as ca
from compassess.irt import simulate_abilities, simulate_responses
from compassess.scoring import Summary

from .brute_force import NONE, BruteForce, category_probability

CUTS = (-1.2, 0.1, 0.9)


def two_blocks(per_competency: int, loading: float, correlation: float = 0.6) -> ca.ItemBank:
    """Two blocks; ``a1`` and ``a2`` in the first, ``b1`` in the second."""
    rng = np.random.default_rng(1)
    competencies = {"a1": ("a", loading), "a2": ("a", loading), "b1": ("b", loading)}
    items = [
        banks.item(
            f"{name}_{j}",
            name,
            block,
            rng.uniform(1.2, 2.0),
            np.sort(rng.normal(0, 1, 3)) + np.array([0, 0.1, 0.2]),
        )
        for name, (block, _) in competencies.items()
        for j in range(per_competency)
    ]
    return banks.bank(competencies, items, ((1, correlation), (correlation, 1)))


def answers_of(bank: ca.ItemBank, n_persons: int, seed: int, *, share: float = 1.0) -> np.ndarray:
    """Answers of people drawn from the bank's population, −1 where there is none."""
    items = bank.irt_items()
    codes = simulate_responses(
        items, simulate_abilities(bank.population, n_persons, seed=seed), seed=seed
    ).codes()
    kept = np.random.default_rng(seed).random(codes.shape) < share
    return np.where(kept, codes, NONE)


def summary_of(bank: ca.ItemBank, codes: np.ndarray, rules: ca.Bands, nodes: int | None = None) -> Summary:
    """The summary of these answers."""
    return conclusions_of(bank, codes, rules, nodes).summary


def conclusions_of(
    bank: ca.ItemBank, codes: np.ndarray, rules: ca.Bands, nodes: int | None = None
) -> ca.Conclusions:
    """The conclusions on these answers, −1 where there is none."""
    assessment = banks.assessment(bank, rules=rules, nodes=nodes, limits=(0, None))
    return ca.conclude(np.where(codes == NONE, np.nan, codes), assessment)


def brute(bank: ca.ItemBank, row: np.ndarray, n_nodes: int = 401) -> BruteForce:
    """The posterior of one row by other means."""
    answers = {item.id: int(code) for item, code in zip(bank.operational, row, strict=True) if code != NONE}
    return BruteForce(bank=bank, answers=answers, n_nodes=n_nodes)


def errors(other: BruteForce, rules: ca.Bands, values: Summary) -> tuple[float, float]:
    """Largest error of means and SDs, and of band and risk probabilities, against brute force."""
    bank = other.bank
    moments, probabilities = [], []
    for b in range(len(bank.blocks)):
        moments.append(
            np.subtract(other.mean_sd(other.block(b)), (values.block_theta[0, b], values.block_se[0, b]))
        )
        probabilities.append(other.bands_of(other.block(b), rules) - values.block_bands[0, b])
    mean, sd, shares = other.composite(rules)
    moments.append(np.array([mean - values.theta[0], sd - values.se[0]]))
    probabilities.append(shares - values.bands[0])
    for c, one in enumerate(bank.competencies):
        masses = other.competency(one.id)
        told = (values.competency_theta[0, c], values.competency_se[0, c])
        moments.append(np.subtract(other.mean_sd(masses), told))
        probabilities.append(np.array([other.risk(one.id, rules) - values.risk[0, c]]))
    return (
        float(max(np.abs(m).max() for m in moments)),
        float(max(np.abs(p).max() for p in probabilities)),
    )


# ---- against brute force ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bank", "share"),
    [
        (banks.one_block(12), 1.0),
        (banks.one_block(12), 0.3),
        (banks.one_block(12), 0.0),
        (two_blocks(4, 0.8), 1.0),
        (two_blocks(4, 0.3), 0.5),
        (two_blocks(4, 1.0), 0.5),
        (two_blocks(4, -0.7), 0.5),
        (two_blocks(4, 0.8), 0.0),
        (two_blocks(4, 0.9, correlation=0.95), 1.0),
        (banks.with_options(), 1.0),
    ],
    ids=["one", "one, few", "one, none", "λ .8", "λ .3", "λ 1", "λ −.7", "none", "R .95", "mixed"],
)
def test_means_sds_and_probabilities(bank: ca.ItemBank, share: float) -> None:
    """Blocks, competencies and composite have the means, SDs, bands and risks of brute-force integration.

    Tolerance: nodes lie at most 0.6 posterior SD apart here, where the grid errs by less than 1e-6.
    """
    rules = banks.bands(bank, cuts=CUTS, risk={"threshold": -0.7})
    for row in answers_of(bank, 2, seed=7, share=share):
        values = summary_of(bank, row[None], rules, nodes=61)
        in_moments, in_probabilities = errors(brute(bank, row), rules, values)
        assert in_moments < 1e-6
        assert in_probabilities < 1e-6


def test_unequal_weights_and_a_block_without_weight() -> None:
    """The composite takes the weights of the bands file; a block of weight 0 does not enter."""
    bank = two_blocks(4, 0.8)
    (row,) = answers_of(bank, 1, seed=8)
    for weights in ({"a": 1, "b": 3}, {"a": 3, "b": 1}):
        rules = banks.bands(bank, cuts=CUTS, weights=weights)
        values = summary_of(bank, row[None], rules)
        assert max(errors(brute(bank, row), rules, values)) < 1e-5
    alone = summary_of(bank, row[None], banks.bands(bank, cuts=CUTS, weights={"a": 0, "b": 2}))
    np.testing.assert_allclose(alone.theta, alone.block_theta[:, 1], atol=1e-12)
    np.testing.assert_allclose(alone.se, alone.block_se[:, 1], atol=1e-12)
    np.testing.assert_allclose(alone.bands, alone.block_bands[:, 1], atol=1e-9)


@pytest.mark.parametrize("loading", [0.5, 0.8, 1.0])
def test_joint_probability_above_all_zones(loading: float) -> None:
    """P(every θ_c ≥ r_c) is the share of the evidence that lies above all zones, by brute force."""
    bank = two_blocks(4, loading)
    # Half-way between the brute-force nodes (spacing 0.035), where its midpoint sum errs by h² / 24 · |p′| < 1e-4.
    thresholds = {"a1": -0.5075, "a2": -0.9275, "b1": -0.2975}
    rules = banks.bands(bank, risk={"thresholds": thresholds})
    for row in answers_of(bank, 3, seed=9):
        told = summary_of(bank, row[None], rules, nodes=61).p_above_all[0]
        assert told == pytest.approx(brute(bank, row).above_all(rules), abs=1e-4)


def test_one_competency_above_all_is_one_minus_its_risk() -> None:
    """With a single competency "above all zones" is "not at risk"."""
    bank = banks.one_block(10)
    rules = banks.bands(bank, risk={"threshold": -0.4})
    values = summary_of(bank, answers_of(bank, 50, seed=2, share=0.5), rules)
    np.testing.assert_allclose(values.p_above_all, 1.0 - values.risk[:, 0], atol=1e-12)


# ---- how far the grid carries -------------------------------------------------------------------------


@lru_cache(maxsize=1)
def sweep() -> list[tuple[str, bool, float, float]]:
    """(case, flagged, error of moments, error of probabilities) from wide posteriors to very narrow ones."""
    cases = [(nodes, per, 1.0) for nodes in (41, 61) for per in (1, 5, 10, 14, 18, 24, 30)]
    cases += [(nodes, per, 0.8) for nodes in (41, 61) for per in (1, 5, 15, 30, 60)]
    cases += [(nodes, 5, loading) for nodes in (41, 61) for loading in (0.98, 0.985, 0.99, 0.995)]
    found = []
    for nodes, per, loading in cases:
        bank = two_blocks(per, loading)
        for row in answers_of(bank, 1, seed=4):
            other = brute(bank, row, n_nodes=301)
            first = conclusions_of(bank, row[None], banks.bands(bank), nodes)[0]
            for shift in (
                -0.4,
                0.3,
            ):  # cuts and zones in the thick of the posterior, where errors are largest
                near = [
                    first.blocks["a"].theta + (shift + k) * first.blocks["a"].se for k in (0.0, 0.45, 0.9)
                ]
                zone = first.competencies["a1"].theta + shift * first.competencies["a1"].se
                rules = banks.bands(bank, cuts=near, risk={"threshold": zone})
                told = conclusions_of(bank, row[None], rules, nodes)
                name = f"{nodes} nodes, {per} items, λ {loading}"
                found.append((name, "coarse_grid" in told[0].flags, *errors(other, rules, told.summary)))
    return found


def test_probabilities_are_right_or_the_grid_is_flagged() -> None:
    """Band and risk probabilities err by less than 1e-3 unless the conclusion says "coarse_grid".

    From no more than one item a competency to sixty, on the grids of two and of three blocks, and for
    competencies that hardly differ from their block.
    """
    wrong = [case for case in sweep() if not case[1] and (case[3] > 1e-3 or case[2] > 1e-3)]
    assert not wrong


def test_the_flag_is_not_raised_without_need() -> None:
    """Up to fifteen items a competency on 61 nodes nothing is flagged, and much that is flagged does err."""
    assert not any(flagged for name, flagged, _, _ in sweep() if "61 nodes, 5 items, λ 0.8" in name)
    assert not any(flagged for name, flagged, _, _ in sweep() if "61 nodes, 15 items, λ 0.8" in name)
    flagged = [error for _, raised, _, error in sweep() if raised]
    assert np.mean(np.array(flagged) > 1e-3) > 0.4


# ---- three blocks, by sampling --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def three() -> tuple[ca.ItemBank, np.ndarray, ca.Bands]:
    """A bank of three blocks, four people and rules with cuts in the thick of them."""
    bank = banks.three_blocks(per_competency=2)
    return bank, answers_of(bank, 4, seed=3), banks.bands(bank, cuts=(-1, 0, 1), risk={"threshold": -0.7})


class Sample:
    """400,000 draws from the prior of the three-block bank, weighted by the likelihood of one person's answers."""

    def __init__(self, bank: ca.ItemBank, row: np.ndarray) -> None:
        n, people = 400_000, bank.population
        rng = np.random.default_rng(11)
        self.blocks = rng.multivariate_normal(np.zeros(3), people.correlation, n)
        loadings = np.array([one.loading for one in bank.competencies])
        own = rng.standard_normal((n, loadings.size))
        home = [people.blocks.index(one.block) for one in bank.competencies]
        self.competencies = loadings * self.blocks[:, home] + np.sqrt(1 - loadings**2) * own
        names = [one.id for one in bank.competencies]
        likelihood = np.ones(n)
        for item, code in zip(bank.operational, row, strict=True):
            place = names.index(item.competency)
            likelihood *= category_probability(bank, item.id, int(code), self.competencies[:, place])
        self.weights = likelihood / likelihood.sum()

    def agrees(self, told: np.ndarray | float, values: np.ndarray) -> None:
        """``told`` is the weighted mean of ``values``, to five standard errors of the ratio estimate."""
        mean = self.weights @ values
        error = np.sqrt(self.weights**2 @ (values - mean) ** 2)
        assert np.all(np.abs(told - mean) < 5 * error + 1e-9)


@pytest.mark.parametrize("person", range(4))
def test_three_blocks_with_competencies(three: tuple[ca.ItemBank, np.ndarray, ca.Bands], person: int) -> None:
    """On the joint grid of three blocks every number agrees with importance sampling from the posterior."""
    bank, codes, rules = three
    values, sample = summary_of(bank, codes, rules), Sample(bank, codes[person])
    r = np.array(banks.CORRELATIONS)
    composite = sample.blocks.sum(axis=1) / np.sqrt(r.sum())
    sample.agrees(values.block_theta[person], sample.blocks)
    sample.agrees(values.block_se[person] ** 2, (sample.blocks - values.block_theta[person]) ** 2)
    sample.agrees(values.competency_theta[person], sample.competencies)
    sample.agrees(
        values.competency_se[person] ** 2, (sample.competencies - values.competency_theta[person]) ** 2
    )
    sample.agrees(values.theta[person], composite)
    sample.agrees(values.se[person] ** 2, (composite - values.theta[person]) ** 2)
    for k, cut in enumerate(rules.cuts):
        sample.agrees(values.bands[person, : k + 1].sum(), composite < cut)
        sample.agrees(values.block_bands[person, :, : k + 1].sum(axis=1), sample.blocks < cut)
    sample.agrees(values.risk[person], sample.competencies < -0.7)
    sample.agrees(values.p_above_all[person], (sample.competencies >= -0.7).all(axis=1))


@pytest.mark.parametrize("person", range(4))
def test_contrasts_against_sampling(three: tuple[ca.ItemBank, np.ndarray, ca.Bands], person: int) -> None:
    """P(θ_c > mean of the others) agrees with sampling to 0.02: a normal law with the exact moments."""
    bank, codes, rules = three
    told = summary_of(bank, codes, rules).p_above_own_mean[person]
    sample = Sample(bank, codes[person])
    theta = sample.competencies
    others = (theta.sum(axis=1, keepdims=True) - theta) / (theta.shape[1] - 1)
    np.testing.assert_allclose(told, sample.weights @ (theta > others), atol=0.02)


# ---- laws -----------------------------------------------------------------------------------------------


@given(data=st.data())
def test_bands_partition(data: st.DataObject) -> None:
    """Probabilities of the bands lie in [0, 1] and sum to 1, for every pattern of answers and cuts."""
    bank = data.draw(st.sampled_from([_ONE, _TWO]))
    row = [data.draw(st.integers(NONE, item.n_categories - 1)) for item in bank.operational]
    cuts = sorted(data.draw(st.lists(st.floats(-5, 5), min_size=3, max_size=3, unique=True)))
    values = summary_of(bank, np.array([row]), banks.bands(bank, cuts=cuts))
    for shares in (values.bands, values.block_bands):
        assert np.all((shares >= 0) & (shares <= 1))
        np.testing.assert_allclose(shares.sum(axis=-1), 1.0, atol=1e-12)
    for probability in (values.risk, values.p_above_all, values.p_above_own_mean):
        assert np.all((probability >= 0) & (probability <= 1))
    # Nobody is above all zones more surely than above the one that he is likeliest to be below.
    assert values.p_above_all[0] <= 1 - values.risk[0].max() + 1e-6


_ONE, _TWO = banks.one_block(5), two_blocks(2, 0.8)


def test_one_block_equals_unidimensional_scoring() -> None:
    """With one block and λ = 1 block, competency and composite are the unidimensional EAP."""
    bank = banks.one_block(20)
    codes = answers_of(bank, 100, seed=5, share=0.6)
    values = summary_of(bank, codes, banks.bands(bank))
    scores = ca.score(np.where(codes == NONE, np.nan, codes), bank)
    for theta, se in (
        (values.theta, values.se),
        (values.block_theta[:, 0], values.block_se[:, 0]),
        (values.competency_theta[:, 0], values.competency_se[:, 0]),
    ):
        np.testing.assert_allclose(theta, scores.theta, atol=1e-12)
        np.testing.assert_allclose(se, scores.se, atol=1e-12)
    np.testing.assert_allclose(values.bands, values.block_bands[:, 0], atol=1e-12)


def test_a_loading_of_one_makes_its_competencies_the_block() -> None:
    """With λ = 1 all competencies of a block have its mean, SD and tail, and do not differ from each other."""
    bank = two_blocks(4, 1.0)
    rules = banks.bands(bank, cuts=(-0.7, 0.3, 1.0), risk={"threshold": -0.7})
    values = summary_of(bank, answers_of(bank, 30, seed=6), rules)
    home = bank.population.block_of
    np.testing.assert_allclose(values.competency_theta, values.block_theta[:, home], atol=1e-12)
    np.testing.assert_allclose(values.competency_se, values.block_se[:, home], atol=1e-12)
    np.testing.assert_allclose(values.risk, values.block_bands[:, home, 0], atol=1e-12)
    alike = banks.bank(
        {"x": ("b", 1.0), "y": ("b", 1.0)},
        [banks.item("i", "x", "b", 1.5, [0]), banks.item("j", "y", "b", 1.5, [0])],
    )
    contrasts = summary_of(alike, np.array([[1, 0]]), banks.bands(alike)).p_above_own_mean
    np.testing.assert_array_equal(contrasts, [[0.5, 0.5]])


def test_independent_blocks_are_scored_apart() -> None:
    """With R = I a block's result is that of a bank of this block alone."""
    competencies = {"x": ("p", 1.0), "y": ("q", 1.0)}
    items = [banks.item(f"x{j}", "x", "p", 1.2 + j / 10, [j / 3 - 1]) for j in range(6)]
    items += [banks.item(f"y{j}", "y", "q", 1.5, [j / 3 - 1]) for j in range(6)]
    both = banks.bank(competencies, items)
    alone = banks.bank({"x": ("p", 1.0)}, items[:6])
    codes = answers_of(both, 20, seed=1)
    rules = banks.bands(both, cuts=CUTS)
    together = summary_of(both, codes, rules)
    apart = summary_of(alone, codes[:, :6], banks.bands(alone, cuts=CUTS))
    np.testing.assert_allclose(together.block_theta[:, 0], apart.theta, atol=1e-10)
    np.testing.assert_allclose(together.block_bands[:, 0], apart.bands, atol=1e-10)


def test_the_order_of_people_and_of_items_does_not_matter() -> None:
    """A person's numbers are the same alone, among others, and with the columns in another order."""
    bank = banks.three_blocks(per_competency=3)
    codes = answers_of(bank, 300, seed=12, share=0.8)
    rules = banks.bands(bank)
    together = summary_of(bank, codes, rules)
    alone = summary_of(bank, codes[217:218], rules)
    for name in (
        "theta",
        "se",
        "bands",
        "block_bands",
        "competency_theta",
        "risk",
        "p_above_all",
        "p_above_own_mean",
    ):
        np.testing.assert_allclose(getattr(together, name)[217:218], getattr(alone, name), atol=1e-11)


# ---- are the probabilities frequencies? -------------------------------------------------------------------


def test_told_probabilities_are_frequencies() -> None:
    """Where bands and risks are told with probability p, they are true in a share p of 4,000 people.

    In every bin of told probability the share lies within 4.5 standard errors of the mean told; with
    about 100 bins a greater deviation by chance has a probability below 1e-3.
    """
    bank = banks.three_blocks(per_competency=3)
    rules = banks.bands(bank, cuts=(-1, 0, 1), risk={"threshold": -0.7})
    people = simulate_abilities(bank.population, 4000, seed=21)
    answers = simulate_responses(bank.irt_items(), people, seed=22)
    values = ca.conclude(answers, banks.assessment(bank, rules=rules)).summary
    composite = people.blocks.sum(axis=1) / np.sqrt(np.array(banks.CORRELATIONS).sum())
    true_band = np.digitize(composite, rules.cuts)
    others = (people.competencies.sum(axis=1, keepdims=True) - people.competencies) / 5
    events = [(values.bands[:, k], true_band == k) for k in range(4)]
    events += [
        (values.block_bands[:, b, k], np.digitize(people.blocks[:, b], rules.cuts) == k)
        for b in range(3)
        for k in range(4)
    ]
    events += [(values.risk[:, c], people.competencies[:, c] < -0.7) for c in range(6)]
    events += [(values.p_above_all, (people.competencies >= -0.7).all(axis=1))]
    events += [(values.p_above_own_mean[:, c], people.competencies[:, c] > others[:, c]) for c in range(6)]
    edges = np.array([0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0])
    for told, happened in events:
        which = np.digitize(told, edges[1:-1])
        for k in np.unique(which):
            here = which == k
            if here.sum() < 50:
                continue
            error = np.sqrt((told[here] * (1 - told[here])).sum()) / here.sum()
            assert abs(happened[here].mean() - told[here].mean()) < 4.5 * error
