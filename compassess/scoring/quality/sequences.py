"""Positions of the options that a person chose, in the order of presentation, and how likely each one was.

A position is the place of an option on the screen, from 0: neither its score nor its id. What was not
answered is left out, and the answers around it are neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import InputError, Problem, raise_if_any
from compassess.irt import Items, probability

__all__ = ["Choices", "choices_of", "option_shares", "own_shares", "position_probabilities"]

Floats = NDArray[np.float64]
Index = NDArray[np.intp]

_SUM: Final = 1e-6  # by which probabilities of an item may miss 1: they come from files and from rounding


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Choices:
    """Answers in the order of presentation, moved together to the left.

    ``position`` (n_persons, n_steps), −1 beyond a person's end; ``length`` (n_persons,); ``probability``
    (n_persons, n_steps, n_positions), 0 beyond the end.
    """

    position: Index
    length: Index
    probability: Floats


def choices_of(positions: ArrayLike, probabilities: ArrayLike, order: ArrayLike | None = None) -> Choices:
    """Check positions and their probabilities and put them in order.

    Parameters
    ----------
    positions : (n_persons, n_items), from 0; NaN where nothing was chosen.
    probabilities : of every position, (n_items, n_positions), or (n_persons, n_items, n_positions).
    order : when each item was presented, (n_persons, n_items), any ascending numbers; by default as they
        stand.

    Raises
    ------
    InputError : with every fault: shapes, positions that are none, probabilities that do not sum to 1 where
        something was chosen, an answered item without a place in the order.
    """
    chosen = np.array(positions, dtype=np.float64)
    if chosen.ndim != 2:
        raise InputError(
            Problem(where="positions", what="not a row a person", got=str(chosen.shape), expected="two axes")
        )
    given = np.array(probabilities, dtype=np.float64)
    given = np.broadcast_to(given, (len(chosen), *given.shape)) if given.ndim == 2 else given
    places = np.broadcast_to(np.arange(chosen.shape[1], dtype=np.float64), chosen.shape)
    places = places if order is None else np.array(order, dtype=np.float64)
    _refuse_shapes(chosen, given, places)
    answered = ~np.isnan(chosen)
    _refuse_values(chosen, given, places, answered)
    step = np.argsort(np.where(answered, places, np.inf), axis=1, kind="stable")
    length = answered.sum(axis=1)
    beyond = np.arange(chosen.shape[1]) >= length[:, None]
    position = np.where(beyond, -1, np.nan_to_num(np.take_along_axis(chosen, step, axis=1), nan=-1.0))
    probability = np.where(beyond[:, :, None], 0.0, np.take_along_axis(given, step[:, :, None], axis=1))
    return Choices(position=position.astype(np.intp), length=length.astype(np.intp), probability=probability)


def option_shares(positions: ArrayLike, n_positions: int) -> Floats:
    """How often these people chose each position of each item, (n_items, n_positions); NaN without any."""
    chosen = np.array(positions, dtype=np.float64)
    counts = np.stack([(chosen == place).sum(axis=0) for place in range(n_positions)], axis=1)
    total = counts.sum(axis=1, keepdims=True)
    return np.divide(counts, total, out=np.full(counts.shape, np.nan), where=total > 0)


def own_shares(positions: ArrayLike, n_positions: int) -> Floats:
    """How often each person chose each position, the same for all items, (n_persons, n_items, n_positions).

    Limits: whoever chose one position only has its share 1, and no run is long for such a person.
    """
    chosen = np.array(positions, dtype=np.float64)
    shares = option_shares(chosen.T, n_positions)
    return np.repeat(shares[:, None], chosen.shape[1], axis=1)


def position_probabilities(items: Items, theta: ArrayLike, categories: ArrayLike) -> Floats:
    """P(position | θ) under the model, (n_persons, n_items, n_positions).

    The probability of a category is shared equally by the positions that score it.

    Parameters
    ----------
    theta : of each person in each competency of the items' population, (n_persons, n_competencies).
    categories : the category that each position scores, (n_items, n_positions); −1 where an item has fewer.

    Raises
    ------
    InputError : categories of another shape, or of which an item has no such one.
    """
    scored = np.array(categories, dtype=np.intp)
    known = np.atleast_2d(np.asarray(theta, dtype=np.float64))
    _refuse_categories(items, scored)
    found = np.zeros((len(known), *scored.shape))
    for item in range(items.n_items):
        own = scored[item] >= 0
        sharing = (scored[item][:, None] == scored[item]).sum(axis=1)
        at = probability(items.select(np.array([item])), known[:, items.competency_index[item]])[0]
        found[:, item, own] = at[scored[item, own]].T / sharing[own]
    # Not every category has a position in every presentation: what is there shares the whole.
    return np.asarray(found / found.sum(axis=2, keepdims=True))


def _refuse_shapes(chosen: Floats, given: Floats, places: Floats) -> None:
    problems = []
    if given.ndim != 3 or given.shape[:2] != chosen.shape:
        expected = f"{(chosen.shape[1], 'n_positions')} or {(*chosen.shape, 'n_positions')}"
        problems.append(
            Problem(where="probabilities", what="wrong shape", got=str(given.shape), expected=expected)
        )
    if places.shape != chosen.shape:
        problems.append(
            Problem(where="order", what="wrong shape", got=str(places.shape), expected=str(chosen.shape))
        )
    raise_if_any(problems)


def _refuse_values(chosen: Floats, given: Floats, places: Floats, answered: NDArray[np.bool_]) -> None:
    n_positions = given.shape[2]
    is_place = (chosen >= 0) & (chosen < n_positions) & (chosen == np.floor(chosen))
    is_share = np.all(given >= 0, axis=2) & (np.abs(given.sum(axis=2) - 1) <= _SUM)
    checks = (
        ("positions", is_place, "no position", f"0 … {n_positions - 1}, NaN where nothing was chosen"),
        ("probabilities", is_share, "not probabilities", "numbers from 0 that sum to 1"),
        ("order", ~np.isnan(places), "an answered item was not presented", "a number"),
    )
    raise_if_any(
        [
            Problem(where=f"{where}[{person}, {item}]", what=what, expected=expected)
            for where, fine, what, expected in checks
            for person, item in np.argwhere(answered & ~fine).tolist()
        ]
    )


def _refuse_categories(items: Items, scored: Index) -> None:
    if scored.ndim != 2 or len(scored) != items.n_items:
        raise InputError(
            Problem(
                where="categories",
                what="not a row an item",
                got=str(scored.shape),
                expected=f"({items.n_items}, n_positions)",
            )
        )
    beyond = np.any((scored >= items.n_categories[:, None]) | (scored < -1), axis=1)
    wrong = beyond | np.all(scored < 0, axis=1) | ~items.usable
    raise_if_any(
        [
            Problem(
                where=f"categories, item {items.ids[item]!r}",
                what="a position scores no category of the item",
                expected=f"0 … {items.n_categories[item] - 1} of an item with parameters, −1 for no position",
            )
            for item in np.flatnonzero(wrong).tolist()
        ]
    )
