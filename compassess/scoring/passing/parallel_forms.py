"""Parallel forms under one rule: who would have passed on the other form, and which minimum makes them alike.

Rule: forms are compared on one θ. A difference between two forms is one that the same person meets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import InputError, Problem, raise_if_any
from compassess.irt import Items, Population, expected_total
from compassess.irt.true_scores import theta_reaching
from compassess.responses import frame
from compassess.scoring.classification.nodes import dimension_of, population_nodes
from compassess.scoring.cuts import ascending
from compassess.scoring.passing.chances import chances_of, thetas_of
from compassess.scoring.passing.rules import PassRule, form_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FormComparison", "compare_forms"]

Floats = NDArray[np.float64]

_ALONG: Final = np.linspace(
    -4.0, 4.0, 161
)  # a twentieth of an SD; chances of 55 items change by 0.03 at most
_HALF: Final = 1e-9  # true scores by way of a root are good to 1e-10
_ALIKE: Final = 1e-12  # rates that differ by less differ by rounding


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FormComparison:
    """Forms beside the reference form, n_forms of them, in the order that they were handed in.

    Attributes
    ----------
    forms, reference : names.
    theta : (n_theta,) where the forms are compared.
    passing : P(pass | θ), (n_forms, n_theta).
    pass_rate : in the population, (n_forms,).
    largest_difference : the largest |P(pass | θ) on the form − on the reference| over ``theta``, (n_forms,).
    at_theta : where it is, (n_forms,).
    minimum_total : of every form's rule, (n_forms,).
    by_pass_rate : the minimum total that brings the form's pass rate nearest to the reference's, its parts
        kept; of several with one rate the highest, (n_forms,).
    rate_by_pass_rate : the pass rate there, (n_forms,).
    true_score_equivalent : the true score on the form where it is M on the reference, (n_forms,).
    by_true_score : the whole number nearest to it; halves go down, in favour of the person, (n_forms,).
    """

    forms: tuple[str, ...]
    reference: str
    theta: Floats
    passing: Floats
    pass_rate: Floats
    largest_difference: Floats
    at_theta: Floats
    minimum_total: NDArray[np.intp]
    by_pass_rate: NDArray[np.intp]
    rate_by_pass_rate: Floats
    true_score_equivalent: Floats
    by_true_score: NDArray[np.intp]

    def to_frame(self) -> pd.DataFrame:
        """A row a form, without the curves."""
        names = [name for name in self.__slots__ if name not in ("forms", "reference", "theta", "passing")]
        return frame({"form": self.forms, **{name: getattr(self, name) for name in names}})

    def curves(self) -> pd.DataFrame:
        """A row a θ: theta, then P(pass | θ) of every form."""
        return frame({"theta": self.theta, **dict(zip(self.forms, self.passing, strict=True))})


def compare_forms(
    items: Items,
    rules: Mapping[str, PassRule],
    *,
    reference: str | None = None,
    theta: ArrayLike | None = None,
    population: Population | None = None,
) -> FormComparison:
    """P(pass | θ) of parallel forms, their pass rates, and minima of the total that make them alike.

    With S′ the total of another form, M the reference's minimum and the parts' minima kept on both:

        by_pass_rate    argmin_{M′} |∫ P(S′ ≥ M′, parts | θ) g(θ) dθ − ∫ P(S ≥ M, parts | θ) g(θ) dθ|
        by_true_score   T′(T⁻¹(M)), rounded

    Parameters
    ----------
    items : of all forms on one scale, of one dimension.
    rules : by name of the form.
    reference : a name; default the first.
    theta : ascending; default −4 to 4 in twentieths.
    population : replaces the items' own.

    Limits: an equated minimum moves the total alone. Where a form's parts differ in difficulty its pass rate
    may not come near the reference's by any total; ``rate_by_pass_rate`` tells. A minimum of the total that
    every true score reaches, or none, has its true-score equivalent at the form's end.

    Raises
    ------
    InputError : no form, an unknown reference, rules whose parts have other names, items that do not fit a
        rule or are of several dimensions, θ out of order, a curve that falls somewhere.

    References
    ----------
    Kolen & Brennan (2014), Test Equating, Scaling, and Linking, ch. 6, for IRT true-score equating.
    """
    base = _checked(rules, reference)
    problems: list[Problem] = []
    points = ascending(_ALONG if theta is None else theta, problems, "theta")
    raise_if_any(problems)
    forms = {name: form_of(items, rule) for name, rule in rules.items()}
    every = items.select(tuple(dict.fromkeys(name for rule in rules.values() for name in rule.items)))
    nodes, masses = population_nodes(*dimension_of(every, population), [])
    passing, by_total = [], []
    for name, rule in rules.items():
        passing.append(chances_of(forms[name], rule, thetas_of(forms[name], points)).passing)
        kept = chances_of(forms[name], rule, thetas_of(forms[name], nodes)).masses @ masses
        by_total.append(kept[::-1].cumsum()[::-1])  # the pass rate for every minimum of the total
    curves, places = np.array(passing), list(rules)
    totals = np.array([rule.minimum_total for rule in rules.values()], dtype=np.intp)
    rates = np.array([found[at] for found, at in zip(by_total, totals, strict=True)])
    target = rates[places.index(base)]
    alike = np.array([_nearest(found, target) for found in by_total], dtype=np.intp)
    gaps = np.abs(curves - curves[places.index(base)])
    cut = theta_reaching(forms[base], rules[base].minimum_total)
    equivalent = np.array([expected_total(form, np.clip(cut, -1e3, 1e3))[0] for form in forms.values()])
    return FormComparison(
        forms=tuple(places),
        reference=base,
        theta=points,
        passing=curves,
        pass_rate=rates,
        largest_difference=gaps.max(axis=1),
        at_theta=points[gaps.argmax(axis=1)],
        minimum_total=totals,
        by_pass_rate=alike,
        rate_by_pass_rate=np.array([found[at] for found, at in zip(by_total, alike, strict=True)]),
        true_score_equivalent=equivalent,
        by_true_score=np.ceil(equivalent - 0.5 - _HALF).astype(np.intp),
    )


def _nearest(rates: Floats, target: float) -> int:
    """The highest minimum of those whose pass rate is nearest to the target's."""
    off = np.abs(rates - target)
    return int(np.flatnonzero(off <= off.min() + _ALIKE)[-1])


def _checked(rules: Mapping[str, PassRule], reference: str | None) -> str:
    """The reference's name."""
    if not rules:
        raise InputError(Problem(where="rules", what="there is no form to compare"))
    base = next(iter(rules)) if reference is None else reference
    if base not in rules:
        raise InputError(
            Problem(where="reference", what="unknown", got=repr(base), expected=f"one of {', '.join(rules)}")
        )
    raise_if_any(
        [
            Problem(
                where=f"rules[{name!r}]",
                what="its parts are not those of the reference",
                got=", ".join(rule.minima) or "no parts",
                expected=", ".join(rules[base].minima) or "no parts",
            )
            for name, rule in rules.items()
            if set(rule.minima) != set(rules[base].minima)
        ]
    )
    return base
