"""What a classification is about: the cuts of each block, and of each competency."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.pool import Pool
from compassess.errors import InputError, Problem, raise_if_any
from compassess.irt.read_only import read_only
from compassess.scoring.cuts import ascending

__all__ = ["Classifying", "Target", "cut_problems", "targets_of"]

Floats = NDArray[np.float64]
Index = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Target:
    """One dimension with its cuts: n_cuts cuts part n_cuts + 1 bands, counted from 0, the lowest.

    ``index`` is that of the block or of the competency, ``block`` that of the block in any case.
    """

    kind: Literal["block", "competency"]
    name: str
    index: int
    block: int
    cuts: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Classifying:
    """The parameters that all classification rules have: the cuts on the scale of θ.

    Attributes
    ----------
    cuts : of every block; ``cuts_by_block`` are those of single ones, by name, in their place.
    competency_cuts : of every competency, for example where its risk zone begins;
        ``cuts_by_competency`` those of single ones. An empty list decides nothing there.
    """

    cuts: Sequence[float] = ()
    cuts_by_block: Mapping[str, Sequence[float]] = field(default_factory=dict)
    competency_cuts: Sequence[float] = ()
    cuts_by_competency: Mapping[str, Sequence[float]] = field(default_factory=dict)


def cut_problems(rule: Classifying) -> list[Problem]:
    """What is wrong with the cuts themselves, before it is known which blocks there are."""
    problems: list[Problem] = []
    given = {"cuts": rule.cuts, "competency_cuts": rule.competency_cuts}
    given |= {f"cuts_by_block.{name}": cuts for name, cuts in rule.cuts_by_block.items()}
    given |= {f"cuts_by_competency.{name}": cuts for name, cuts in rule.cuts_by_competency.items()}
    for where, cuts in given.items():
        if not _is_list_of_numbers(cuts):
            problems.append(
                Problem(where=where, what="not a list of cuts", got=repr(cuts), expected="a list of numbers")
            )
        elif len(cuts):
            ascending(cuts, problems, where)
    if not problems and not any(len(cuts) for cuts in given.values()):
        problems.append(
            Problem(
                where="cuts",
                what="there is nothing to decide",
                expected="cuts, cuts_by_block, competency_cuts or cuts_by_competency",
            )
        )
    return problems


def targets_of(rule: Classifying, pool: Pool, margin: float = 0.0) -> tuple[Target, ...]:
    """Blocks with cuts, then competencies with cuts, in the order of the population.

    Raises
    ------
    InputError : unknown blocks and competencies; cuts ± ``margin`` beyond the grid.
    """
    people = pool.lattice.population
    problems = [
        Problem(where=f"{where}.{name}", what=f"no such {kind}", expected=" or ".join(known))
        for where, kind, given, known in (
            ("cuts_by_block", "block", rule.cuts_by_block, people.blocks),
            ("cuts_by_competency", "competency", rule.cuts_by_competency, people.competencies),
        )
        for name in given
        if name not in known
    ]
    targets = (*_blocks(rule, pool), *_competencies(rule, pool))
    low, high = (float(pool.lattice.grid.theta[end]) for end in (0, -1))
    problems += [
        Problem(
            where=f"{target.kind} {target.name}",
            what="a cut beyond the grid of θ",
            got=str(target.cuts.tolist()),
            expected=f"cuts between {low + margin:g} and {high - margin:g}",
        )
        for target in targets
        if target.cuts[0] - margin < low or target.cuts[-1] + margin > high
    ]
    raise_if_any(problems)
    if not targets:
        raise InputError(Problem(where="cuts", what="there is nothing to decide in this population"))
    return targets


def _blocks(rule: Classifying, pool: Pool) -> Iterator[Target]:
    for index, name in enumerate(pool.lattice.population.blocks):
        cuts = rule.cuts_by_block.get(name, rule.cuts)
        if len(cuts):
            yield Target(kind="block", name=name, index=index, block=index, cuts=_array(cuts))


def _competencies(rule: Classifying, pool: Pool) -> Iterator[Target]:
    people = pool.lattice.population
    for index, name in enumerate(people.competencies):
        cuts = rule.cuts_by_competency.get(name, rule.competency_cuts)
        if len(cuts):
            block = int(people.block_of[index])
            yield Target(kind="competency", name=name, index=index, block=block, cuts=_array(cuts))


def _array(cuts: Sequence[float]) -> Floats:
    return read_only(np.array(cuts, dtype=np.float64))


def _is_list_of_numbers(cuts: object) -> bool:
    return (
        isinstance(cuts, Sequence)
        and not isinstance(cuts, str)
        and all(isinstance(cut, int | float) and not isinstance(cut, bool) for cut in cuts)
    )
