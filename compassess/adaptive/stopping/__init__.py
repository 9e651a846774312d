"""Stopping rules: whether a sitting knows enough. To add one, write its file and enter it here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from compassess.adaptive.stopping.all_of import AllOf
from compassess.adaptive.stopping.band_probability import BandProbability
from compassess.adaptive.stopping.change_of_theta import ChangeOfTheta
from compassess.adaptive.stopping.classification import Decisions, decisions_of
from compassess.adaptive.stopping.confidence_interval import ConfidenceInterval
from compassess.adaptive.stopping.exact_sprt import ExactSPRT, exact_sprt
from compassess.adaptive.stopping.likelihood_ratio import GeneralisedLikelihoodRatio
from compassess.adaptive.stopping.minimum_information import MinimumInformation
from compassess.adaptive.stopping.overall_standard_error import OverallStandardError
from compassess.adaptive.stopping.predicted_error_reduction import PredictedErrorReduction
from compassess.adaptive.stopping.risk_probability import RiskProbability
from compassess.adaptive.stopping.sprt import SequentialProbabilityRatio
from compassess.adaptive.stopping.standard_error import StandardError
from compassess.adaptive.stopping.stochastic_curtailment import StochasticCurtailment
from compassess.adaptive.stopping.time_limit import TimeLimit
from compassess.adaptive.strategies import StoppingRule

__all__ = [
    "STOPPING_RULES",
    "AllOf",
    "BandProbability",
    "ChangeOfTheta",
    "ConfidenceInterval",
    "Decisions",
    "ExactSPRT",
    "GeneralisedLikelihoodRatio",
    "MinimumInformation",
    "OverallStandardError",
    "PredictedErrorReduction",
    "RiskProbability",
    "SequentialProbabilityRatio",
    "StandardError",
    "StochasticCurtailment",
    "TimeLimit",
    "decisions_of",
    "exact_sprt",
]

_SHIPPED: Final = (
    StandardError,
    OverallStandardError,
    PredictedErrorReduction,
    MinimumInformation,
    ChangeOfTheta,
    TimeLimit,
    SequentialProbabilityRatio,
    GeneralisedLikelihoodRatio,
    ConfidenceInterval,
    BandProbability,
    RiskProbability,
    StochasticCurtailment,
    AllOf,
)
STOPPING_RULES: Final[Mapping[str, Callable[..., StoppingRule]]] = MappingProxyType(
    {rule.name: rule for rule in _SHIPPED}
)
