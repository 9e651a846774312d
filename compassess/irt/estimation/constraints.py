"""Which parameters of which items share one place of φ, and which are not free at all.

A parameter is named in the IRT metric, "a", "b" (all thresholds), "b1" …, "c", "d", and stands at an index of
ψ (see :mod:`compassess.irt.estimation.forms`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from compassess.errors import Problem, raise_if_any
from compassess.irt.estimation.forms import ItemForm
from compassess.irt.estimation.screen import Screen
from compassess.irt.estimation.screening import NOT_ESTIMATED
from compassess.irt.estimation.variants import Freed
from compassess.irt.layout import Batch, Layout
from compassess.irt.models import MODELS, Floats, model_named

__all__ = ["REFERENCE", "Equal", "Ties", "item_forms", "ties_of"]

REFERENCE: Final = "reference rater"  #: the kind of ratings whose severity is 0

#: Parameters that are equal for several items: (name of the parameter, ids).
Equal = Sequence[tuple[str, Sequence[str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ties:
    """For tied places (variant, index in ψ) the number of the tie that they belong to."""

    number: Mapping[tuple[int, int], int]
    by_threshold: frozenset[int]

    def kind(self, variant: int) -> str:
        """What tells apart, within a model, variants that are not free alike; "" for those without ties."""
        tied = sorted(index for owner, index in self.number if owner == variant)
        return ",".join(map(str, tied)) + ("t" if variant in self.by_threshold else "")


def ties_of(screening: Screen, equal: Equal, freed: Freed) -> Ties:
    """From the caller's words to places, with every fault.

    What of a freed item is not freed is tied between its variants.

    Raises
    ------
    InputError : unknown items or parameters; parameters that an item's model fixes or shares already; items
        with different thresholds (categories that one of them lacks).
    """
    problems: list[Problem] = []
    pairs: list[list[tuple[int, int]]] = []
    thresholds: set[int] = set()
    variants = screening.variants
    for entry, (name, items) in enumerate(equal):
        where = f"equal[{entry}]"
        problems += [
            Problem(where=where, what="no such item", got=repr(item))
            for item in items
            if item not in variants.items
        ]
        members = [v for item in items if item in variants.items for v in variants.of_item(item)]
        pairs += _tied(screening, name, members, where, problems)
        if name.startswith("b"):
            thresholds.update(members)
    partly = freed.items() if isinstance(freed, Mapping) else ()
    for item, names in partly:
        members = variants.of_item(item)
        where, every = f"freed[{item!r}]", _names(screening, members[0])
        problems += [
            Problem(where=where, what="no such parameter", got=repr(name), expected=" or ".join(every))
            for name in names
            if name not in {*every, "b"}
        ]
        kept = [n for n in every if n not in names and not (n.startswith("b") and "b" in names)]
        for name in kept:
            pairs += _tied(screening, name, members, where, problems)
        if any(name.startswith("b") for name in kept) and "a" in names:
            thresholds.update(members)
    raise_if_any(problems)
    return Ties(number=_merged(pairs), by_threshold=frozenset(thresholds))


def _names(screening: Screen, variant: int) -> list[str]:
    """The free parameters of a variant by name."""
    k = int(screening.category_of[variant].max()) + 1
    model = screening.models[variant]
    if model == "NRM" or k < 2:
        return []
    form = MODELS[model].form(k)
    names = ["a", *(["b"] if k == 2 else [f"b{step}" for step in range(1, k)])]
    names += ["c", "d"][: form.offset.size - len(names)]
    return [name for index, name in enumerate(names) if _is_own(screening, variant, index)]


def _index(screening: Screen, variant: int, name: str) -> list[int]:
    """Places in ψ of a parameter."""
    k = int(screening.category_of[variant].max()) + 1
    listed = {"a": [0], "b": list(range(1, k)), "c": [k], "d": [k + 1]}
    listed |= {f"b{step}": [step] for step in range(1, k)}
    size = MODELS[screening.models[variant]].form(k).offset.size
    return [place for place in listed.get(name, []) if place < size]


def _is_own(screening: Screen, variant: int, index: int) -> bool:
    """Whether the model leaves the parameter to the item alone."""
    form = MODELS[screening.models[variant]].form(int(screening.category_of[variant].max()) + 1)
    if index >= form.offset.size or screening.known[variant] >= 0:
        return False
    if MODELS[screening.models[variant]].by_rater is not None:
        return False  # a rating has nothing of its own: all is the task's or the rater's
    column = np.flatnonzero(form.own[index])
    return column.size == 1 and np.count_nonzero(form.own[:, column[0]]) == 1 and form.shared[index] < 0


def _tied(
    screening: Screen, name: str, members: Sequence[int], where: str, problems: list[Problem]
) -> list[list[tuple[int, int]]]:
    """The places that a parameter has in some variants, by index."""
    able = [v for v in members if screening.status[v] not in NOT_ESTIMATED]
    ids = [screening.variants.items[screening.variants.item[v]] for v in able]
    indices = [_index(screening, v, name) for v in able]
    for variant, item, places in zip(able, ids, indices, strict=True):
        if screening.models[variant] == "NRM" or not places:
            model = screening.models[variant]
            problems.append(Problem(where=where, what=f"{item!r} ({model}) has no parameter {name!r}"))
        elif not all(_is_own(screening, variant, place) for place in places):
            problems.append(
                Problem(where=where, what=f"{name!r} of {item!r} is fixed, or shared by all items already")
            )
    if len({len(places) for places in indices}) > 1:
        problems.append(
            Problem(
                where=where,
                what=f"the items have different numbers of {name!r}",
                got=", ".join(f"{item} {len(places)}" for item, places in zip(ids, indices, strict=True)),
            )
        )
        return []
    return [list(zip(able, column, strict=True)) for column in zip(*indices, strict=True)]


def _merged(pairs: Sequence[Sequence[tuple[int, int]]]) -> dict[tuple[int, int], int]:
    """Numbers of ties; ties that meet in a place are one."""
    number: dict[tuple[int, int], int] = {}
    for tie, places in enumerate(pairs):
        met = {number[place] for place in places if place in number}
        for place, other in number.items():
            if other in met:
                number[place] = tie
        number |= dict.fromkeys(places, tie)
    return number


def item_forms(layout: Layout, screening: Screen, ties: Ties) -> tuple[tuple[ItemForm, ...], int]:
    """The freedom of every batch, and the number of free parameters of all items."""
    forms, following = [], 0
    shared: dict[object, int] = {}

    def place_of(key: object) -> int:
        nonlocal following
        if key not in shared:
            shared[key], following = following, following + 1
        return shared[key]

    for batch in layout.batches:
        family, k = model_named(batch.model).family, batch.rows.shape[1]
        form = model_named(batch.model).form(k)
        n_items = batch.items.size
        if screening.fixed is not None and screening.known[batch.items[0]] >= 0:
            rows = screening.known[batch.items]
            known = family.from_irt(screening.fixed.parameters_of(rows))
            nothing = np.zeros((n_items, 0), dtype=np.intp)
            forms.append(
                ItemForm(
                    family=family,
                    offset=known,
                    basis=np.zeros((known.shape[1], 0)),
                    places=nothing,
                    n_own=0,
                )
            )
            continue
        if model_named(batch.model).by_rater is not None:
            forms.append(_rating_form(batch, screening, place_of))
            continue
        tied = sorted(index for owner, index in ties.number if owner == batch.items[0])
        own = form.own[:, [not form.own[tied, column].any() for column in range(form.own.shape[1])]]
        common = [index for index in range(form.offset.size) if form.shared[index] >= 0 or index in tied]
        places = np.empty((n_items, own.shape[1] + len(common)), dtype=np.intp)
        for column, index in enumerate(common, start=own.shape[1]):
            for row, variant in enumerate(batch.items.tolist()):
                tie = ties.number.get((variant, index))
                key = (batch.model, k, int(form.shared[index])) if tie is None else ("tie", tie)
                places[row, column] = place_of(key)
        alone = np.arange(n_items * own.shape[1]).reshape(n_items, -1)
        places[:, : own.shape[1]] = following + alone
        following += alone.size
        forms.append(
            ItemForm(
                family=family,
                offset=np.repeat(form.offset[None], n_items, axis=0),
                basis=np.column_stack([own, _unit_columns(form.offset.size, common)]),
                places=places,
                n_own=own.shape[1],
                by_threshold=int(batch.items[0]) in ties.by_threshold,
            )
        )
    return tuple(forms), following


def _rating_form(batch: Batch, screening: Screen, place_of: Callable[[object], int]) -> ItemForm:
    """The freedom of ratings: columns of the task, of all tasks, and of the rater, each at its place.

    The severity of the reference rater is 0: a batch holds either ratings of theirs or of others.
    """
    model, k = model_named(batch.model), batch.rows.shape[1]
    assert model.by_rater is not None
    form, by_rater = model.form(k), model.by_rater(k)
    if batch.kind == REFERENCE:
        by_rater = by_rater[:, 1:]
    common = np.flatnonzero(form.shared >= 0).tolist()
    first = by_rater.shape[1]
    places = []
    for variant in batch.items.tolist():
        task, rater = screening.facets.place[screening.variants.items[screening.variants.item[variant]]]
        keys: list[object] = [("task", batch.model, task, column) for column in range(form.own.shape[1])]
        keys += [("all", batch.model, k, int(form.shared[index])) for index in common]
        keys += [("rater", batch.model, rater, column - first) for column in range(first)]
        places.append([place_of(key) for key in keys])
    return ItemForm(
        family=model.family,
        offset=np.repeat(form.offset[None], batch.items.size, axis=0),
        basis=np.column_stack([form.own, _unit_columns(form.offset.size, common), by_rater]),
        places=np.array(places, dtype=np.intp),
        n_own=0,
    )


def _unit_columns(size: int, which: Sequence[int]) -> Floats:
    """Columns of the unit matrix."""
    return np.eye(size)[:, list(which)]
