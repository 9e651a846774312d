"""What a rule aims at, as against when it ends: a rule may give a block up without having reached its goal.

Beside ``satisfied`` a prepared rule may have ``attained(view)``, which blocks have reached its goal, (n,
n_blocks), and ``has_goal``, False where it has none. Without them the goal is reached when it is satisfied.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.strategies import PreparedRule
from compassess.adaptive.view import View

__all__ = ["attained", "has_goal"]


@runtime_checkable
class _TellsGoals(Protocol):
    def attained(self, view: View, /) -> NDArray[np.bool_]: ...


def has_goal(rule: PreparedRule) -> bool:
    """Whether there is anything that the rule wants to reach."""
    return bool(getattr(rule, "has_goal", True))


def attained(rule: PreparedRule, view: View) -> NDArray[np.bool_]:
    """Which blocks have reached the rule's goal, (n, n_blocks); none for a rule without a goal."""
    if not has_goal(rule):
        return np.zeros(view.now.block_se.shape, dtype=bool)
    return rule.attained(view) if isinstance(rule, _TellsGoals) else rule.satisfied(view)
