"""Cuts between modules: where they tell the same, or where stated shares of the population part.

Both find a cut on the composite θ first. Under "number_correct" it becomes a sum: with E(S | θ) the mean of
the
sum that a person at the cut brings to it (over all ways that lead there, each with its probability at this
θ),
the cut is the least whole number at or above it. A person at θ is one of whom nothing is known but the
composite:
competencies at λ_c (R v)_b θ.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from compassess.bank import ItemBank, Module, Multistage, Panel
from compassess.errors import InputError, Problem
from compassess.irt.curves import information
from compassess.irt.items import Items
from compassess.multistage.sums import expected_sums, typical_theta

__all__ = ["Cutting", "cuts_by_shares", "cuts_where_information_crosses"]

Floats = NDArray[np.float64]
#: Finds the cuts of panels that have none.
Cutting: TypeAlias = Callable[[ItemBank, Multistage], Multistage]

_THETA: Final = np.linspace(-6.0, 6.0, 2401)


def cuts_where_information_crosses(bank: ItemBank, multistage: Multistage) -> Multistage:
    """The same panels with cuts where two neighbouring modules tell the same.

    That is approximate maximum information. Of several crossings the one where the second module begins to
    tell more, nearest to the middle between
    their peaks.

    Raises
    ------
    InputError : two modules of which one tells more everywhere; sums that do not separate two cuts.

    References
    ----------
    Luecht, Brumfield & Breithaupt (2006), A testlet assembly design for adaptive multistage tests, Applied
    Measurement in Education 19.
    """
    items = bank.irt_items()

    def crossing(panel: Panel, lower: Module, upper: Module) -> float:
        low, high = (_told(items, bank, module) for module in (lower, upper))
        change = np.sign(high - low)
        up = np.flatnonzero((change[:-1] <= 0) & (change[1:] > 0))
        if not up.size:
            raise InputError(
                Problem(
                    where=f"panel {panel.id!r}",
                    what=f"{upper.id!r} nowhere begins to tell more than {lower.id!r}",
                    remedy="Name modules for low θ first, design them for θ further apart, or cut by shares.",
                )
            )
        middle = (_THETA[int(np.argmax(low))] + _THETA[int(np.argmax(high))]) / 2
        return float(_THETA[up[np.argmin(np.abs(_THETA[up] - middle))]])

    return _with_cuts(bank, multistage, crossing)


def cuts_by_shares(shares: Mapping[int, Sequence[float]]) -> Cutting:
    """Cuts so that stated shares of the population belong to the modules of a stage.

    These are defined population intervals. ``shares`` are those of the modules of each stage from 2 on, in
    the order of the panel's list, each above
    0, with
    the sum 1. The composite is N(0, 1) in the reference population, so that a cut on θ is Φ⁻¹ of the shares
    below it.

    Raises
    ------
    InputError : of the function that comes back: another number of shares than modules, sums that do not
        separate two cuts.

    References
    ----------
    Yan, von Davier & Lewis (2014), Computerized multistage testing, ch. 1.
    """

    def cut(bank: ItemBank, multistage: Multistage) -> Multistage:
        def boundary(panel: Panel, lower: Module, _upper: Module) -> float:
            own = [module.id for module in panel.modules if module.stage == lower.stage]
            given = list(shares.get(lower.stage, ()))
            if len(given) != len(own) or min(given) <= 0 or not math.isclose(sum(given), 1.0, abs_tol=1e-9):
                raise InputError(
                    Problem(
                        where=f"shares of stage {lower.stage}",
                        what="not the shares of its modules",
                        got=repr(given),
                        expected=f"{len(own)} numbers above 0 with the sum 1",
                    )
                )
            return float(ndtri(sum(given[: own.index(lower.id) + 1])))

        return _with_cuts(bank, multistage, boundary)

    return cut


def _with_cuts(
    bank: ItemBank, multistage: Multistage, theta_of: Callable[[Panel, Module, Module], float]
) -> Multistage:
    routing = multistage.routing
    if routing.rule == "maximum_information":
        raise InputError(
            Problem(where="routing.rule", what="no cuts are asked of it", got=repr(routing.rule))
        )
    panels = []
    for panel in multistage.panels:
        made = panel
        for module in panel.modules:  # stage by stage: how people come to a module hangs on cuts before it
            points = [
                theta_of(panel, panel.module(low), panel.module(high)) for low, high in pairwise(module.next)
            ]
            if routing.rule == "number_correct" and points:
                points = _as_sums(bank, replace(multistage, panels=(made,)), module, points)
            made = _changed(made, replace(module, cuts=tuple(points)))
        panels.append(made)
    return replace(multistage, panels=tuple(panels))


def _as_sums(bank: ItemBank, multistage: Multistage, module: Module, points: list[float]) -> list[float]:
    theta = typical_theta(bank, multistage, np.array(points))
    expected, highest = expected_sums(bank, multistage, module.id, theta)
    cuts = [float(min(max(math.ceil(value - 1e-9), 1), highest)) for value in expected.tolist()]
    if any(low >= high for low, high in pairwise(cuts)):
        raise InputError(
            Problem(
                where=f"module {module.id!r}",
                what="no sum of scores lies between two of its cuts",
                got=", ".join(f"{one:g}" for one in cuts),
                remedy="Longer modules, modules for θ further apart, or routing by theta.",
            )
        )
    return cuts


def _changed(panel: Panel, module: Module) -> Panel:
    return replace(panel, modules=tuple(module if one.id == module.id else one for one in panel.modules))


def _told(items: Items, bank: ItemBank, module: Module) -> Floats:
    """Σ λ² I over the module, on a fine grid of θ."""
    places = {name: place for place, name in enumerate(items.ids)}
    loading = {one.id: one.loading for one in bank.competencies}
    share = np.array([loading[bank.item(item).competency] ** 2 for item in module.items])
    return np.asarray(share @ information(items, _THETA)[[places[item] for item in module.items]])
