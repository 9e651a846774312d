"""Item response theory on arrays: models, calibration, ability, information, simulation.

Arrays in, values out; no files, no clock, no prints. θ is on the logistic metric, D = 1.
"""

from compassess.irt.ability import Estimates, Scores, log_likelihood, score
from compassess.irt.calibration import Calibration, calibrate
from compassess.irt.curves import expected_score, information, probability
from compassess.irt.grid import Grid
from compassess.irt.items import Items
from compassess.irt.measurement import Measurement
from compassess.irt.models import MODELS
from compassess.irt.population import Population
from compassess.irt.priors import Beta, LogitNormal, LogNormal, Normal, Prior
from compassess.irt.screening import STATUSES
from compassess.irt.simulating import Abilities, simulate_abilities, simulate_responses

__all__ = [
    "MODELS",
    "STATUSES",
    "Abilities",
    "Beta",
    "Calibration",
    "Estimates",
    "Grid",
    "Items",
    "LogNormal",
    "LogitNormal",
    "Measurement",
    "Normal",
    "Population",
    "Prior",
    "Scores",
    "calibrate",
    "expected_score",
    "information",
    "log_likelihood",
    "probability",
    "score",
    "simulate_abilities",
    "simulate_responses",
]
