"""The law of what is left: under the defaults it never raises anybody, item by item or sitting by sitting."""

from __future__ import annotations

import banks
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import compassess as ca
from compassess.bank import UnansweredPolicy
from compassess.irt import Items, Population, probability, score
from compassess.responses import Responses
from compassess.scoring import Left, lowest_categories, scored, unanswered_codes
from laws.strategies import MIXED, MODEL_NAMES, Floats, items_of, seeds

EVERY_TEST = pytest.mark.parametrize("name", [*MODEL_NAMES, MIXED])
FEW = settings(max_examples=15)
NODES = 15  # the law holds on the nodes themselves, however few
SLACK = 1e-9  # sums of some dozens of terms, each of relative error 1e-16, under means of size 10


@st.composite
def friendly_populations(draw: st.DrawFn) -> Population:
    """Blocks without a negative partial correlation, λ ≥ 0: where everything rises together.

    R⁻¹ = D − C with C ≥ 0 and D dominant has no positive number off its diagonal.
    """
    n_blocks = draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(seeds()))
    coupling = rng.uniform(0, 1, (n_blocks, n_blocks))
    coupling = np.triu(coupling, 1) + np.triu(coupling, 1).T
    precision = np.diag(coupling.sum(axis=1) + rng.uniform(0.2, 2, n_blocks)) - coupling
    covariance = np.linalg.inv(precision)
    scale = np.sqrt(np.diag(covariance))
    blocks = [f"b{j}" for j in range(n_blocks)]
    layer = {f"{block}.c{c}": block for block in blocks for c in range(draw(st.integers(1, 2)))}
    return Population.create(
        blocks,
        correlation=covariance / np.outer(scale, scale),
        competencies=layer,
        loadings={name: draw(st.one_of(st.just(1.0), st.floats(0.1, 0.95))) for name in layer},
    )


def abilities(codes: Floats, items: Items) -> Floats:
    """θ of blocks, of competencies and of a composite with weights 0 or more, a row a person."""
    found = score(Responses.from_array(codes, items=items.ids), items, nodes=NODES)
    blocks = found.theta.reshape(len(codes), -1)
    weights = np.arange(1, blocks.shape[1] + 1) % 3  # some of them 0
    return np.column_stack([blocks, found.competencies.theta.reshape(len(codes), -1), blocks @ weights])


def with_one_item(items: Items, others: Floats, item: int, policy: UnansweredPolicy) -> dict[str, Floats]:
    """Abilities with the item before it was presented, left by the policy, and answered in every way."""
    k = int(items.n_categories[item])
    rows = np.repeat(others[None], k + 2, axis=0)
    rows[:, item] = [np.nan, np.nan, *range(k)]
    words = np.full(rows.shape, None, dtype=object)
    words[1, item] = "omitted"
    responses = Responses.from_array(rows, items=items.ids)
    codes = unanswered_codes(words, responses)
    filled = scored(responses, codes, items, policy).codes().astype(np.float64)
    filled[filled < 0] = np.nan
    found = abilities(filled, items)
    return {"before": found[0], "left": found[1], "answered": found[2:]}


def some_answers(items: Items, seed: int, missing: float) -> Floats:
    """Any answers of one person, likely or not, some of them missing."""
    rng = np.random.default_rng(seed)
    answers = rng.integers(0, items.n_categories).astype(np.float64)
    answers[rng.random(answers.size) < missing] = np.nan
    return answers


@EVERY_TEST
@FEW
@given(data=st.data())
def test_leaving_an_item_never_raises(name: str, data: st.DataObject) -> None:
    """Whatever else was answered: θ with the item left is at most θ with any answer to it, and θ before it."""
    items = data.draw(items_of(name, population=data.draw(friendly_populations())))
    others = some_answers(items, data.draw(seeds()), data.draw(st.sampled_from([0.0, 0.3, 1.0])))
    item = data.draw(st.integers(0, items.n_items - 1))
    found = with_one_item(items, others, item, UnansweredPolicy())
    assert (found["left"] <= found["before"] + SLACK).all()
    assert (found["left"] <= found["answered"].min(axis=0) + SLACK).all()


@EVERY_TEST
@FEW
@given(data=st.data())
def test_the_lowest_category_falls_against_every_other(name: str, data: st.DataObject) -> None:
    """P(lowest) / P(k) never rises in θ, for every model, category and sign of the slope."""
    items = data.draw(items_of(name))
    theta = np.linspace(-6, 6, 49)
    p = probability(items, theta)
    for item, lowest in enumerate(lowest_categories(items).tolist()):
        mine = np.log(p[item, : items.n_categories[item]])
        assume(np.isfinite(mine).all())
        difference = np.diff(mine[lowest] - mine, axis=1)
        assert (difference <= 1e-9).all()


def test_ignoring_changes_nothing() -> None:
    """An item whose code the policy ignores leaves θ exactly where it was."""
    rng = np.random.default_rng(5)
    items = banks.three_blocks(2).irt_items()
    others = rng.integers(0, 4, items.n_items).astype(np.float64)
    found = with_one_item(items, others, 3, UnansweredPolicy(omitted="ignore"))
    assert (found["left"] == found["before"]).all()


