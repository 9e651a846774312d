"""Probabilities of every scored category at joint nodes, and their slopes in what is free of a calibration.

A free parameter is a list of places: (item, dP / d(parameter)), one item for its own, several for what items
of a model share or for a number of the population.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compassess.irt.fit.joint_nodes import JointNodes, joint_nodes
from compassess.irt.items import Items
from compassess.irt.layout import Batch, batch_parameters, layout_of
from compassess.irt.models import model_named
from compassess.irt.population import Population

__all__ = ["NodeCurves", "independent_curves", "node_curves"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NodeCurves:
    """What margins are made of.

    Attributes
    ----------
    p : by item, (K, n_nodes).
    weights : (n_nodes,).
    free : by free parameter, its items with dP of each, (K, n_nodes).
    """

    p: Sequence[Floats]
    weights: Floats
    free: Sequence[Sequence[tuple[int, Floats]]]


def node_curves(
    items: Items, population: Population, *, fixed: Collection[str], known_loadings: bool
) -> NodeCurves:
    """Of the model that ``items`` follow, with what :func:`compassess.irt.calibrate` leaves free by default.

    Slopes of Rasch, PCM and RSM items are 1 and the variance of their block is free; what 1PL and RSM items
    share is one parameter; items named by ``fixed`` have none, and free their blocks' means and variances.
    """
    block_of = population.block_of[items.competency_index]
    known = np.array([name in fixed for name in items.ids])
    unit = np.array([model_named(model).fixed_slope for model in items.models])
    blocks = np.arange(population.n_blocks)
    nodes = joint_nodes(
        population,
        free_mean=np.isin(blocks, block_of[known]),
        free_sd=np.isin(blocks, block_of[known | unit]),
        known_loadings=known_loadings,
    )
    places = layout_of(items.category_map(), items.models, np.zeros(items.n_items, dtype=np.intp), 1)
    p: list[Floats] = [np.empty(0)] * items.n_items
    slope: list[Floats] = [np.empty(0)] * items.n_items
    free: list[list[tuple[int, Floats]]] = []
    for batch in places.batches:
        shared: dict[int, list[tuple[int, Floats]]] = {}
        for item, values, slopes, moved in _of_batch(items, batch, nodes):
            p[item], slope[item] = values, slopes
            if known[item]:
                continue
            form = model_named(batch.model).form(len(values))
            free += [[(item, np.tensordot(column, moved, axes=1))] for column in form.own.T]
            for number in np.unique(form.shared[form.shared >= 0]).tolist():
                shared.setdefault(number, []).append((item, moved[form.shared == number].sum(axis=0)))
        free += shared.values()
    competency = items.competency_index.tolist()
    for towards in nodes.slopes.values():
        free.append([(item, slope[item] * towards[:, c]) for item, c in enumerate(competency)])
    return NodeCurves(p=p, weights=nodes.weights, free=free)


def _of_batch(items: Items, batch: Batch, nodes: JointNodes) -> Iterator[tuple[int, Floats, Floats, Floats]]:
    """Item by item P, dP / dθ, (K, n_nodes), and dP / dξ, (n_parameters, K, n_nodes)."""
    family, xi = model_named(batch.model).family, batch_parameters(items, batch)
    for row, item in enumerate(batch.items.tolist()):
        theta, one = nodes.theta[:, items.competency_index[item]], xi[[row]]
        p = np.exp(family.log_probability(one, theta)[0])
        yield (
            item,
            p,
            p * family.theta_derivatives(one, theta)[0][0],
            p * family.log_probability_gradient(one, theta)[0],
        )


def independent_curves(shares: Sequence[Floats]) -> NodeCurves:
    """Of items that have nothing to do with each other: a share for every category, all but one free."""
    free = []
    for item, share in enumerate(shares):
        for k in range(1, len(share)):
            move = np.zeros((len(share), 1))
            move[0], move[k] = -1.0, 1.0
            free.append([(item, move)])
    return NodeCurves(p=[share[:, None] for share in shares], weights=np.ones(1), free=free)
