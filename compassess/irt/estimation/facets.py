"""Ratings: which task a column is about, and who rated it.

A column of the responses is a pair of a task and a rater. Rule: what is the task's is one place of φ for all
of its raters, what is the rater's one for all of their tasks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compassess.errors import Problem, raise_if_any
from compassess.irt.models import MODELS

__all__ = ["Facets", "facet_pools", "facets_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """Task and rater of the columns that are ratings.

    Attributes
    ----------
    place : ``{column: (task, rater)}``; columns that are no ratings are not in it.
    """

    place: Mapping[str, tuple[str, str]]

    @property
    def reference(self) -> str | None:
        """The rater whose severity is 0 while the others are estimated: the first."""
        return next((rater for _, rater in self.place.values()), None)


def facets_of(
    items: tuple[str, ...],
    models: tuple[str, ...],
    facets: Mapping[str, tuple[str, str]] | None,
    known: NDArray[np.intp],
) -> Facets:
    """Check the places of ratings.

    Raises
    ------
    InputError : models of ratings without a place, places of columns that are not there or follow another
        model, a pair that stands twice, fixed ratings, raters who share no task with the rest.
    """
    given = dict(facets or {})
    rated = {name for name, model in zip(items, models, strict=True) if _is_rated(model)}
    problems = [
        Problem(
            where=f"item {name!r}",
            what="a rating whose task and rater are not told",
            expected="an entry in facets=, {column: (task, rater)}",
        )
        for name in items
        if name in rated and name not in given
    ]
    problems += [
        Problem(
            where=f"facets[{name!r}]",
            what="no such column" if name not in items else "its model knows no raters",
            expected="a column with a model of ratings, such as MFRM",
        )
        for name in given
        if name not in rated
    ]
    problems += [
        Problem(where=f"facets[{name!r}]", what="ratings cannot be fixed", remedy="Take it out of fixed=.")
        for name, row in zip(items, known.tolist(), strict=True)
        if name in given and row >= 0
    ]
    kinds = sorted({model for model in models if _is_rated(model)})
    if len(kinds) > 1:
        problems.append(
            Problem(where="model", what="ratings follow more than one model", got=" and ".join(kinds))
        )
    place = {name: given[name] for name in items if name in given}
    seen: dict[tuple[str, str], str] = {}
    for name, pair in place.items():
        if pair in seen:
            problems.append(
                Problem(
                    where=f"facets[{name!r}]",
                    what=f"task {pair[0]!r} and rater {pair[1]!r} stand at {seen[pair]!r} already",
                )
            )
        seen.setdefault(pair, name)
    raise_if_any(problems)
    raise_if_any(_apart(place))
    return Facets(place=place)


def facet_pools(facets: Facets, models: tuple[str, ...], items: tuple[str, ...]) -> NDArray[np.intp]:
    """Columns whose categories are one set, by number, (n_items,); −1 for those that are no ratings.

    Thresholds belong to the task, to the rater or to all ratings: so does what category occurred at all.
    """
    numbers: dict[tuple[str, ...], int] = {}
    pools = np.full(len(items), -1, dtype=np.intp)
    for column, (name, model) in enumerate(zip(items, models, strict=True)):
        if name in facets.place:
            task, rater = facets.place[name]
            owner = {"task": task, "rater": rater, "all": ""}[MODELS[model].thresholds_of]
            key = (model, MODELS[model].thresholds_of, owner)
            pools[column] = numbers.setdefault(key, len(numbers))
    return pools


def _is_rated(model: str) -> bool:
    return model in MODELS and MODELS[model].by_rater is not None


def _apart(place: Mapping[str, tuple[str, str]]) -> list[Problem]:
    """Tasks and raters that no chain of common ratings ties to the first."""
    if not place:
        return []
    pairs = [(("task", task), ("rater", rater)) for task, rater in place.values()]
    reached = set(pairs[0])
    while True:
        more = {node for pair in pairs if reached & set(pair) for node in pair} - reached
        if not more:
            break
        reached |= more
    left = dict.fromkeys(rater[1] for _, rater in pairs if rater not in reached)
    if not left:
        return []
    return [
        Problem(
            where="facets",
            what="raters who share no task, directly or through others, with the first rater",
            got=", ".join(left),
            expected="tasks that tie all raters together",
            remedy="Their severity cannot be told from the difficulty of their tasks: let some raters share "
            "a task, or calibrate them apart.",
        )
    ]
