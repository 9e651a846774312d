"""The responses looked at before the fit: models, declared categories, answers, a status for every item.

Rule: what is wrong with the caller's input raises, all faults at once; what is wrong with an item's data
becomes a status.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compassess.errors import InputError, Problem, gathering, raise_if_any
from compassess.irt.estimation.facets import Facets, facet_pools, facets_of
from compassess.irt.estimation.groups import Groups
from compassess.irt.estimation.screening import NOT_ESTIMATED, STATUSES, screened, used_category_map
from compassess.irt.estimation.variants import Freed, Variants, variants_of
from compassess.irt.items import Items
from compassess.irt.models import MODELS, Floats, model_named
from compassess.responses import MISSING, Responses

__all__ = ["Screen", "screen"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Screen:
    """The answers by group, with what was found out about each variant of an item before the fit.

    ``models``, ``n_categories``, ``counts`` (n_variants, max K), ``status`` and ``category_of``
    (n_variants, max K) are by variant; ``known`` (n_variants,) the row of ``fixed`` that a variant is kept
    at, −1 for none; ``facets`` the task and rater of columns that are ratings.
    ``frequencies`` by group, None for one each; ``total`` persons, those without an answer included.
    """

    by_group: tuple[Responses, ...]
    frequencies: tuple[Floats | None, ...]
    variants: Variants
    models: tuple[str, ...]
    n_categories: NDArray[np.intp]
    counts: NDArray[np.int64]
    status: tuple[str, ...]
    category_of: NDArray[np.intp]
    known: NDArray[np.intp]
    fixed: Items | None
    facets: Facets
    total: float

    @property
    def rarest(self) -> int:
        """Answers in the rarest category of an estimated variant."""
        estimated = [name not in NOT_ESTIMATED for name in self.status]
        counts = self.counts[np.array(estimated) & (self.known < 0)]
        return int(counts[counts > 0].min(initial=np.iinfo(np.int32).max))


def screen(
    responses: Responses,
    model: str | Mapping[str, str],
    groups: Groups,
    *,
    n_categories: int | Mapping[str, int] | None = None,
    reverse: Sequence[str] = (),
    frequency: Floats | None = None,
    freed: Freed = (),
    fixed: Items | None = None,
    facets: Mapping[str, tuple[str, str]] | None = None,
) -> Screen:
    """Count the answers, check the codes against the declared range, and give every variant a status."""
    problems: list[Problem] = []
    known = _known(responses.items, fixed)
    models, found = _models(responses.items, model, fixed, known)
    rated = Facets(place={})
    with gathering(problems):
        rated = facets_of(responses.items, models, facets, known)
    pools = facet_pools(rated, models, responses.items)
    declared, codes = _declared(responses, models, n_categories, fixed, known, pools)
    with gathering(problems):
        variants = variants_of(responses.items, groups, freed)
    problems += [
        Problem(where=f"freed[{name!r}]", what="the item is fixed", remedy="Take it out of one of the two.")
        for name in freed
        if name in responses.items and known[responses.items.index(name)] >= 0
    ]
    problems += [
        Problem(
            where=f"freed[{name!r}]", what="a rating cannot be freed", remedy="Calibrate the groups apart."
        )
        for name in freed
        if name in rated.place
    ]
    raise_if_any(problems + found + codes)
    if reverse:
        highest = {name: int(k) - 1 for name, k in zip(responses.items, declared, strict=True)}
        responses = responses.reversed(reverse, highest=highest)
    members = [np.flatnonzero(groups.of_person == group) for group in range(len(groups.labels))]
    by_group = (
        (responses,) if len(members) == 1 else tuple(responses.select_persons(mine) for mine in members)
    )
    # A person without answers adds nothing, not even what the nodes leave out of a wide population.
    told = [_answering(some) for some in by_group]
    by_group = tuple(
        some if mine.size == some.n_persons else some.select_persons(mine)
        for some, mine in zip(by_group, told, strict=True)
    )
    members = [those[mine] for those, mine in zip(members, told, strict=True)]
    known, declared = known[variants.item], declared[variants.item]
    counts = variants.counts(by_group, int(declared.max()))
    pooled = _pooled(counts, pools[variants.item])
    status = tuple(
        "fixed" if place >= 0 else name
        for name, place in zip(screened(pooled, declared), known.tolist(), strict=True)
    )
    if all(name in NOT_ESTIMATED for name in status):
        raise InputError(
            [
                Problem(where=f"item {item!r}", what=STATUSES[name])
                for item, name in zip(responses.items, status, strict=False)
            ]
        )
    category_of = used_category_map(pooled, declared, status)
    if fixed is not None:
        kept = known >= 0
        mapped = fixed.category_map()[known[kept]]
        category_of[kept] = -1
        category_of[kept, : mapped.shape[1]] = mapped[:, : category_of.shape[1]]
    return Screen(
        by_group=by_group,
        frequencies=tuple(None if frequency is None else frequency[mine] for mine in members),
        variants=variants,
        models=tuple(models[item] for item in variants.item.tolist()),
        n_categories=declared,
        counts=counts,
        status=status,
        category_of=category_of,
        known=known,
        fixed=fixed,
        facets=rated,
        total=float(responses.n_persons if frequency is None else frequency.sum()),
    )


def _pooled(counts: NDArray[np.int64], pools: NDArray[np.intp]) -> NDArray[np.int64]:
    """Answers by category of all that share thresholds with a variant; a rating nobody gave stays empty."""
    pooled = counts.copy()
    for pool in np.unique(pools[pools >= 0]).tolist():
        mine = (pools == pool) & (counts.sum(axis=1) > 0)
        pooled[mine] = counts[mine].sum(axis=0)
    return pooled


def _answering(responses: Responses) -> NDArray[np.intp]:
    """The rows of those who answered anything."""
    if not responses.is_sparse and np.any(responses.codes().min(axis=0, initial=0) > MISSING):
        return np.arange(responses.n_persons)  # an item that everybody answered tells it at once
    return np.flatnonzero(responses.n_answers_per_person > 0)


def _known(items: Sequence[str], fixed: Items | None) -> NDArray[np.intp]:
    """The row of each item among the fixed ones that have parameters, −1 for none."""
    if fixed is None:
        return np.full(len(items), -1, dtype=np.intp)
    place = {name: row for row, name in enumerate(fixed.ids) if fixed.usable[row]}
    if not set(place) & set(items):
        raise InputError(
            Problem(
                where="fixed",
                what="none of the fixed items is a column of the responses",
                got=", ".join(fixed.ids[:5]),
                expected=f"ids like {', '.join(items[:5])}",
            )
        )
    return np.array([place.get(item, -1) for item in items], dtype=np.intp)


def _models(
    items: Sequence[str], model: str | Mapping[str, str], fixed: Items | None, known: NDArray[np.intp]
) -> tuple[tuple[str, ...], list[Problem]]:
    """The model of every item ("" for none), with unknown names and items without one."""
    problems: list[Problem] = []
    if isinstance(model, str):
        with gathering(problems):
            model_named(model)
    models = []
    for item, row in zip(items, known.tolist(), strict=True):
        if fixed is not None and row >= 0:
            models.append(fixed.models[row])
            continue
        name = model if isinstance(model, str) else model.get(item, "")
        if not name:
            problems.append(
                Problem(where=f"item {item!r}", what="it has no model", expected="an entry in model=")
            )
        elif not isinstance(model, str):
            with gathering(problems):
                model_named(name, where=f"model[{item!r}]")
        models.append(name)
    return tuple(models), problems


def _declared(
    responses: Responses,
    models: tuple[str, ...],
    n_categories: int | Mapping[str, int] | None,
    fixed: Items | None,
    known: NDArray[np.intp],
    pools: NDArray[np.intp],
) -> tuple[NDArray[np.intp], list[Problem]]:
    """K of every item, with the items whose codes go beyond it and models that do not admit it."""
    seen = responses.highest_codes.astype(np.intp) + 1
    for pool in np.unique(pools[pools >= 0]).tolist():
        seen[pools == pool] = seen[pools == pool].max()
    given = (
        dict.fromkeys(responses.items, n_categories)
        if isinstance(n_categories, int)
        else dict(n_categories or {})
    )
    if fixed is not None:
        rows = [(item, row) for item, row in zip(responses.items, known.tolist(), strict=True) if row >= 0]
        given |= {item: int(fixed.n_categories[row]) for item, row in rows}
    declared = np.array(
        [
            given.get(item, 2 if _is_dichotomous(models[j]) else max(int(seen[j]), 2))
            for j, item in enumerate(responses.items)
        ],
        dtype=np.intp,
    )
    problems = [
        Problem(
            where=f"item {item!r}",
            what="a code is outside the declared range",
            got=f"a highest code of {int(seen[j]) - 1}",
            expected=f"0 … {int(declared[j]) - 1}",
            remedy="Recode from 0, declare n_categories, or choose a model for more categories.",
        )
        for j, item in enumerate(responses.items)
        if seen[j] > declared[j]
    ]
    problems += [
        Problem(where=f"item {item!r}", what=f"{models[j]} does not admit {int(declared[j])} categories")
        for j, item in enumerate(responses.items)
        if models[j] in MODELS and not MODELS[models[j]].admits(int(declared[j]))
    ]
    return declared, problems


def _is_dichotomous(model: str) -> bool:
    """Whether the model knows two categories only."""
    return model in MODELS and not MODELS[model].admits(3)
