"""A general factor and specific factors: the bifactor model, its reliability, its scores."""

from compassess.irt.bifactor.estimation import Bifactor, BifactorScores, bifactor, bifactor_scores
from compassess.irt.bifactor.reliability import BifactorReliability, bifactor_reliability

__all__ = [
    "Bifactor",
    "BifactorReliability",
    "BifactorScores",
    "bifactor",
    "bifactor_reliability",
    "bifactor_scores",
]
