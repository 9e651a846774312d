"""Work on persons in chunks that fit the cache, on all cores, with sums in the order of the chunks.

Rule: results do not hang on scheduling. BLAS gets one thread while several of ours run, because
nested threads fight for the cores. Who calls for many passes over the persons in a row does so within a
:func:`crew`, whose threads are started once.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from functools import lru_cache, reduce
from itertools import pairwise
from threading import Lock
from typing import Final, TypeVar

from threadpoolctl import ThreadpoolController

__all__ = ["chunk_size", "crew", "even_size", "map_chunks"]

Result = TypeVar("Result")
_CACHE_BYTES: Final = 2**21  # a chunk's largest array should stay in the second-level cache
_SMALLEST: Final = 16
_LARGEST: Final = 4096  # beyond it a chunk gains nothing, and there should be several for every core
_AHEAD: Final = 1  # tasks for every core beyond the one that the caller waits for
_TASKS: Final = 32  # several for each of a hall server's cores, so that none waits long for the last one
_CREW: Final[ContextVar[ThreadPoolExecutor | None]] = ContextVar("crew", default=None)


def chunk_size(floats_per_person: int) -> int:
    """Persons in a chunk whose largest array holds ``floats_per_person`` float64 a person."""
    return min(max(_SMALLEST, _CACHE_BYTES // (8 * max(floats_per_person, 1))), _LARGEST)


def even_size(n_persons: int, most: int) -> int:
    """Persons in a chunk, ``most`` or fewer, so that every core has as many chunks as the others.

    It hangs on the machine: for work whose results do not hang on the chunks.
    """
    each = -(-n_persons // (most * _cores()))
    return max(-(-n_persons // max(each * _cores(), 1)), 1)


def map_chunks(
    work: Callable[[slice], Result],
    n_persons: int,
    size: int,
    combine: Callable[[Result, Result], Result] | None = None,
) -> Iterator[Result]:
    """``work(slice)`` for consecutive slices of the persons, results in order.

    ``work`` must not change what other chunks read. One chunk runs in the caller's thread. No more results
    wait for the caller than those of a few tasks for every core; with ``combine`` those of a task are put
    together, in order, before they wait.
    """
    starts = range(0, n_persons, size) or (0,)  # nobody is one empty chunk, so that shapes are kept
    slices = [slice(start, min(start + size, n_persons)) for start in starts]
    if len(slices) <= 1:
        yield from map(work, slices)
        return
    with crew() as pool:
        pending: deque[Future[list[Result]]] = deque()
        for some in _tasks(slices):
            pending.append(pool.submit(_each, work, some, combine))
            if len(pending) > _AHEAD * _cores():
                yield from pending.popleft().result()
        while pending:
            yield from pending.popleft().result()


def _each(
    work: Callable[[slice], Result],
    some: Sequence[slice],
    combine: Callable[[Result, Result], Result] | None,
) -> list[Result]:
    results = map(work, some)
    return list(results) if combine is None else [reduce(combine, results)]


def _tasks(slices: Sequence[slice]) -> Iterator[Sequence[slice]]:
    """Consecutive slices in so many tasks as keep cores busy: handing one over costs like a small chunk.

    How many there are hangs on the slices alone, so that sums do not hang on the machine.
    """
    n_tasks = min(_TASKS, len(slices))
    ends = [round(task * len(slices) / n_tasks) for task in range(n_tasks + 1)]
    for start, end in pairwise(ends):
        yield slices[start:end]


def _cores() -> int:
    return os.cpu_count() or 1


@contextmanager
def crew() -> Iterator[ThreadPoolExecutor]:
    """The threads that work on chunks, with BLAS at one thread meanwhile; within another crew, that one."""
    present = _CREW.get()
    if present is not None:
        yield present
        return
    with _one_blas_thread(), ThreadPoolExecutor(max_workers=_cores()) as pool:
        token = _CREW.set(pool)
        try:
            yield pool
        finally:
            _CREW.reset(token)


class _BlasLimit:
    """How many callers want BLAS at one thread now, and what restores it.

    The limit belongs to the whole process. Callers that overlap would restore each other's limit in
    the wrong order and leave it at one for good; so the first sets it and the last lifts it.
    """

    def __init__(self) -> None:
        self.lock = Lock()
        self.n_users = 0
        self.limiter: AbstractContextManager[object] | None = None


_LIMIT: Final = _BlasLimit()


@contextmanager
def _one_blas_thread() -> Iterator[None]:
    """BLAS at one thread while anybody is inside."""
    with _LIMIT.lock:
        if _LIMIT.n_users == 0:
            _LIMIT.limiter = _threadpools().limit(limits=1, user_api="blas")
            _LIMIT.limiter.__enter__()
        _LIMIT.n_users += 1
    try:
        yield
    finally:
        with _LIMIT.lock:
            _LIMIT.n_users -= 1
            if _LIMIT.n_users == 0 and _LIMIT.limiter is not None:
                _LIMIT.limiter.__exit__(None, None, None)
                _LIMIT.limiter = None


@lru_cache(maxsize=1)
def _threadpools() -> ThreadpoolController:
    """The loaded BLAS libraries; looked up once, because the look-up reads the process's maps."""
    return ThreadpoolController()
