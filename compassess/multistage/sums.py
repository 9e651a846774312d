"""Sums of scores on the way through a panel, exactly, given θ.

    D_first(s | θ) = [s = 0],
    A_m(s | θ) = Σ_r D_m(r | θ) P(S_m = s − r | θ),                                     after module m,
    D_n(s | θ) = Σ_m A_m(s | θ) [s, or m's own sum, lies on n's side of m's cuts],            before module n,

D and A sub-distributions: their masses are the probabilities to come through. P(S_m | θ) by Lord & Wingersky
(1984).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from compassess.bank import ItemBank, Module, Multistage
from compassess.irt.curves import probability
from compassess.irt.items import Items
from compassess.irt.sum_distribution import convolved

__all__ = ["expected_sums", "module_sums", "onwards", "typical_theta"]

Floats = NDArray[np.float64]


def module_sums(bank: ItemBank, module: Module, theta: Floats) -> Floats:
    """P(S = s | θ) over the items of a module, (highest sum + 1, n).

    ``theta`` (n, n_competencies), in the order of the bank.
    """
    items = bank.irt_items()
    places = {name: place for place, name in enumerate(items.ids)}
    competencies = [one.id for one in bank.competencies]
    found = np.ones((1, len(theta)))
    for name in module.items:
        item = bank.item(name)
        found = convolved(
            found,
            _categories(
                items, places[name], item.n_categories, theta[:, competencies.index(item.competency)]
            ),
        )
    return found


def _categories(items: Items, place: int, n_categories: int, theta: Floats) -> Floats:
    """P(X = k | θ), (n_categories, n); codes that count as one category add its lowest."""
    one = items.select([items.ids[place]])
    masses = probability(one, theta)[0, :n_categories]
    codes = one.category_map()[0, :n_categories]
    first = np.array([np.flatnonzero(codes == code)[0] == k for k, code in enumerate(codes)])
    return np.asarray(masses * first[:, None])


def onwards(
    multistage: Multistage, module: Module, before: Floats, own: Floats
) -> tuple[Floats, dict[str, Floats]]:
    """Sums after a module, and before each of those that follow.

    ``before`` are the masses of sums with which people come to it, ``own`` those of its own sum.
    """
    after = convolved(before, own)
    if not module.next:
        return after, {}
    edges = [-np.inf, *module.cuts, np.inf]
    parts = {}
    for k, name in enumerate(module.next):
        if multistage.routing.over == "module":
            sums = np.arange(len(own))[:, None]
            parts[name] = convolved(before, np.where((sums >= edges[k]) & (sums < edges[k + 1]), own, 0.0))
        else:
            sums = np.arange(len(after))[:, None]
            parts[name] = np.where((sums >= edges[k]) & (sums < edges[k + 1]), after, 0.0)
    return after, parts


def expected_sums(bank: ItemBank, multistage: Multistage, module: str, theta: Floats) -> tuple[Floats, int]:
    """The mean of what is held against the cuts of a module, (n,), and its maximum.

    Given that people come to it; of the one panel of ``multistage``, whose cuts before the module are known.
    """
    panel = multistage.panels[0]
    wanted = panel.module(module)
    arriving: dict[str, list[Floats]] = {panel.modules[0].id: [np.ones((1, len(theta)))]}
    for one in sorted(panel.modules, key=lambda each: each.stage):
        if one.stage >= wanted.stage:
            break
        for before in arriving.get(one.id, []):
            for name, masses in onwards(multistage, one, before, module_sums(bank, one, theta))[1].items():
                arriving.setdefault(name, []).append(masses)
    own = module_sums(bank, wanted, theta)
    mean = np.arange(len(own)) @ own
    if multistage.routing.over == "module":
        return mean, len(own) - 1
    longest = max(len(masses) for masses in arriving[module])
    before = np.zeros((longest, len(theta)))
    for masses in arriving[module]:
        before[: len(masses)] += masses
    mass = np.maximum(before.sum(axis=0), np.finfo(float).tiny)
    return mean + (np.arange(longest) @ before) / mass, longest + len(own) - 2


def typical_theta(bank: ItemBank, multistage: Multistage, composite: Floats) -> Floats:
    """E(θ_c | vᵀθ) = λ_c (R v)_b vᵀθ of every competency, (n, n_competencies)."""
    blocks = [block.id for block in bank.blocks]
    weights = multistage.routing.weights
    w = np.array([1.0 if weights is None else weights.get(name, 0.0) for name in blocks])
    correlations = np.array(bank.correlations)
    v = w / np.sqrt(w @ correlations @ w)
    slope = correlations @ v
    each = np.array([one.loading * slope[blocks.index(one.block)] for one in bank.competencies])
    return np.asarray(composite[:, None] * each)
