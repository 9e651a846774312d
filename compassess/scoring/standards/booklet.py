"""The ordered item booklet: what an answer needs of θ to be likely enough, easiest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from compassess.errors import InputError, Problem
from compassess.irt.curves import probability
from compassess.irt.items import Items
from compassess.irt.roots import bracketed_roots
from compassess.responses import frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RP67", "Booklet", "ordered_item_booklet"]

Floats = NDArray[np.float64]

#: Two answers in three, the usual response probability.
RP67: Final = 2 / 3
_FURTHEST: Final = 1024.0  # no location of an item that anybody would use lies further away


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Booklet:
    """Pages in order, (n_pages,) each.

    Attributes
    ----------
    items, categories : page p asks for at least ``categories[p]`` on ``items[p]``.
    locations : θ at which that has the response probability, ascending; equal ones in the items' order.
    response_probability, adjusted : what it was laid out with.
    omitted : items, or ``item ≥ category``, that have no page, with the reason.
    """

    items: tuple[str, ...]
    categories: NDArray[np.intp]
    locations: Floats
    response_probability: float
    adjusted: bool
    omitted: Mapping[str, str]

    @property
    def n_pages(self) -> int:
        """Number of pages."""
        return len(self.items)

    def to_frame(self) -> pd.DataFrame:
        """A row a page: page (from 1), item, category, location."""
        pages: Sequence[object] = range(1, self.n_pages + 1)
        return frame(
            {"page": pages, "item": self.items, "category": self.categories, "location": self.locations}
        )


def ordered_item_booklet(
    items: Items, *, response_probability: float = RP67, adjust_guessing: bool = False
) -> Booklet:
    """A page for each item and category k ≥ 1 at the θ with P(X ≥ k | θ) = RP.

    Without asymptotes and with two categories the location is b + log(RP / (1 − RP)) / a.

    Parameters
    ----------
    items : of one dimension; their slopes positive, those of nominal categories in order.
    response_probability : RP, in (0, 1).
    adjust_guessing : ask for P = c + (1 − c) RP, so that RP is the probability to know and not to guess.

    Limits: items without parameters, with a negative slope or with nominal categories out of order (P(X ≥ k)
    may then fall in θ), and categories whose probability is above RP for every θ (c ≥ RP) or never reaches it
    (d ≤ RP), have no page and stand in ``omitted``. Codes that count as one category have one page, at the
    lowest of them.

    Raises
    ------
    InputError : a response probability outside (0, 1); no page at all.

    References
    ----------
    Lewis, Mitzel & Green (1996), Standard setting: a bookmark approach; Mitzel, Lewis, Patz & Green (2001),
    in Setting Performance Standards, ch. 9; Huynh (2006), Educational Measurement 25, on 2/3.
    """
    if not 0 < response_probability < 1:
        raise InputError(
            Problem(
                where="response_probability",
                what="not a probability",
                got=str(response_probability),
                expected="a number between 0 and 1",
            )
        )
    pages: list[tuple[float, int, int]] = []
    omitted: dict[str, str] = {}
    for j, name in enumerate(items.ids):
        reason = _unfit(items, j)
        if reason:
            omitted[name] = reason
            continue
        target = response_probability
        if adjust_guessing and np.isfinite(items.c[j]):
            target = float(items.c[j] + (1 - items.c[j]) * response_probability)
        for category, location in _locations(items.select(np.array([j])), target).items():
            if isinstance(location, str):
                omitted[name if items.n_categories[j] == 2 else f"{name} ≥ {category}"] = location
            else:
                pages.append((location, j, category))
    if not pages:
        raise InputError(Problem(where="items", what="none has a page in the booklet", got=str(omitted)))
    pages.sort()
    locations = np.array([page[0] for page in pages])
    categories = np.array([page[2] for page in pages], dtype=np.intp)
    locations.flags.writeable = categories.flags.writeable = False
    return Booklet(
        items=tuple(items.ids[page[1]] for page in pages),
        categories=categories,
        locations=locations,
        response_probability=response_probability,
        adjusted=adjust_guessing,
        omitted=MappingProxyType(omitted),
    )


def _unfit(items: Items, item: int) -> str:
    """Why an item has no page at all; "" where it may have some."""
    if not items.usable[item]:
        return "no parameters"
    if not items.direction[item] > 0:
        return "negative slope"
    slopes = items.slopes[item][np.isfinite(items.slopes[item])]
    return "categories out of order" if np.any(np.diff(slopes) < 0) else ""


def _locations(item: Items, target: float) -> dict[int, float | str]:
    """θ by the lowest code of every category above the bottom one, or why there is none."""
    mapped = item.category_map()[0, : item.n_categories[0]]
    steps = [code for code in range(1, mapped.size) if mapped[code] > mapped[code - 1]]
    lowest = [0, *steps]

    def excess(theta: Floats, which: NDArray[np.intp]) -> Floats:
        upper = probability(item, theta)[0, lowest][::-1].cumsum(axis=0)[::-1]
        return np.asarray(upper[which + 1, np.arange(theta.size)]) - target

    which = np.arange(len(steps))
    edge = np.full(len(steps), _FURTHEST)
    at_low, at_high = excess(-edge, which), excess(edge, which)
    there = np.flatnonzero((at_low < 0) & (at_high > 0))
    roots = bracketed_roots(
        lambda theta, some: excess(theta, there[some]),
        -edge[there],
        edge[there],
        at_low[there],
        at_high[there],
    )
    found: dict[int, float | str] = dict(zip([steps[k] for k in there], roots.tolist(), strict=True))
    for k, code in enumerate(steps):
        if code not in found:
            found[code] = "likelier than RP everywhere" if at_low[k] >= 0 else "never as likely as RP"
    return found
