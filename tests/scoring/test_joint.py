"""compassess.scoring.joint and events: one joint posterior, against integration and simulation by other means."""

from __future__ import annotations

from itertools import pairwise

import banks
import numpy as np
import pytest
from scipy.interpolate import CubicSpline

import compassess as ca
from compassess.errors import InputError
from compassess.irt import log_probability, simulate_abilities
from compassess.scoring import Dimension, Event, Interval, JointPosterior

from .brute_force import NONE, BruteForce
from .test_summary import answers_of, brute, two_blocks

INF = float("inf")


def posterior_of(
    bank: ca.ItemBank, codes: np.ndarray, rules: ca.Bands, nodes: int | None = None
) -> JointPosterior:
    """The joint posterior from these answers, −1 where there is none."""
    interpretation = banks.assessment(bank, rules=rules, nodes=nodes, limits=(0, None)).interpretation
    ids = [item.id for item in bank.operational]
    answers = ca.Responses.from_array(np.where(codes == NONE, np.nan, codes), items=ids)
    return JointPosterior.of(answers, interpretation)


def mass_of(other: BruteForce, rules: ca.Bands, event: Event) -> float:
    """P(event) on a fine grid of two blocks; intervals of block ``a`` and of competencies end between nodes."""
    r = np.asarray(other.bank.population.correlation)
    w = np.array([rules.weights[block.id] for block in other.bank.blocks])
    v = w / np.sqrt(w @ r @ w)
    cut = {}
    for name, likelihood in other.competency_likelihood.items():
        low, high = event.competencies.get(name, (-INF, INF))
        cut[name] = (likelihood * ((other.theta >= low) & (other.theta < high))) @ other.kernels[name]
    table = other._unnormalised(cut)
    cumulative = CubicSpline(other.theta, table, axis=1).antiderivative()
    low_b, high_b = event.blocks.get("b", (-INF, INF))
    low_a, high_a = event.blocks.get("a", (-INF, INF))
    kept = 0.0
    for place, a in enumerate(other.theta):
        if not low_a <= a < high_a:
            continue
        low = max(low_b, (event.composite[0] - v[0] * a) / v[1], -other.limit)
        high = min(high_b, (event.composite[1] - v[0] * a) / v[1], other.limit)
        if low < high:
            kept += float(cumulative(high)[place] - cumulative(low)[place])
    whole = CubicSpline(other.theta, other._unnormalised(other.messages), axis=1).antiderivative()
    return kept / float(np.sum(whole(other.limit) - whole(-other.limit)))


EVENTS = [
    Event(),
    Event(composite=(-0.4, 0.7)),
    Event(blocks={"a": (-0.505, INF), "b": (-INF, 0.3)}),
    Event(composite=(-INF, 0.2), blocks={"a": (-0.505, 1.005), "b": (-0.8, 0.6)}),
    Event(competencies={"a1": (-0.305, INF), "b1": (-INF, 0.805)}),
    Event(
        competencies={"a1": (-0.305, INF), "a2": (-1.005, 0.505)},
        blocks={"b": (0.0, INF)},
        composite=(0.0, INF),
    ),
]


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("weights", [{"a": 1, "b": 3}, {"a": 3, "b": 1}])
def test_joint_events_by_brute_force(event: Event, weights: dict[str, float]) -> None:
    """Any intervals of blocks, competencies and the composite at once have the probability of the integral.

    Tolerance: a cut half-way between nodes 0.01 apart errs by 1e-6 on the fine grid. Where block and composite
    are cut along one axis the house's sum meets a bend: 0.2² / 12 times its size, which is below 0.1.
    """
    bank = two_blocks(3, 0.8)
    rules = banks.bands(bank, cuts=(-1.2, 0.1, 0.9), weights=weights)
    (row,) = answers_of(bank, 1, seed=11)
    bent = event.composite != (-INF, INF) and "b" in event.blocks
    tolerance = 3.4e-4 if bent else 5e-6
    found = float(posterior_of(bank, row[None], rules, nodes=61).probability(event)[0])
    assert found == pytest.approx(mass_of(brute(bank, row, n_nodes=1401), rules, event), abs=tolerance)


