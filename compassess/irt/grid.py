"""Equally spaced nodes: where θ is summed over, and how sums become probabilities of intervals.

Letters: Q nodes, spacing h. An equally spaced sum of a smooth density that is nearly zero at both
ends is exact to far more digits than its spacing suggests (Euler–Maclaurin): to 0.3 % while
h ≤ 1.5 posterior SD.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import sici

from compassess.errors import InputError, Problem

__all__ = ["DEFAULT_LIMIT", "Grid", "default_n_nodes", "most_nodes"]

DEFAULT_LIMIT: Final = 6.0  # N(0, 1) leaves 2e-9 outside; ±4 would cost 2e-3 in log-likelihood
_MAX_JOINT_BLOCKS: Final = 5
_MOST_JOINT: Final = 2**22  # joint nodes: 32 MB of prior, and about a millisecond a person
_MOST_NODES: Final = 4001  # on a line; a table of a thousand items is then 64 MB
_MOST_WITH_COMPETENCIES: Final = 961  # a transition of Q² numbers for every competency, 7 MB each


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Equally spaced nodes ``theta``, shape ``(n_nodes,)``."""

    theta: NDArray[np.float64]

    @classmethod
    def create(cls, n_nodes: int, limit: float = DEFAULT_LIMIT) -> Grid:
        """Lay ``n_nodes`` ≥ 5 equally spaced nodes on [−limit, limit]."""
        if n_nodes < 5 or not limit > 0:
            raise InputError(
                Problem(
                    where="nodes",
                    what="a grid needs at least 5 nodes on a positive range",
                    got=f"{n_nodes} nodes on ±{limit}",
                )
            )
        return cls.between(-limit, limit, n_nodes)

    @classmethod
    def between(cls, low: float, high: float, n_nodes: int) -> Grid:
        """``n_nodes`` from ``low`` to ``high``, both included."""
        theta = np.linspace(low, high, n_nodes)
        theta.flags.writeable = False
        return cls(theta)

    @property
    def n_nodes(self) -> int:
        """Q, the number of nodes."""
        return self.theta.size

    @property
    def spacing(self) -> float:
        """Distance h between neighbouring nodes."""
        return float(self.theta[1] - self.theta[0])

    def below(self, cut: ArrayLike) -> NDArray[np.float64]:
        """Weights f such that Σ_q p_q f_q = P(θ < cut) for masses p on the nodes.

        The masses of a smooth density are its samples, and between samples a band-limited function
        is their sinc interpolation; its integral up to the cut is
        f_q = ½ + Si(π (cut − θ_q) / h) / π, clipped nowhere (the sum is in [0, 1] up to the grid's own
        error). Plain counting of nodes below the cut would err by half a node's mass.

        Shapes: ``cut`` any shape S, the answer S + (n_nodes,).

        References
        ----------
        Whittaker–Shannon interpolation; Stenger (1993), Numerical Methods Based on Sinc, ch. 3.
        """
        distance = np.asarray(cut, dtype=np.float64)[..., None] - self.theta
        weights = 0.5 + sici(np.pi * distance / self.spacing)[0] / np.pi
        return np.asarray(weights, dtype=np.float64)


def default_n_nodes(n_blocks: int) -> int:
    """How many nodes a block gets by default: fewer where blocks meet on a joint grid of Q^B nodes.

    Raises
    ------
    InputError : more than five correlated blocks, for which a joint grid would not fit.
    """
    if n_blocks > _MAX_JOINT_BLOCKS:
        raise InputError(
            Problem(
                where="blocks",
                what="too many correlated blocks for a joint grid",
                got=str(n_blocks),
                expected=f"at most {_MAX_JOINT_BLOCKS}",
                remedy="Make them competencies of fewer blocks.",
            )
        )
    return {1: 61, 2: 61, 3: 41, 4: 21, 5: 15}[max(n_blocks, 1)]


def most_nodes(n_blocks: int, *, competencies: bool) -> int:
    """How many nodes a block gets at most where a grid is refined; ``competencies`` that differ from it."""
    highest = _MOST_WITH_COMPETENCIES if competencies else _MOST_NODES
    return min(highest, int(_MOST_JOINT ** (1 / max(n_blocks, 1)) + 1e-9))
