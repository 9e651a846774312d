"""What is wrong with an item's data, told before and after the fit; the rest goes on.

Rule: an item has one status, the most serious that applies, in the order of :data:`STATUSES`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["NOT_ESTIMATED", "STATUSES", "screened", "used_category_map", "with_company", "with_slopes"]

Counts = NDArray[np.int64]

#: Every status with what it means and what to do, the most serious first.
STATUSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "no_answers": "nobody answered it; it has no parameters. Collect answers or drop it.",
        "one_category": "all answers are the same; it has no parameters. Drop it, or look at its key.",
        "too_few_answers": "fewer than 20 answers; it has no parameters. Collect more.",
        "check_key": "the slope is negative: the better people answer lower. Look at its key or its coding.",
        "fixed": "kept at the parameters that it came with.",
        "extreme_slope": "the slope is beyond 6: the data hardly bound it. Look for a near-duplicate item.",
        "alone_in_block": "the only item of its block: its slope cannot be told from the block. Add items.",
        "unused_category": "a category never occurred; it counts as one with the next lower one that did.",
        "few_answers": "fewer than 200 answers; the parameters are rough.",
        "sparse_category": "a category has fewer than 20 answers; its threshold is rough.",
        "ok": "nothing found.",
    }
)
NOT_ESTIMATED: Final = frozenset({"no_answers", "one_category", "too_few_answers"})

_MINIMUM_ANSWERS: Final = 20  # fewer leave a slope an error of about its own size
_FEW_ANSWERS: Final = 200  # fewer leave thresholds of fair items errors of .15 and more
_SPARSE_CATEGORY: Final = 20  # fewer leave its threshold an error of some .2
_EXTREME_SLOPE: Final = 6.0  # real items stay under 4; beyond 6 the likelihood is nearly flat in the slope


def screened(counts: Counts, n_categories: NDArray[np.intp]) -> tuple[str, ...]:
    """The status of each item from its answers, (n_items,); ``counts`` is (n_items, max K)."""
    return tuple(_status(row[:k]) for row, k in zip(counts, n_categories.tolist(), strict=True))


def _status(counts: Counts) -> str:
    n_answers = int(counts.sum())
    used = counts[counts > 0]
    if n_answers == 0:
        return "no_answers"
    if used.size == 1:
        return "one_category"
    if n_answers < _MINIMUM_ANSWERS:
        return "too_few_answers"
    if used.size < counts.size:
        return "unused_category"
    if n_answers < _FEW_ANSWERS:
        return "few_answers"
    return "sparse_category" if used.min() < _SPARSE_CATEGORY else "ok"


def with_slopes(status: tuple[str, ...], slopes: NDArray[np.float64]) -> tuple[str, ...]:
    """The same statuses, overruled where the fitted slope is worse news."""
    result = []
    for name, slope in zip(status, slopes.tolist(), strict=True):
        if name == "fixed":
            result.append(name)  # whoever fixed it knows
        elif name not in NOT_ESTIMATED and slope < 0:
            result.append("check_key")
        elif name not in NOT_ESTIMATED and slope > _EXTREME_SLOPE:
            result.append("extreme_slope")
        else:
            result.append(name)
    return tuple(result)


def with_company(
    status: tuple[str, ...], blocks: Sequence[str], fixed_slope: Sequence[bool]
) -> tuple[str, ...]:
    """The same statuses, overruled for items with a free slope that are the only estimated one of a block."""
    n_estimated = Counter(
        block for block, name in zip(blocks, status, strict=True) if name not in NOT_ESTIMATED
    )
    return tuple(
        "alone_in_block"
        if n_estimated[block] == 1 and name not in {*NOT_ESTIMATED, "fixed"} and not fixed
        else name
        for name, block, fixed in zip(status, blocks, fixed_slope, strict=True)
    )


def used_category_map(
    counts: Counts, n_categories: NDArray[np.intp], status: tuple[str, ...]
) -> NDArray[np.intp]:
    """The scored category of each code, (n_items, max K); −1 beyond the codes or where not estimated.

    A code that never occurred counts as the next lower code that did; below the lowest that did, as
    that one.
    """
    codes = np.arange(counts.shape[1])
    category = np.maximum((counts > 0).cumsum(axis=1) - 1, 0)
    category = np.where(codes < n_categories[:, None], category, -1)
    category[[name in NOT_ESTIMATED for name in status]] = -1
    return category.astype(np.intp)
