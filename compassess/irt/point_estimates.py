"""Estimates without a prior, one line at a time: maximum likelihood, Warm's and Jeffreys' corrections.

Letters. log L the log-likelihood of a line, I its expected information, J = Σ_i Σ_k P′ P″ / P. All three
are roots of g(θ) = (log L)′ + h(θ):

    ML         h = 0
    WLE        h = J / (2 I)         (Warm)
    Jeffreys   h = I′ / (2 I)        the mode of L √I

J = I′ for models whose categories share one logistic slope (2PL, GRM, GPCM, NRM); for the 3PL and 4PL the
last two differ. Rule: of several roots the one where log L + ∫ h is highest is taken, of equally high ones
the lowest; where the likelihood is higher still at −∞ or +∞ there is no estimate, but a status.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.irt.cells import Curves, Sheet, Slopes
from compassess.irt.chunks import chunk_size, map_chunks
from compassess.irt.estimates import RANK, Ranks
from compassess.irt.roots import bracketed_roots

__all__ = ["CORRECTIONS", "INFORMATION", "Points", "point_estimates"]

Floats = NDArray[np.float64]
Part = Callable[[Slopes], Floats]

#: The numerator of h, whose denominator is 2 I; None for h = 0.
CORRECTIONS: Final[Mapping[str, Part | None]] = MappingProxyType(
    {"ML": None, "WLE": lambda slopes: slopes.warm, "Jeffreys": lambda slopes: slopes.information_slope}
)
#: What a standard error is made of.
INFORMATION: Final[Mapping[str, Part]] = MappingProxyType(
    {"observed": lambda slopes: -slopes.curvature, "expected": lambda slopes: slopes.information}
)

_SPACING: Final = 0.25  # a third of the width over which the steepest items (slope 6) turn
_FLAT: Final = 1e-10  # a maximum that stands out by less than this many units of log L is none
_NOTHING: Final = 1e-290  # information below this is lost to underflow, and so is its ratio to J


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Points:
    """By line: ``theta``, ``se`` and ``status``, (n_persons, n_carriers); NaN where there is no estimate."""

    theta: Floats
    se: Floats
    status: Ranks


def point_estimates(sheet: Sheet, curves: Curves, method: str, information: str) -> Points:
    """Estimates of every line by a method of :data:`CORRECTIONS`.

    SE = 1 / √I with the ``information`` asked for, at the estimate: "observed", −(log L)″, or "expected".
    Observed information can be negative off the maximum of L (WLE in the 3PL): then SE is NaN, by status.

    References
    ----------
    Warm (1989), Psychometrika 54, 427-450 (the correction J / 2I); Firth (1993), Biometrika 80 (L √I).
    """
    nodes = _search_nodes()
    tables, numerator = curves.tables(nodes), CORRECTIONS[method]

    def chunk(persons: slice) -> Points:
        shape = (persons.stop - persons.start, sheet.n_carriers)
        brackets = _brackets(nodes, *_on_nodes(sheet, persons, tables, numerator, nodes))
        lines = np.flatnonzero(brackets.status == RANK["ok"])
        found = curves.answers(sheet, persons).only(lines)

        def slope(theta: Floats, which: NDArray[np.intp]) -> Floats:
            slopes = found.only(which).at(theta)
            return slopes.score + _correction(slopes, numerator)

        bracket = brackets.only(lines)
        roots = bracketed_roots(slope, bracket.low, bracket.high, bracket.at_low, bracket.at_high)
        theta, variance = np.full((2, shape[0] * shape[1]), np.nan)
        theta[lines] = roots
        variance[lines] = 1.0 / _positive(INFORMATION[information](found.at(roots)))
        status = np.where(np.isnan(variance) & ~np.isnan(theta), RANK["not_concave"], brackets.status)
        return Points(
            theta=theta.reshape(shape),
            se=np.sqrt(variance).reshape(shape),
            status=status.astype(np.int8).reshape(shape),
        )

    size = chunk_size(max(4 * sheet.n_carriers * nodes.size, sheet.floats_per_person))
    parts = list(map_chunks(chunk, sheet.n_persons, size))
    return Points(
        theta=np.concatenate([part.theta for part in parts]),
        se=np.concatenate([part.se for part in parts]),
        status=np.concatenate([part.status for part in parts]),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Brackets:
    """Neighbouring nodes between which g falls through 0, and its values there; (n_lines,) each."""

    low: Floats
    high: Floats
    at_low: Floats
    at_high: Floats
    status: Ranks

    def only(self, lines: NDArray[np.intp]) -> _Brackets:
        return _Brackets(
            low=self.low[lines],
            high=self.high[lines],
            at_low=self.at_low[lines],
            at_high=self.at_high[lines],
            status=self.status[lines],
        )


def _search_nodes() -> Floats:
    """Nodes .25 apart on ±8, then ever further apart to beyond ±10,000, and ±10⁶ to stand for infinity.

    At 10⁶ an item of slope 10⁻⁴ is still 100 logits from its threshold: at its limit. A root is found
    wherever it lies; only two roots that meet within one interval could be overlooked, with the negligible
    maximum between them.
    """
    inner = np.arange(-8.0, 8.01, _SPACING)
    outer = 8.0 + _SPACING * np.cumsum(1.25 ** np.arange(1, 42))
    return np.concatenate([[-1e6], -outer[::-1], inner, outer, [1e6]])


def _on_nodes(
    sheet: Sheet, persons: slice, tables: Slopes, numerator: Part | None, nodes: Floats
) -> tuple[Floats, Floats]:
    """log L + ∫ h and g on the nodes, (n_lines, n_nodes) each.

    The integral is by trapezoids, with their correction by the slopes at both ends where the nodes are dense.
    """
    value, slope = sheet.sums(persons, tables.log_likelihood), sheet.sums(persons, tables.score)
    if numerator is None:
        return value, slope
    correction = _ratio(sheet.sums(persons, numerator(tables)), sheet.sums(persons, tables.information))
    width = np.diff(nodes)
    strips = width * (correction[:, 1:] + correction[:, :-1]) / 2
    bend = np.diff(np.gradient(correction, nodes, axis=1), axis=1)
    strips -= np.where(width < 2 * _SPACING, width**2 / 12, 0.0) * bend
    value[:, 1:] += np.cumsum(strips, axis=1)
    return value, slope + correction


def _brackets(nodes: Floats, value: Floats, slope: Floats) -> _Brackets:
    """The highest maximum of every line, and whether anything is higher at the ends."""
    peak = _peaks(nodes, value, slope)
    lines, highest = np.arange(len(value)), peak.max(axis=1)
    best = (peak >= (highest - _FLAT * (1 + np.abs(highest)))[:, None]).argmax(axis=1)
    low_end, high_end = value[:, 0], value[:, -1]
    limit = np.maximum(low_end, high_end)
    slack = _FLAT * (1 + np.abs(limit))
    bounded = peak[lines, best] > limit + slack
    endless = np.where(low_end > high_end, RANK["infinite_low"], RANK["infinite_high"])
    level = np.abs(low_end - high_end) <= slack
    status = np.where(bounded, RANK["ok"], np.where(level, RANK["not_identified"], endless))
    return _Brackets(
        low=nodes[best],
        high=nodes[best + 1],
        at_low=slope[lines, best],
        at_high=slope[lines, best + 1],
        status=status.astype(np.int8),
    )


def _peaks(nodes: Floats, value: Floats, slope: Floats) -> Floats:
    """The height of the maximum between every two nodes, (n_lines, n_nodes − 1); −∞ where there is none.

    It is that of the cubic with the values y and slopes d at both ends: y + d w + B w² + C w³ for w in
    [0, 1], highest where d + 2 B w + 3 C w² = 0.
    """
    falls = (slope[:, :-1] > 0) & (slope[:, 1:] <= 0)
    line, node = np.nonzero(falls)
    width, start = nodes[node + 1] - nodes[node], value[line, node]
    d0, d1 = slope[line, node] * width, slope[line, node + 1] * width
    rise = value[line, node + 1] - start
    b, c = 3 * rise - 2 * d0 - d1, d0 + d1 - 2 * rise
    w = np.minimum(d0 / np.maximum(np.sqrt(np.maximum(b**2 - 3 * c * d0, 0)) - b, d0), 1.0)
    peaks = np.full(falls.shape, -np.inf)
    peaks[line, node] = start + w * (d0 + w * (b + w * c))
    return peaks


def _correction(slopes: Slopes, numerator: Part | None) -> Floats:
    if numerator is None:
        return np.zeros_like(slopes.score)
    return _ratio(numerator(slopes), slopes.information)


def _ratio(numerator: Floats, information: Floats) -> Floats:
    """numerator / (2 I); 0 where nothing is left of the information."""
    return np.asarray(
        np.divide(numerator, 2 * information, out=np.zeros_like(numerator), where=information > _NOTHING)
    )


def _positive(information: Floats) -> Floats:
    return np.where(information > 0, information, np.nan)
