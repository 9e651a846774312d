"""The item whose difficulty is nearest to the estimate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.criteria.requirements import difficulties
from compassess.adaptive.pool import Pool
from compassess.adaptive.view import View
from compassess.irt.read_only import read_only

__all__ = ["NearestDifficulty", "PreparedNearest"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class NearestDifficulty:
    """worth = −|b_i − θ̂|, θ̂ the posterior mean of the item's competency (Urry's rule, bOpt).

    Slopes and asymptotes do not matter; under equal slopes without asymptotes it is maximum information.
    Items with more than two categories have no single difficulty and are refused, nominal ones too.

    References
    ----------
    Urry (1970), A Monte Carlo investigation of logistic test models, Purdue University.
    """

    name: ClassVar[str] = "nearest_difficulty"
    version: ClassVar[int] = 1

    def prepared(self, pool: Pool) -> PreparedNearest:
        """With the difficulties; InputError names items that have not one."""
        return PreparedNearest(pool, read_only(difficulties(pool, self.name)))


@dataclass(frozen=True, slots=True)
class PreparedNearest:
    """``places`` on the scale of θ, one an item, (n_items,); the nearer to θ̂ the better."""

    pool: Pool
    places: Floats
    across_blocks: ClassVar[bool] = False

    def worth(self, view: View) -> Floats:
        """(n, n_items)."""
        return np.asarray(-np.abs(self.places - view.now.theta[:, self.pool.competency]))
