"""compassess.adaptive.choice: the rules of a sitting, one by one, and together against a slow twin."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import banks
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

import compassess as ca
from compassess.adaptive import REASONS, Plan, Progress, decide, estimate, fresh
from compassess.adaptive.draws import uniform
from compassess.adaptive.estimate import Estimate

LENGTH, PRECISION, EXHAUSTED = (REASONS.index(name) for name in ("length", "precision", "pool_exhausted"))
BANK = banks.three_blocks(4)
FREE = {"limits": (0, None)}


def plan_of(bank: ca.ItemBank = BANK, **changes: Any) -> Plan:
    """The arrays of an assessment on a bank, with changes to the default blueprint."""
    return banks.assessment(bank, **changes).plan


def state(
    plan: Plan,
    *,
    used: tuple[str, ...] = (),
    se: tuple[float, ...] | None = None,
    theta: float = 0.0,
    available: tuple[str, ...] | None = None,
) -> tuple[Progress, Estimate]:
    """A sitting that has presented ``used`` and knows the blocks to ``se``; all competencies at ``theta``."""
    ids = plan.measurement.items.ids
    begin = fresh(plan.pool, np.ones((1, plan.n_items), dtype=bool))
    now = estimate(plan.pool, begin)
    open_items = np.array([[name not in used and (available is None or name in available) for name in ids]])
    people = plan.lattice.population
    counts = Counter(plan.pool.competency[ids.index(name)] for name in used)
    progress = replace(
        begin,
        open_items=open_items,
        n_open=np.array(
            [[open_items[0, plan.pool.competency == c].sum() for c in range(people.n_competencies)]]
        ),
        by_competency=np.array([[counts[c] for c in range(people.n_competencies)]]),
        length=np.array([len(used)]),
        presented=np.array([len(used)]),
        counted=np.array([[name in used for name in ids]]),
    )
    estimated = replace(
        now,
        block_se=now.block_se if se is None else np.array([se]),
        theta=np.full((1, people.n_competencies), theta),
    )
    return progress, estimated


def chosen(plan: Plan, *parts: Any, seed: int = 0, **situation: Any) -> str | int:
    """The id of the next item, or the code of the reason to stop."""
    progress, now = parts or state(plan, **situation)
    decision = decide(plan, progress, now, np.array([seed], dtype=np.uint64))
    if decision.reason[0]:
        assert decision.item[0] == -1
        return int(decision.reason[0])
    return plan.measurement.items.ids[decision.item[0]]


def items(bank: ca.ItemBank, prefix: str, n: int) -> tuple[str, ...]:
    """The first ids that begin so."""
    return tuple(item.id for item in bank.items if item.id.startswith(prefix))[:n]


# ---- the rules -----------------------------------------------------------------------------------------


def test_at_the_greatest_length_a_sitting_stops() -> None:
    """Rule 1: "length", also where blocks are known and where minima are not met; not one item before."""
    six = items(BANK, "p", 6)
    for limits, se in (
        ((0, None), (1.0, 1.0, 1.0)),
        ((0, None), (0.1, 0.1, 0.1)),
        ((1, None), (1.0, 1.0, 1.0)),
    ):
        assert chosen(plan_of(limits=limits, length=(1, 6)), used=six, se=se) == LENGTH
    assert isinstance(chosen(plan_of(length=(1, 6), **FREE), used=six[:5], se=(1.0, 1.0, 1.0)), str)


def test_minima_come_first() -> None:
    """Rule 2: while competencies are owed items, only those are asked, though blocks may be known."""
    plan = plan_of(
        limits={
            "p1": (0, None),
            "p2": (0, None),
            "q1": (2, None),
            "q2": (0, None),
            "r1": (0, None),
            "r2": (1, None),
        }
    )
    known = (0.1, 0.1, 0.1)
    assert str(chosen(plan, used=items(BANK, "p1", 4), se=known)).startswith(("q1", "r2"))
    assert str(chosen(plan, used=items(BANK, "r2", 1), se=known)).startswith("q1")
    assert chosen(plan, used=(*items(BANK, "r2", 1), *items(BANK, "q1", 2)), se=known) == PRECISION


def test_a_minimum_without_items_left_is_passed_over() -> None:
    """Rule 2: a competency that cannot be served does not hold up the others."""
    plan = plan_of(limits=(1, None))
    available = tuple(item.id for item in BANK.items if not item.id.startswith("q"))
    used = tuple(f"{name}_00" for name in ("p1", "p2", "r1", "r2"))
    assert chosen(plan, used=used, available=available, se=(0.1, 0.1, 0.1)) == PRECISION
    assert str(chosen(plan, used=used[:-1], available=available, se=(0.1, 0.1, 0.1))).startswith("r2")


def test_precision_stops_from_the_least_length_on() -> None:
    """Rule 3: all blocks at their targets stop a sitting, but not before the least length."""
    plan = plan_of(length=(3, 20), **FREE)
    known = (0.4, 0.39, 0.2)
    assert chosen(plan, used=items(BANK, "p", 3), se=known) == PRECISION
    assert isinstance(chosen(plan, used=items(BANK, "p", 2), se=known), str)
    assert isinstance(chosen(plan, used=items(BANK, "p", 3), se=(0.4, 0.41, 0.2)), str)


def test_only_blocks_that_are_not_known_are_asked() -> None:
    """Rule 3: a block at its target gets no more items, even with the largest SE."""
    plan = plan_of(targets={"p": 0.9, "q": 0.3}, **FREE)
    assert str(chosen(plan, se=(0.85, 0.31, 0.39))).startswith("q")
    assert str(chosen(plan, se=(0.95, 0.29, 0.39))).startswith("p")


def test_maxima_close_a_competency() -> None:
    """At its maximum a competency gets no more items; the block goes on with its others."""
    plan = plan_of(limits=(0, 2))
    needy = (0.99, 0.5, 0.5)
    used = items(BANK, "p1", 2)
    assert str(chosen(plan, used=used, se=needy)).startswith("p2")
    used += items(BANK, "p2", 2)
    assert str(chosen(plan, used=used, se=needy)).startswith(("q", "r"))


def test_the_pool_is_exhausted() -> None:
    """Rule 4: it stops when nothing that counts has an item left, though known blocks have some."""
    plan = plan_of(**FREE)
    every = tuple(item.id for item in BANK.items)
    assert chosen(plan, available=()) == EXHAUSTED
    assert chosen(plan, used=items(BANK, "p", 8), se=(0.6, 0.3, 0.3)) == EXHAUSTED
    assert chosen(plan_of(length=(1, 30), **FREE), used=every, se=(0.6, 0.6, 0.6)) == EXHAUSTED
    assert (
        chosen(plan_of(limits=(0, 1)), used=tuple(f"{c}_00" for c in ("p1", "p2", "q1", "q2", "r1", "r2")))
        == EXHAUSTED
    )


def test_below_the_least_length_known_blocks_count() -> None:
    """Rules 3 and 4: before the least length even known blocks go on, and an empty pool ends it."""
    plan = plan_of(length=(10, 20), **FREE)
    assert isinstance(chosen(plan, used=items(BANK, "p", 8), se=(0.1, 0.1, 0.1)), str)
    assert chosen(plan, used=items(BANK, "p", 8), se=(0.1, 0.1, 0.1), available=()) == EXHAUSTED


@pytest.mark.parametrize(
    ("se", "block"), [((0.7, 0.8, 0.75), "q"), ((0.9, 0.8, 0.75), "p"), ((0.5, 0.6, 0.61), "r")]
)
def test_the_neediest_block(se: tuple[float, ...], block: str) -> None:
    """Rule 5: the block with the largest SE is asked where targets are alike."""
    assert str(chosen(plan_of(**FREE), se=se)).startswith(block)


def test_need_is_relative_to_the_target() -> None:
    """Rule 5: SE 0.5 at target 0.25 is needier than SE 0.9 at target 0.6."""
    plan = plan_of(targets={"p": 0.6, "q": 0.25}, **FREE)
    assert str(chosen(plan, se=(0.9, 0.5, 0.6))).startswith("q")


def test_only_owed_competencies_of_the_block() -> None:
    """Rules 2 and 5: the neediest block is sought among blocks that are owed something."""
    plan = plan_of(
        limits={
            "p1": (0, None),
            "p2": (0, None),
            "q1": (0, None),
            "q2": (1, None),
            "r1": (0, None),
            "r2": (0, None),
        }
    )
    assert str(chosen(plan, se=(0.99, 0.41, 0.9))).startswith("q2")


def twin(slopes: list[float], difficulties: list[float], **changes: Any) -> Plan:
    """A plan on one block with these items, i0 first."""
    entries = [
        banks.item(f"i{j}", "theta", "theta", a, [b])
        for j, (a, b) in enumerate(zip(slopes, difficulties, strict=True))
    ]
    return plan_of(banks.bank({"theta": ("theta", 1.0)}, entries), **FREE | changes)


def test_the_best_item() -> None:
    """The most informative item at θ is chosen; one whose difficulty lies nearer, at equal slopes."""
    plan = twin([1.5, 1.5, 1.5], [-1.0, 0.1, 1.2])
    assert chosen(plan, theta=0.0) == "i1"
    assert chosen(plan, theta=-1.0) == "i0"
    assert chosen(plan, theta=4.0) == "i2"
    assert chosen(plan, theta=40.0) == "i2"  # beyond the grid: its end counts


@pytest.mark.parametrize(
    ("slopes", "difficulties"),
    [
        ([1.0, 1.5, 1.5, 1.5], [0, 0.3, 0.3, 0.3]),
        ([0.5, 1.5, 1.5], [0, 0.7, -0.7]),
        ([0.5, 1.5, 1.5 * (1 + 1e-12)], [0, 0.7, 0.7]),
        ([0.5, 1.5, 1.5], [0, -0.1, 0.1 * (1 - 1e-13)]),
    ],
)
def test_near_ties_go_to_the_first(slopes: list[float], difficulties: list[float]) -> None:
    """Items as good as the best to a billionth: the first in the bank's order, whatever the last bits."""
    assert chosen(twin(slopes, difficulties)) == "i1"


