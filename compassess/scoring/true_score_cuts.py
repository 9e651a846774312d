"""A rule of a linear form as cuts on θ, for tests where everybody has other items.

Letters. The rule's form is the *reference form*, items of the bank whom nobody needs to be presented; T_k(θ)
= E(S_k | θ) the true score on part k of it, T = Σ_i E(X_i | θ) that on the whole. A person of ability θ
*truly passes* where T_k(θ) ≥ m_k for every part and T(θ) ≥ M. T_k rises, so that a part of one dimension is
passed from θ_k = T_k⁻¹(m_k) on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from compassess.errors import Problem, raise_if_any
from compassess.irt import Items, Population
from compassess.irt.curves import expected_total
from compassess.irt.true_scores import theta_reaching
from compassess.responses import frame
from compassess.scoring.passing.rules import PassRule, form_of, minimum_place

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TrueScoreCondition", "TrueScoreCuts", "true_score_cuts"]

Floats = NDArray[np.float64]

_TIE: Final = 1e-9  # roots are good to 1e-11


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrueScoreCondition:
    """One condition of a rule: Σ_d T_d(θ_d) ≥ ``needed`` over the dimensions d that it has items of.

    Attributes
    ----------
    id : "total", or a part.
    needed : points.
    items : by dimension, the items of the reference form.
    theta : the cut, from which on the condition is met, −∞ where every ability meets it; NaN for several
        dimensions, where no single cut is one.
    """

    id: str
    needed: int
    items: Mapping[str, Items]
    theta: float

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Blocks, and competencies with λ < 1."""
        return tuple(self.items)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrueScoreCuts:
    """Every condition of a rule on θ, the total first.

    Attributes
    ----------
    conditions : in the order of the rule's.
    redundant : ids of those that follow from all others.
    """

    conditions: tuple[TrueScoreCondition, ...]
    redundant: tuple[str, ...]

    @property
    def cut(self) -> float:
        """The one cut of a reference form of one dimension, max_k θ_k; NaN for several dimensions."""
        return max(one.theta for one in self.conditions) if self._on_a_line else float("nan")

    @property
    def binding(self) -> tuple[str, ...]:
        """Ids of the conditions that the cut is the cut of, in one dimension; nothing for several."""
        if not self._on_a_line:
            return ()
        return tuple(one.id for one in self.conditions if one.theta >= self.cut - _TIE)

    @property
    def _on_a_line(self) -> bool:
        return len({name for one in self.conditions for name in one.dimensions}) == 1

    def to_frame(self) -> pd.DataFrame:
        """A row a condition: condition, needed, dimensions (ids), theta, binding, redundant."""
        return frame(
            {
                "condition": [one.id for one in self.conditions],
                "needed": [one.needed for one in self.conditions],
                "dimensions": ["; ".join(one.dimensions) for one in self.conditions],
                "theta": [one.theta for one in self.conditions],
                "binding": [one.id in self.binding for one in self.conditions],
                "redundant": [one.id in self.redundant for one in self.conditions],
            }
        )


def true_score_cuts(items: Items, rule: PassRule, *, population: Population | None = None) -> TrueScoreCuts:
    """The rule's minima on the reference form, carried over to θ: θ_k = inf {θ : T_k(θ) ≥ m_k}.

    In one dimension all conditions hold from the largest of these on, so that the rule is one cut.

    Parameters
    ----------
    items : the reference form, or a bank that holds its items.
    population : replaces the items' own, for which competencies are their blocks.

    Limits: −∞ for a minimum at or below Σ c_i, what guessing gives. A rule on true scores is not the rule on
    scores: on a short form many persons above all θ_k fail by chance
    (:func:`compassess.scoring.passing.pass_quality` tells how many).

    Raises
    ------
    InputError : items that do not fit the rule; a minimum that no true score reaches (that of all points,
        Σ d_i or more), every one with its place; a part whose true score falls somewhere in θ.

    References
    ----------
    Lord (1980), Applications of Item Response Theory to Practical Testing Problems, ch. 4; Kolen & Brennan
    (2014), Test Equating, Scaling, and Linking, ch. 6.
    """
    form = form_of(items, rule)
    dimension = _dimensions(form, population or form.population)
    found = [
        _condition(name, int(needed), form, column, dimension)
        for name, needed, column in zip(rule.conditions, rule.needed, rule.membership.T, strict=True)
    ]
    raise_if_any([problem for one in found for problem in _unreachable(one)])
    return TrueScoreCuts(conditions=tuple(found), redundant=rule.redundant)


def _condition(
    name: str, needed: int, form: Items, column: NDArray[np.bool_], dimension: NDArray[np.object_]
) -> TrueScoreCondition:
    members = {
        one: form.select(np.asarray(column & (dimension == one))) for one in dict.fromkeys(dimension[column])
    }
    alone = next(iter(members.values()))
    theta = float(theta_reaching(alone, needed)) if len(members) == 1 else float("nan")
    return TrueScoreCondition(id=name, needed=needed, items=members, theta=theta)


def _unreachable(condition: TrueScoreCondition) -> list[Problem]:
    """A minimum at or above the upper end of the true score."""
    most = sum(float(expected_total(items, [_HIGHEST])[0]) for items in condition.items.values())
    if condition.needed < most - _TIE:
        return []
    return [
        Problem(
            where=minimum_place(condition.id),
            what="no ability has this true score on the reference form",
            got=str(condition.needed),
            expected=f"less than {most:g}",
            remedy="A true score nears the highest sum and never reaches it: ask for less.",
        )
    ]


_HIGHEST: Final = 1024.0  # beyond it a curve with any slope that a fit gives is flat to the last bit


def _dimensions(form: Items, people: Population) -> NDArray[np.object_]:
    """The dimension of each item, (n_items,): its block where λ = 1, else its competency."""
    used = list(dict.fromkeys(form.competencies))
    problems = [
        Problem(where="population", what=f"it does not know the items' competency {name!r}")
        for name in used
        if name not in people.competencies
    ]
    problems += [
        Problem(where="population", what=f"competency {name!r} has λ < 1 and the name of a block")
        for name in used
        if name in people.blocks and name in people.competencies
        if people.loadings[people.competencies.index(name)] < 1.0
    ]
    raise_if_any(problems)
    names = []
    for competency in form.competencies:
        place = people.competencies.index(competency)
        own = people.loadings[place] < 1.0
        names.append(competency if own else people.blocks[int(people.block_of[place])])
    return np.array(names, dtype=object)
