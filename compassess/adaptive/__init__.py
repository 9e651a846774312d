"""The adaptive sitting: an assessment, the choice of items, when to stop, the session with its log."""

from compassess.adaptive.assessment import Assessment
from compassess.adaptive.attainment import decisions
from compassess.adaptive.choice import Decision, decide
from compassess.adaptive.collecting import Collected
from compassess.adaptive.content import CONTENT_METHODS
from compassess.adaptive.criteria import CRITERIA
from compassess.adaptive.estimate import Estimate, estimate
from compassess.adaptive.exposing import record_of_logs
from compassess.adaptive.exposure import EXPOSURE_CONTROLS, ExposureRecord, SittingExposure
from compassess.adaptive.pending import Choice, PendingItem
from compassess.adaptive.pilot_answers import pilot_responses
from compassess.adaptive.plan import REASONS, Plan
from compassess.adaptive.pool import Pool
from compassess.adaptive.progress import Progress, answered, fresh
from compassess.adaptive.registry import SHIPPED, Registry
from compassess.adaptive.replaying import Divergence
from compassess.adaptive.rescoring import Rescored, Rescoring, rescore
from compassess.adaptive.session import Session
from compassess.adaptive.stopping import STOPPING_RULES, Decisions, exact_sprt
from compassess.adaptive.strategies import Criterion, ExposureControl, StoppingRule
from compassess.adaptive.view import View

__all__ = [
    "CONTENT_METHODS",
    "CRITERIA",
    "EXPOSURE_CONTROLS",
    "REASONS",
    "SHIPPED",
    "STOPPING_RULES",
    "Assessment",
    "Choice",
    "Collected",
    "Criterion",
    "Decision",
    "Decisions",
    "Divergence",
    "Estimate",
    "ExposureControl",
    "ExposureRecord",
    "PendingItem",
    "Plan",
    "Pool",
    "Progress",
    "Registry",
    "Rescored",
    "Rescoring",
    "Session",
    "SittingExposure",
    "StoppingRule",
    "View",
    "answered",
    "decide",
    "decisions",
    "estimate",
    "exact_sprt",
    "fresh",
    "pilot_responses",
    "record_of_logs",
    "rescore",
]