def test_what_is_better_by_more_than_a_billionth_wins() -> None:
    """A tie is no more than a tie."""
    assert chosen(twin([1.5, 1.5 * (1 + 1e-6)], [0.3, 0.3])) == "i1"


# ---- randomesque ------------------------------------------------------------------------------------------


def test_randomesque_draws_evenly_from_the_best() -> None:
    """Each of the k best is drawn equally often over seeds, and no other at all."""
    plan = twin([1.5] * 8, [0.1 * j for j in range(8)], randomesque=3)
    found = Counter(chosen(plan, seed=seed) for seed in range(1500))
    assert set(found) == {"i0", "i1", "i2"}
    assert chisquare(list(found.values())).pvalue > 1e-3


def test_randomesque_among_ties() -> None:
    """Of equally good items the first k in the bank's order are drawn from."""
    plan = twin([1.5] * 6, [0.3] * 6, randomesque=2)
    assert {chosen(plan, seed=seed) for seed in range(100)} == {"i0", "i1"}


def test_randomesque_with_fewer_items_than_asked_for() -> None:
    """Where fewer are left, it is drawn evenly from those."""
    plan = twin([1.5] * 4, [0.1, 0.2, 0.3, 0.4], randomesque=3)
    found = Counter(chosen(plan, seed=seed, available=("i1", "i3")) for seed in range(1000))
    assert set(found) == {"i1", "i3"}
    assert chisquare(list(found.values())).pvalue > 1e-3
    assert chosen(plan, available=("i2",)) == "i2"


