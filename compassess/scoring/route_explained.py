"""Where a multistage test had led a person, as an immutable value without a word of prose."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["RouteExplained"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteExplained:
    """The module of an item, and what chose it.

    Attributes
    ----------
    panel, module : names.
    position, n_items : the item's place in the module, from 1, and how many items that has.
    before : the module that was left for this one at this item; None within a module and in the first.
    rule : name of the routing rule.
    value : what was held against the cuts of ``before``: a sum of categories, or θ̂ of the composite.
    cuts : these.
    following : the modules that could follow ``before``, in their order.
    told : under maximum information what each of them would have told, in their order; empty otherwise.
    """

    panel: str
    module: str
    position: int
    n_items: int
    before: str | None
    rule: str
    value: float | None
    cuts: tuple[float, ...]
    following: tuple[str, ...]
    told: tuple[float, ...]
