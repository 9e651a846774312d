"""compassess.adaptive.draws: random numbers that hang on (seed, step) only."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2, chisquare

from compassess.adaptive.draws import checked_seed, uniform
from compassess.errors import InputError

# Draws are fixed numbers: a test of them passes or fails for ever, and 1e-3 is no error rate here.
LEVEL = 1e-3


@pytest.mark.parametrize(
    "draws",
    [
        uniform(np.arange(40_000), 0),
        uniform(np.arange(40_000), 29),
        uniform(7, np.arange(40_000)),
        uniform(np.arange(200)[:, None], np.arange(200)).ravel(),
        uniform(2**62 + np.arange(40_000), 3),
        uniform(np.arange(40_000) * 2**32, 1),
    ],
    ids=["seeds", "seeds, step 29", "steps", "both", "high seeds", "multiples of 2³²"],
)
def test_uniform(draws: np.ndarray) -> None:
    """Over seeds and over steps the draws are uniform on [0, 1), and neighbours are independent."""
    assert draws.min() >= 0
    assert draws.max() < 1
    assert chisquare(np.histogram(draws, bins=100, range=(0, 1))[0]).pvalue > LEVEL
    pairs = np.histogram2d(draws[:-1], draws[1:], bins=10, range=((0, 1), (0, 1)))[0].ravel()
    assert chisquare(pairs).pvalue > LEVEL


@given(st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1))
def test_one_draw_is_that_of_many(seed: int, step: int) -> None:
    """A live sitting, which draws one number, draws what a simulation draws for it among others."""
    among = uniform(np.array([seed, 5], dtype=np.uint64), np.array([step, 3], dtype=np.uint64))
    assert uniform(seed, step) == among[0]
    alone = uniform(np.array([seed], dtype=np.uint64), step)
    assert alone.shape == (1,)
    assert alone[0] == among[0]


def test_steps_of_neighbouring_seeds_do_not_repeat() -> None:
    """No seed's draws are another's shifted by some steps."""
    table = uniform(np.arange(100)[:, None], np.arange(100))
    assert np.unique(table).size == table.size


def test_every_bit_counts() -> None:
    """A change of one bit of the seed changes the draw as much as a new seed: mean distance 1/3."""
    bits = 2 ** np.arange(62)
    distance = np.abs(uniform(bits, 5) - uniform(0, 5))
    spread = np.abs(uniform(bits[:, None] ^ bits, np.arange(62)) - uniform(bits[:, None], np.arange(62)))
    assert distance.min() > 1e-4
    # 62² distances of two uniforms: mean 1/3, variance 1/18, to five standard errors.
    assert abs(spread.mean() - 1 / 3) < 5 * np.sqrt(1 / 18) / 62


@given(st.integers(0, 2**63 - 1), st.integers(0, 1000))
def test_scalars_and_arrays_agree(seed: int, step: int) -> None:
    """A draw is the same alone and among others, and the arguments broadcast."""
    alone = uniform(seed, step)
    seeds = np.array([0, seed, 2**63 - 1], dtype=np.uint64)
    table = uniform(seeds[:, None], np.array([step, step + 1]))
    assert table.shape == (3, 2)
    assert alone.shape == ()
    assert table[1, 0] == alone


MASK = 2**64 - 1
GOLDEN = 0x9E3779B97F4A7C15


def mixed(z: int) -> int:
    """SplitMix64's finaliser on Python's integers."""
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def test_splitmix64() -> None:
    """The generator is SplitMix64: its published first numbers of the seed 1234567, and the same draws."""
    first = [mixed((1234567 + k * GOLDEN) & MASK) for k in (1, 2, 3)]
    assert first == [6457827717110365317, 3203168211198807973, 9817491932198370423]  # rosettacode.org
    for seed, step in ((0, 0), (7, 0), (7, 1), (2**63 - 1, 29)):
        stream = mixed((seed + GOLDEN) & MASK)
        expected = (mixed((stream + step * GOLDEN) & MASK) >> 11) * 2.0**-53
        assert float(uniform(seed, step)) == expected


def test_two_rows_of_a_sample_are_not_correlated() -> None:
    """The draws of successive steps of one seed are uncorrelated over seeds."""
    draws = uniform(np.arange(20_000)[:, None], np.arange(5))
    correlation = np.corrcoef(draws.T)[np.triu_indices(5, 1)]
    assert 20_000 * (correlation**2).sum() < chi2.isf(LEVEL, 10)


@pytest.mark.parametrize("seed", [-1, 2**63, 1.0, True, "7", None])
def test_no_seeds(seed: object) -> None:
    """A seed is an integer in [0, 2⁶³)."""
    with pytest.raises(InputError):
        checked_seed(seed)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", [0, 7, 2**63 - 1, np.int64(5), np.uint64(2**63 - 1)])
def test_seeds(seed: int) -> None:
    """Integers of NumPy are seeds as well, and become plain ones."""
    assert type(checked_seed(seed)) is int
    assert checked_seed(seed) == seed