def test_the_draw_hangs_on_seed_and_step_only() -> None:
    """The rank that is drawn is ⌊k · u(seed, step)⌋, whatever was answered and whoever sits beside."""
    plan = twin([1.5] * 8, [0.1 * j for j in range(8)], randomesque=3)
    ids = plan.measurement.items.ids
    for seed in range(20):
        for n in range(4):
            used = ids[8 - n :]
            rank = int(3 * uniform(seed, n))
            assert chosen(plan, seed=seed, used=used) == f"i{rank}"
            at_the_other_end = [name for name in reversed(ids) if name not in used][rank]
            assert chosen(plan, seed=seed, used=used, theta=5.0) == at_the_other_end


# ---- together -----------------------------------------------------------------------------------------------


def slow_twin(plan: Plan, progress: Progress, now: Estimate, row: int) -> str | int:
    """The rules of the module's docstring once more, for one sitting, in plain steps (no draws)."""
    people = plan.lattice.population
    n_of = progress.by_competency[row]
    competency, block = plan.pool.competency, plan.pool.block
    ids = plan.measurement.items.ids
    left = [
        j
        for j in range(plan.n_items)
        if progress.open_items[row, j] and n_of[competency[j]] < plan.maximum[competency[j]]
    ]
    length = progress.length[row]
    if length >= plan.longest:
        return LENGTH
    known = [now.block_se[row, b] <= plan.targets[b] * (1 + 1e-9) for b in range(people.n_blocks)]
    owed = {competency[j] for j in left if n_of[competency[j]] < plan.minimum[competency[j]]}
    if owed:
        candidates = [j for j in left if competency[j] in owed]
    else:
        if length >= plan.shortest and all(known):
            return PRECISION
        candidates = [j for j in left if length < plan.shortest or not known[block[j]]]
    if not candidates:
        return EXHAUSTED
    need = {b: now.block_se[row, b] / plan.targets[b] for b in sorted({block[j] for j in candidates})}
    neediest = next(b for b, value in need.items() if value >= max(need.values()) * (1 - 1e-9))
    worth = {}
    for j in candidates:
        if block[j] != neediest:
            continue
        c = competency[j]
        theta = round(float(now.theta[row, c]) / 0.02) * 0.02
        fisher = ca.irt.information(plan.measurement.items.select(np.array([j])), [theta])[0, 0]
        loading, v = people.loadings[c], now.spread[row, c]
        unique = 1 - loading**2
        worth[j] = fisher if unique == 0 else (loading * v / unique) ** 2 * fisher / (1 + v * fisher)
    return ids[next(j for j, value in worth.items() if value >= max(worth.values()) * (1 - 1e-8))]


