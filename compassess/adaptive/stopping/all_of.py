"""Several rules at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.pool import Pool
from compassess.adaptive.stopping.classification import Decisions, decisions_of
from compassess.adaptive.stopping.goals import attained, has_goal
from compassess.adaptive.strategies import PreparedRule, StoppingRule
from compassess.adaptive.view import View
from compassess.errors import Problem, raise_if_any

__all__ = ["AllOf"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AllOf:
    """A block is known when every one of ``rules`` says so.

    In a blueprint each is ``{"rule": name, "parameters": {…}}``, any rule that the registry knows, the
    caller's own and ``all_of`` too. (Rules of which one is enough stand beside each other in
    ``stopping.also``.) It is secondary if all of its rules are.
    """

    name: ClassVar[str] = "all_of"
    version: ClassVar[int] = 1
    reason: ClassVar[str] = "several_rules"
    #: The parameter that the registry makes rules of.
    rules_in: ClassVar[str] = "rules"

    rules: Sequence[StoppingRule]

    def __post_init__(self) -> None:
        given = self.rules if isinstance(self.rules, Sequence) else ()
        if not given or not all(hasattr(rule, "prepared") for rule in given):
            raise_if_any(
                [
                    Problem(
                        where="rules",
                        what="not a list of rules",
                        got=repr(self.rules),
                        expected='one or more of {"rule": name, "parameters": {…}}',
                    )
                ]
            )

    @property
    def secondary(self) -> bool:
        """Whether no rule in it may stand alone."""
        return all(getattr(rule, "secondary", False) for rule in self.rules)

    def prepared(self, pool: Pool) -> PreparedAllOf:
        """All of them laid out."""
        return PreparedAllOf(tuple(rule.prepared(pool) for rule in self.rules))


@dataclass(frozen=True, slots=True)
class PreparedAllOf:
    """The rules over a pool."""

    rules: tuple[PreparedRule, ...]

    def satisfied(self, view: View) -> NDArray[np.bool_]:
        """(n, n_blocks)."""
        return np.logical_and.reduce([rule.satisfied(view) for rule in self.rules])

    @property
    def has_goal(self) -> bool:
        """Whether any of them wants to reach something."""
        return any(has_goal(rule) for rule in self.rules)

    def attained(self, view: View) -> NDArray[np.bool_]:
        """Where all of its rules that have a goal have reached theirs, (n, n_blocks)."""
        return np.logical_and.reduce([attained(rule, view) for rule in self.rules if has_goal(rule)])

    def decisions(self, view: View) -> tuple[Decisions, ...]:
        """Those of its rules that classify, in their order."""
        return tuple(told for rule in self.rules for told in decisions_of(rule, view))
