"""Grids that are fine and wide enough for each posterior.

Rule: nothing is silent. Every posterior is summed on the measurement's own grid first; what that does not
resolve, or cuts off, is summed again on a finer or wider one, everybody with the same wish on the same one,
as far as that is affordable; what is not mended by then has a status.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.irt.estimates import RANK, Ranks
from compassess.irt.grid import Grid, most_nodes
from compassess.irt.measurement import Measurement
from compassess.irt.quadrature import COARSE, SHORT, WHOLE, Worth

__all__ = ["Means", "Placed", "refined"]

Floats = NDArray[np.float64]
Index = NDArray[np.intp]

_WIDER: Final = 1.5  # times as wide, where a grid is too short
_MOST_ROUNDS: Final = 12  # of finer or wider grids; six are the most that any test needs
_BOLDEST: Final = 8  # halvings of h² a round: the SD found on a far too coarse grid says little


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Means:
    """By person, what a grid found, and what that is worth (:class:`compassess.irt.quadrature.Worth`).

    ``theta`` and ``se`` (n_persons, n_blocks + n_competencies); the others (n_persons,).
    """

    theta: Floats
    se: Floats
    log_evidence: Floats
    error: Floats
    spacing: Floats
    end: Floats

    @property
    def status(self) -> Ranks:
        """What is left to say about the grid."""
        coarse = np.where(self.error > COARSE, RANK["coarse_grid"], RANK["ok"])
        return np.where(self.end > SHORT, RANK["short_grid"], coarse).astype(np.int8)

    @classmethod
    def of(cls, found: Worth, log_evidence: Floats, picked: Index) -> Means:
        """Some dimensions of what a grid found, in the order asked for."""
        return cls(
            theta=found.mean[:, picked],
            se=found.sd[:, picked],
            log_evidence=log_evidence,
            error=found.error,
            spacing=found.spacing,
            end=found.end,
        )

    @classmethod
    def nobody(cls, n_persons: int, n_dimensions: int) -> Means:
        """Room for as many persons."""
        wide = {name: np.full((n_persons, n_dimensions), np.nan) for name in ("theta", "se")}
        rest = {name: np.full(n_persons, np.nan) for name in ("log_evidence", "error", "spacing", "end")}
        return cls(**wide, **rest)

    @classmethod
    def joined(cls, parts: Sequence[Means]) -> Means:
        """Persons of several chunks, in order."""
        return cls(
            **{name: np.concatenate([getattr(part, name) for part in parts]) for name in cls.__slots__}
        )

    def only(self, persons: Index) -> Means:
        """Some persons, in the order asked for."""
        return Means(**{name: getattr(self, name)[persons] for name in self.__slots__})

    def update(self, persons: Index, part: Means) -> None:
        """Take ``part`` for some persons."""
        for name in self.__slots__:
            getattr(self, name)[persons] = getattr(part, name)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Placed:
    """Persons with the grid that was the last they were summed on."""

    measurement: Measurement
    persons: Index


def refined(
    means: Means, again: Callable[[Measurement, Index], Means], measurement: Measurement
) -> tuple[Placed, ...]:
    """Mend ``means``, found on the measurement's grid, in place; who was summed on which grid in the end.

    ``again`` sums some persons on other nodes. Who wishes for another ``spacing`` or has too large an
    ``end`` goes on, to no more nodes than :func:`compassess.irt.grid.most_nodes`.
    """
    placed = {(0, 0): measurement}
    place = np.zeros((len(means.error), 2), dtype=np.intp)
    for _ in range(_MOST_ROUNDS):
        going = np.flatnonzero(np.isfinite(means.spacing) | (means.end > WHOLE))
        going = going[_affordable(means, place, going, measurement)]
        if not going.size:
            break
        place[going] = _wishes(means, place, going, measurement)
        for key, members in _groups(place[going]):
            if key not in placed:
                placed[key] = measurement.on(_grid(key, measurement))
            means.update(going[members], again(placed[key], going[members]))
    return tuple(Placed(measurement=placed[key], persons=members) for key, members in _groups(place))


def _wishes(means: Means, place: Index, persons: Index, measurement: Measurement) -> Index:
    """The next grid of each person: how often h² is halved, and how often the grid is widened."""
    now = place[persons]
    own = measurement.lattice.grid.spacing
    fine = np.isinf(means.spacing[persons])
    wanted = np.where(fine, own, np.minimum(means.spacing[persons], own))
    halvings = np.ceil(2 * np.log2(own / wanted) - 1e-9)
    bounded = np.clip(halvings, now[:, 0] + 1, now[:, 0] + _BOLDEST)
    wider = now[:, 1] + (means.end[persons] > WHOLE)
    return np.stack([np.where(fine, now[:, 0], bounded), wider], axis=1).astype(np.intp)


def _affordable(means: Means, place: Index, persons: Index, measurement: Measurement) -> NDArray[np.bool_]:
    """Whose next grid is another one than the present."""
    wishes = _wishes(means, place, persons, measurement)
    better = np.zeros(persons.size, dtype=np.bool_)
    for now, members in _groups(place[persons]):
        old = _grid(now, measurement)
        for key, others in _groups(wishes[members]):
            new = _grid(key, measurement)
            better[members[others]] = (new.spacing < 0.95 * old.spacing) | (new.theta[0] < old.theta[0])
    return better


def _grid(key: tuple[int, int], measurement: Measurement) -> Grid:
    """The grid with h² halved and the range widened so many times, as far as the nodes reach."""
    own, people = measurement.lattice.grid, measurement.lattice.population
    if key == (0, 0):
        return own
    halvings, widenings = key
    low, high = float(own.theta[0]), float(own.theta[-1])
    reach = (high - low) / 2 * _WIDER**widenings
    wanted = int(np.ceil(2 * reach / (own.spacing * 2 ** (-halvings / 2)) - 1e-6)) + 1
    most = max(most_nodes(people.n_blocks, competencies=people.has_competency_layer), own.n_nodes)
    centre = (low + high) / 2
    return Grid.between(centre - reach, centre + reach, min(wanted, most))


def _groups(keys: Index) -> Iterator[tuple[tuple[int, int], Index]]:
    """Equal rows with the places where they stand."""
    if len(keys) and not keys.any():  # the rule, told without sorting everybody
        yield (0, 0), np.arange(len(keys))
        return
    unique, inverse = np.unique(keys, axis=0, return_inverse=True)
    for number, (first, second) in enumerate(unique.tolist()):
        yield (first, second), np.flatnonzero(inverse.ravel() == number)
