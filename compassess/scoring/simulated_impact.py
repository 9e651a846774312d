"""Adverse impact by simulation, before a cut is set: groups that differ in θ sit the coming test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import Problem, raise_if_any
from compassess.irt.ability import score
from compassess.irt.items import Items
from compassess.irt.population import Population
from compassess.irt.simulating import simulate_abilities, simulate_responses
from compassess.scoring.adverse_impact import AdverseImpact, adverse_impact
from compassess.scoring.cuts import ascending

__all__ = ["SimulatedImpact", "simulated_adverse_impact"]

Floats = NDArray[np.float64]

_TIE: Final = 1e-9  # an estimate that is the cut but for the last bits of a sum is at the cut


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SimulatedImpact:
    """The same persons judged twice.

    Attributes
    ----------
    scored : by their estimates, as the test would; ``true`` by the θ that they were drawn with. What differs
        between the two ratios comes from the test: its errors, and what its items do to a group.
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
    dimension: str | None = None,
    reference: str | None = None,
    minimum: int = 30,
) -> SimulatedImpact:
    """Draw persons of every group, let them answer, score them by ``items``, and compare who passes.

    θ ~ the group's population, X ~ P(X | θ) of the group's items, θ̂ by ``method`` under the one population of
    ``items``; a person passes where θ̂ ≥ cut, near-ties (a billionth) included.

    Parameters
    ----------
    items : that persons are scored by.
    cuts : on θ of the dimension, increasing.
    populations : by group, with the blocks and competencies of the items; their means and SDs are the
        groups'. One dimension: ``Population.create(mean=[-0.2], standard_deviation=[1.1])``.
    n : persons of each group; as many as will sit tells how far chance alone moves the ratio, many tell what
        the cut does.
    seed : a stream for each group in the order of ``populations``.
    answering : items by group that persons really answer by, where they differ (DIF); ``items`` by default.
    dimension : the block or competency whose θ is cut; needed where there are several blocks.
    reference, minimum : as in :func:`compassess.scoring.adverse_impact`.

    Limits: the persons answer every item; estimates that shrink (EAP) to the one population lead to another
    share of passes than ``true`` in every group, the more the fewer items there are.

    Raises
    ------
    InputError : a population that does not know the items' competencies, groups of other names, nobody to
        draw, cuts that do not increase, an unknown dimension or method.

    References
    ----------
    Morris & Lobsenz (2000), Personnel Psychology 53; Camilli & Shepard (1994), Methods for Identifying Biased
    Test Items, ch. 1, on impact and bias.
    """
    sizes = {name: int(n.get(name, 0) if isinstance(n, Mapping) else n) for name in populations}
    really = dict(answering or {})
    points = _refuse(cuts, items, populations, sizes, really, dimension, reference)
    seeds = np.random.SeedSequence(seed).generate_state(2 * len(populations)).reshape(-1, 2).tolist()
    passes, truths = [], []
    for (name, people), (for_people, for_answers) in zip(populations.items(), seeds, strict=True):
        theta = simulate_abilities(people, sizes[name], seed=for_people)
        answers = simulate_responses(really.get(name, items), theta, seed=for_answers)
        found = score(answers, items, method)
        passes.append(_clears(_along(dimension, people, found.theta, found.competencies.theta), points))
        truths.append(_clears(_along(dimension, people, theta.blocks, theta.competencies), points))
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


def _along(dimension: str | None, people: Population, blocks: Floats, competencies: Floats) -> Floats:
    """θ of the dimension, (n_persons,)."""
    if dimension is None or dimension in people.blocks:
        block = people.blocks.index(dimension or people.blocks[0])
        return np.asarray(blocks.reshape(len(competencies), -1)[:, block])
    return np.asarray(competencies[:, people.competencies.index(dimension)])


def _clears(theta: Floats, cuts: Floats) -> NDArray[np.bool_]:
    """Who is at or above each cut, (n_cuts, n_persons); nobody without an estimate is."""
    return np.asarray(theta >= cuts[:, None] - _TIE)


def _refuse(
    cuts: ArrayLike,
    items: Items,
    populations: Mapping[str, Population],
    sizes: Mapping[str, int],
    answering: Mapping[str, Items],
    dimension: str | None,
    reference: str | None,
) -> Floats:
    """The cuts; raises for everything that keeps the groups from sitting the test."""
    problems: list[Problem] = []
    points, same = ascending(cuts, problems), items.population
    problems += [
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
    elif reference is not None and reference not in populations:
        problems.append(
            Problem(
                where="reference", what="no such group", got=repr(reference), expected=", ".join(populations)
            )
        )
    known = [*same.blocks, *same.competencies]
    if dimension not in known and not (dimension is None and same.n_blocks == 1):
        problems.append(
            Problem(
                where="dimension",
                what="whose θ is cut",
                got=repr(dimension),
                expected=" or ".join(dict.fromkeys(known)),
            )
        )
    raise_if_any(problems)
    return points
