"""Adverse impact by simulation, before a cut is set: groups that differ in θ sit the coming test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import InputError, Problem, raise_if_any
from compassess.irt.ability import score
from compassess.irt.items import Items
from compassess.irt.population import Population
from compassess.irt.simulating import simulate_abilities, simulate_responses
from compassess.scoring.adverse_impact import AdverseImpact, adverse_impact

__all__ = ["SimulatedImpact", "simulated_adverse_impact"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SimulatedImpact:
    """The same persons judged twice.

    Attributes
    ----------
    scored : by their estimates, as the test would; ``true`` by the θ that they were drawn with. What the
        ratio of ``scored`` adds to that of ``true`` comes from the test: its errors, and what its items do to
        a group.
    false_fail, false_pass : share of a group that is truly at or above the cut and fails, or below it and
        passes, (n_cuts, n_groups).
    """

    scored: AdverseImpact
    true: AdverseImpact
    false_fail: Floats
    false_pass: Floats


def simulated_adverse_impact(
    items: Items,
    cuts: ArrayLike,
    populations: Mapping[str, Population],
    *,
    n: int | Mapping[str, int],
    seed: int,
    method: str = "EAP",
    answering: Mapping[str, Items] | None = None,
    block: str | None = None,
    reference: str | None = None,
    minimum: int = 30,
) -> SimulatedImpact:
    """Draw persons of every group, let them answer, score them by ``items``, and compare who passes.

    θ ~ the group's population, X ~ P(X | θ) of the group's items, θ̂ by ``method`` under the one population of
    ``items``; a person passes where θ̂ ≥ cut.

    Parameters
    ----------
    items : that persons are scored by.
    cuts : on θ of the block, increasing.
    populations : by group, with the blocks and competencies of the items; their means and SDs are the
        groups'. One dimension: ``Population.create(mean=[−.2], standard_deviation=[1.1])``.
    n : persons of each group; as many as will sit tells how far chance alone moves the ratio, many tell what
        the cut does.
    seed : a stream for each group in the order of ``populations``.
    answering : items by group that persons really answer by, where they differ (DIF); ``items`` by default.
    block : whose θ is cut; needed where there are several.

    Raises
    ------
    InputError : a population that does not know the items' competencies, groups of other names, cuts that do
        not increase, an unknown block; and as :func:`compassess.irt.score`.

    References
    ----------
    Morris & Lobsenz (2000), Personnel Psychology 53; Camilli & Shepard (1994), Methods for Identifying Biased
    Test Items, ch. 1, on impact and bias.
    """
    points = np.atleast_1d(np.asarray(cuts, dtype=np.float64))
    place = _block(items, block)
    really = dict(answering or {})
    sizes = {name: n if isinstance(n, int) else n.get(name, 0) for name in populations}
    _refuse(points, items, populations, sizes, really)
    seeds = np.random.SeedSequence(seed).generate_state(2 * len(populations)).reshape(-1, 2).tolist()
    passes, truths = [], []
    for (name, people), (for_people, for_answers) in zip(populations.items(), seeds, strict=True):
        theta = simulate_abilities(people, sizes[name], seed=for_people)
        answers = simulate_responses(really.get(name, items), theta, seed=for_answers)
        estimate = score(answers, items, method).theta.reshape(sizes[name], -1)[:, place]
        passes.append(_clears(estimate, points))
        truths.append(_clears(theta.blocks[:, place], points))
    names, total = tuple(populations), np.array(list(sizes.values()), dtype=np.float64)
    counted = [
        adverse_impact(
            np.stack([one.sum(axis=1) for one in each], axis=1),
            total,
            groups=names,
            reference=reference,
            minimum=minimum,
        )
        for each in (passes, truths)
    ]
    both = list(zip(passes, truths, strict=True))
    return SimulatedImpact(
        scored=counted[0],
        true=counted[1],
        false_fail=np.stack([(~passed & true).mean(axis=1) for passed, true in both], axis=1),
        false_pass=np.stack([(passed & ~true).mean(axis=1) for passed, true in both], axis=1),
    )


def _clears(theta: Floats, cuts: Floats) -> NDArray[np.bool_]:
    """Who is at or above each cut, (n_cuts, n_persons); nobody without an estimate is."""
    return np.asarray(theta >= cuts[:, None])


def _block(items: Items, block: str | None) -> int:
    blocks = items.population.blocks
    if block is None and len(blocks) == 1:
        return 0
    if block not in blocks:
        raise InputError(
            Problem(where="block", what="whose θ is cut", got=repr(block), expected=" or ".join(blocks))
        )
    return blocks.index(block)


def _refuse(
    cuts: Floats,
    items: Items,
    populations: Mapping[str, Population],
    sizes: Mapping[str, int],
    answering: Mapping[str, Items],
) -> None:
    """Raise for everything that keeps the groups from sitting the test."""
    same = items.population
    problems = [
        Problem(
            where=f"populations[{name!r}]",
            what="not the blocks and competencies of the items",
            got=f"{', '.join(people.blocks)}; {', '.join(people.competencies)}",
            expected=f"{', '.join(same.blocks)}; {', '.join(same.competencies)}",
        )
        for name, people in populations.items()
        if (people.blocks, people.competencies) != (same.blocks, same.competencies)
    ]
    problems += [
        Problem(where=f"n, group {name!r}", what="nobody to draw", got=str(size), expected="at least 1")
        for name, size in sizes.items()
        if size < 1
    ]
    problems += [
        Problem(where=f"answering[{name!r}]", what="no such group, or other items than those scored")
        for name, own in answering.items()
        if name not in populations or own.ids != items.ids
    ]
    if not populations:
        problems.append(Problem(where="populations", what="there is no group"))
    if not np.isfinite(cuts).all() or np.any(np.diff(cuts) <= 0):
        problems.append(
            Problem(where="cuts", what="they do not increase", got=str(cuts.tolist()), expected="finite cuts")
        )
    raise_if_any(problems)
