"""How often items were presented so far: kept outside the bank, by all sittings of a server together."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.exposure.counts import Counts
from compassess.adaptive.exposure.segments import edge_problems
from compassess.bank.files import read, write
from compassess.errors import InputError, Problem, raise_if_any

__all__ = ["ExposureRecord", "SittingExposure"]

_FORMAT: Final = "compassess/exposure/1"
_FILE: Final = "exposure.json"
_NAMES: Final = ("sittings", "eligible", "presented")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SittingExposure:
    """What one finished sitting adds to a record: its items, the edges of segments, the counts."""

    items: tuple[str, ...]
    edges: tuple[float, ...]
    counts: Counts


class ExposureRecord:
    """Counts by item and segment of θ; every method may be called from several threads at once.

    Parameters
    ----------
    edges : where segments of θ meet, as in the blueprint's exposure control.

    Several servers keep a record each, which :meth:`merge` puts together. A sitting is counted once, when it
    is over; sittings that go on do not count yet, so that with many at once a limit is kept a little later.
    """

    def __init__(self, edges: Sequence[float] = ()) -> None:
        raise_if_any(edge_problems(list(edges)))
        self.edges = tuple(map(float, edges))
        self._lock = Lock()
        self._counts: dict[str, NDArray[np.int64]] = {}

    @property
    def n_segments(self) -> int:
        """One more than there are edges."""
        return len(self.edges) + 1

    def counts(self, items: Sequence[str]) -> Counts:
        """Those of some items, in their order; 0 for items that no sitting has met."""
        nothing = np.zeros((len(_NAMES), self.n_segments), dtype=np.int64)
        with self._lock:
            every = np.array([self._counts.get(name, nothing) for name in items], dtype=np.int64)
        by_kind = np.moveaxis(every.reshape(len(items), len(_NAMES), self.n_segments), 0, 2)
        return Counts(**dict(zip(_NAMES, by_kind, strict=True)))

    def add(self, sitting: SittingExposure) -> None:
        """Count a sitting (:meth:`compassess.Session.exposure`) that is over.

        Raises
        ------
        InputError : its control has other segments.
        """
        self._refuse_other(sitting.edges, "sitting")
        table = np.stack([getattr(sitting.counts, name) for name in _NAMES])
        self._add({name: table[:, :, place] for place, name in enumerate(sitting.items)})

    def merge(self, other: ExposureRecord) -> None:
        """Add what another record counted; the other stays as it is.

        Raises
        ------
        InputError : the other has other segments, or is this one.
        """
        if other is self:
            raise InputError(Problem(where="other", what="a record is not merged with itself"))
        self._refuse_other(other.edges, "other")
        with other._lock:
            theirs = {name: counts.copy() for name, counts in other._counts.items()}
        self._add(theirs)

    def rates(self) -> dict[str, tuple[float, ...]]:
        """Share of the sittings of every segment that presented each item; NaN where there were none."""
        with self._lock:
            own = {name: counts.copy() for name, counts in self._counts.items()}
        return {
            name: tuple(float(p) / n if n else float("nan") for n, p in zip(one[0], one[2], strict=True))
            for name, one in own.items()
        }

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        with self._lock:
            items = {name: dict(zip(_NAMES, one.tolist(), strict=True)) for name, one in self._counts.items()}
        return {"format": _FORMAT, "edges": list(self.edges), "items": items}

    @classmethod
    def from_dict(cls, content: object) -> ExposureRecord:
        """The record that this content describes.

        Raises
        ------
        InputError : every fault with its place.
        """
        if not isinstance(content, Mapping) or content.get("format") != _FORMAT:
            told = content.get("format") if isinstance(content, Mapping) else type(content).__name__
            raise InputError(
                Problem(where="format", what="no exposure record", got=repr(told), expected=repr(_FORMAT))
            )
        edges, items = content.get("edges"), content.get("items")
        raise_if_any(edge_problems(edges))
        assert isinstance(edges, list | tuple)
        record = cls(edges)
        if not isinstance(items, Mapping):
            raise InputError(Problem(where="items", what="not counts by item", got=repr(items)))
        raise_if_any([one for name, entry in items.items() for one in _problems(name, entry, len(edges) + 1)])
        record._counts = {
            str(name): np.array([entry[kind] for kind in _NAMES], dtype=np.int64)
            for name, entry in items.items()
        }
        return record

    @classmethod
    def load(cls, source: str | os.PathLike[str]) -> ExposureRecord:
        """From a file, or from ``exposure.json`` in a folder, by its ``pathlib.Path``.

        Raises
        ------
        InputError : every fault of the file with its place.
        """
        return read(Path(source), _FILE, cls.from_dict)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write ``exposure.json`` into a folder, or a ``.json`` file; never half of it."""
        return write(path, _FILE, self.to_dict())

    def _add(self, more: Mapping[str, NDArray[np.int64]]) -> None:
        with self._lock:
            for name, counts in more.items():
                self._counts[name] = self._counts[name] + counts if name in self._counts else counts.copy()

    def _refuse_other(self, edges: tuple[float, ...], where: str) -> None:
        if edges != self.edges:
            raise InputError(
                Problem(
                    where=where,
                    what="it counts other segments of θ than this record",
                    got=f"edges {list(edges)}",
                    expected=f"edges {list(self.edges)}",
                    remedy="Begin a record with the edges of the blueprint's exposure control.",
                )
            )


def _problems(name: object, entry: object, n_segments: int) -> list[Problem]:
    """What is wrong with an item's counts: whole numbers, presented ≤ sittings ≥ eligible."""
    where = f"items.{name}"
    if not isinstance(entry, Mapping) or sorted(map(str, entry)) != sorted(_NAMES):
        return [Problem(where=where, what="not counts", got=repr(entry), expected=", ".join(_NAMES))]
    problems = [
        Problem(
            where=f"{where}.{kind}",
            what="not a count for each segment",
            got=repr(entry[kind]),
            expected=f"{n_segments} whole numbers, 0 or more",
        )
        for kind in _NAMES
        if not _are_counts(entry[kind], n_segments)
    ]
    if problems:
        return problems
    return [
        Problem(
            where=f"{where}.{kind}",
            what="more than there were sittings",
            got=repr(entry[kind]),
            expected=f"at most {entry['sittings']}",
        )
        for kind in ("eligible", "presented")
        if any(part > whole for part, whole in zip(entry[kind], entry["sittings"], strict=True))
    ]


def _are_counts(values: object, n: int) -> bool:
    if not isinstance(values, list | tuple) or len(values) != n:
        return False
    return all(isinstance(one, int) and not isinstance(one, bool) and 0 <= one < 2**62 for one in values)
