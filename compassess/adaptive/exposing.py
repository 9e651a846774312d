"""An exposure record and a sitting: what is closed at its start, and what it adds at its end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.exposure import ExposureRecord, PreparedFromRecord, SittingExposure
from compassess.adaptive.exposure.counts import Counts
from compassess.adaptive.plan import Plan
from compassess.errors import InputError, Problem

if TYPE_CHECKING:
    from compassess.adaptive.assessment import Assessment
    from compassess.adaptive.sitting import Sitting
    from compassess.adaptive.snapshot import Snapshot

__all__ = ["closed_by", "drawn_ineligible", "exposure_of", "record_of_logs"]

Ineligible = tuple[tuple[str, ...], ...]


def drawn_ineligible(plan: Plan, record: ExposureRecord | None, seed: int) -> Ineligible | None:
    """The items closed to a sitting that begins now, by segment; None where the control closes none.

    Raises
    ------
    InputError : a record that the control lacks, has no use for, or that counts other segments.
    """
    control = plan.holding
    if not isinstance(control, PreparedFromRecord):
        if record is not None:
            raise _unwanted()
        return None
    if record is None:
        raise InputError(
            Problem(
                where="exposure",
                what="the blueprint's exposure control draws from a record",
                got="None",
                remedy="Hand in the server's ExposureRecord(), at first an empty one.",
            )
        )
    if record.edges != control.segments.edges:
        raise InputError(
            Problem(
                where="exposure",
                what="the record counts other segments of θ than the exposure control",
                got=f"edges {list(record.edges)}",
                expected=f"edges {list(control.segments.edges)}",
            )
        )
    ids = plan.pool.ids
    closed = control.drawn(record.counts(ids), np.array([seed], dtype=np.uint64))[0]
    return tuple(tuple(ids[place] for place in np.flatnonzero(one)) for one in closed)


def closed_by(ineligible: Ineligible | None, places: Mapping[str, int]) -> NDArray[np.bool_] | None:
    """The same as flags, (1, n_segments, n_items); items that the bank has no more are left out."""
    if ineligible is None:
        return None
    closed = np.zeros((1, len(ineligible), len(places)), dtype=bool)
    for segment, names in enumerate(ineligible):
        closed[0, segment, [places[name] for name in names if name in places]] = True
    return closed


def exposure_of(sitting: Sitting, snapshot: Snapshot) -> SittingExposure:
    """What a finished sitting adds to a record; InputError where its control draws from none."""
    control, closed = sitting.plan.holding, sitting.ineligible
    if not isinstance(control, PreparedFromRecord) or closed is None:
        raise _unwanted()
    presented = np.zeros((1, sitting.plan.n_items), dtype=bool)
    presented[0, [sitting.places[one.item] for one in snapshot.presented if one.item in sitting.places]] = (
        True
    )
    return SittingExposure(
        items=sitting.plan.pool.ids,
        edges=control.segments.edges,
        counts=Counts.of(control.segments, closed, presented, snapshot.now.block_theta),
    )


def record_of_logs(
    assessment: Assessment,
    logs: Iterable[Sequence[dict[str, Any]]],
    edges: Sequence[float] = (),
) -> ExposureRecord:
    """The record of finished sittings from their logs, for a server that lost its own.

    Raises
    ------
    ReplayMismatch, OutOfTurn : a log of other files, or of a sitting that goes on; nothing is returned then.
    """
    from compassess.adaptive.session import Session

    record = ExposureRecord(edges)
    for log in logs:
        record.add(Session.replay(assessment, log).exposure())
    return record


def _unwanted() -> InputError:
    return InputError(
        Problem(
            where="exposure",
            what="the blueprint's exposure control draws from no record",
            remedy="Leave it out, or choose item_eligibility or restricted_rate in the blueprint.",
        )
    )
