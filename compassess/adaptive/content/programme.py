r"""The best test that contains what was presented and satisfies every row: a 0/1 programme.

    maximise Σ_i w_i x_i − Σ_r c_r s_r     subject to  lower ≤ A x + B z ± s ≤ upper,  x_i = 1 if presented,

s the violations of soft rows. Solved on few items and proved on all: for any multipliers y of the rows,

    U(y) = Σ_r (y_r⁺ upper_r − y_r⁻ lower_r) + Σ_j max(0, w_j − y·A_j)

is no less than the optimum, and a test with an item whose reduced cost ρ_j = w_j − y·A_j is negative is worth
U(y) + ρ_j at most. So with y from the linear relaxation the programme is solved over the items of the best
reduced costs; where its optimum V has U(y) − V ≤ min −ρ_j over the others, none of those can be in a better
test, and otherwise it is solved again with all that have −ρ_j < U(y) − V.

Sources: van der Linden & Reese (1998), Applied Psychological Measurement, 22, 259; reduced-cost fixing,
Wolsey (1998), Integer programming, sec. 7.3 and 10.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csc_array, hstack, vstack

from compassess.adaptive.content.rows import LINK, Rows

__all__ = ["Solved", "best_test", "feasible"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.intp]

# The best item is worth a thousand to the solver, whose absolute tolerances are a millionth: a billionth of
# the best, as everywhere that near-ties are told.
_SCALE: Final = 1000.0
# Items that the relaxation begins with: several tests' worth, so that pricing seldom adds any.
_FIRST: Final = 100
# Items of a row that is short of its minimum, beside the best of all: enough for any usual minimum.
_OF_A_SHORT_ROW: Final = 6
# Items of the first programme beyond those that the relaxation uses: nearly all optima lie among them.
_BEST: Final = 30
# Rounds of pricing: every round's multipliers give a valid bound, so that stopping early costs time only.
_ROUNDS: Final = 4
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
    others: csc_array
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
    return _solved(programme, np.arange(len(free)), gap=1.0) is not None


def best_test(rows: Rows, worth: Floats, open_items: Flags, presented: Flags, *, gap: float = 0.0) -> Solved:
    """The test of the greatest worth; its value is within the share ``gap`` of the optimum.

    Where no test is left (items were lost, or a person's pool lacks some), hard rows may be violated at a
    hundred best items a unit, so that the test misses them by as little as can be.

    Parameters
    ----------
    worth : (n_items,), finite.
    open_items, presented : (n_items,), which may still be presented, and which were.
    """
    free = np.flatnonzero(open_items & ~presented)
    best = float(np.abs(worth[free]).max(initial=0.0))
    scaled = worth * (_SCALE / best) if best > 0 else worth
    found = _best_of(_programme(rows, scaled, presented, free, dear=False), gap)
    if found is None:
        found = _best_of(_programme(rows, scaled, presented, free, dear=True), gap)
    assert found is not None  # every row may be violated now, but for the links, which always can hold
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
        others=csc_array(np.hstack([rows.use, slack])),
        cost=np.concatenate([np.zeros(n_groups), -cost[short], -cost[over]]),
        whole=np.concatenate([np.ones(n_groups), np.zeros(slack.shape[1])]).astype(np.int64),
        most=np.concatenate([np.ones(n_groups), np.full(slack.shape[1], np.inf)]),
        lower=rows.lower - base,
        upper=rows.upper - base,
    )


def _best_of(programme: _Programme, gap: float) -> tuple[Places, float, float] | None:
    """The chosen columns, their value and a bound; None where there is no test."""
    everything = np.arange(len(programme.worth))
    relaxed = _relaxation(programme)
    if relaxed is None:
        chosen = _solved(programme, everything, gap)
        return None if chosen is None else (*chosen, chosen[1])
    bound, reduced, exact = relaxed
    if exact is not None:
        return exact, bound, bound
    few = _few(reduced)
    found = _solved(programme, few, gap)
    if found is None:
        found = _solved(programme, everything, gap)
        return None if found is None else (*found, bound)
    missing = bound - found[1]
    left_out = np.setdiff1d(everything, few)
    needed = left_out[reduced[left_out] > -missing]
    if needed.size and missing > gap * abs(bound) + _WHOLE:
        again = _solved(programme, np.sort(np.concatenate([few, needed])), gap)
        found = again if again is not None and again[1] > found[1] else found
    return (*found, bound)


def _few(reduced: Floats) -> Places:
    """The columns of the best reduced costs, in their order."""
    wanted = int((reduced > -_WHOLE).sum()) + _BEST
    if wanted >= len(reduced):
        return np.arange(len(reduced))
    return np.sort(np.argpartition(-reduced, wanted)[:wanted])


def _relaxation(programme: _Programme) -> tuple[float, Floats, Places | None] | None:
    """Bound, reduced costs, and the chosen columns where the relaxation is whole; by pricing columns in."""
    columns = _first_columns(programme)
    for _ in range(_ROUNDS):
        solved = _relaxed(programme, columns)
        if solved is None:
            if len(columns) == len(programme.worth):
                return None
            columns = np.arange(len(programme.worth))
            continue
        values, multipliers = solved
        reduced = programme.worth - multipliers @ programme.items
        better = np.flatnonzero(reduced > _WHOLE)
        missing = np.setdiff1d(better, columns)
        if not missing.size:
            break
        columns = np.union1d(columns, missing)
    else:
        if solved is None:
            return None
    bound = _bound(programme, multipliers, reduced)
    whole = values[: len(columns) + int(programme.whole.sum())]
    is_whole = bool((np.abs(whole - np.rint(whole)) < _WHOLE).all()) and not missing.size
    exact = columns[values[: len(columns)] > 0.5] if is_whole else None
    return bound, reduced, exact


def _bound(programme: _Programme, multipliers: Floats, reduced: Floats) -> float:
    """U(y) of the module's docstring."""
    up, down = np.maximum(multipliers, 0.0), np.maximum(-multipliers, 0.0)
    paid = up @ np.where(up > 0, programme.upper, 0.0) - down @ np.where(down > 0, programme.lower, 0.0)
    others = programme.cost - programme.others.T @ multipliers
    n_groups = int(programme.whole.sum())
    return float(paid + np.maximum(reduced, 0.0).sum() + np.maximum(others[:n_groups], 0.0).sum())


def _first_columns(programme: _Programme) -> Places:
    """The best items of all, and of every row that is short of its minimum."""
    worth = programme.worth
    if len(worth) <= 2 * _FIRST:
        return np.arange(len(worth))
    order = np.argsort(-worth, kind="stable")
    chosen = [order[:_FIRST]]
    for row in np.flatnonzero(programme.lower > 0):
        of_it = order[programme.items[row, order] > 0]
        chosen.append(of_it[: max(_OF_A_SHORT_ROW, int(min(programme.lower[row], len(worth))))])
    return np.unique(np.concatenate(chosen))


def _relaxed(programme: _Programme, columns: Places) -> tuple[Floats, Floats] | None:
    """Values of the columns and others, and the rows' multipliers; None where it has no solution."""
    matrix = hstack([csc_array(programme.items[:, columns]), programme.others], format="csc")
    above, below = np.isfinite(programme.upper), np.isfinite(programme.lower)
    both = vstack([matrix[above], -matrix[below]], format="csc")
    most = np.concatenate([np.ones(len(columns)), programme.most])
    result = linprog(  # type: ignore[call-overload]  # the stubs do not know arrays of bounds
        -np.concatenate([programme.worth[columns], programme.cost]),
        A_ub=both,
        b_ub=np.concatenate([programme.upper[above], -programme.lower[below]]),
        bounds=np.column_stack([np.zeros(len(most)), most]),
        method="highs",
    )
    if result.status != 0:
        return None
    paid = -result.ineqlin.marginals
    multipliers = np.zeros(len(programme.upper))
    n_above = int(above.sum())
    multipliers[above] += np.maximum(paid[:n_above], 0.0)
    multipliers[below] -= np.maximum(paid[n_above:], 0.0)
    return result.x, multipliers


def _solved(programme: _Programme, columns: Places, gap: float) -> tuple[Places, float] | None:
    """The chosen of these columns and their value; None where there is no test among them."""
    matrix = hstack([csc_array(programme.items[:, columns]), programme.others], format="csc")
    most = np.concatenate([np.ones(len(columns)), programme.most])
    result = milp(
        -np.concatenate([programme.worth[columns], programme.cost]),
        constraints=LinearConstraint(matrix, programme.lower, programme.upper),
        integrality=np.concatenate([np.ones(len(columns), dtype=np.int64), programme.whole]),
        bounds=Bounds(np.zeros(len(most)), most),
        options={"mip_rel_gap": gap},
    )
    if result.x is None:
        return None
    return columns[result.x[: len(columns)] > 0.5], float(-result.fun)
