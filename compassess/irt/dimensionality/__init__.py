"""How many dimensions answers have: polychoric correlations, parallel analysis, factor analysis."""

from compassess.irt.dimensionality.factor_analysis import ROTATIONS, FactorAnalysis, factor_analysis
from compassess.irt.dimensionality.parallel_analysis import ParallelAnalysis, parallel_analysis
from compassess.irt.dimensionality.polychoric import (
    POLYCHORIC_STATUSES,
    Polychoric,
    polychoric,
    positive_definite,
)

__all__ = [
    "POLYCHORIC_STATUSES",
    "ROTATIONS",
    "FactorAnalysis",
    "ParallelAnalysis",
    "Polychoric",
    "factor_analysis",
    "parallel_analysis",
    "polychoric",
    "positive_definite",
]
