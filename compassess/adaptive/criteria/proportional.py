"""Items drawn in proportion to a power of their information that grows with the sitting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.criteria.item_draws import item_draws
from compassess.adaptive.criteria.maximum_information import MaximumInformation, PreparedMaximumInformation
from compassess.adaptive.criteria.progressive import growth, growth_problems
from compassess.adaptive.pool import Pool
from compassess.adaptive.view import View
from compassess.errors import raise_if_any
from compassess.irt.read_only import read_only

__all__ = ["Proportional", "race"]

Floats = NDArray[np.float64]

_LEAST: Final = 1e-300  # information below it counts as this much, so that its logarithm is finite


def race(information: Floats, power: Floats, draws: Floats) -> Floats:
    """H log I_i − log E_i, E_i = −log(1 − U_i): item i has the greatest with probability I_i^H / Σ_j I_j^H.

    E / I^H is exponential with the rate I^H, and the first of such times is a draw in proportion to the
    rates, among whichever of the items may be presented. ``draws`` U lie in [0, 1); all broadcast.

    References
    ----------
    Efraimidis & Spirakis (2006), Information Processing Letters 97, 181-185.
    """
    # A draw is a multiple of 2⁻⁵³, and may be 0: half of the least other keeps the logarithm finite.
    times = np.maximum(-np.log1p(-draws), 2.0**-54)
    return np.asarray(power * np.log(np.maximum(information, _LEAST)) - np.log(times))


@dataclass(frozen=True, slots=True, kw_only=True)
class Proportional:
    """An item drawn with probability I_i^H / Σ_j I_j^H among those that may be presented.

    I_i is the information about the block at θ̂, as in maximum information; H = Q W_q grows from 0, an even
    draw, at the first item to Q = ``length`` at item number ``length``
    (:func:`~compassess.adaptive.criteria.progressive.growth`), and stays there.

    References
    ----------
    Barrada, Olea, Ponsoda & Abad (2008), British Journal of Mathematical and Statistical Psychology 61,
    493-513; Segall (2004), Journal of Educational and Behavioral Statistics 29, 439-460.
    """

    name: ClassVar[str] = "proportional"
    version: ClassVar[int] = 1

    length: int
    acceleration: float = 1.0

    def __post_init__(self) -> None:
        raise_if_any(growth_problems(self.length, self.acceleration))

    def prepared(self, pool: Pool) -> PreparedProportional:
        """With H of every place in the sitting."""
        powers = read_only(self.length * growth(self.length, self.acceleration))
        return PreparedProportional(MaximumInformation().prepared(pool), powers)


@dataclass(frozen=True, slots=True)
class PreparedProportional:
    """``powers`` H_q, (length,)."""

    information: PreparedMaximumInformation
    powers: Floats
    across_blocks: ClassVar[bool] = False

    def worth(self, view: View) -> Floats:
        """(n, n_items)."""
        power = self.powers[np.minimum(view.progress.length, self.powers.size - 1), None]
        return race(self.information.worth(view), power, item_draws(view))
