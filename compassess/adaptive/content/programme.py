r"""The best test that contains what was presented and satisfies every row: a 0/1 programme.

    maximise Σ_i w_i x_i − Σ_r c_r s_r     subject to  lower ≤ A x + B z ± s ≤ upper,  x_i = 1 if presented,

s the violations of soft rows. Solved on few items and proved on all: for any multipliers y of the rows,

    U(y) = Σ_r (y_r⁺ upper_r − y_r⁻ lower_r) + Σ_j max(0, w_j − y·A_j)

is no less than the optimum; with the reduced cost ρ_j = w_j − y·A_j, a test that has an item of ρ_j < 0, or
lacks one of ρ_j > 0, is worth U(y) − |ρ_j| at most. So with y from the linear relaxation the programme is
solved over a core, the items of the smallest |ρ_j|, with the others as the signs of ρ_j say; where its
optimum V has U(y) − V ≤ |ρ_j| for all of those, no test is better, and otherwise it is solved again over all
items with |ρ_j| < U(y) − V, which then cannot fail.

Sources: van der Linden & Reese (1998), Applied Psychological Measurement, 22, 259; reduced-cost fixing,
Wolsey (1998), Integer programming.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csc_array

from compassess.adaptive.content.rows import LINK, Rows

__all__ = ["Solved", "best_test", "completed", "feasible"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.intp]

# The best item is worth a thousand to the solver, whose absolute tolerances are a millionth: a billionth of
# the best, as everywhere that near-ties are told.
_SCALE: Final = 1000.0
# Items that the relaxation begins with, and those of a row that is short of its minimum: it needs few others.
_FIRST: Final = 80
_OF_A_SHORT_ROW: Final = 8
# Columns beyond which pricing has lost its way, and all are taken.
_MANY: Final = 500
# Items of the core beyond those of reduced cost 0: nearly all optima are proved with so few.
_BEST: Final = 20
# A unit of violation of a hard row where no test is left costs a hundred best items.
_DEAR: Final = 100.0
_WHOLE: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Solved:
    """A test, what it is worth, and a bound that no test exceeds; in units of the worths handed in."""

    test: Flags
    value: float
    bound: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Programme:
    """What is left to choose: rows less what was presented, columns of the items that are free.

    ``others`` are the columns of groups and violations, which every reduced programme has.
    """

    worth: Floats
    items: Floats
    others: Floats
    cost: Floats
    whole: NDArray[np.int64]
    most: Floats
    lower: Floats
    upper: Floats


def feasible(rows: Rows, open_items: Flags, presented: Flags | None = None) -> bool:
    """Whether any test of open items that contains those presented satisfies the hard rows."""
    given = np.zeros(rows.n_items, dtype=bool) if presented is None else presented
    free = np.flatnonzero(open_items & ~given)
    programme = _programme(rows, np.zeros(rows.n_items), given, free, dear=False)
    return _solved(programme, np.arange(len(free)), np.zeros(len(free)), gap=1.0) is not None


def best_test(rows: Rows, worth: Floats, open_items: Flags, presented: Flags, *, gap: float = 0.0) -> Solved:
    """The test of the greatest worth; its value is within the share ``gap`` of the optimum.

    Where no test is left (items were lost, or a person's pool lacks some), hard rows may be violated at a
    hundred best items a unit, so that the test misses them by as little as can be.

    Parameters
    ----------
    worth : (n_items,), finite.
    open_items, presented : (n_items,), which may still be presented, and which were.
    """
    found = completed(rows, worth, open_items, presented, gap=gap)
    if found is None:
        found = _assembled(rows, worth, open_items, presented, gap, dear=True)
    assert found is not None  # every row may be violated now, but for the links, which always can hold
    return found


def completed(
    rows: Rows, worth: Floats, open_items: Flags, presented: Flags, *, gap: float = 0.0
) -> Solved | None:
    """The same; None where no test is left."""
    return _assembled(rows, worth, open_items, presented, gap, dear=False)


def _assembled(
    rows: Rows, worth: Floats, open_items: Flags, presented: Flags, gap: float, *, dear: bool
) -> Solved | None:
    free = np.flatnonzero(open_items & ~presented)
    best = float(np.abs(worth[free]).max(initial=0.0))
    scaled = worth * (_SCALE / best) if best > 0 else worth
    found = _best_of(_programme(rows, scaled, presented, free, dear=dear), gap)
    if found is None:
        return None
    chosen, value, bound = found
    test = presented.copy()
    test[free[chosen]] = True
    unit, before = best / _SCALE if best > 0 else 1.0, float(worth[presented].sum())
    return Solved(test=test, value=value * unit + before, bound=bound * unit + before)


def _programme(rows: Rows, worth: Floats, presented: Flags, free: Places, *, dear: bool) -> _Programme:
    base = rows.items @ presented
    cost = np.where(rows.hard, _DEAR, rows.weight) * _SCALE
    yielding = (rows.owner != LINK) & (dear | ~rows.hard)
    short = np.flatnonzero(yielding & np.isfinite(rows.lower))
    over = np.flatnonzero(yielding & np.isfinite(rows.upper))
    n_rows, n_groups = rows.use.shape
    slack = np.zeros((n_rows, len(short) + len(over)))
    slack[short, np.arange(len(short))] = 1.0
    slack[over, len(short) + np.arange(len(over))] = -1.0
    return _Programme(
        worth=worth[free],
        items=rows.items[:, free],
        others=np.hstack([rows.use, slack]),
        cost=np.concatenate([np.zeros(n_groups), -cost[short], -cost[over]]),
        whole=np.concatenate([np.ones(n_groups), np.zeros(slack.shape[1])]).astype(np.int64),
        most=np.concatenate([np.ones(n_groups), np.full(slack.shape[1], np.inf)]),
        lower=rows.lower - base,
        upper=rows.upper - base,
    )


def _best_of(programme: _Programme, gap: float) -> tuple[Places, float, float] | None:
    """The chosen columns, their value and a bound; None where there is no test."""
    relaxed = _relaxation(programme)
    if relaxed is None:
        return None
    bound, reduced, exact = relaxed
    if exact is not None:
        return exact, bound, bound
    distance = np.abs(reduced)
    core = _nearest(distance, int((distance < _WHOLE).sum()) + _BEST)
    found = _solved(programme, core, reduced, gap)
    if found is None:
        everything = np.arange(len(reduced))
        found = _solved(programme, everything, reduced, gap)
        return None if found is None else (*found, bound)
    missing = bound - found[1]
    needed = np.flatnonzero(distance < missing)
    if missing > gap * abs(bound) + _WHOLE and len(np.setdiff1d(needed, core)):
        again = _solved(programme, np.union1d(core, needed), reduced, gap)
        found = again if again is not None and again[1] > found[1] else found
    return (*found, bound)


def _nearest(distance: Floats, wanted: int) -> Places:
    """The columns of the smallest distances, in their order."""
    if wanted >= len(distance):
        return np.arange(len(distance))
    return np.sort(np.argpartition(distance, wanted)[:wanted])


def _relaxation(programme: _Programme) -> tuple[float, Floats, Places | None] | None:
    """Bound, reduced costs, and the chosen columns where the relaxation is whole; None without any test.

    Solved over the columns that seem best, with those that the multipliers call better added, until there are
    none; over all at once where these admit no test.
    """
    everything = np.arange(len(programme.worth))
    columns = _promising(programme)
    while True:
        solved = _relaxed(programme, columns)
        if solved is None:
            if len(columns) == len(everything):
                return None
            columns = everything
            continue
        values, multipliers = solved
        reduced = programme.worth - multipliers @ programme.items
        better = np.flatnonzero(reduced > _WHOLE)
        if not np.setdiff1d(better, columns).size:
            break
        columns = np.union1d(columns, better) if len(columns) < _MANY else everything
    whole = values[: len(columns) + int(programme.whole.sum())]
    is_whole = bool((np.abs(whole - np.rint(whole)) < _WHOLE).all())
    exact = columns[values[: len(columns)] > 0.5] if is_whole else None
    return _bound(programme, multipliers, reduced), reduced, exact


def _promising(programme: _Programme) -> Places:
    """The columns of the greatest worth, and those of every row that is short of its minimum."""
    worth = programme.worth
    if len(worth) <= 4 * _FIRST:
        return np.arange(len(worth))
    order = np.argsort(-worth, kind="stable")
    chosen = [order[:_FIRST]]
    for row in np.flatnonzero(programme.lower > 0):
        of_it = order[programme.items[row, order] > 0]
        chosen.append(of_it[:_OF_A_SHORT_ROW])
    return np.unique(np.concatenate(chosen))


def _bound(programme: _Programme, multipliers: Floats, reduced: Floats) -> float:
    """U(y) of the module's docstring."""
    up, down = np.maximum(multipliers, 0.0), np.maximum(-multipliers, 0.0)
    paid = up @ np.where(up > 0, programme.upper, 0.0) - down @ np.where(down > 0, programme.lower, 0.0)
    others = programme.cost - programme.others.T @ multipliers
    n_groups = int(programme.whole.sum())
    return float(paid + np.maximum(reduced, 0.0).sum() + np.maximum(others[:n_groups], 0.0).sum())


def _relaxed(programme: _Programme, columns: Places) -> tuple[Floats, Floats] | None:
    """Values of these columns and the others, and the rows' multipliers; None where it has no solution.

    Without presolving, which takes longer than so few rows.
    """
    matrix = np.hstack([programme.items[:, columns], programme.others])
    equal = programme.lower == programme.upper
    above = np.isfinite(programme.upper) & ~equal
    below = np.isfinite(programme.lower) & ~equal
    most = np.concatenate([np.ones(len(columns)), programme.most])
    result = linprog(  # type: ignore[call-overload]  # the stubs do not know arrays of bounds
        -np.concatenate([programme.worth[columns], programme.cost]),
        A_ub=csc_array(np.vstack([matrix[above], -matrix[below]])),
        b_ub=np.concatenate([programme.upper[above], -programme.lower[below]]),
        A_eq=csc_array(matrix[equal]),
        b_eq=programme.upper[equal],
        bounds=np.column_stack([np.zeros(len(most)), most]),
        method="highs-ds",
        options={"presolve": False},
    )
    if result.status != 0:
        return None
    paid, n_above = -result.ineqlin.marginals, int(above.sum())
    multipliers = np.zeros(len(programme.upper))
    multipliers[above] += np.maximum(paid[:n_above], 0.0)
    multipliers[below] -= np.maximum(paid[n_above:], 0.0)
    multipliers[equal] = -result.eqlin.marginals
    return result.x, multipliers


def _solved(
    programme: _Programme, columns: Places, reduced: Floats, gap: float
) -> tuple[Places, float] | None:
    """The chosen columns and their value; None where there is no test.

    ``columns`` are left to choose; of the others those of a positive reduced cost are taken.
    """
    taken = reduced > 0
    taken[columns] = False
    taken_value, activity = float(programme.worth @ taken), programme.items @ taken
    most = np.concatenate([np.ones(len(columns)), programme.most])
    result = milp(
        -np.concatenate([programme.worth[columns], programme.cost]),
        constraints=LinearConstraint(
            csc_array(np.hstack([programme.items[:, columns], programme.others])),
            programme.lower - activity,
            programme.upper - activity,
        ),
        integrality=np.concatenate([np.ones(len(columns), dtype=np.int64), programme.whole]),
        bounds=Bounds(np.zeros(len(most)), most),
        options={"mip_rel_gap": gap},
    )
    if result.x is None:
        return None
    chosen = np.union1d(columns[result.x[: len(columns)] > 0.5], np.flatnonzero(taken))
    return chosen, taken_value - float(result.fun)
