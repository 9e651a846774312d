"""Item response theory on arrays: models, calibration, ability, information, simulation.

Arrays in, values out; no files, no clock, no prints. θ is on the logistic metric, D = 1.
"""

from compassess.irt.ability import METHODS, Scores, log_likelihood, score
from compassess.irt.bifactor import (
    Bifactor,
    BifactorReliability,
    BifactorScores,
    bifactor,
    bifactor_reliability,
    bifactor_scores,
)
from compassess.irt.calibration import Calibration, calibrate
from compassess.irt.curves import (
    expected_score,
    expected_score_slope,
    expected_total,
    information,
    log_probability,
    probability,
    score_function,
    total_information,
)
from compassess.irt.dimensionality import (
    POLYCHORIC_STATUSES,
    ROTATIONS,
    FactorAnalysis,
    ParallelAnalysis,
    Polychoric,
    factor_analysis,
    parallel_analysis,
    polychoric,
    positive_definite,
)
from compassess.irt.estimates import ABILITY_STATUSES, Estimates
from compassess.irt.estimation.screening import STATUSES
from compassess.irt.facet_measures import FacetMeasures, Measures, facet_measures
from compassess.irt.fit import (
    ITEM_FIT_STATUSES,
    MODEL_FIT_STATUSES,
    Cusum,
    ItemFit,
    LikelihoodRatio,
    LocalDependence,
    ModelComparison,
    ModelFit,
    PersonResiduals,
    RaterFit,
    SimulatedReliability,
    compare_models,
    conditional_reliability,
    cusum,
    empirical_reliability,
    item_fit,
    likelihood_ratio,
    local_dependence,
    marginal_reliability,
    model_fit,
    person_residuals,
    rater_fit,
    residual_table,
    simulated_reliability,
)
from compassess.irt.grid import Grid
from compassess.irt.items import Items
from compassess.irt.latent_regression import LatentRegression, latent_regression
from compassess.irt.measurement import Measurement
from compassess.irt.models import MODELS
from compassess.irt.person_fit import PERSON_FIT_STATUSES, DimensionFit, PersonFit, person_fit
from compassess.irt.person_fit_resampling import ResampledPersonFit, resampled_person_fit
from compassess.irt.plausible import Draws, PlausibleValues, plausible_values
from compassess.irt.population import Population
from compassess.irt.priors import Beta, LogitNormal, LogNormal, Normal, Prior
from compassess.irt.rating_tables import Ratings, ratings
from compassess.irt.resampled_statistics import Bootstrap, Statistic, bootstrap
from compassess.irt.second_opinion import Agreement
from compassess.irt.simulating import Abilities, simulate_abilities, simulate_responses
from compassess.irt.sum_distribution import sum_distribution
from compassess.irt.sums import SumScores, sum_scores
from compassess.irt.true_scores import theta_at_total

__all__ = [
    "ABILITY_STATUSES",
    "ITEM_FIT_STATUSES",
    "METHODS",
    "MODELS",
    "MODEL_FIT_STATUSES",
    "PERSON_FIT_STATUSES",
    "POLYCHORIC_STATUSES",
    "ROTATIONS",
    "STATUSES",
    "Abilities",
    "Agreement",
    "Beta",
    "Bifactor",
    "BifactorReliability",
    "BifactorScores",
    "Bootstrap",
    "Calibration",
    "Cusum",
    "DimensionFit",
    "Draws",
    "Estimates",
    "FacetMeasures",
    "FactorAnalysis",
    "Grid",
    "ItemFit",
    "Items",
    "LatentRegression",
    "LikelihoodRatio",
    "LocalDependence",
    "LogNormal",
    "LogitNormal",
    "Measurement",
    "Measures",
    "ModelComparison",
    "ModelFit",
    "Normal",
    "ParallelAnalysis",
    "PersonFit",
    "PersonResiduals",
    "PlausibleValues",
    "Polychoric",
    "Population",
    "Prior",
    "RaterFit",
    "Ratings",
    "ResampledPersonFit",
    "Scores",
    "SimulatedReliability",
    "Statistic",
    "SumScores",
    "bifactor",
    "bifactor_reliability",
    "bifactor_scores",
    "bootstrap",
    "calibrate",
    "compare_models",
    "conditional_reliability",
    "cusum",
    "empirical_reliability",
    "expected_score",
    "expected_score_slope",
    "expected_total",
    "facet_measures",
    "factor_analysis",
    "information",
    "item_fit",
    "latent_regression",
    "likelihood_ratio",
    "local_dependence",
    "log_likelihood",
    "log_probability",
    "marginal_reliability",
    "model_fit",
    "parallel_analysis",
    "person_fit",
    "person_residuals",
    "plausible_values",
    "polychoric",
    "positive_definite",
    "probability",
    "rater_fit",
    "ratings",
    "resampled_person_fit",
    "residual_table",
    "score",
    "score_function",
    "simulate_abilities",
    "simulate_responses",
    "simulated_reliability",
    "sum_distribution",
    "sum_scores",
    "theta_at_total",
    "total_information",
]
