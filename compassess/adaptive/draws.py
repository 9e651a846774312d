"""Random numbers that hang on (seed, step) only, for one sitting or for many at once.

Rule: no generator with a state lives in a sitting, so that a draw can be repeated from the log.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import InputError, Problem

__all__ = ["checked_seed", "substream", "uniform"]

_SEEDS: Final = 2**63

_SUBSTREAMS: Final = 2**62  # beyond every step of a sitting

_GAMMA: Final = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio, odd
_MIX_1: Final = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2: Final = np.uint64(0x94D049BB133111EB)
_GAMMA_ONE: Final = int(_GAMMA)
_MIX_ONE: Final = (int(_MIX_1), int(_MIX_2))
_MASK: Final = 2**64 - 1


def uniform(seed: ArrayLike, step: ArrayLike) -> NDArray[np.float64]:
    """A number in [0, 1) for every (seed, step): SplitMix64 of the seed, stepped, mixed again.

    ``seed`` and ``step`` are non-negative integers below 2⁶³ and broadcast.

    References
    ----------
    Steele, Lea & Flood (2014), Fast splittable pseudorandom number generators, OOPSLA.
    """
    seeds, steps = np.asarray(seed, dtype=np.uint64), np.asarray(step, dtype=np.uint64)
    if seeds.size == 1 and steps.size == 1:  # a live sitting: plain integers are ten times as fast
        bits_of_one = _mixed_one(_mixed_one(seeds.item() + _GAMMA_ONE) + steps.item() * _GAMMA_ONE) >> 11
        return np.array(bits_of_one * 2.0**-53, ndmin=max(seeds.ndim, steps.ndim))
    with np.errstate(over="ignore"):
        stream = _mixed(seeds + _GAMMA)
        bits = _mixed(stream + steps * _GAMMA)
    return np.asarray((bits >> np.uint64(11)) * 2.0**-53)


def substream(seed: ArrayLike, number: int) -> NDArray[np.uint64]:
    """The seeds of another stream of the same sittings, one for every ``number`` below 2⁶²."""
    return np.asarray(uniform(seed, _SUBSTREAMS + number) * 2.0**53).astype(np.uint64)


def checked_seed(seed: int) -> int:
    """``seed`` as a plain int; InputError where it is none in [0, 2⁶³)."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed < _SEEDS:
        raise InputError(
            Problem(
                where="seed", what="not a seed", got=repr(seed), expected="an integer, 0 or more, below 2**63"
            )
        )
    return int(seed)


def _mixed_one(z: int) -> int:
    """:func:`_mixed` of one integer, modulo 2⁶⁴."""
    z &= _MASK
    z = ((z ^ (z >> 30)) * _MIX_ONE[0]) & _MASK
    z = ((z ^ (z >> 27)) * _MIX_ONE[1]) & _MASK
    return z ^ (z >> 31)


def _mixed(z: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser: every input bit reaches every output bit."""
    z = (z ^ (z >> np.uint64(30))) * _MIX_1
    z = (z ^ (z >> np.uint64(27))) * _MIX_2
    return np.asarray(z ^ (z >> np.uint64(31)))
