"""Where a sitting starts: named items, a draw in a range, a θ, a prior, and what one block tells of another."""

from __future__ import annotations

import json
from typing import Any

import banks
import numpy as np
import pytest
from scipy import stats

import compassess as ca
from compassess.adaptive import pilot_responses
from compassess.simulation.answering import KnownAnswers
from compassess.simulation.playing import play

BANK = banks.with_options(8)
ONE = banks.one_block(40)
LIMITS = {"c1": (1, 3), "c2": (1, None), "c3": (0, None)}


def presented(session: ca.Session) -> list[str]:
    """Items in their order."""
    return [entry["item"] for entry in session.log if entry["event"] == "presented"]


def reasons(session: ca.Session) -> list[str]:
    """What brought them."""
    return [entry["by"] for entry in session.log if entry["event"] == "presented"]


def go_on(session: ca.Session, n: int, response: int = 0) -> ca.Session:
    """Answer n items alike."""
    for _ in range(n):
        item = session.pending
        assert item is not None
        session.answer(item.id, item.options[response].id if item.options else response)
    return session


def replays(session: ca.Session, made: ca.Assessment, **more: Any) -> None:
    """Log, items and reasons are the same again."""
    again = ca.Session.replay(made, json.loads(json.dumps(session.log)), **more)
    assert (again.log, again.pending, again.divergences) == (session.log, session.pending, ())


# ---- named items ---------------------------------------------------------------------------------------


def test_named_items_come_first_in_their_order() -> None:
    """Whatever block is in need; then the rules go on. The header names the start among the strategies."""
    names = ["c3_2", "c1_0", "c3_1"]
    made = banks.assessment(BANK, length=(2, 9), limits=LIMITS, start={"items": names})
    for seed in range(3):
        session = go_on(made.start(seed=seed), 5)
        assert presented(session)[:3] == names
        assert reasons(session) == ["start", "start", "start", "minimum", "criterion", "criterion"]
        assert session.log[0]["strategies"][-1] == "start@1"
        told = session.explain(2)
        assert ([one.item for one in told.candidates], told.rank, told.asked) == (["c1_0"], 1, None)
        replays(session, made)


def test_a_named_item_that_is_closed_is_passed_over() -> None:
    """A second sitting, or a withdrawal, leaves its place to the criterion."""
    made = banks.assessment(BANK, length=(2, 6), limits=(0, None), start={"items": ["c3_2", "c1_0"]})
    first = go_on(made.start(seed=1), 6)
    second = made.start(seed=2, confirms=first)
    go_on(second, 3)
    assert not {"c3_2", "c1_0"} & set(presented(second))
    assert reasons(second)[:2] == ["criterion", "criterion"]
    replays(second, made, confirms=first)
    other = made.start(seed=1)
    other.withdraw("c1_0", "why")
    go_on(other, 2)
    assert reasons(other) == ["start", "criterion", "criterion"]


# ---- a range -------------------------------------------------------------------------------------------


def test_a_range_draws_evenly_from_what_is_most_informative_there() -> None:
    """Over many seeds each item whose b lies in the range is first equally often (four SDs), others never."""
    made = banks.assessment(ONE, limits=(0, None), start={"count": 1, "lowest": -0.5, "highest": 0.5})
    inside = {
        item.id
        for item in ONE.items
        if item.parameters is not None and abs(item.parameters.thresholds[0] or 9.0) <= 0.5
    }
    n = 600
    plan = made.plan
    codes = np.zeros((n, plan.n_items), dtype=np.int16)
    items = play(plan, KnownAnswers(codes), np.arange(n, dtype=np.uint64)).items[:, 0]
    counts = np.bincount(items, minlength=plan.n_items)
    assert {plan.pool.ids[place] for place in np.flatnonzero(counts)} == inside
    share, k = counts[counts > 0] / n, len(inside)
    np.testing.assert_allclose(share, 1 / k, atol=4 * np.sqrt((1 - 1 / k) / (k * n)))