def test_a_competency_that_is_its_block_shares_its_interval() -> None:
    """With λ = 1 an interval of the competency is one of the block, and the two are intersected."""
    bank = two_blocks(3, 1.0)
    rules = banks.bands(bank)
    posterior = posterior_of(bank, answers_of(bank, 5, seed=2), rules)
    both = posterior.probability(
        Event(blocks={"a": (-0.5, INF)}, competencies={"a1": (-INF, 0.5), "a2": (-1, 3)})
    )
    np.testing.assert_allclose(both, posterior.probability(Event(blocks={"a": (-0.5, 0.5)})), atol=1e-12)
    empty = Event(blocks={"a": (0.5, INF)}, competencies={"a1": (-INF, 0.5)})
    np.testing.assert_allclose(posterior.probability(empty), 0.0, atol=1e-9)


def test_moments_and_events_by_weighted_draws() -> None:
    """Three blocks with competencies: means, covariances and a joint event agree with importance sampling."""
    bank = banks.three_blocks(3)
    rules = banks.bands(bank, weights={"p": 1, "q": 2, "r": 1})
    items = bank.irt_items()
    (row,) = answers_of(bank, 1, seed=21)
    people = simulate_abilities(items.population, 400_000, seed=9)
    log_weight = np.zeros(400_000)
    for place, code in enumerate(row):
        theta = people.competencies[:, items.competency_index[place]]
        log_weight += log_probability(items.select([items.ids[place]]), theta)[0, code]
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    w = np.array([1.0, 2.0, 1.0])
    v = w / np.sqrt(w @ items.population.covariance @ w)
    values = np.column_stack([people.blocks @ v, people.blocks, people.competencies])
    error = 5 / np.sqrt(1 / (weight**2).sum())  # five standard errors of a mean whose values are about 1
    posterior = posterior_of(bank, row[None], rules)
    moments = posterior.moments()
    mean = weight @ values
    np.testing.assert_allclose(moments.mean[0], mean, atol=error)
    np.testing.assert_allclose(
        moments.covariance[0], (values - mean).T @ ((values - mean) * weight[:, None]), atol=error
    )
    event = Event(
        composite=(-0.5, 1.0), blocks={"r": (-INF, 0.9)}, competencies={"p1": (-0.8, INF), "q2": (-1.0, INF)}
    )
    inside = (values[:, 0] >= -0.5) & (values[:, 0] < 1.0) & (people.blocks[:, 2] < 0.9)
    inside &= (people.competencies[:, 0] >= -0.8) & (people.competencies[:, 3] >= -1.0)
    assert float(posterior.probability(event)[0]) == pytest.approx(float(weight @ inside), abs=error)
    assert [one.id for one in posterior.dimensions] == [
        "composite",
        "p",
        "q",
        "r",
        "p1",
        "p2",
        "q1",
        "q2",
        "r1",
        "r2",
    ]


def test_it_is_the_posterior_that_conclusions_come_from() -> None:
    """Moments, bands, risks and the joint statement are those of the summary, whatever the chunks."""
    bank = banks.three_blocks(4)
    rules = banks.bands(bank)
    codes = answers_of(bank, 700, seed=3, share=0.6)
    posterior = posterior_of(bank, codes, rules)
    values = ca.conclude(np.where(codes == NONE, np.nan, codes), banks.assessment(bank, rules=rules)).summary
    moments = posterior.moments()
    np.testing.assert_allclose(moments.mean[:, 0], values.theta, atol=1e-10)
    np.testing.assert_allclose(moments.sd[:, 0], values.se, atol=1e-7)
    np.testing.assert_allclose(moments.mean[:, 1:4], values.block_theta, atol=1e-10)
    np.testing.assert_allclose(moments.sd[:, 4:], values.competency_se, atol=1e-7)
    edges = [-INF, *rules.cuts, INF]
    shares = np.column_stack([posterior.probability(Event(composite=pair)) for pair in pairwise(edges)])
    np.testing.assert_allclose(shares, values.bands, atol=1e-6)
    np.testing.assert_allclose(shares.sum(axis=1), 1.0, atol=1e-9)
    above: dict[str, Interval] = {
        one.id: (rules.risk.threshold_for(one.id), INF) for one in bank.competencies
    }
    np.testing.assert_allclose(
        posterior.probability(Event(competencies=above)), values.p_above_all, atol=1e-9
    )