def test_where_the_law_ends() -> None:
    """Nonnegative correlations are not enough: a negative *partial* one lets a low answer raise another block.

    R = [[1, .8, .3], [.8, 1, .7], [.3, .7, 1]] has the partial correlation of blocks 1 and 3 given 2
    (.3 − .56) / … < 0. Where block 2 is known well, an item of block 3 that is left says that θ_1 is higher.
    """
    r = [[1.0, 0.8, 0.3], [0.8, 1.0, 0.7], [0.3, 0.7, 1.0]]
    people = Population.create(["a", "b", "c"], correlation=r)
    items = Items.create(
        ids=["a0", *(f"b{j}" for j in range(12)), "c0"],
        a=[1.0] + [2.0] * 12 + [2.0],
        b=[[0.0]] * 14,
        competencies=["a"] + ["b"] * 12 + ["c"],
        population=people,
    )
    others = np.array([np.nan, *[0.0, 1.0] * 6, np.nan])
    found = with_one_item(items, others, 13, UnansweredPolicy())
    assert found["left"][0] > found["before"][0] + 0.01
    assert found["left"][2] < found["before"][2]


# ---- whole sittings ------------------------------------------------------------------------------------

ASSESSMENTS = (
    banks.assessment(banks.one_block(8), length=(2, 6), limits=(0, None), target=0.6),
    banks.assessment(banks.with_options(4), length=(1, 9), limits={"c1": (1, 2), "c2": (1, 4), "c3": (0, 3)}),
    banks.assessment(banks.three_blocks(2), length=(1, 9), limits=(1, 2), randomesque=3),
)


@settings(max_examples=25)
@given(
    assessment=st.sampled_from(ASSESSMENTS),
    seed=seeds(),
    n=st.integers(0, 8),
    reason=st.sampled_from(["broken_off", "time_is_up", "examinee_left", "technical"]),
    leaving=st.floats(0, 1),
)
def test_going_away_gives_no_verdict(
    assessment: ca.Assessment, seed: int, n: int, reason: str, leaving: float
) -> None:
    """Whenever and however a sitting is left before its end, no band, no zone, no strength is given."""
    session, rng = assessment.start(seed=seed), np.random.default_rng(seed)
    for _ in range(n):
        if (item := session.pending) is None:
            return
        if rng.random() < leaving:
            session.skip(item.id, rng.choice(["omitted", "timed_out", "technically_lost"]))
        else:
            session.answer(item.id, item.options[0].id if item.options else 0)
    if session.pending is None:
        return
    for _ in range(2):
        conclusion = session.conclude()
        assert {conclusion.band, *(block.band for block in conclusion.blocks.values())} == {
            "needs_more_evidence"
        }
        assert {one.risk for one in conclusion.competencies.values()} == {"insufficient"}
        assert conclusion.above_risk_zones is None
        assert (conclusion.strengths, conclusion.weaknesses) == ((), ())
        assert "incomplete" in conclusion.flags
        if not session.finished:
            session.break_off(reason=reason)


@settings(max_examples=25)
@given(assessment=st.sampled_from(ASSESSMENTS), seed=seeds(), n=st.integers(0, 5))
def test_leaving_the_next_item_never_raises_the_sitting(assessment: ca.Assessment, seed: int, n: int) -> None:
    """At every point of a sitting: omitting the item on the screen gives at most what any answer to it gives."""
    rng = np.random.default_rng(seed)
    session = assessment.start(seed=seed)
    for _ in range(n):
        if (item := session.pending) is None:
            return
        session.answer(
            item.id, str(rng.choice([o.id for o in item.options])) if item.options else int(rng.integers(2))
        )
    if (item := session.pending) is None:
        return
    log, before = session.log, session.conclude()
    choices = [option.id for option in item.options] or list(range(item.n_categories))
    for reason in ("omitted", "timed_out"):
        left = ca.Session.replay(assessment, log)
        left.skip(item.id, reason)
        low = left.conclude()
        others = [before]
        for choice in choices:
            answered = ca.Session.replay(assessment, log)
            answered.answer(item.id, choice)
            others.append(answered.conclude())
        for other in others:
            assert low.theta <= other.theta + SLACK
            assert all(low.blocks[b].theta <= other.blocks[b].theta + SLACK for b in low.blocks)
            assert all(
                low.competencies[c].theta <= other.competencies[c].theta + SLACK for c in low.competencies
            )
    lost = ca.Session.replay(assessment, log)
    lost.skip(item.id, "technically_lost")
    assert lost.conclude().theta == before.theta


def test_counting_twice_is_adding() -> None:
    """Left of two tables added is Left of both, as of two sittings."""
    rng = np.random.default_rng(1)
    competency = rng.integers(0, 3, 10)
    codes = rng.integers(-1, 5, (2, 4, 10)).astype(np.int8)
    parts = [Left.counted(part < 0, part, competency, 3) for part in codes]
    both = Left.counted(
        np.hstack([codes[0] < 0, codes[1] < 0]), np.hstack(list(codes)), np.tile(competency, 2), 3
    )
    added = parts[0] + parts[1]
    assert (added.attempts == both.attempts).all()
    assert (added.counts == both.counts).all()