def test_the_live_sitting_draws_what_the_simulation_draws() -> None:
    """The same seed starts with the same items, by every way to start."""
    for start in (
        {"count": 3, "lowest": -1.0, "highest": 1.0},
        {"count": 2, "theta": 1.0},
        {"items": ["c2_3", "c1_4"]},
    ):
        made = banks.assessment(BANK, length=(4, 6), limits=LIMITS, randomesque=2, start=start)
        seeds = np.array([3, 17, 2**60], dtype=np.uint64)
        played = play(made.plan, KnownAnswers(np.zeros((3, made.plan.n_items), dtype=np.int16)), seeds)
        for row, seed in zip(played.items, seeds.tolist(), strict=True):
            session = made.start(seed=seed)
            while (item := session.pending) is not None:
                lowest = next((o.id for o in item.options if BANK.item(item.id).option(o.id).score == 0), 0)
                session.answer(item.id, lowest)
            assert presented(session) == [made.plan.pool.ids[i] for i in row if i >= 0]
            replays(session, made)


def test_a_range_without_items_leaves_all_that_count() -> None:
    """Where nothing is most informative there, everything that counts is drawn from; minima hold."""
    made = banks.assessment(
        BANK, length=(4, 6), limits=LIMITS, start={"count": 2, "lowest": 5.9, "highest": 6.0}
    )
    seen = {presented(made.start(seed=seed))[0] for seed in range(40)}
    assert len(seen) > 5
    session = go_on(made.start(seed=1), 2)
    assert reasons(session)[:2] == ["start", "start"]
    assert {BANK.item(name).competency for name in presented(session)[:2]} == {"c1", "c2"}


# ---- a θ -----------------------------------------------------------------------------------------------


def test_a_start_at_a_theta_takes_what_is_informative_there() -> None:
    """The first items are those of the greatest information at θ, then the criterion goes on at θ̂."""
    parameters = {item.id: item.parameters for item in ONE.items}

    def at(name: str, theta: float) -> float:
        one = parameters[name]
        assert one is not None
        p = 1 / (1 + np.exp(-one.discrimination * (theta - (one.thresholds[0] or 0.0))))
        return float(one.discrimination**2 * p * (1 - p))

    for theta in (-1.5, 0.0, 1.5):
        made = banks.assessment(ONE, limits=(0, None), start={"count": 2, "theta": theta})
        session = go_on(made.start(), 3)
        ranked = sorted(parameters, key=lambda name: -at(name, theta))
        assert presented(session)[:2] == ranked[:2]
        assert reasons(session) == ["start", "start", "criterion", "criterion"]
        assert session.explain(1).candidates[0].item == ranked[0]


def test_categories_of_posts_start_at_their_own_theta() -> None:
    """A category's θ holds for its assessment, the common one for everybody else."""
    start = {"count": 1, "theta": 0.0, "categories": {"leading": 2.0}}
    rules = banks.bands(
        ONE, categories={"leading": {"title": banks.texts("Leading"), "cuts": [-1.0, 0.0, 1.0]}}
    )
    made = banks.assessment(ONE, rules=rules, limits=(0, None), start=start)
    leading, direct = (
        made.for_category("leading"),
        banks.assessment(ONE, rules=rules, limits=(0, None), start={"count": 1, "theta": 2.0}),
    )
    assert presented(leading.start()) == presented(direct.start()) != presented(made.start())


def test_a_category_that_the_bands_do_not_know() -> None:
    """It is a fault of the blueprint."""
    with pytest.raises(ca.InputError, match=r"start\.categories\.leading"):
        banks.assessment(ONE, start={"theta": 0.0, "categories": {"leading": 2.0}})


# ---- a prior -------------------------------------------------------------------------------------------


def test_a_prior_chooses_and_does_not_score() -> None:
    """Items differ, and θ from the same answers is that of a sitting without it: the population's posterior."""
    made = banks.assessment(ONE, length=(4, 12), limits=(0, None), target=0.01)
    plain, able = made.start(seed=1), made.start(seed=1, prior={"theta": (1.8, 0.5)})
    assert able.log[0]["prior"] == {"theta": [1.8, 0.5]}
    assert presented(plain) != presented(able)
    b = ONE.item(presented(able)[0]).parameters
    assert b is not None
    assert b.thresholds[0] is not None
    assert abs(b.thresholds[0] - 1.8) < 0.8
    go_on(able, 6, response=1)
    theta = np.linspace(-6, 6, 2001)
    density = stats.norm.pdf(theta)
    for name in presented(able)[:6]:
        one = ONE.item(name).parameters
        assert one is not None
        density = density / (1 + np.exp(-one.discrimination * (theta - (one.thresholds[0] or 0.0))))
    assert able.conclude().theta == pytest.approx((density @ theta) / density.sum(), abs=1e-5)
    replays(able, made)
    assert pilot_responses([able.log], ONE).n_answers == 6