def test_intervals_of_a_partition_sum_to_one() -> None:
    """Two bands of a block times two of a competency times two of the composite cover everything once."""
    bank = banks.three_blocks(4)
    posterior = posterior_of(bank, answers_of(bank, 20, seed=5), banks.bands(bank))
    halves = [(-INF, 0.2), (0.2, INF)]
    cells = [
        posterior.probability(Event(composite=one, blocks={"q": two}, competencies={"p2": three}))
        for one in halves
        for two in halves
        for three in halves
    ]
    # Products of three cut functions on one grid: each cell errs like a probability on the default nodes.
    np.testing.assert_allclose(np.sum(cells, axis=0), 1.0, atol=1e-6)


def test_marginals_are_events_of_one_dimension() -> None:
    """Bands of the composite, a block or a competency are the probabilities of their intervals."""
    bank = banks.three_blocks(4)
    posterior = posterior_of(bank, answers_of(bank, 30, seed=5, share=0.7), banks.bands(bank))
    cuts = [-0.8, 0.3, 1.1]
    for dimension in posterior.dimensions:
        found = posterior.marginal(dimension)
        assert found.n_persons == posterior.n_persons == 30
        for place, pair in enumerate(pairwise([-INF, *cuts, INF])):
            event = Event(
                composite=pair if dimension.kind == "composite" else (-INF, INF),
                blocks={dimension.id: pair} if dimension.kind == "block" else {},
                competencies={dimension.id: pair} if dimension.kind == "competency" else {},
            )
            np.testing.assert_allclose(
                found.bands(cuts)[:, place], posterior.probability(event), atol=1e-6
            )  # the grid's own error
        np.testing.assert_allclose(found.bands(cuts).sum(axis=1), 1.0, atol=1e-12)


def test_a_marginal_of_nothing_known() -> None:
    """A dimension that is not one, and cuts out of order, are refused."""
    bank = banks.three_blocks(2)
    posterior = posterior_of(bank, answers_of(bank, 1, seed=5), banks.bands(bank))
    with pytest.raises(InputError, match="block 'p1'"):
        posterior.marginal(Dimension(kind="block", id="p1"))
    with pytest.raises(InputError, match="out of order"):
        posterior.marginal(posterior.dimensions[0]).bands([1.0, 0.0])


def test_faulty_events_are_told_at_once() -> None:
    """Unknown names and empty intervals come together, each with its place."""
    bank = banks.three_blocks(2)
    posterior = posterior_of(bank, answers_of(bank, 1, seed=5), banks.bands(bank))
    event = Event(
        composite=(1.0, 1.0), blocks={"x": (0.0, 1.0)}, competencies={"p1": (2.0, -2.0), "y": (0.0, 1.0)}
    )
    with pytest.raises(InputError) as caught:
        posterior.probability(event)
    assert [one.where for one in caught.value.problems] == [
        "composite",
        "blocks.x",
        "competencies.p1",
        "competencies.y",
    ]


def test_answers_to_other_items_are_refused() -> None:
    """Columns that are all strangers would give everybody the prior."""
    bank = banks.three_blocks(2)
    interpretation = banks.assessment(bank).interpretation
    with pytest.raises(InputError, match="no column is an operational item"):
        JointPosterior.of(ca.Responses.from_array(np.ones((2, 2)), items=["x", "y"]), interpretation)
