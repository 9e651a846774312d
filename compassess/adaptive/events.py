"""What happened in a sitting, as frozen values.

Rules: (1) an event holds what happened (items presented, answers, times handed in) and no derived value;
θ is recomputed from it; the reason and the draw of a choice are told by the entry, because they are what a
board asks for first. (2) The format grows only by entries and keys that a sitting without the new thing
does not have, so that the log of such a sitting is what it always was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from compassess.adaptive.transitions import EventKind
from compassess.bank import Unanswered

__all__ = [
    "BREAK_OFFS",
    "CHOICES",
    "LOG_FORMAT",
    "SKIP_REASONS",
    "Answered",
    "Changed",
    "Event",
    "Finished",
    "ModuleDone",
    "OwnEvent",
    "Paused",
    "Presented",
    "Prior",
    "Resumed",
    "Returned",
    "Reviewing",
    "Skipped",
    "Started",
    "Switched",
    "Withdrawn",
]

LOG_FORMAT: Final = "compassess/log/1"

#: Why a pending item was left: by the examinee, by a limit of time on the item, by the hall's fault.
SKIP_REASONS: Final[tuple[Unanswered, ...]] = ("omitted", "timed_out", "technically_lost")
#: Why a sitting was broken off, and what becomes of the item that was on the screen.
BREAK_OFFS: Final[Mapping[str, Unanswered]] = MappingProxyType(
    {
        "broken_off": "not_reached",
        "time_is_up": "not_reached",
        "examinee_left": "not_reached",
        "technical": "technically_lost",
    }
)
#: What brought an item before the examinee: a minimum that was not reached yet, the criterion among items
#: that count, the blueprint's start, the rule for pilot items, the list for a hall without the engine.
CHOICES: Final = ("minimum", "criterion", "start", "pilot", "ahead", "module")
#: Mean and SD of blocks, as (block, mean, SD), from which items are chosen.
Prior = tuple[tuple[str, float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The header: what the sitting stands on.

    ``confirms`` is there in a second sitting only: the content hash of the log of the first, with whose
    posterior this sitting began and is concluded on. ``time_factor`` and ``prior`` are there where they were
    handed in: by what limits of time are multiplied, and the mean and SD of every block, by name, from
    which items are chosen. ``ineligible`` are items closed by the exposure control, by segment of θ, where it
    draws them from a record.
    """

    format: str
    engine: str
    bank: str
    blueprint: str
    bands: str
    strategies: tuple[str, ...]
    examinee: str | None
    seed: int
    language: str | None
    at: str | None
    confirms: str | None = None
    time_factor: float | None = None
    prior: Prior | None = None
    ineligible: tuple[tuple[str, ...], ...] | None = None

    @property
    def kind(self) -> EventKind:
        """Which event this is."""
        return EventKind.STARTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """An item was put before the examinee; ``step`` counts from 1.

    ``by`` tells what chose it, one of :data:`CHOICES`, and ``draw`` the number in [0, 1) that was at hand
    for it; both are None in logs from before they were kept.
    """

    step: int
    item: str
    at: str | None
    by: str | None = None
    draw: float | None = None

    @property
    def kind(self) -> EventKind:
        """Which event this is."""
        return EventKind.PRESENTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The answer: an option's id, or the scored category; ``elapsed`` in seconds."""

    step: int
    item: str
    response: str | int
    at: str | None
    elapsed: float | None

    @property
    def kind(self) -> EventKind:
        """Which event this is."""
        return EventKind.ANSWERED


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """The pending item was left without an answer, and why; ``elapsed`` in seconds."""

    step: int
    item: str
    reason: str
    at: str | None
    elapsed: float | None

    @property
    def kind(self) -> EventKind:
        """Which event this is."""
        return EventKind.SKIPPED


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """An item that was omitted before was answered after all."""

    step: int
    item: str
    response: str | int
    at: str | None
    elapsed: float | None

    @property
    def kind(self) -> EventKind:
        """Which event this is."""
        return EventKind.RETURNED


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The answer to an earlier item was replaced by another."""

    step: int
    item: str
    response: str | int
    at: str | None
    elapsed: float | None

    @property
    def kind(self) -> EventKind:
        """Which event this is."""
        return EventKind.CHANGED


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """An item was taken out of this sitting, and why, in the words of who did it."""

    item: str
    reason: str
    at: str | None

    @property
    def kind(self) -> EventKind:
        """Which event this is."""
        return EventKind.WITHDRAWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Switched:
    """Items presented from now on are shown in this language."""

    language: str
    at: str | None

    @property
    def kind(self) -> EventKind:
        """Which event this is."""
        return EventKind.SWITCHED


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    """The clock stands still from here."""

    at: str | None

    @property
    def kind(self) -> EventKind:
        """Which event this is."""
        return EventKind.PAUSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """The pause is over."""

    at: str | None

    @property
    def kind(self) -> EventKind:
        """Which event this is."""
        return EventKind.RESUMED


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleDone:
    """A module of a panel has no item left, and the examinee may look back before the next begins."""

    module: str
    at: str | None

    @property
    def kind(self) -> EventKind:
        """Which event this is."""
        return EventKind.MODULE_DONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewing:
    """The rules say the end, and the examinee may look back; ``reason`` is that of the end."""

    reason: str
    at: str | None

    @property
    def kind(self) -> EventKind:
        """Which event this is."""
        return EventKind.REVIEWING


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The end and its reason."""

    reason: str
    at: str | None

    @property
    def kind(self) -> EventKind:
        """Which event this is."""
        return EventKind.FINISHED


#: What the engine does of itself: an item, the end of a module, the end.
OwnEvent = Presented | ModuleDone | Reviewing | Finished
Event = (
    Started
    | Presented
    | Answered
    | Skipped
    | Returned
    | Changed
    | Withdrawn
    | Switched
    | Paused
    | Resumed
    | ModuleDone
    | Reviewing
    | Finished
)
