"""What a rule does to a population: how many pass, how often rightly, and what the minima of the parts cost.

Letters. p(θ) = P(pass | θ); t(θ) = 1 where the true scores satisfy the rule, T_k(θ) = E(S_k | θ) ≥ m_k for
all k and T(θ) ≥ M; g the density of θ in the population.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from compassess.errors import InputError, Problem
from compassess.irt import Items, Population, expected_total, simulate_abilities
from compassess.responses import frame
from compassess.scoring.classification import classification_indices
from compassess.scoring.classification.nodes import (
    crossings,
    dimension_of,
    one_dimensional,
    population_nodes,
)
from compassess.scoring.passing.chances import Thetas, chances_of
from compassess.scoring.passing.rules import PassRule, form_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PassQuality", "RuleQuality", "pass_quality", "true_scores"]

Floats = NDArray[np.float64]

_AT_ONCE: Final = 2000  # draws; 2,000 columns of a form's sums stay below a megabyte


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleQuality:
    """How good a rule is in a population.

    Attributes
    ----------
    pass_rate : ∫ p g, who passes.
    true_pass_rate : ∫ t g, who would pass with true scores.
    accuracy : ∫ [t p + (1 − t)(1 − p)] g.
    consistency : ∫ [p² + (1 − p)²] g, two parallel forms agree.
    kappa : consistency beyond chance; NaN where all pass, or none.
    false_pass, false_fail : ∫ (1 − t) p g and ∫ t (1 − p) g, shares of all, 1 less the accuracy together.
    """

    pass_rate: float
    true_pass_rate: float
    accuracy: float
    consistency: float
    kappa: float
    false_pass: float
    false_fail: float

    @property
    def false_pass_rate(self) -> float:
        """P(pass | truly below), of those who should fail; NaN where nobody should."""
        return _quotient(self.false_pass, 1.0 - self.true_pass_rate)

    @property
    def false_fail_rate(self) -> float:
        """P(fail | truly above), of those who should pass; NaN where nobody should."""
        return _quotient(self.false_fail, self.true_pass_rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class PassQuality:
    """The conjunctive rule beside the same minimum of the total without its parts.

    Attributes
    ----------
    rule, total_only : the two.
    monte_carlo_error : the largest standard error of a rate that comes from drawing abilities; 0 where
        nothing was drawn.
    """

    rule: RuleQuality
    total_only: RuleQuality
    monte_carlo_error: float

    def to_frame(self) -> pd.DataFrame:
        """A row a rule: "rule", "total_only", and "difference", what the parts change."""
        names = [*(one.name for one in fields(RuleQuality)), "false_pass_rate", "false_fail_rate"]
        columns: dict[str, list[object]] = {"rule": ["rule", "total_only", "difference"]}
        for name in names:
            with_parts, without = getattr(self.rule, name), getattr(self.total_only, name)
            columns[name] = [with_parts, without, with_parts - without]
        return frame(columns)


def pass_quality(
    items: Items,
    rule: PassRule,
    *,
    population: Population | None = None,
    n_draws: int = 20_000,
    seed: int | None = None,
) -> PassQuality:
    """Pass rate, accuracy and consistency of a rule in the normal population of the items.

    Rates of :class:`RuleQuality`. "Truly passes" means that the true scores satisfy the whole rule.

    Parameters
    ----------
    items : the form, or a bank that holds its items.
    population : replaces the items' own.
    n_draws, seed : of abilities, for a form of several dimensions; P(pass | θ) is exact for each, and
        ``monte_carlo_error`` tells what drawing costs. A form of one dimension is integrated on nodes between
        the θ where a true score passes its minimum, exact to 1e-9, and draws nothing.

    Raises
    ------
    InputError : items that do not fit the rule; several dimensions without a seed; a population that does not
        know the items' competencies; fewer than two draws.

    References
    ----------
    Lee (2010), Journal of Educational Measurement 47, 1-17, for one cut; Douglas & Mislevy (2010), Journal of
    Educational and Behavioral Statistics 35, 280-306, for rules of several measures.
    """
    form = form_of(items, rule)
    people = population or form.population
    if one_dimensional(form, people):
        theta, masses = _nodes(form, rule, people)
        return _quality(form, rule, dict.fromkeys(form.competencies, theta), masses, drawn=False)
    _refuse_strangers(form, people)
    if seed is None or n_draws < 2:
        raise InputError(
            Problem(
                where="seed" if seed is None else "n_draws",
                what="a form of several dimensions is integrated by drawing abilities",
                got=f"seed {seed}, {n_draws} draws",
                expected="a seed, and at least 2 draws",
            )
        )
    drawn = simulate_abilities(people, n_draws, seed=seed).competencies
    thetas = {name: drawn[:, people.competencies.index(name)] for name in dict.fromkeys(form.competencies)}
    return _quality(form, rule, thetas, np.full(n_draws, 1.0 / n_draws), drawn=True)


def true_scores(form: Items, rule: PassRule, theta: Thetas) -> Floats:
    """T and the T_k, (n, n_conditions), of a form in the rule's order."""
    n = next(iter(theta.values())).size
    found = np.zeros((n, len(rule.conditions)))
    for at, column in enumerate(rule.membership.T):
        for name, points in theta.items():
            members = column & np.array([one == name for one in form.competencies])
            if members.any():
                found[:, at] += expected_total(form.select(members), points)
    return found


