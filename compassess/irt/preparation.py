"""What happens before the first step: the responses screened, laid out on the grid, started.

Rule: what is wrong with the caller's input raises, all faults at once; what is wrong with an item's
data becomes a status.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.errors import InputError, Problem, gathering, raise_if_any
from compassess.irt.design import design_of
from compassess.irt.em import Fit, Parameters
from compassess.irt.grid import Grid, default_n_nodes
from compassess.irt.lattice import Lattice
from compassess.irt.layout import form_of, layout_of
from compassess.irt.models import MODELS, model_named
from compassess.irt.population import Population
from compassess.irt.priors import Prior, priors_for
from compassess.irt.screening import NOT_ESTIMATED, STATUSES, screened, used_category_map
from compassess.irt.starting import starting_items, starting_slopes
from compassess.irt.structure import Structure
from compassess.responses import Responses

__all__ = ["Groups", "Screen", "groups_of", "prepared", "screen"]

Floats = NDArray[np.float64]

_START_CORRELATION: Final = 0.3
_START_LOADING: Final = 0.7


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Screen:
    """The responses with what was found out about each item before the fit."""

    responses: Responses
    models: tuple[str, ...]
    n_categories: NDArray[np.intp]
    counts: NDArray[np.int64]
    status: tuple[str, ...]
    category_of: NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Groups:
    """Labels, the reference first, and the group of every person, (n_persons,)."""

    labels: tuple[str, ...]
    of_person: NDArray[np.intp]


def groups_of(
    groups: Sequence[object] | NDArray[np.generic] | None, reference: object | None, n_persons: int
) -> Groups:
    """Check the labels: one for every person, the reference among them.

    Raises
    ------
    InputError : another number of labels than persons, a missing label, an unknown reference.
    """
    if groups is None:
        if reference is not None:
            raise InputError(
                Problem(where="reference_group", what="there are no groups", got=repr(reference))
            )
        return Groups(labels=("all",), of_person=np.zeros(n_persons, dtype=np.intp))
    labels = list(groups)
    problems = []
    if len(labels) != n_persons:
        problems.append(
            Problem(
                where="groups",
                what="every person needs one label",
                got=f"{len(labels)} labels",
                expected=f"{n_persons}",
            )
        )
    problems += [
        Problem(where=f"groups[{row}]", what="a label is missing", got=repr(label))
        for row, label in enumerate(labels)
        if label is None or label != label  # NaN differs from itself
    ][:20]
    raise_if_any(problems)
    names = [str(label) for label in _ascending(set(labels))]
    first = names[0] if reference is None else str(reference)
    if first not in names:
        raise InputError(
            Problem(
                where="reference_group",
                what="no person has this label",
                got=repr(reference),
                expected=" or ".join(names),
            )
        )
    ordered = (first, *(name for name in names if name != first))
    place = {name: index for index, name in enumerate(ordered)}
    return Groups(labels=ordered, of_person=np.array([place[str(label)] for label in labels], dtype=np.intp))


def _ascending(labels: set[object]) -> list[object]:
    """Numbers by size, words by letter; labels of several kinds as words."""
    try:
        return sorted(labels)  # type: ignore[type-var]
    except TypeError:
        return sorted(labels, key=str)


def screen(
    responses: Responses,
    model: str | Mapping[str, str],
    n_categories: int | Mapping[str, int] | None,
    reverse: Sequence[str],
) -> Screen:
    """Count the answers, check the codes against the declared range, and give every item a status."""
    models, problems = _models(responses.items, model)
    declared, problems_of_codes = _declared(responses, models, n_categories)
    raise_if_any(problems + problems_of_codes)
    if reverse:
        highest = {name: int(k) - 1 for name, k in zip(responses.items, declared, strict=True)}
        responses = responses.reversed(reverse, highest=highest)
    counts = _padded(responses.category_counts(), int(declared.max()))
    status = screened(counts, declared)
    if all(name in NOT_ESTIMATED for name in status):
        raise InputError(
            [
                Problem(where=f"item {item!r}", what=STATUSES[name])
                for item, name in zip(responses.items, status, strict=True)
            ]
        )
    return Screen(
        responses=responses,
        models=models,
        n_categories=declared,
        counts=counts,
        status=status,
        category_of=used_category_map(counts, declared, status),
    )


def prepared(
    screening: Screen,
    structure: Structure,
    groups: Groups,
    *,
    loadings: float | None,
    nodes: int | None,
    priors: Mapping[str, Prior | None] | None,
) -> tuple[Fit, Parameters]:
    """Lay the data out on the grid and find starting values."""
    grid = Grid.create(nodes or default_n_nodes(len(structure.blocks)))
    names = tuple(structure.block_of_competency)
    home = np.array([names.index(name) for name in structure.competency_of_item], dtype=np.intp)
    start, free = _starting_loadings(structure, home, screening.status, loadings)
    people = Population.create(
        structure.blocks,
        competencies=structure.block_of_competency,
        loadings=dict(zip(names, start.tolist(), strict=True)),
    )
    lattice = Lattice(people, grid)
    carrier_of_item = lattice.carrier_of_competency[home]
    layout = layout_of(screening.category_of, screening.models, carrier_of_item, lattice.n_carriers)
    responses = screening.responses
    designs = [
        design_of(responses.select_persons(groups.of_person == group), responses.items, layout)
        for group in range(len(groups.labels))
    ]
    row_counts = np.zeros(layout.n_rows)
    present = layout.row_of >= 0
    np.add.at(row_counts, layout.row_of[present], screening.counts[present])
    slopes = starting_slopes(screening.responses.sparse(), carrier_of_item, lattice.n_carriers)
    forms = [form_of(batch) for batch in layout.batches]
    started = starting_items(layout, forms, row_counts, slopes)
    n_blocks, n_groups = len(structure.blocks), len(groups.labels)
    correlation = np.where(np.eye(n_blocks) > 0, 1.0, _START_CORRELATION)
    opening = Parameters(
        items=started,
        loadings=start,
        means=np.zeros((n_groups, n_blocks)),
        covariances=np.repeat(correlation[None], n_groups, axis=0),
    )
    free_variance = _free_variances(structure, screening)
    _refuse_unit_slopes_under_competencies(structure, free_variance, free)
    fit = Fit(
        designs,
        grid,
        structure,
        forms=forms,
        priors=[priors_for(batch.model, priors) for batch in layout.batches],
        free=free,
        free_variance=free_variance,
    )
    return fit, opening


def _free_variances(structure: Structure, screening: Screen) -> NDArray[np.bool_]:
    """Blocks whose estimated items all have slope 1: their variance is free, (n_blocks,)."""
    unit: dict[str, bool] = {}
    for home, model, status in zip(
        structure.competency_of_item, screening.models, screening.status, strict=True
    ):
        if status not in NOT_ESTIMATED:
            block = structure.block_of_competency[home]
            unit[block] = unit.get(block, True) and MODELS[model].fixed_slope
    return np.array([unit.get(block, False) for block in structure.blocks])


def _refuse_unit_slopes_under_competencies(
    structure: Structure, free_variance: NDArray[np.bool_], free: tuple[int, ...]
) -> None:
    """A free variance and an estimated λ would both scale the same items."""
    names = tuple(structure.block_of_competency)
    raise_if_any(
        [
            Problem(
                where=f"competency {names[c]!r}",
                what="its loading cannot be estimated from items whose slopes are fixed at 1",
                remedy="Choose 1PL or GPCM, or fix the loadings with loadings=1.",
            )
            for c in free
            if free_variance[structure.blocks.index(structure.block_of_competency[names[c]])]
        ]
    )


def _starting_loadings(
    structure: Structure, home: NDArray[np.intp], status: tuple[str, ...], fixed: float | None
) -> tuple[Floats, tuple[int, ...]]:
    """λ to start from, and the competencies whose λ is free."""
    names = tuple(structure.block_of_competency)
    if fixed is not None:
        return np.full(len(names), float(fixed)), ()
    estimated = np.array([name not in NOT_ESTIMATED for name in status])
    n_items = np.bincount(home[estimated], minlength=len(names))
    block_names = list(structure.block_of_competency.values())
    told = [block for block, n in zip(block_names, n_items.tolist(), strict=True) if n > 0]
    free = tuple(c for c in range(len(names)) if n_items[c] >= 2 and told.count(block_names[c]) >= 2)
    loadings = np.ones(len(names))
    loadings[list(free)] = _START_LOADING
    return loadings, free


def _models(items: Sequence[str], model: str | Mapping[str, str]) -> tuple[tuple[str, ...], list[Problem]]:
    """The model of every item ("" for none), with unknown names and items without one."""
    problems: list[Problem] = []
    if isinstance(model, str):
        with gathering(problems):
            model_named(model)
        return (model,) * len(items), problems
    for item in items:
        if item not in model:
            problems.append(
                Problem(where=f"item {item!r}", what="it has no model", expected="an entry in model=")
            )
        else:
            with gathering(problems):
                model_named(model[item], where=f"model[{item!r}]")
    return tuple(model.get(item, "") for item in items), problems


def _declared(
    responses: Responses, models: tuple[str, ...], n_categories: int | Mapping[str, int] | None
) -> tuple[NDArray[np.intp], list[Problem]]:
    """K of every item, with the items whose codes go beyond it and models that do not admit it."""
    seen = _highest_codes(responses) + 1
    given = (
        dict.fromkeys(responses.items, n_categories)
        if isinstance(n_categories, int)
        else dict(n_categories or {})
    )
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


def _highest_codes(responses: Responses) -> NDArray[np.intp]:
    """The highest code of each item, −1 where nobody answered."""
    counts = responses.category_counts()
    present = counts > 0
    highest = counts.shape[1] - 1 - np.argmax(present[:, ::-1], axis=1)
    return np.where(present.any(axis=1), highest, -1).astype(np.intp)


def _padded(counts: NDArray[np.int64], width: int) -> NDArray[np.int64]:
    """Counts with zero columns up to ``width`` categories."""
    lacking = max(width - counts.shape[1], 0)
    return np.pad(counts, ((0, 0), (0, lacking)))
