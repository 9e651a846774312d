"""Which of a person's results stands at some time, and what has become of the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from compassess.bank import ValidityRule
from compassess.bank.readonly import freeze
from compassess.errors import Problem, gathering
from compassess.scoring.attempts import Attempt, in_order
from compassess.scoring.local_days import with_offset
from compassess.scoring.times import instant
from compassess.scoring.validity import Status, Validity, validity

__all__ = ["CurrentResult", "current_result", "validities"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentResult:
    """The result that stands.

    Attributes
    ----------
    attempt : the sitting that it is of; None where no result stands.
    valid_until : its end by the rule, unless a later sitting comes first.
    days_left : on how many days it is still valid, today among them; 0 where none stands.
    statuses : what every sitting of the history is, by id.
    """

    attempt: Attempt | None
    valid_until: datetime | None
    days_left: int
    statuses: Mapping[str, Status]

    def __post_init__(self) -> None:
        freeze(self, statuses=self.statuses)


def validities(history: Sequence[Attempt], rule: ValidityRule) -> dict[str, Validity]:
    """When every sitting's result is valid, by id, from the first sitting to the last.

    Under "latest" a result ends at the next sitting whose outcome is among ``rule.replaced_by``, if that
    is before its own end. A sitting without a result is valid at no time.

    Raises
    ------
    InputError : every fault of the history with its place.
    """
    found: dict[str, Validity] = {}
    replaced_at: datetime | None = None
    for attempt in reversed(in_order(history)):
        own = validity(attempt.taken_at, rule, where=f"history[{attempt.id!r}].taken_at")
        if not attempt.has_result:
            own = replace(own, closes=own.opens, after="withheld")
        elif replaced_at is not None and replaced_at < instant(own.closes):
            own = replace(own, closes=with_offset(replaced_at, own.place), after="superseded")
        found[attempt.id] = own
        if rule.stands == "latest" and attempt.outcome in rule.replaced_by:
            replaced_at = attempt.moment
    return dict(reversed(found.items()))


def current_result(history: Sequence[Attempt], at: datetime | str, rule: ValidityRule) -> CurrentResult:
    """The result that stands at a time, such as that of a competition, out of a person's sittings.

    Under "latest" it is the one that is valid; where a later valid result does not replace it (its outcome is
    not among ``rule.replaced_by``) the earlier one stands until its end. Under "best" it is the valid one
    with the highest score, the later of equals. Sittings after ``at`` have not been taken yet and change
    nothing.

    The best of n equally able sittings is biased: with errors of SD σ, E[max] = θ + σ E[max of n standard
    normals], that is θ + 0.564 σ for two (σ / √π) and θ + 0.846 σ for three (3 σ / (2 √π)).

    Raises
    ------
    InputError : every fault: a time without a zone, ids that stand there twice, under "best" results without
        a score.

    Source
    ------
    H. A. David & H. N. Nagaraja (2003), Order Statistics, 3rd ed., Wiley, section 3.2: expected values of
    order statistics of normal samples.
    """
    problems: list[Problem] = []
    with gathering(problems):
        instant(at)
    if rule.stands == "best":
        problems += _unscored(history)
    known = {attempt.id: attempt for attempt in in_order(history, problems=problems)}
    spans = validities([one for one in known.values() if one.moment <= instant(at)], rule)
    statuses: dict[str, Status] = dict.fromkeys(known, "not_yet")
    statuses |= {name: span.status(at) for name, span in spans.items()}
    valid = [known[name] for name, status in statuses.items() if status == "valid"]
    if not valid:
        return CurrentResult(attempt=None, valid_until=None, days_left=0, statuses=statuses)
    standing = max(reversed(valid), key=_score) if rule.stands == "best" else valid[0]
    span = spans[standing.id]
    return CurrentResult(
        attempt=standing, valid_until=span.closes, days_left=span.days_left(at), statuses=statuses
    )


def _score(attempt: Attempt) -> float:
    assert attempt.score is not None, "results without a score were refused"
    return attempt.score


def _unscored(history: Sequence[Attempt]) -> list[Problem]:
    return [
        Problem(where=f"history[{index}].score", what="the best result counts, and this one has no score")
        for index, attempt in enumerate(history)
        if isinstance(attempt, Attempt) and attempt.has_result and attempt.score is None
    ]
