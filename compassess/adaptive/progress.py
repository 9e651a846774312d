"""How far sittings have come, in arrays: one row for a live sitting, many for a simulation."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.block_moments import BlockMoments
from compassess.adaptive.messages import Messages
from compassess.adaptive.pool import Pool

__all__ = ["Progress", "answer", "answered", "fresh", "going_on", "left", "without"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Progress:
    """The state of n sittings.

    Attributes
    ----------
    log_likelihood : of the answers so far, by carrier, (n, n_carriers, Q).
    open_items : items that may still be presented, (n, n_items).
    n_open : how many those are, by competency, (n, n_competencies).
    by_competency : items so far that count for the blueprint, (n, n_competencies).
    length : items so far that count, (n,): those presented without the technically lost ones.
    presented : items presented so far, (n,).
    seconds : time spent on items so far, as far as it was handed in, (n,).
    counted : which items those of ``length`` are, (n, n_items); (n, 0) where nobody asks.
    elapsed : seconds since the start by the times handed in, (n,); 0 where none were.
    last_row : row of the table of log-probabilities of each block's last scored item, (n, n_blocks); −1
        before there is one.
    ineligible : items closed to the sitting by an exposure control, by segment of θ, (n, n_segments,
        n_items); (n, 0, 0) where none closes any.
    last_item : the last item, −1 before the first, (n,).
    codes : the scored category of every answer, (n, n_items), 0 without one; (n, 0) where no rule asks.
    in_set : items of the last item's set that came in a row, (n,); ``sets_seen`` sets that were begun,
        (n, n_sets). Kept where sets come together.
    kept : what of the posteriors an answer leaves as it was; None where nothing is kept. It serves the
        array ``log_likelihood`` that it was made for, and no other.
    """

    log_likelihood: Floats
    open_items: NDArray[np.bool_]
    n_open: NDArray[np.int64]
    by_competency: NDArray[np.int64]
    length: NDArray[np.int64]
    presented: NDArray[np.int64]
    seconds: Floats
    counted: NDArray[np.bool_]
    elapsed: Floats
    last_row: NDArray[np.intp]
    ineligible: NDArray[np.bool_]
    last_item: NDArray[np.intp]
    codes: NDArray[np.int8]
    in_set: NDArray[np.int64]
    sets_seen: NDArray[np.bool_]
    kept: BlockMoments | Messages | None = None

    def select(self, rows: NDArray[np.intp]) -> Progress:
        """Some of the sittings."""
        log_likelihood = self.log_likelihood[rows]
        kept = self._own_kept()
        return Progress(
            log_likelihood=log_likelihood,
            open_items=self.open_items[rows],
            n_open=self.n_open[rows],
            by_competency=self.by_competency[rows],
            length=self.length[rows],
            presented=self.presented[rows],
            seconds=self.seconds[rows],
            counted=self.counted[rows],
            elapsed=self.elapsed[rows],
            last_row=self.last_row[rows],
            ineligible=self.ineligible[rows],
            last_item=self.last_item[rows],
            codes=self.codes[rows],
            in_set=self.in_set[rows],
            sets_seen=self.sets_seen[rows],
            kept=None if kept is None else kept.select(rows, log_likelihood),
        )

    def copy(self) -> Progress:
        """All of them, in arrays of their own."""
        log_likelihood = self.log_likelihood.copy()
        kept = self._own_kept()
        return Progress(
            log_likelihood=log_likelihood,
            open_items=self.open_items.copy(),
            n_open=self.n_open.copy(),
            by_competency=self.by_competency.copy(),
            length=self.length.copy(),
            presented=self.presented.copy(),
            seconds=self.seconds.copy(),
            counted=self.counted.copy(),
            elapsed=self.elapsed.copy(),
            last_row=self.last_row.copy(),
            ineligible=self.ineligible,
            last_item=self.last_item.copy(),
            codes=self.codes.copy(),
            in_set=self.in_set.copy(),
            sets_seen=self.sets_seen.copy(),
            kept=None if kept is None else kept.copy(log_likelihood),
        )

    def _own_kept(self) -> BlockMoments | Messages | None:
        return None if self.kept is None or self.kept.of is not self.log_likelihood else self.kept


def fresh(
    pool: Pool,
    available: NDArray[np.bool_],
    *,
    counting: bool = True,
    ineligible: NDArray[np.bool_] | None = None,
) -> Progress:
    """Sittings before their first item; ``available`` (n, n_items) tells each one's pool.

    Without ``counting`` it is not kept which items counted: only content constraints ask for it.
    ``ineligible`` (n, n_segments, n_items) are items that an exposure control closes.
    """
    n_sittings = available.shape[0]
    lattice = pool.lattice
    log_likelihood = np.zeros((n_sittings, lattice.n_carriers, lattice.grid.n_nodes))
    return Progress(
        log_likelihood=log_likelihood,
        open_items=available.copy(),
        n_open=_by_competency(pool, available),
        by_competency=np.zeros((n_sittings, lattice.population.n_competencies), dtype=np.int64),
        length=np.zeros(n_sittings, dtype=np.int64),
        presented=np.zeros(n_sittings, dtype=np.int64),
        seconds=np.zeros(n_sittings),
        counted=np.zeros(available.shape if counting else (n_sittings, 0), dtype=bool),
        elapsed=np.zeros(n_sittings),
        last_row=np.full((n_sittings, lattice.n_blocks), -1, dtype=np.intp),
        ineligible=np.zeros((n_sittings, 0, 0), dtype=bool) if ineligible is None else ineligible,
        last_item=np.full(n_sittings, -1, dtype=np.intp),
        codes=np.zeros(available.shape if pool.keeps_codes else (n_sittings, 0), dtype=np.int8),
        in_set=np.zeros(n_sittings, dtype=np.int64),
        sets_seen=np.zeros((n_sittings, 0 if pool.sets is None else pool.sets.n_sets), dtype=bool),
        kept=(Messages if lattice.has_layer else BlockMoments).fresh(lattice, log_likelihood),
    )


def going_on(pool: Pool, before: Progress, ineligible: NDArray[np.bool_] | None = None) -> Progress:
    """Second sittings before their first item: what was presented before is left out, nothing counts yet."""
    return fresh(pool, before.open_items, ineligible=ineligible)


def without(pool: Pool, progress: Progress, items: NDArray[np.intp]) -> Progress:
    """The same sittings, in which ``items``, places in the pool, are not presented (any more)."""
    open_items = progress.open_items.copy()
    open_items[:, items] = False
    return replace(progress, open_items=open_items, n_open=_by_competency(pool, open_items))


def answered(
    pool: Pool,
    progress: Progress,
    items: NDArray[np.intp],
    codes: NDArray[np.integer],
    seconds: float | Floats = 0.0,
) -> Progress:
    """Every sitting of ``progress`` one answer further; the old value stays as it was."""
    after = progress.copy()
    answer(pool, after, items, codes, seconds)
    return after


def answer(
    pool: Pool,
    progress: Progress,
    items: NDArray[np.intp],
    codes: NDArray[np.integer],
    seconds: float | Floats = 0.0,
    rows: NDArray[np.intp] | None = None,
) -> None:
    """The same in place, for who made ``progress`` and is alone in having it; of some ``rows`` only."""
    row, carrier = pool.row_of[items, codes], pool.carrier[items]
    kept = progress._own_kept()
    if len(progress.length) == 1 and len(items) == 1:
        # A live sitting: plain numbers find their places ten times as fast as arrays of one.
        _answer(pool, progress, int(items[0]), int(row[0]), 0, 0, seconds)
    elif rows is None:
        _answer(pool, progress, items, row, np.arange(len(items)), slice(None), seconds)
    else:
        _answer(pool, progress, items, row, rows, rows, seconds)
    these = slice(None) if rows is None else rows
    if pool.sets is not None:
        pool.sets.follow(progress, items, np.arange(len(items)) if rows is None else rows)
    if progress.codes.size:
        progress.codes[np.arange(len(items)) if rows is None else rows, items] = codes
    progress.last_item[these] = items
    if kept is not None:
        kept.heard(rows, carrier, pool.probability.take(row, axis=0))


def _answer(
    pool: Pool,
    progress: Progress,
    items: int | NDArray[np.intp],
    row: int | NDArray[np.intp],
    rows: int | NDArray[np.intp],
    these: int | slice | NDArray[np.intp],
    seconds: float | Floats,
) -> None:
    """``rows`` and ``these`` are the same sittings; what is not looked up by item goes by the quicker one."""
    competency, told = pool.competency[items], pool.measurement.table.take(row, axis=0)
    if progress.log_likelihood.shape[1] == 1:
        progress.log_likelihood[these, 0] += told
    else:
        progress.log_likelihood[rows, pool.carrier[items]] += told
    progress.last_row[rows, pool.block[items]] = row
    progress.n_open[rows, competency] -= progress.open_items[rows, items]
    progress.open_items[rows, items] = False
    progress.by_competency[rows, competency] += 1
    progress.length[these] += 1
    progress.presented[these] += 1
    progress.seconds[these] += seconds
    if progress.counted.size:
        progress.counted[rows, items] = True


def left(
    pool: Pool,
    progress: Progress,
    items: NDArray[np.intp],
    *,
    scores: bool,
    counts: bool,
    seconds: float | Floats = 0.0,
) -> Progress:
    """Every sitting one item further that was not answered.

    It ``scores`` its lowest category or adds no evidence, and ``counts`` for coverage and length or not;
    either way it is never presented again.
    """
    after = answered(pool, progress, items, pool.lowest[items], seconds)
    return replace(
        after,
        log_likelihood=after.log_likelihood if scores else progress.log_likelihood,
        last_row=after.last_row if scores else progress.last_row,
        kept=after.kept if scores else progress.kept,
        by_competency=after.by_competency if counts else progress.by_competency,
        length=after.length if counts else progress.length,
        codes=after.codes if scores else progress.codes,
        in_set=after.in_set if counts else after.in_set - 1,
        counted=after.counted if counts else progress.counted,
    )


def _by_competency(pool: Pool, flags: NDArray[np.bool_]) -> NDArray[np.int64]:
    """How many flags (n, n_items) are set in each competency, (n, n_competencies)."""
    counts = np.zeros((len(flags), pool.lattice.population.n_competencies), dtype=np.int64)
    for competency in range(counts.shape[1]):
        counts[:, competency] = flags[:, pool.competency == competency].sum(axis=1)
    return counts
