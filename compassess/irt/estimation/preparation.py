"""Before the first step: what is free is laid out, the answers are put on a grid, starting values found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.errors import Problem, raise_if_any
from compassess.irt.design import design_of
from compassess.irt.estimation.constraints import REFERENCE, Ties, item_forms
from compassess.irt.estimation.fit import Fit
from compassess.irt.estimation.forms import ItemForm
from compassess.irt.estimation.groups import Groups
from compassess.irt.estimation.screen import Screen
from compassess.irt.estimation.screening import NOT_ESTIMATED
from compassess.irt.estimation.space import Space
from compassess.irt.estimation.starting import starting_items, starting_values
from compassess.irt.estimation.structure import Structure
from compassess.irt.grid import Grid, default_n_nodes
from compassess.irt.items import Items
from compassess.irt.lattice import Lattice
from compassess.irt.layout import layout_of
from compassess.irt.models import MODELS, Floats
from compassess.irt.population import Population
from compassess.irt.priors import Prior, priors_for

__all__ = ["Loadings", "prepared"]

#: λ of all competencies, or by name; the others are estimated where the data tell them.
Loadings = float | Mapping[str, float]

_START_CORRELATION: Final = 0.3  # positive, as of most abilities, and never near to singular
_START_LOADING: Final = 0.7  # half of a competency's variance is its block's
_LEAST_START: Final = 0.05  # a given start is kept this far inside its domain
_SPREAD: Final = 0.95  # and λ below this, off the bound of a coarse grid's resolution


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Places:
    """Competency of each variant, λ to start from, and whose λ is free, or held though nobody fixed it."""

    home: NDArray[np.intp]
    loadings: Floats
    free: tuple[int, ...]
    held: tuple[int, ...]


def prepared(
    screening: Screen,
    structure: Structure,
    groups: Groups,
    ties: Ties,
    *,
    loadings: Loadings | None = None,
    nodes: int | None = None,
    priors: Mapping[str, Prior | None] | None = None,
    start: Items | None = None,
) -> tuple[Fit, Floats]:
    """Lay everything out, and find starting values φ."""
    grid = Grid.create(nodes or default_n_nodes(len(structure.blocks)))
    places = _places_of(screening, structure, loadings)
    names = tuple(structure.block_of_competency)
    people = Population.create(
        structure.blocks,
        competencies=structure.block_of_competency,
        loadings=dict(zip(names, places.loadings.tolist(), strict=True)),
    )
    lattice = Lattice(people, grid)
    carrier_of_variant = lattice.carrier_of_competency[places.home]
    kinds = [_kind(screening, ties, variant) for variant in range(screening.variants.n_variants)]
    layout = layout_of(screening.category_of, screening.models, carrier_of_variant, lattice.n_carriers, kinds)
    designs = tuple(
        design_of(responses, screening.variants.names_in(group), layout, frequency)
        for group, (responses, frequency) in enumerate(
            zip(screening.by_group, screening.frequencies, strict=True)
        )
    )
    forms, n_item_parameters = item_forms(layout, screening, ties)
    space = _space(screening, structure, groups, places, forms, n_item_parameters)
    fit = Fit(
        designs=designs,
        grid=grid,
        space=space,
        priors=tuple(
            {} if batch.kind == "fixed" else priors_for(batch.model, priors) for batch in layout.batches
        ),
    )
    return fit, _opening(fit, screening, carrier_of_variant, places, start)


def _kind(screening: Screen, ties: Ties, variant: int) -> str:
    """What tells apart variants of a model that are not free alike."""
    if screening.known[variant] >= 0:
        return "fixed"
    name = screening.variants.items[screening.variants.item[variant]]
    _, rater = screening.facets.place.get(name, ("", ""))
    if rater and rater == screening.facets.reference:
        return REFERENCE
    return ties.kind(variant)


def _opening(
    fit: Fit,
    screening: Screen,
    carrier_of_variant: NDArray[np.intp],
    places: _Places,
    start: Items | None,
) -> Floats:
    """Starting values of everything that is free."""
    layout, space = fit.layout, fit.space
    phi = np.zeros(space.n_parameters)
    counts = np.zeros(layout.n_rows)
    present = layout.row_of >= 0
    np.add.at(counts, layout.row_of[present], screening.counts[present])
    begin = starting_values(screening.by_group, screening.variants, carrier_of_variant)
    xis = starting_items(layout, counts, begin)
    for batch, form, xi in zip(layout.batches, space.forms, xis, strict=True):
        begun = xi if start is None else _with_given(batch.items, batch.model, xi, screening, start)
        form.nearest(begun, phi)
    for form in space.forms:
        form.put_in_order(phi)
    _refuse_disordered(fit, screening, phi)
    known = start or screening.fixed
    loadings, correlation = places.loadings, np.full((space.n_blocks,) * 2, _START_CORRELATION)
    if known is not None:
        loadings, correlation = _known_population(space, known.population, loadings, correlation)
    np.fill_diagonal(correlation, 1.0)
    space.write_loadings(phi, loadings)
    for group in range(space.n_groups):
        space.write_moments(phi, group, np.zeros(space.n_blocks), correlation)
    return phi


def _refuse_disordered(fit: Fit, screening: Screen, phi: Floats) -> None:
    """Ties that no order of thresholds satisfies, at least not where the search would start."""
    variants = screening.variants
    raise_if_any(
        [
            Problem(
                where=f"item {variants.items[variants.item[variant]]!r}",
                what="the ties of its thresholds contradict each other where the search starts",
                remedy="Tie fewer thresholds, or hand over start=, whose thresholds are in order.",
            )
            for batch, family, xi in zip(fit.layout.batches, fit.families, fit.space.xi(phi), strict=True)
            for variant in batch.items[~family.feasible(xi)].tolist()
        ]
    )


def _with_given(items: NDArray[np.intp], model: str, xi: Floats, screening: Screen, start: Items) -> Floats:
    """Starting values with those of ``start`` where it knows an item of this model and these categories."""
    place, result = {name: row for row, name in enumerate(start.ids)}, xi.copy()
    family = MODELS[model].family
    for row, variant in enumerate(items.tolist()):
        other = place.get(screening.variants.items[screening.variants.item[variant]], -1)
        if other < 0 or start.models[other] != model or not start.usable[other]:
            continue
        given = family.from_irt(start.parameters_of(np.array([other])))
        if given.shape[1] == xi.shape[1] and family.feasible(given)[0]:
            result[row] = given[0]
    return result


def _known_population(
    space: Space, people: Population, loadings: Floats, correlation: Floats
) -> tuple[Floats, Floats]:
    """λ and R of a known population, where it has the same names."""
    loadings, correlation = loadings.copy(), correlation.copy()
    names = tuple(space.structure.block_of_competency)
    for competency in space.free_loadings:
        if names[competency] in people.competencies:
            value = float(people.loadings[people.competencies.index(names[competency])])
            loadings[competency] = np.clip(value, -_SPREAD, _SPREAD)
    shared = [block for block in space.structure.blocks if block in people.blocks]
    mine = [space.structure.blocks.index(block) for block in shared]
    theirs = [people.blocks.index(block) for block in shared]
    correlation[np.ix_(mine, mine)] = people.correlation[np.ix_(theirs, theirs)] * (1 - _LEAST_START)
    np.fill_diagonal(correlation, 1.0)
    if np.linalg.eigvalsh(correlation)[0] <= _LEAST_START:
        correlation = np.eye(space.n_blocks)
    return loadings, correlation


def _space(
    screening: Screen,
    structure: Structure,
    groups: Groups,
    places: _Places,
    forms: tuple[ItemForm, ...],
    n_item_parameters: int,
) -> Space:
    """What of the populations is free: see the table of identification in docs/model.md."""
    n_blocks, n_groups = len(structure.blocks), len(groups.labels)
    anchored = np.zeros(n_blocks, dtype=np.bool_)
    block_of = [structure.blocks.index(block) for block in structure.block_of_competency.values()]
    for variant in np.flatnonzero(screening.known >= 0).tolist():
        anchored[block_of[places.home[variant]]] = True
    unit = _unit_slopes(screening, structure, places.home, block_of) & ~anchored
    _refuse_unit_slopes_under_competencies(structure, unit, block_of, places.free)
    free_mean = np.ones((n_groups, n_blocks), dtype=np.bool_)
    free_variance = np.ones((n_groups, n_blocks), dtype=np.bool_)
    free_mean[0], free_variance[0] = anchored, anchored | unit
    return Space(
        forms=forms,
        n_item_parameters=n_item_parameters,
        structure=structure,
        free_loadings=places.free,
        held_loadings=places.held,
        loadings_given=places.loadings,
        free_mean=free_mean,
        free_variance=free_variance,
        means_given=np.zeros((n_groups, n_blocks)),
        covariances_given=np.repeat(np.eye(n_blocks)[None], n_groups, axis=0),
    )


def _unit_slopes(
    screening: Screen, structure: Structure, home: NDArray[np.intp], block_of: list[int]
) -> NDArray[np.bool_]:
    """Blocks whose estimated items all have slope 1: their variance is free, (n_blocks,)."""
    unit: dict[int, bool] = {}
    for place, model, status in zip(home.tolist(), screening.models, screening.status, strict=True):
        if status not in NOT_ESTIMATED:
            block = block_of[place]
            unit[block] = unit.get(block, True) and MODELS[model].fixed_slope
    return np.array([unit.get(block, False) for block in range(len(structure.blocks))])


def _refuse_unit_slopes_under_competencies(
    structure: Structure, unit: NDArray[np.bool_], block_of: list[int], free: tuple[int, ...]
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
            if unit[block_of[c]]
        ]
    )


def _places_of(screening: Screen, structure: Structure, given: Loadings | None) -> _Places:
    """λ to start from, and the competencies whose λ is free."""
    names = tuple(structure.block_of_competency)
    item_home = np.array([names.index(name) for name in structure.competency_of_item], dtype=np.intp)
    home = item_home[screening.variants.item]
    loadings = np.ones(len(names))
    told = dict.fromkeys(names, given) if isinstance(given, float | int) else dict(given or {})
    raise_if_any(
        [
            Problem(where=f"loadings[{name!r}]", what="no such competency", expected=" or ".join(names))
            for name in told
            if name not in names
        ]
    )
    estimated = np.array([status not in NOT_ESTIMATED for status in screening.status])
    items_of = [np.unique(screening.variants.item[(home == c) & estimated]).size for c in range(len(names))]
    block_names = list(structure.block_of_competency.values())
    busy = [block for block, n in zip(block_names, items_of, strict=True) if n > 0]
    free = tuple(
        c
        for c, name in enumerate(names)
        if name not in told and items_of[c] >= 2 and busy.count(block_names[c]) >= 2
    )
    for name, value in _known_loadings(screening, names, home).items():
        loadings[names.index(name)] = value
    loadings[list(free)] = _START_LOADING
    for name, value in told.items():
        loadings[names.index(name)] = float(value)
    held = tuple(
        c
        for c, name in enumerate(names)
        if c not in free and name not in told and name != block_names[c] and items_of[c] > 0
    )
    return _Places(home=home, loadings=loadings, free=free, held=held)


def _known_loadings(screening: Screen, names: Sequence[str], home: NDArray[np.intp]) -> dict[str, float]:
    """λ that fixed items bring along for their competencies: what it is where the data cannot tell it."""
    if screening.fixed is None:
        return {}
    people = screening.fixed.population
    known = dict(zip(people.competencies, people.loadings.tolist(), strict=True))
    fixed = np.flatnonzero(screening.known >= 0)
    own = {
        names[place]
        for place, row in zip(home[fixed].tolist(), screening.known[fixed].tolist(), strict=True)
        if names[place] == screening.fixed.competencies[row]
    }
    return {name: known[name] for name in own}
