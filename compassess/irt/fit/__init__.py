"""Whether a calibration describes its answers, and how reliable what comes of it is."""

from compassess.irt.fit.comparison import LikelihoodRatio, ModelComparison, compare_models, likelihood_ratio
from compassess.irt.fit.item_fit import ITEM_FIT_STATUSES, ItemFit, item_fit
from compassess.irt.fit.local_dependence import LocalDependence, local_dependence
from compassess.irt.fit.model_fit import MODEL_FIT_STATUSES, ModelFit, model_fit
from compassess.irt.fit.person_residuals import Cusum, PersonResiduals, cusum, person_residuals
from compassess.irt.fit.rater_fit import RaterFit, rater_fit
from compassess.irt.fit.reliability import (
    SimulatedReliability,
    conditional_reliability,
    empirical_reliability,
    marginal_reliability,
    simulated_reliability,
)
from compassess.irt.fit.residual_table import residual_table

__all__ = [
    "ITEM_FIT_STATUSES",
    "MODEL_FIT_STATUSES",
    "Cusum",
    "ItemFit",
    "LikelihoodRatio",
    "LocalDependence",
    "ModelComparison",
    "ModelFit",
    "PersonResiduals",
    "RaterFit",
    "SimulatedReliability",
    "compare_models",
    "conditional_reliability",
    "cusum",
    "empirical_reliability",
    "item_fit",
    "likelihood_ratio",
    "local_dependence",
    "marginal_reliability",
    "model_fit",
    "person_residuals",
    "rater_fit",
    "residual_table",
    "simulated_reliability",
]