def _nodes(form: Items, rule: PassRule, people: Population) -> tuple[Floats, Floats]:
    """Nodes and masses of a one-dimensional population, in pieces that end where the truth may change."""
    mean, sd = dimension_of(form, people)
    jumps = [
        crossings(_curve(form, column), [minimum], mean, sd)
        for column, minimum in zip(rule.membership.T, rule.needed.tolist(), strict=True)
    ]
    return population_nodes(mean, sd, np.concatenate(jumps))


def _curve(form: Items, column: NDArray[np.bool_]) -> Callable[[Floats], Floats]:
    """The true score of some items of one dimension."""
    members = form.select(column)
    return lambda theta: expected_total(members, theta)


def _quality(form: Items, rule: PassRule, theta: Thetas, masses: Floats, *, drawn: bool) -> PassQuality:
    passing, total_only = np.empty((2, masses.size))
    for start in range(0, masses.size, _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        chances = chances_of(form, rule, {name: values[some] for name, values in theta.items()})
        passing[some], total_only[some] = chances.passing, chances.total_only
    reached = true_scores(form, rule, theta) >= rule.needed
    truth = np.asarray(reached.all(axis=1))
    pairs = ((passing, truth), (total_only, reached[:, 0]))
    both = [_rates(p, truth, masses) for p, truth in pairs]
    error = max(_drawing_error(p, truth) for p, truth in pairs) if drawn else 0.0
    return PassQuality(rule=both[0], total_only=both[1], monte_carlo_error=error)


def _rates(p: Floats, truth: NDArray[np.bool_], masses: Floats) -> RuleQuality:
    told = classification_indices(np.stack([1.0 - p, p], axis=1), truth.astype(np.intp), weights=masses)
    return RuleQuality(
        pass_rate=float(masses @ p),
        true_pass_rate=float(masses @ truth),
        accuracy=float(told.accuracy[0]),
        consistency=float(told.consistency[0]),
        kappa=float(told.kappa[0]),
        false_pass=float(told.false_positive[0]),
        false_fail=float(told.false_negative[0]),
    )


def _drawing_error(p: Floats, truth: NDArray[np.bool_]) -> float:
    """The largest standard error of a mean over drawn abilities, of what the rates are means of."""
    right = np.where(truth, p, 1.0 - p)
    means = np.stack([p, truth, right, p**2 + (1.0 - p) ** 2, np.where(truth, 0.0, p)])
    return float(means.std(axis=1, ddof=1).max() / np.sqrt(p.size))


def _refuse_strangers(form: Items, people: Population) -> None:
    unknown = [name for name in dict.fromkeys(form.competencies) if name not in people.competencies]
    if unknown:
        raise InputError(
            [
                Problem(where="population", what=f"it does not know the items' competency {name!r}")
                for name in unknown
            ]
        )


def _quotient(part: float, whole: float) -> float:
    return part / whole if whole > 0 else float("nan")
