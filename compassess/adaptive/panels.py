"""The panels of a multistage test over a pool: which module a sitting is in, and which comes next.

Rules: (1) the panel of a sitting is drawn evenly from its seed; (2) the present module is that of the last
item, or the panel's first; (3) its items come in their order, those alone that are open; (4) where none is
left, the routing rule chooses among the modules that follow, by what the sitting knows then; a choice that
was made stands, whatever is changed, lost or withdrawn afterwards; (5) where no module follows, the path is
complete; (6) a value at a cut goes up, and one within a billionth of it counts as at it; of modules that
tell equally much the first is taken. Live sittings and simulations both come here.

Sources: Luecht & Nungester (1998) for panels and sums against cuts; Weissman, Belov & Armstrong (2007) and
Yan, von Davier & Lewis (2014), ch. 1, for routing by θ̂ and by information.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.criteria.maximum_information import information_about_block
from compassess.adaptive.draws import substream, uniform
from compassess.adaptive.order import TIE, first_best
from compassess.adaptive.pool import Pool
from compassess.adaptive.progress import Progress
from compassess.adaptive.view import View
from compassess.bank import Multistage
from compassess.irt.read_only import read_only

__all__ = ["ROUTING_VERSION", "Panels"]

Floats = NDArray[np.float64]
Index = NDArray[np.intp]

#: Of the routing rules: another number where one of them would lead elsewhere.
ROUTING_VERSION: Final = 1
#: The stream of the panel's draw: neither a control's, nor a criterion's (2⁴⁰), nor an experiment's (2⁴¹).
_STREAM: Final = 2**42


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Panels:
    """The modules of all panels, numbered through; read-only.

    Attributes
    ----------
    pool : the operational items.
    multistage : the section of the blueprint.
    names : (panel, module) of every module.
    first : number of each panel's first module, (n_panels,).
    items : places in the pool, (n_modules, longest), −1 beyond a module's end.
    module_of : number of the module in which a panel has an item, −1 for none, (n_panels, n_items).
    following : numbers of the modules that may follow, (n_modules, most), −1 beyond their end.
    cuts : between these, (n_modules, most − 1), infinite beyond their end.
    weights : of blocks in the composite that routing is about, which has unit variance, (n_blocks,).
    """

    pool: Pool
    multistage: Multistage
    names: tuple[tuple[str, str], ...]
    first: Index
    items: Index
    module_of: Index
    following: Index
    cuts: Floats
    weights: Floats

    @classmethod
    def create(cls, pool: Pool, multistage: Multistage, composite: Floats | None = None) -> Panels:
        """Lay out checked panels.

        ``composite`` are the weights of the conclusion's composite, for a routing without weights of its own.
        """
        weights = _weights(pool, multistage, composite)
        places = {name: place for place, name in enumerate(pool.ids)}
        modules = [(panel.id, module) for panel in multistage.panels for module in panel.modules]
        numbers = {(panel, module.id): k for k, (panel, module) in enumerate(modules)}
        longest = max(len(module.items) for _, module in modules)
        most = max((len(module.next) for _, module in modules), default=0)
        items = np.full((len(modules), longest), -1, dtype=np.intp)
        following = np.full((len(modules), max(most, 1)), -1, dtype=np.intp)
        cuts = np.full((len(modules), max(most - 1, 0)), np.inf)
        module_of = np.full((len(multistage.panels), pool.n_items), -1, dtype=np.intp)
        panels = {panel.id: k for k, panel in enumerate(multistage.panels)}
        for number, (panel, module) in enumerate(modules):
            own = [places[item] for item in module.items]
            items[number, : len(own)] = own
            module_of[panels[panel], own] = number
            following[number, : len(module.next)] = [numbers[panel, name] for name in module.next]
            cuts[number, : len(module.cuts)] = module.cuts
        return cls(
            pool=pool,
            multistage=multistage,
            names=tuple(numbers),
            first=read_only(
                np.array([numbers[p.id, p.modules[0].id] for p in multistage.panels], dtype=np.intp)
            ),
            items=read_only(items),
            module_of=read_only(module_of),
            following=read_only(following),
            cuts=read_only(cuts),
            weights=read_only(weights),
        )

    def draw(self, seeds: NDArray[np.uint64]) -> Floats:
        """The number in [0, 1) that decides on every sitting's panel, (n,)."""
        return uniform(substream(seeds, _STREAM), 0)

    def drawn(self, seeds: NDArray[np.uint64]) -> Index:
        """The panel of every sitting, (n,): each equally likely."""
        return (self.draw(seeds) * self.first.size).astype(np.intp)

    def present(self, progress: Progress, seeds: NDArray[np.uint64]) -> Index:
        """The number of every sitting's module, (n,); the first one before there is an item of the panel."""
        panel, last = self.drawn(seeds), progress.last_item
        module = self.module_of[panel, last]  # before the first item the last of the pool, of no meaning
        return np.where((last >= 0) & (module >= 0), module, self.first[panel])

    def items_of_present(self, progress: Progress, seeds: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Items of every sitting's module, (n, n_items)."""
        found = self.module_of[self.drawn(seeds)] == self.present(progress, seeds)[:, None]
        return np.asarray(found & (progress.last_item >= 0)[:, None])

    def next_items(self, view: View) -> Index:
        """The next item of every sitting, (n,); −1 where its path is complete."""
        module = self.present(view.progress, view.seeds)
        item = self._first_open(view.progress, np.arange(len(module)), module)
        rows = np.flatnonzero(item < 0)
        while (rows := rows[self.following[module[rows], 0] >= 0]).size:
            module[rows] = self.routed(view if rows.size == len(module) else view.select(rows), module[rows])
            item[rows] = self._first_open(view.progress, rows, module[rows])
            rows = rows[item[rows] < 0]
        return item

    def routed(self, view: View, module: Index) -> Index:
        """Where the rule leads from each sitting's ``module``, (n,); the module must lead somewhere."""
        following = self.following[module]
        if self.multistage.routing.rule == "maximum_information":
            worth = np.where(following >= 0, self.information(view, following), -np.inf)
            return following[np.arange(len(module)), first_best(worth)]
        value, cuts = self.value(view, module)[:, None], self.cuts[module]
        step = (value >= cuts - TIE * np.maximum(np.abs(np.where(np.isfinite(cuts), cuts, 0.0)), 1.0)).sum(1)
        return following[np.arange(len(module)), step]

    def value(self, view: View, module: Index) -> Floats:
        """What is held against the cuts: the sum of categories, or θ̂ of the composite, (n,)."""
        routing = self.multistage.routing
        if routing.rule != "number_correct":
            return np.asarray(view.now.block_theta @ self.weights)
        if routing.over == "path":
            return view.progress.codes.sum(axis=1).astype(np.float64)
        items = self.items[module]
        codes = view.progress.codes[np.arange(len(module))[:, None], items]
        return np.asarray(np.where(items >= 0, codes, 0).sum(axis=1), dtype=np.float64)

    def information(self, view: View, modules: Index) -> Floats:
        """What some modules (n, m) tell about the composite at θ̂, (n, m); 0 where a number is −1.

        Σ_i (v_b SE_b²)² I_i(θ̂), I_i the information about the item's block b: to first order the variance
        of vᵀθ that they take away. In one block it is the modules' information but for a factor.
        """
        pool, now = self.pool, view.now
        information = information_about_block(
            pool.information_at(now.theta), pool.loading, now.spread[:, pool.competency]
        )
        share = (self.weights * now.block_se**2) ** 2
        items = self.items[np.maximum(modules, 0)]
        told = np.take_along_axis(
            information * share[:, pool.block], np.maximum(items, 0).reshape(len(modules), -1), axis=1
        ).reshape(items.shape)
        return np.where(modules >= 0, np.where(items >= 0, told, 0.0).sum(axis=2), 0.0)

    def _first_open(self, progress: Progress, rows: Index, module: Index) -> Index:
        items = self.items[module]
        free = (items >= 0) & progress.open_items[rows[:, None], np.maximum(items, 0)]
        place = free.argmax(axis=1)
        one = np.arange(len(rows))
        return np.where(free[one, place], items[one, place], -1)


def _weights(pool: Pool, multistage: Multistage, composite: Floats | None) -> Floats:
    """v = w / √(wᵀ R w), so that vᵀθ has unit variance in the reference population."""
    people = pool.lattice.population
    given = multistage.routing.weights
    if given is None and composite is not None:
        return composite
    w = np.ones(len(people.blocks)) if given is None else np.array([given.get(b, 0.0) for b in people.blocks])
    return np.asarray(w / np.sqrt(w @ people.covariance @ w))
