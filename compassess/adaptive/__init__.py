"""The adaptive sitting: an assessment, the choice of items, when to stop, the session with its log."""

from compassess.adaptive.assessment import Assessment
from compassess.adaptive.choice import REASONS, Decision, decide
from compassess.adaptive.pending import Choice, PendingItem
from compassess.adaptive.plan import Plan
from compassess.adaptive.progress import Estimate, Progress, answered, estimate, fresh
from compassess.adaptive.replaying import Divergence
from compassess.adaptive.session import Session
from compassess.adaptive.strategies import CRITERIA, STOPPING_RULES, Criterion, StoppingRule

__all__ = [
    "CRITERIA",
    "REASONS",
    "STOPPING_RULES",
    "Assessment",
    "Choice",
    "Criterion",
    "Decision",
    "Divergence",
    "Estimate",
    "PendingItem",
    "Plan",
    "Progress",
    "Session",
    "StoppingRule",
    "answered",
    "decide",
    "estimate",
    "fresh",
]
