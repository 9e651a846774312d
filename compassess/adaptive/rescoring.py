"""Sittings scored again after a key was corrected, and whom that moves.

Rules: (1) items were presented as they were: nothing is chosen again; (2) the log holds what was chosen among
the options, not its score, so that the corrected key applies to it; (3) an item that the corrected bank does
not present any more is taken out, as one withdrawn in mid-test.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, overload

import numpy as np

from compassess.adaptive.assessment import Assessment
from compassess.adaptive.confirmation import First, log_hash
from compassess.adaptive.events import Event
from compassess.adaptive.log_reading import Log, events_of
from compassess.adaptive.outcome import conclusion_at
from compassess.adaptive.pending import scored_category
from compassess.adaptive.seen import Seen
from compassess.adaptive.session import Session
from compassess.adaptive.sitting import Sitting
from compassess.adaptive.snapshot import Snapshot
from compassess.adaptive.standing import Standing, standings
from compassess.adaptive.transitions import State, next_state
from compassess.bank import ItemBank
from compassess.errors import InputError, Problem, ReplayMismatch, raise_if_any
from compassess.responses import frame
from compassess.scoring import Conclusion

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Rescored", "Rescoring", "rescore"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescored:
    """One sitting before and after."""

    before: Conclusion
    after: Conclusion

    @property
    def moved(self) -> bool:
        """Whether another overall band is given, or none any more, or one where there was none."""
        return self.before.band != self.after.band

    @property
    def crossed(self) -> bool:
        """Whether θ lies on another side of a cut, whatever band is given."""
        return self._side(self.before) != self._side(self.after)

    @property
    def blocks_moved(self) -> dict[str, tuple[str, str]]:
        """Blocks of another band: the one before, the one after."""
        pairs = {name: (one.band, self.after.blocks[name].band) for name, one in self.before.blocks.items()}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}

    @property
    def risks_moved(self) -> dict[str, tuple[str, str]]:
        """Competencies of another risk zone: the one before, the one after."""
        old, new = self.before.competencies, self.after.competencies
        pairs = {name: (old[name].risk, new[name].risk) for name in old}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}

    @staticmethod
    def _side(conclusion: Conclusion) -> int:
        return int(np.searchsorted(conclusion.cuts, conclusion.theta + 1e-9, side="right"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescoring(Sequence[Rescored]):
    """Every sitting before and after, in the order of the logs."""

    results: tuple[Rescored, ...]

    def __len__(self) -> int:
        return len(self.results)

    @overload
    def __getitem__(self, index: int) -> Rescored: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Rescored, ...]: ...

    def __getitem__(self, index: int | slice) -> Rescored | tuple[Rescored, ...]:
        return self.results[index]

    @property
    def moved(self) -> tuple[Rescored, ...]:
        """Those of another overall band."""
        return tuple(one for one in self.results if one.moved)

    def to_frame(self) -> pd.DataFrame:
        """A row a log: θ, SE, band, items, flags before and after; who moved, and in which risk zones."""
        columns: dict[str, list[object]] = {"examinee": [one.before.examinee for one in self.results]}
        for name in ("theta", "se", "band", "n_items"):
            columns[f"{name}_before"] = [getattr(one.before, name) for one in self.results]
            columns[f"{name}_after"] = [getattr(one.after, name) for one in self.results]
        columns["moved"] = [one.moved for one in self.results]
        columns["crossed"] = [one.crossed for one in self.results]
        for name in ("blocks_moved", "risks_moved"):
            columns[name] = [_told(getattr(one, name)) for one in self.results]
        columns["flags_before"] = [" ".join(one.before.flags) for one in self.results]
        columns["flags_after"] = [" ".join(one.after.flags) for one in self.results]
        return frame(columns)


def rescore(logs: Sequence[Log], corrected: Assessment | ItemBank, *, original: Assessment) -> Rescoring:
    """Score sittings again under a corrected bank, and tell whom it moves across a cut.

    p(θ | x) ∝ p(θ) Π_i P(k_i(x_i) | θ), where k_i is the key of the corrected bank and the product runs over
    the items that were presented and that it still presents. Items without an answer score as the corrected
    assessment's policy says. Logs may belong to first and second sittings; the first is found among them.

    Parameters
    ----------
    logs : of sittings on ``original``, finished or not.
    corrected : another edition of the bank, of the same items and options; a bank alone goes with blueprint
        and bands of ``original``. An item that is not operational in it any more loses its evidence.
    original : on which the sittings were held; "before" is what they conclude there.

    Raises
    ------
    InputError : every log that is not of ``original``, or lacks its first sitting; every item or option of a
        log that the corrected bank does not have; another bank that does not fit blueprint and bands.
    """
    after = (
        Assessment.create(corrected, original.blueprint, original.bands, registry=original.registry)
        if isinstance(corrected, ItemBank)
        else corrected
    )
    firsts = {log_hash(log): log for log in logs}
    problems: list[Problem] = []
    found: list[Rescored] = []
    for index, log in enumerate(logs):
        own = list(_problems(log, after, original, firsts, f"logs[{index}]"))
        problems += own
        if not own:
            before = _replayed(log, original, firsts).conclude()
            found.append(Rescored(before=before, after=conclusion_at(*_again(log, after, firsts))))
    raise_if_any(problems)
    return Rescoring(results=tuple(found))


def _replayed(log: Log, original: Assessment, firsts: Mapping[str, Log]) -> Session:
    header, _ = events_of(log)
    first = None if header.confirms is None else [dict(entry) for entry in firsts[header.confirms]]
    return Session.replay(original, [dict(entry) for entry in log], confirms=first)


def _again(log: Log, after: Assessment, firsts: Mapping[str, Log]) -> tuple[Sitting, Snapshot]:
    """The sitting as it stands under the corrected bank."""
    header, events = events_of(log)
    first = None
    if header.confirms is not None:
        sitting, snapshot = _again(firsts[header.confirms], after, firsts)
        first = First(
            log_hash=header.confirms,
            examinee=header.examinee,
            progress=snapshot.progress,
            left=sitting.left(snapshot),
        )
    sitting = Sitting.of(after, header, first)
    standing = [one for one in standings(events).values() if one.pilot or one.item in sitting.places]
    seen = Seen.of(events)
    progress = sitting.evidence.anew(sitting.fresh_progress(), standing, seen.withdrawn)
    now = sitting.estimated(progress)
    return sitting, Snapshot(state=_state_after(events), events=events, seen=seen, progress=progress, now=now)


def _state_after(events: Sequence[Event]) -> State:
    state = State.NEW
    for event in events:
        state = next_state(state, event.kind)
    return state


def _problems(
    log: Log, after: Assessment, original: Assessment, firsts: Mapping[str, Log], where: str
) -> Iterator[Problem]:
    """Why this log cannot be scored again."""
    try:
        header, events = events_of(log)
        if header.confirms is not None and header.confirms not in firsts:
            what = "a second sitting without its first"
            yield Problem(where=where, what=what, remedy="Hand over the log of the first sitting as well.")
            return
        _replayed(log, original, firsts)
    except ReplayMismatch as error:
        yield Problem(where=where, what="no log of the original assessment", got=str(error))
        return
    for one in standings(events).values():
        yield from _misfits(one, after.bank, where)


def _misfits(one: Standing, bank: ItemBank, where: str) -> Iterator[Problem]:
    try:
        item = bank.item(one.item)
        if one.response is not None:
            scored_category(item, one.response)
    except InputError as error:
        for problem in error.problems:
            yield replace(problem, where=f"{where}, {problem.where}")


def _told(pairs: Mapping[str, tuple[str, str]]) -> str:
    return "; ".join(f"{name}: {old} → {new}" for name, (old, new) in pairs.items())
