"""Response quality: signs that answers may not mean what they usually mean. They change no score."""

from compassess.scoring.quality.flag_rates import (
    ABERRANCES,
    DESIGNS,
    Rate,
    flag_rates,
)
from compassess.scoring.quality.lognormal import TIME_STATUSES, TimeFit, TimeModel, simulate_times, time_fit
from compassess.scoring.quality.patterns import PatternedAnswers, patterned_answers
from compassess.scoring.quality.response_time_effort import (
    ResponseTimeEffort,
    normative_thresholds,
    response_time_effort,
)
from compassess.scoring.quality.rules import FLAGS, QualityRules
from compassess.scoring.quality.sequences import (
    Choices,
    choices_of,
    option_shares,
    own_shares,
    position_probabilities,
)
from compassess.scoring.quality.straight_lining import (
    StraightLining,
    longest_run_distribution,
    straight_lining,
)
from compassess.scoring.quality.time_calibration import TIME_ITEM_STATUSES, TimeCalibration, calibrate_times
from compassess.scoring.quality.verdict import Behaviour, Finding, ResponseQuality, response_quality

__all__ = [
    "ABERRANCES",
    "DESIGNS",
    "FLAGS",
    "TIME_ITEM_STATUSES",
    "TIME_STATUSES",
    "Behaviour",
    "Choices",
    "Finding",
    "PatternedAnswers",
    "QualityRules",
    "Rate",
    "ResponseQuality",
    "ResponseTimeEffort",
    "StraightLining",
    "TimeCalibration",
    "TimeFit",
    "TimeModel",
    "calibrate_times",
    "choices_of",
    "flag_rates",
    "longest_run_distribution",
    "normative_thresholds",
    "option_shares",
    "own_shares",
    "patterned_answers",
    "position_probabilities",
    "response_quality",
    "response_time_effort",
    "simulate_times",
    "straight_lining",
    "time_fit",
]
