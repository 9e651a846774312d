"""Who sits a simulation: a mixture of populations, or abilities that are handed in.

Rule: the same seed gives the same people, and the first n of them however many are drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.bank.readonly import ReadOnly
from compassess.errors import InputError, Problem, raise_if_any
from compassess.irt.population import Population
from compassess.irt.read_only import read_only
from compassess.irt.simulating import Abilities, simulate_abilities

__all__ = ["Mixture", "People", "draw_people"]

Floats = NDArray[np.float64]
_STREAM: Final = 2  # of the draw of groups, apart from abilities and answers
_ROUNDING: Final = 1e-9  # of shares that should sum to 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class People:
    """People whose true abilities are known.

    Attributes
    ----------
    theta : of the blocks, (n,) for one block or (n, n_blocks).
    competencies : (n, n_competencies); None lets them be drawn, N(λ_c θ_b, 1 − λ_c²).
    groups : the group of each person; None where there are none.

    Raises
    ------
    InputError : nobody; abilities that are not finite; lengths that differ.
    """

    theta: Floats
    competencies: Floats | None = None
    groups: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        theta = np.array(self.theta, dtype=np.float64)
        problems = _table_problems("people.theta", theta)
        object.__setattr__(self, "theta", read_only(theta))
        if self.competencies is not None:
            own = np.array(self.competencies, dtype=np.float64)
            problems += _table_problems("people.competencies", own, theta.shape[:1])
            object.__setattr__(self, "competencies", read_only(own))
        if self.groups is not None:
            object.__setattr__(self, "groups", tuple(self.groups))
            if len(self.groups) != len(np.atleast_1d(theta)):
                problems.append(_length("people.groups", len(self.groups), theta.shape[:1]))
        raise_if_any(problems)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mixture:
    """Several populations with shares: a person is of group g with probability share_g.

    Attributes
    ----------
    populations : by group, over the blocks and competencies of the bank in its order.
    shares : by group, above 0, sum 1; default equal.

    Raises
    ------
    InputError : no group; shares of other groups, or that are none.
    """

    populations: Mapping[str, Population]
    shares: Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        names = tuple(self.populations)
        given = dict.fromkeys(names, 1.0 / max(len(names), 1)) if self.shares is None else dict(self.shares)
        raise_if_any(_share_problems(names, given))
        object.__setattr__(self, "populations", ReadOnly(self.populations))
        object.__setattr__(self, "shares", ReadOnly({name: float(given[name]) for name in names}))


def draw_people(
    population: Population, n_people: int | None, people: People | Mixture | None, *, seed: int
) -> tuple[Abilities, tuple[str, ...] | None]:
    """Abilities, and the group of each person.

    Parameters
    ----------
    population : of the bank; everybody is drawn from it where ``people`` is None.
    n_people : how many are drawn; None where :class:`People` are handed in.

    A mixture draws the group by one uniform number a person and the abilities by
    :func:`compassess.irt.simulating.simulate_abilities` from the group's population, with the
    same normal deviates whatever the group.

    Raises
    ------
    InputError : a number of people where they are handed in, or none where not; populations or tables that
        do not fit the bank.
    """
    handed_in = isinstance(people, People)
    if handed_in == (n_people is not None):
        raise InputError(
            Problem(
                where="n_examinees",
                what="people that are handed in are as many as they are" if handed_in else "nobody to draw",
                got=str(n_people),
                remedy="Give either n_examinees or people=People(theta=…).",
            )
        )
    if isinstance(people, People):
        return _completed(population, people, seed), people.groups
    assert n_people is not None
    if people is None:
        return simulate_abilities(population, n_people, seed=seed), None
    return _mixed(population, n_people, people, seed)


def _mixed(
    population: Population, n_people: int, mixture: Mixture, seed: int
) -> tuple[Abilities, tuple[str, ...]]:
    raise_if_any(_population_problems(population, mixture))
    assert mixture.shares is not None
    names = tuple(mixture.populations)
    draw = np.random.default_rng(np.random.SeedSequence([seed, _STREAM])).random(n_people)
    edges = np.cumsum([mixture.shares[name] for name in names])[:-1]
    group = np.searchsorted(edges, draw, side="right")
    blocks = np.empty((n_people, population.n_blocks))
    competencies = np.empty((n_people, population.n_competencies))
    for k, name in enumerate(names):
        drawn = simulate_abilities(mixture.populations[name], n_people, seed=seed)
        own = group == k
        blocks[own], competencies[own] = drawn.blocks[own], drawn.competencies[own]
    return Abilities(blocks=blocks, competencies=competencies), tuple(names[k] for k in group.tolist())


def _completed(population: Population, people: People, seed: int) -> Abilities:
    """Competencies are drawn where they were not handed in, with the deviates that a population's have."""
    blocks = people.theta.reshape(len(people.theta), -1)
    wanted = [("people.theta", blocks, population.n_blocks)]
    if people.competencies is not None:
        wanted.append(("people.competencies", people.competencies, population.n_competencies))
    raise_if_any(
        [
            Problem(where=where, what="not a column for each", got=str(table.shape[1:]), expected=str(width))
            for where, table, width in wanted
            if table.shape[1:] != (width,)
        ]
    )
    if people.competencies is not None:
        return Abilities(blocks=blocks, competencies=people.competencies)
    drawn = simulate_abilities(population, len(blocks), seed=seed)
    expected = population.loadings * drawn.blocks[:, population.block_of]
    own = drawn.competencies - expected
    competencies = population.loadings * blocks[:, population.block_of] + own
    return Abilities(blocks=blocks, competencies=competencies)


def _table_problems(where: str, table: Floats, n_people: Sequence[int] | None = None) -> list[Problem]:
    if table.ndim not in (1, 2) or table.size == 0 or not np.isfinite(table).all():
        return [
            Problem(where=where, what="no table of abilities", got=f"shape {table.shape}", expected="finite")
        ]
    if n_people is not None and tuple(table.shape[:1]) != tuple(n_people):
        return [_length(where, table.shape[0], n_people)]
    return []


def _length(where: str, got: int, n_people: Sequence[int]) -> Problem:
    return Problem(where=where, what="not one for every person", got=str(got), expected=str(list(n_people)))


def _share_problems(names: tuple[str, ...], shares: Mapping[str, float]) -> list[Problem]:
    if not names:
        return [Problem(where="mixture.populations", what="there is none", expected="at least one")]
    if set(shares) != set(names):
        return [
            Problem(
                where="mixture.shares",
                what="not a share of every group",
                got=str(list(shares)),
                expected=str(names),
            )
        ]
    values = np.array([shares[name] for name in names], dtype=np.float64)
    if not (values > 0).all() or abs(values.sum() - 1.0) > _ROUNDING:
        return [
            Problem(
                where="mixture.shares",
                what="no shares",
                got=str(dict(shares)),
                expected="above 0, their sum 1",
            )
        ]
    return []


def _population_problems(population: Population, mixture: Mixture) -> list[Problem]:
    return [
        Problem(
            where=f"mixture.populations[{name!r}]",
            what="other blocks or competencies than the bank's",
            got=f"{other.blocks}, {other.competencies}",
            expected=f"{population.blocks}, {population.competencies}, in this order",
        )
        for name, other in mixture.populations.items()
        if (other.blocks, other.competencies) != (population.blocks, population.competencies)
        or not np.array_equal(other.block_of, population.block_of)
    ]
