"""Fits laid out for tests: from answers, as :func:`calibrate` does it, and around known items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from compassess.irt import Items, Measurement
from compassess.irt.estimation.constraints import Equal, ties_of
from compassess.irt.estimation.fit import Fit
from compassess.irt.estimation.forms import ItemForm
from compassess.irt.estimation.groups import frequencies, groups_of
from compassess.irt.estimation.preparation import Loadings, prepared
from compassess.irt.estimation.screen import screen
from compassess.irt.estimation.space import Space
from compassess.irt.estimation.structure import structure_of
from compassess.irt.estimation.variants import Freed
from compassess.irt.layout import batch_parameters
from compassess.irt.models import MODELS, Floats
from compassess.irt.priors import Prior
from compassess.responses import Responses


def laid_out(
    responses: Responses,
    model: str | Mapping[str, str] = "2PL",
    *,
    blocks: Mapping[str, str] | None = None,
    competencies: Mapping[str, str] | None = None,
    loadings: Loadings | None = None,
    groups: Sequence[object] | None = None,
    freed: Freed = (),
    fixed: Items | None = None,
    start: Items | None = None,
    equal: Equal = (),
    facets: Mapping[str, tuple[str, str]] | None = None,
    weights: Sequence[float] | None = None,
    n_categories: int | None = None,
    priors: Mapping[str, Prior | None] | None = None,
    nodes: int | None = None,
) -> tuple[Fit, Floats]:
    """What :func:`calibrate` maximises, and where it starts from."""
    people = groups_of(groups, None, responses.n_persons)
    screening = screen(
        responses,
        model,
        people,
        n_categories=n_categories,
        frequency=frequencies(weights, responses.n_persons),
        freed=freed,
        fixed=fixed,
        facets=facets,
    )
    return prepared(
        screening,
        structure_of(responses.items, blocks, competencies),
        people,
        ties_of(screening, equal, freed),
        loadings=loadings,
        nodes=nodes,
        priors=priors,
        start=start,
    )


@cache
def form_of(name: str, n_categories: int, n_items: int) -> ItemForm:
    """The freedom of as many items of a model, with nothing else in φ but its variance, if any."""
    codes = np.tile(np.arange(20 * n_categories)[:, None] % n_categories, (1, n_items))
    fit, _ = laid_out(Responses.from_array(codes), name, nodes=15)
    (form,) = fit.space.forms
    return form


def around(
    items: Items,
    responses: Responses,
    *,
    free_loadings: Sequence[str] = (),
    free_moments: bool = False,
    nodes: int | None = None,
) -> tuple[Fit, Floats]:
    """A fit in which every working parameter of known items is free, and φ where they are.

    λ is free for the competencies named; correlations always are, means and variances where asked.
    """
    people, measurement = items.population, Measurement.create(items, nodes=nodes)
    forms, values, following = [], [], 0
    for batch in measurement.layout.batches:
        xi = batch_parameters(items, batch)
        forms.append(
            ItemForm(
                family=MODELS[batch.model].family,
                offset=np.zeros_like(xi),
                basis=np.eye(xi.shape[1]),
                places=following + np.arange(xi.size).reshape(xi.shape),
                n_own=xi.shape[1],
            )
        )
        values.append(xi.ravel())
        following += xi.size
    layer = {name: people.blocks[k] for name, k in zip(people.competencies, people.block_of, strict=True)}
    space = Space(
        forms=tuple(forms),
        n_item_parameters=following,
        structure=structure_of(
            items.ids,
            dict(zip(items.ids, items.blocks, strict=True)),
            dict(zip(items.ids, items.competencies, strict=True)),
        ),
        free_loadings=tuple(list(layer).index(name) for name in free_loadings),
        held_loadings=(),
        loadings_given=people.loadings.copy(),
        free_mean=np.full((1, people.n_blocks), free_moments),
        free_variance=np.full((1, people.n_blocks), free_moments),
        means_given=people.mean[None].copy(),
        covariances_given=people.covariance[None].copy(),
    )
    assert tuple(space.structure.block_of_competency) == people.competencies
    fit = Fit(
        designs=(measurement.design(responses),),
        grid=measurement.lattice.grid,
        space=space,
        priors=({},) * len(forms),
    )
    phi = np.concatenate([*values, np.zeros(space.n_population_parameters)])
    space.write_loadings(phi, people.loadings)
    space.write_moments(phi, 0, people.mean, people.covariance)
    return fit, phi