def test_a_prior_stops_nobody() -> None:
    """However sure the prior is, precision is that of the reported posterior."""
    made = banks.assessment(ONE, length=(1, 30), limits=(0, None), target=0.45)
    session = made.start(seed=1, prior={"theta": (0.0, 0.05)})
    while session.pending is not None:
        go_on(session, 1, response=session.n_answered % 2)
    assert session.stop_reason == "precision"
    assert session.conclude().se <= 0.45
    assert session.n_answered >= 4


def test_a_prior_is_the_posterior_of_a_shifted_population() -> None:
    """Choices follow N(m, SRS): the estimate for choosing is the mean of prior times likelihood, by quadrature."""
    bank = banks.three_blocks(4, loading=1.0, n_thresholds=1)
    made = banks.assessment(bank, length=(2, 9), limits=(0, None), nodes=31)
    session = made.start(seed=1, prior={"q": (0.7, 0.8), "p": (-0.5, 1.2)})
    assert list(session.log[0]["prior"]) == ["p", "q"]
    sitting = session._sitting
    assert sitting.choosing is not None
    now = sitting.informed(sitting.choosing, session._snapshot)
    np.testing.assert_allclose(now.block_theta[0], [-0.5, 0.7, 0.0], atol=2e-3)
    scale = np.array([1.2, 0.8, 1.0])
    covariance = np.array(banks.CORRELATIONS) * np.outer(scale, scale)
    np.testing.assert_allclose(sitting.choosing.lattice.population.covariance, covariance)
    replays(session, made)


@pytest.mark.parametrize(
    "prior",
    [{"nobody": (0, 1)}, {"p": (0, 0)}, {"p": (0,)}, {"p": 1.0}, {"p": (float("nan"), 1)}, {"p": (True, 1)}],
)
def test_no_prior(prior: dict[str, Any]) -> None:
    """It is refused, in a log too."""
    made = banks.assessment(BANK)
    with pytest.raises(ca.InputError, match="prior"):
        made.start(prior=prior)
    log = [dict(entry) for entry in made.start().log]
    log[0]["prior"] = json.loads(json.dumps(prior))
    with pytest.raises(ca.ReplayMismatch, match=r"log\[0\]\.?"):
        ca.Session.replay(made, log)


# ---- from block to block -------------------------------------------------------------------------------


def test_what_one_block_tells_of_another() -> None:
    """Answers in one block move the others by R: θ_b ≈ r θ_a, and items of the next block are chosen there."""
    bank = banks.three_blocks(8, loading=1.0, n_thresholds=1)
    limits = {name.id: (0, 8 if name.block == "p" else 0) for name in bank.competencies}
    made = banks.assessment(bank, length=(8, 16), limits=limits, target=0.01)
    high, low = go_on(made.start(), 8, response=1).conclude(), go_on(made.start(), 8, response=0).conclude()
    correlations = dict(zip(("p", "q", "r"), banks.CORRELATIONS[0], strict=True))
    for told in (high, low):
        p = told.blocks["p"]
        for name in ("q", "r"):
            r = correlations[name]
            assert told.blocks[name].theta == pytest.approx(r * p.theta, abs=2e-3)
            assert told.blocks[name].se == pytest.approx(np.sqrt(1 - r**2 + r**2 * p.se**2), abs=2e-3)
    opened = banks.assessment(bank, length=(8, 40), limits=dict.fromkeys(limits, (0, 8)), target=0.01)
    session = opened.start()
    while (item := session.pending) is not None and len({bank.item(i).block for i in presented(session)}) < 2:
        session.answer(item.id, 1)
    first = presented(session)[-1]
    block = bank.item(first).block
    easy = opened.start()
    while (item := easy.pending) is not None and len({bank.item(i).block for i in presented(easy)}) < 2:
        easy.answer(item.id, 0)
    other = presented(easy)[-1]
    b = [bank.item(name).parameters.thresholds[0] for name in (first, other)]  # type: ignore[union-attr]
    assert block == bank.item(other).block
    assert b[0] > b[1]
