"""What a blueprint says of items that were not answered: the codes, what each scores, what is too little.

Rule: this file holds the policy as a value and what can be wrong with it. How it moves a score is in
``scoring/unanswered.py``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, get_args

from compassess.bank.places import place, shown
from compassess.bank.schema import Strict, Whole
from compassess.errors import Problem

__all__ = [
    "CODES",
    "Incomplete",
    "MinimumAttempts",
    "RawUnanswered",
    "Treatment",
    "Unanswered",
    "UnansweredPolicy",
    "attempts_beyond",
    "unanswered_problems",
]

Unanswered = Literal["not_presented", "not_reached", "omitted", "timed_out", "technically_lost"]
#: The codes of what was not answered, in the order in which arrays count them.
CODES: Final[tuple[Unanswered, ...]] = get_args(Unanswered)

Treatment = Literal["lowest", "ignore"]
Incomplete = Literal["withhold", "score"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MinimumAttempts:
    """How much must have been answered: ``count`` items, and a ``share`` of those presented.

    What was technically lost counts as not presented.
    """

    count: int = 0
    share: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class UnansweredPolicy:
    """What items without an answer score, and when too little was answered for a verdict.

    Attributes
    ----------
    not_reached, omitted, timed_out, technically_lost : "lowest", the category that the item gives to the
        lowest ability, or "ignore", no evidence. An item that was not presented is always ignored.
    sitting : attempts below which every band and risk zone of the person is withheld.
    competency : attempts below which the risk zone of a competency is withheld, the same for all.
    incomplete : of a sitting that ended before its rules would end it: "withhold" every band and risk
        zone, or "score" it as it stands.

    The defaults are those under which leaving an item, or leaving the hall, never raises a posterior (and so
    no conclusion, which is made of one), nor an estimate by MAP or ML; and what the hall is to blame for
    never lowers one. By WLE and Jeffreys an item that was left may raise an estimate above what it would be
    if the item had not been presented, never above what any answer would make it. One answer, and half of
    what was presented, are the least on which anybody is judged.
    """

    not_reached: Treatment = "lowest"
    omitted: Treatment = "lowest"
    timed_out: Treatment = "lowest"
    technically_lost: Treatment = "ignore"
    sitting: MinimumAttempts = MinimumAttempts(count=1, share=0.5)
    competency: MinimumAttempts = MinimumAttempts()
    incomplete: Incomplete = "withhold"

    def scores_lowest(self, code: Unanswered) -> bool:
        """Whether an item with this code scores its lowest category; otherwise it is ignored."""
        return code != "not_presented" and getattr(self, code) == "lowest"

    def to_dict(self) -> dict[str, Any]:
        """The section ``unanswered`` of ``blueprint.json``, every key written out."""
        codes: dict[str, Any] = {code: getattr(self, code) for code in CODES if code != "not_presented"}
        attempts = {"sitting": asdict(self.sitting), "competency": asdict(self.competency)}
        return {**codes, "minimum_attempts": attempts, "incomplete": self.incomplete}


class _RawAttempts(Strict):
    count: Whole = 0
    share: float = 0.0

    def entry(self) -> MinimumAttempts:
        return MinimumAttempts(count=self.count, share=self.share)


class _RawMinimumAttempts(Strict):
    sitting: _RawAttempts = _RawAttempts(count=1, share=0.5)
    competency: _RawAttempts = _RawAttempts()


class RawUnanswered(Strict):
    """The section as pydantic sees it; whatever it leaves out has its default."""

    not_reached: Treatment = "lowest"
    omitted: Treatment = "lowest"
    timed_out: Treatment = "lowest"
    technically_lost: Treatment = "ignore"
    minimum_attempts: _RawMinimumAttempts = _RawMinimumAttempts()
    incomplete: Incomplete = "withhold"

    def entry(self) -> UnansweredPolicy:
        """The policy."""
        return UnansweredPolicy(
            not_reached=self.not_reached,
            omitted=self.omitted,
            timed_out=self.timed_out,
            technically_lost=self.technically_lost,
            sitting=self.minimum_attempts.sitting.entry(),
            competency=self.minimum_attempts.competency.entry(),
            incomplete=self.incomplete,
        )


def unanswered_problems(policy: UnansweredPolicy) -> Iterator[Problem]:
    """Every fault of a policy, also of one that no file was read for."""
    words: dict[str, tuple[str, ...]] = {"incomplete": get_args(Incomplete)}
    words |= {code: get_args(Treatment) for code in CODES if code != "not_presented"}
    for name, allowed in words.items():
        if getattr(policy, name) not in allowed:
            yield Problem(
                where=place("unanswered", name),
                what="unknown value",
                got=shown(getattr(policy, name)),
                expected=" or ".join(map(repr, allowed)),
            )
    for part in ("sitting", "competency"):
        yield from _attempts_problems(getattr(policy, part), "unanswered", "minimum_attempts", part)


def attempts_beyond(policy: UnansweredPolicy, longest: int) -> Iterator[Problem]:
    """Numbers of attempts that no sitting of at most ``longest`` items could reach."""
    for name in ("sitting", "competency"):
        count = getattr(policy, name).count
        if count > longest >= 1:
            yield Problem(
                where=place("unanswered", "minimum_attempts", name, "count"),
                what="more than a sitting presents",
                got=shown(count),
                expected=f"{longest} or less",
            )


def _attempts_problems(attempts: MinimumAttempts, *steps: str) -> Iterator[Problem]:
    if attempts.count < 0:
        where = place(*steps, "count")
        yield Problem(where=where, what="negative", got=shown(attempts.count), expected="0 or more")
    if not (0.0 <= attempts.share <= 1.0 and math.isfinite(attempts.share)):
        where = place(*steps, "share")
        yield Problem(where=where, what="no share", got=shown(attempts.share), expected="from 0 to 1")