@given(data=st.data())
def test_the_rules_together(data: st.DataObject) -> None:
    """In any state the decision is that of the rules taken one after the other."""
    bank = data.draw(st.sampled_from([BANK, banks.with_options(4), banks.one_block(10)]))
    limits = {
        one.id: (low := data.draw(st.integers(0, 2)), data.draw(st.none() | st.integers(max(low, 1), 4)))
        for one in bank.competencies
    }
    longest = data.draw(st.integers(12, 24))
    shortest = data.draw(
        st.integers(0, min(6, sum(4 if high is None else high for _, high in limits.values())))
    )
    targets = {block.id: data.draw(st.sampled_from([0.3, 0.6, 0.9])) for block in bank.blocks}
    plan = plan_of(bank, limits=limits, length=(shortest, longest), targets=targets)
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    n = 6
    progress = fresh(plan.pool, rng.random((n, plan.n_items)) < rng.choice([0.3, 0.7, 1.0]))
    for _ in range(data.draw(st.integers(0, longest))):
        now = estimate(plan.pool, progress)
        decision = decide(plan, progress, now, np.zeros(n, dtype=np.uint64))
        ids = plan.measurement.items.ids
        for row in range(n):
            expected = slow_twin(plan, progress, now, row)
            reason = int(decision.reason[row])
            assert (reason or ids[decision.item[row]]) == expected
        going = np.flatnonzero(decision.reason == 0)
        if going.size < n:
            break
        codes = (rng.random(n) * plan.measurement.items.n_categories[decision.item]).astype(int)
        progress = ca.adaptive.answered(plan.pool, progress, decision.item, codes)


def test_maximum_information_at_every_step() -> None:
    """On a bank of one block every item is the open one with most information a² P Q at the present EAP.

    θ is rounded to 0.02 before the choice; information at the rounded θ is compared.
    """
    bank = banks.one_block(40)
    session = banks.assessment(bank, target=0.01, length=(1, 40), **FREE).start()
    rng = np.random.default_rng(3)
    theta = np.linspace(-6, 6, 601)
    posterior = np.exp(-0.5 * theta**2)
    left = [item.id for item in bank.items]
    slope = {item.id: item.parameters.discrimination for item in bank.items}  # type: ignore[union-attr]
    difficulty = {item.id: item.parameters.thresholds[0] for item in bank.items}  # type: ignore[union-attr]

    def chance(name: str, at: Any) -> Any:
        return 1 / (1 + np.exp(-slope[name] * (at - difficulty[name])))

    while session.pending is not None:
        eap = round(float(posterior @ theta / posterior.sum()) / 0.02) * 0.02
        worth = {name: slope[name] ** 2 * chance(name, eap) * (1 - chance(name, eap)) for name in left}
        assert worth[session.pending.id] >= max(worth.values()) * (1 - 1e-9)
        name, code = session.pending.id, int(rng.random() < 0.6)
        posterior = posterior * (chance(name, theta) if code else 1 - chance(name, theta))
        left.remove(name)
        session.answer(name, code)
    assert not left
