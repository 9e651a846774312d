"""What the stopping rules have come to in a sitting: goals reached, decisions made, what has to be said.

A sitting that ended by its greatest length, or by a rule that gives up, may have reached no goal. Rule: a
conclusion says so, by a flag for each kind of goal, and nothing is decided because a sitting ended.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.order import TIE
from compassess.adaptive.plan import Plan
from compassess.adaptive.stopping.all_of import PreparedAllOf
from compassess.adaptive.stopping.classification import Decisions, decisions_of
from compassess.adaptive.stopping.goals import attained, has_goal
from compassess.adaptive.strategies import PreparedRule
from compassess.adaptive.view import View

__all__ = ["decisions", "reached", "shortfalls"]


def decisions(plan: Plan, view: View) -> tuple[Decisions, ...]:
    """What the plan's classification rules have decided in n sittings, in the order of the rules."""
    return tuple(told for stop in plan.stops for told in decisions_of(stop.rule, view))


def reached(plan: Plan, view: View) -> NDArray[np.bool_]:
    """Which blocks have reached the goal of any rule, (n, n_blocks).

    Where no rule has a goal, it is the standard error that the blueprint wants in each block.
    """
    rules = [stop.rule for stop in plan.stops if has_goal(stop.rule)]
    if not rules:
        return np.asarray(view.now.block_se <= plan.targets * (1.0 + TIE))
    return np.logical_or.reduce([attained(rule, view) for rule in rules])


def shortfalls(plan: Plan, view: View) -> tuple[str, ...]:
    """Flags of one sitting that is over, where a block has reached no goal; n = 1.

    "precision_not_reached" where a rule wants precision, "needs_more_evidence" where one classifies.
    """
    if bool(reached(plan, view).all()):
        return ()
    goals = [rule for stop in plan.stops for rule in _single(stop.rule) if has_goal(rule)]
    classifying = [bool(decisions_of(rule, view)) for rule in goals]
    flags = []
    if not goals or not all(classifying):
        flags.append("precision_not_reached")
    if any(classifying):
        flags.append("needs_more_evidence")
    return tuple(flags)


def _single(rule: PreparedRule) -> Iterator[PreparedRule]:
    """The rule itself, or those that it is made of."""
    if isinstance(rule, PreparedAllOf):
        for part in rule.rules:
            yield from _single(part)
    else:
        yield rule
