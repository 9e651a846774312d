"""P(pass | θ): sums of parts, cut off below at their minima, and convolved to the total.

Letters. L_k(s | θ) = P(S_k = s | θ) by Lord–Wingersky. Given θ parts are independent, so the masses of
"S = s and every part reaches its minimum" are the convolution of L_k(s | θ) [s ≥ m_k] over the parts, items
of no part included as a part without a minimum; P(pass | θ) is their sum over s ≥ M. Exact, for any model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import Problem, raise_if_any
from compassess.irt import Items, sum_distribution
from compassess.irt.sum_distribution import convolved
from compassess.responses import frame
from compassess.scoring.passing.rules import TOTAL, PassRule, form_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PassChances", "chances_of", "pass_probability", "thetas_of"]

Floats = NDArray[np.float64]
#: θ of every competency that a form has items of.
Thetas = Mapping[str, Floats]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PassChances:
    """What a form does with persons of given abilities, n of them.

    Attributes
    ----------
    theta : by competency, (n,) each.
    conditions : "total", then the parts that have a minimum.
    met : P(condition is met | θ), (n, n_conditions); the first column is the rule without its parts.
    masses : P(S = s and every part reaches its minimum | θ), (H + 1, n).
    passing : P(pass | θ), (n,).
    """

    theta: Thetas
    conditions: tuple[str, ...]
    met: Floats
    masses: Floats
    passing: Floats

    @property
    def total_only(self) -> Floats:
        """P(S ≥ M | θ), (n,)."""
        return self.met[:, 0]

    def to_frame(self) -> pd.DataFrame:
        """A row a person: theta by competency, passing, met by condition."""
        columns: dict[str, Floats] = {
            "theta" if len(self.theta) == 1 else f"theta_{name}": values
            for name, values in self.theta.items()
        }
        columns["passing"] = self.passing
        columns |= {f"met_{name}": self.met[:, at] for at, name in enumerate(self.conditions)}
        return frame(columns)


def pass_probability(items: Items, rule: PassRule, theta: ArrayLike | Mapping[str, ArrayLike]) -> PassChances:
    """P(pass | θ) = P(S ≥ M and S_k ≥ m_k for every part | θ), exactly.

    P = Σ_{s ≥ M} (⊛_k L_k(· | θ_k) [· ≥ m_k])(s), ⊛ the convolution over the parts.

    Parameters
    ----------
    items : the form, or a bank that holds its items.
    theta : one θ for all items, (n,); or ``{competency: (n,)}`` for every competency that the form has items
        of (a block where λ = 1), broadcast to one n. A part may have items of several.

    Limits: 0 and 1 for θ → ∓∞ under positive slopes without asymptotes. Rounding: about 1e-15 an item. Codes
    that count as one category add the lowest of them, as in :func:`compassess.irt.sum_distribution`.

    Raises
    ------
    InputError : items that do not fit the rule (:func:`compassess.scoring.passing.form_of`); θ that is not
        finite, of competencies that the form does not know, or lacks some, or of sizes that do not match.

    References
    ----------
    Lord & Wingersky (1984), Applied Psychological Measurement 8, 453-461, for L; Haladyna & Hess (1999),
    Educational Assessment 6, 129-153, for the rule.
    """
    form = form_of(items, rule)
    return chances_of(form, rule, thetas_of(form, theta))


def chances_of(form: Items, rule: PassRule, theta: Thetas) -> PassChances:
    """:func:`pass_probability` of a form in the rule's order, and of θ by competency that were checked."""
    kept, whole, met = [], [], []
    for part, minimum in _parts(rule):
        masses = _part_masses(form, rule, part, theta)
        reached = masses.copy()
        reached[:minimum] = 0.0
        whole.append(masses)
        kept.append(reached)
        if part in rule.minima:
            met.append(reached.sum(axis=0))
    total, both = reduce(convolved, whole), reduce(convolved, kept)
    met.insert(0, total[rule.minimum_total :].sum(axis=0))
    order = [TOTAL, *(part for part, _ in _parts(rule) if part in rule.minima)]
    places = [order.index(name) for name in rule.conditions]
    return PassChances(
        theta=theta,
        conditions=rule.conditions,
        met=np.stack(met, axis=1)[:, places].clip(0.0, 1.0),
        masses=both,
        passing=both[rule.minimum_total :].sum(axis=0).clip(0.0, 1.0),
    )


def thetas_of(form: Items, theta: ArrayLike | Mapping[str, ArrayLike]) -> Thetas:
    """θ by competency of a form, (n,) each, checked.

    Raises InputError with every fault.
    """
    needed = tuple(dict.fromkeys(form.competencies))
    given = theta if isinstance(theta, Mapping) else dict.fromkeys(needed, theta)
    vectors = {name: np.atleast_1d(np.asarray(values, dtype=np.float64)) for name, values in given.items()}
    problems = [
        Problem(where=f"theta[{name!r}]", what="no θ of a competency that the form has items of")
        for name in needed
        if name not in vectors
    ]
    problems += [
        Problem(where=f"theta[{name!r}]", what="the form has no item of it", expected=", ".join(needed))
        for name in vectors
        if name not in needed
    ]
    n = max((one.size for one in vectors.values()), default=0)
    problems += [
        Problem(
            where=f"theta[{name!r}]",
            what="these must be finite numbers, one a person",
            got=f"shape {one.shape}",
            expected=f"({n},) or one for all",
        )
        for name, one in vectors.items()
        if one.ndim != 1 or one.size not in (1, n) or not one.size or not np.all(np.isfinite(one))
    ]
    raise_if_any(problems)
    return {name: np.broadcast_to(vectors[name], n) for name in needed}


def _parts(rule: PassRule) -> Iterator[tuple[str | None, int]]:
    """Every label of the form with its minimum, 0 where it has none."""
    for part in dict.fromkeys(rule.parts.values()):
        yield part, (0 if part is None else rule.minima.get(part, 0))


def _part_masses(form: Items, rule: PassRule, part: str | None, theta: Thetas) -> Floats:
    """P(S_k = s | θ), (H_k + 1, n): the sums of its competencies, each at its own θ, convolved."""
    members: dict[str, list[int]] = {}
    for place, (label, competency) in enumerate(zip(rule.parts.values(), form.competencies, strict=True)):
        if label == part:
            members.setdefault(competency, []).append(place)
    by_competency = [
        _points(form.select(np.array(places, dtype=np.intp)), theta[name]) for name, places in members.items()
    ]
    return reduce(convolved, by_competency)


def _points(items: Items, theta: Floats) -> Floats:
    """P(S = s | θ) up to the highest code of all, where merged categories leave the last ones empty."""
    found = sum_distribution(items, theta)
    short = int((items.n_categories - 1).sum()) + 1 - len(found)
    return np.concatenate([found, np.zeros((short, found.shape[1]))])
