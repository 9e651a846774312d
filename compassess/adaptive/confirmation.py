"""A second sitting that confirms a first: what it takes over, and which first sittings it may follow.

Given θ the answers of both sittings are independent, so that their likelihoods multiply:

    p(θ | x₁, x₂) ∝ p(θ) P(x₁ | θ) P(x₂ | θ).

Rules: (1) no item is presented twice; (2) coverage, length and precision apply to the second sitting anew, to
its own answers, so that a confirmation is as thorough as what it confirms; (3) items are chosen, and
conclusions drawn, from both together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from compassess.adaptive.estimate import Estimate, estimate
from compassess.adaptive.events import BREAK_OFFS, Started
from compassess.adaptive.header import other_files
from compassess.adaptive.pool import Pool
from compassess.adaptive.progress import Progress
from compassess.bank.content_hash import content_hash
from compassess.errors import InputError, Problem, ReplayMismatch, raise_if_any
from compassess.scoring import Left

if TYPE_CHECKING:
    from compassess.adaptive.assessment import Assessment
    from compassess.adaptive.session import Session

    Confirmed: TypeAlias = "Session | Sequence[dict[str, Any]]"
    Replay: TypeAlias = Callable[[Assessment, Sequence[dict[str, Any]]], Session]

__all__ = ["First", "first_again", "first_of", "log_hash", "refuse_unconfirmable"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class First:
    """What a second sitting takes over from the first: its log by hash, its answers, what it presented.

    ``pilots`` are the pilot items among that.
    """

    log_hash: str
    examinee: str | None
    progress: Progress
    left: Left
    pilots: tuple[str, ...] = ()

    def together(self, pool: Pool, own: Progress) -> Estimate:
        """What the answers of both sittings say."""
        both = replace(own, log_likelihood=own.log_likelihood + self.progress.log_likelihood)
        return estimate(pool, both)

    def for_choosing(self, pool: Pool, own: Progress, now: Estimate) -> Estimate:
        """The estimate from both, with the errors of the second sitting's own answers for its stops."""
        return replace(now, block_se=estimate(pool, own).block_se)


def log_hash(log: Sequence[Mapping[str, Any]]) -> str:
    """The content hash of a log, the same before and after JSON."""
    return content_hash({"log": [dict(entry) for entry in log]})


def refuse_unconfirmable(
    assessment: Assessment, header: Started, stop_reason: str | None, examinee: str | None
) -> None:
    """InputError with every reason why this sitting cannot be confirmed by one of ``examinee`` here."""
    raise_if_any(list(_problems(assessment, header, stop_reason, examinee)))


def _problems(
    assessment: Assessment, header: Started, stop_reason: str | None, examinee: str | None
) -> Iterator[Problem]:
    if assessment.plan.panels is not None:
        yield Problem(
            where="confirms",
            what="a multistage test has no second sitting: its panels come in one piece",
            remedy="Hold the second sitting on an adaptive blueprint of the same bank, as one of its own",
        )
    for told in other_files(header, assessment):
        yield Problem(
            where="confirms",
            what="the first sitting stands on other files",
            got=told,
            remedy="Load the assessment on which it was held",
        )
    if examinee is not None and examinee != header.examinee:
        yield Problem(
            where="examinee",
            what="another examinee than that of the first sitting",
            got=repr(examinee),
            expected=repr(header.examinee),
        )
    if stop_reason is None:
        yield Problem(
            where="confirms",
            what="the first sitting is not finished",
            remedy="Replay its log and let it go on to its end",
        )
    elif stop_reason in BREAK_OFFS:
        yield Problem(
            where="confirms",
            what="the first sitting was broken off",
            got=repr(stop_reason),
            remedy="Begin a sitting of its own: a part of a sitting cannot be confirmed",
        )
    if header.confirms is not None:
        yield Problem(
            where="confirms",
            what="it is a second sitting itself, and combines two",
            remedy="Hand over the log of the first sitting",
        )


def first_of(assessment: Assessment, confirms: Confirmed, examinee: str | None, replay: Replay) -> First:
    """The sitting that is to be confirmed; InputError where it cannot be, with what to do."""
    try:
        first = replay(assessment, confirms) if isinstance(confirms, Sequence) else confirms
    except ReplayMismatch as error:
        what = "no log of a first sitting of this assessment"
        raise InputError(Problem(where="confirms", what=what, got=str(error))) from error
    refuse_unconfirmable(assessment, first.header, first.stop_reason, examinee)
    return first.as_first()


def first_again(
    assessment: Assessment, header: Started, confirms: Confirmed | None, replay: Replay
) -> First | None:
    """The first sitting of a log that is replayed; ReplayMismatch where the header names another."""
    if header.confirms is None and confirms is None:
        return None
    if confirms is None:
        raise ReplayMismatch(
            "log[0].confirms: this is a second sitting; "
            f"hand over the log of the first, {header.confirms}, as confirms"
        )
    log = confirms if isinstance(confirms, Sequence) else confirms.log
    if header.confirms != log_hash(log):
        raise ReplayMismatch(f"log[0].confirms: log {header.confirms!r}, but confirms is {log_hash(log)}")
    try:
        return first_of(assessment, confirms, header.examinee, replay)
    except InputError as error:
        raise ReplayMismatch(f"log[0].confirms: {error}") from error
