"""Whether somebody may sit again at some time, and if not, from when on and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from compassess.bank import Period, RetakeRule
from compassess.errors import Problem, gathering
from compassess.scoring.attempts import Attempt, in_order
from compassess.scoring.local_days import over_on, place_of, with_offset
from compassess.scoring.times import instant

__all__ = ["Obstacle", "Reason", "Retake", "may_retake"]

#: A wait after a sitting that counts; a wait of its outcome's own; as many sittings as the window may hold;
#: as many as anybody may ever have.
Reason = Literal["wait", "cooling_off", "attempts_in_window", "attempts_used_up"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """What stands in the way: the reason, the sittings that it comes from, and until when; None for ever."""

    reason: Reason
    attempts: tuple[str, ...]
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retake:
    """Whether somebody may sit at ``at``.

    Attributes
    ----------
    allowed : whether nothing stands in the way.
    earliest : the first moment, not before ``at``, at which nothing does; None where that is never.
    obstacles : all that stands in the way at ``at``; what lasts longest is the last.
    attempts_left : how many more sittings the limit has room for now; None where there is no limit.
    """

    allowed: bool
    earliest: datetime | None
    obstacles: tuple[Obstacle, ...]
    attempts_left: int | None

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """The reasons of the obstacles, each once."""
        return tuple(dict.fromkeys(obstacle.reason for obstacle in self.obstacles))


def may_retake(history: Sequence[Attempt], at: datetime | str, rule: RetakeRule) -> Retake:
    """Whether somebody with these sittings may sit at a time, and if not, from when on.

    A wait is over when the day that lies its period after the day of the sitting begins; a sitting leaves
    the window likewise. With N = ``rule.most``, and e_1 ≥ e_2 ≥ … when the sittings that count leave it,
    there is room from e_N on, for fewer than N are left then; and the earliest moment is the latest at which
    an obstacle ends. What is over never stands in the way again, so that the person may sit from then on.
    Sittings after ``at`` have not been taken yet and change nothing.

    Raises
    ------
    InputError : every fault: a time without a zone, ids that stand there twice, members that are no attempts.
    """
    problems: list[Problem] = []
    with gathering(problems):
        instant(at)
    known = in_order(history, problems=problems)
    now = instant(at)
    taken = [attempt for attempt in known if attempt.moment <= now]
    ahead = [one for one in _obstacles(taken, rule, now) if one.until is None or instant(one.until) > now]
    ahead.sort(key=lambda one: (one.until is None, now if one.until is None else instant(one.until)))
    here = with_offset(now, place_of(at, rule.zone))
    return Retake(
        allowed=not ahead,
        earliest=ahead[-1].until if ahead else here,
        obstacles=tuple(ahead),
        attempts_left=None if rule.most is None else max(rule.most - len(_in_window(taken, rule, now)), 0),
    )


def _obstacles(taken: Sequence[Attempt], rule: RetakeRule, now: datetime) -> Iterator[Obstacle]:
    """Every wait, over or not, and what the limit says."""
    for attempt in taken:
        wait = rule.wait_for(attempt.outcome)
        if wait is not None:
            reason: Reason = "cooling_off" if attempt.outcome in rule.wait_after else "wait"
            yield Obstacle(reason=reason, attempts=(attempt.id,), until=_over(attempt, wait, rule))
    inside = _in_window(taken, rule, now)
    if rule.most is None or len(inside) < rule.most:
        return
    names = tuple(attempt.id for attempt, _ in inside)
    leaving = sorted((leaves for _, leaves in inside if leaves is not None), key=instant)
    if rule.window is None:
        yield Obstacle(reason="attempts_used_up", attempts=names, until=None)
    else:
        yield Obstacle(reason="attempts_in_window", attempts=names, until=leaving[-rule.most])


def _in_window(
    taken: Sequence[Attempt], rule: RetakeRule, now: datetime
) -> list[tuple[Attempt, datetime | None]]:
    """The sittings that count now, each with the moment at which it does no longer; None for never."""
    counted = [attempt for attempt in taken if attempt.outcome in rule.counted]
    if rule.window is None:
        return [(attempt, None) for attempt in counted]
    leaving = [(attempt, _over(attempt, rule.window, rule)) for attempt in counted]
    return [(attempt, leaves) for attempt, leaves in leaving if instant(leaves) > now]


def _over(attempt: Attempt, period: Period, rule: RetakeRule) -> datetime:
    """When a period after the day of a sitting is over."""
    return over_on(attempt.taken_at, period, rule.zone, where=f"history[{attempt.id!r}].taken_at")
