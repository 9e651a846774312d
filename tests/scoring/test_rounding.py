"""compassess.scoring.rounding: halves, last bits, and what cannot be rounded."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from compassess.scoring.rounding import rounded, whole_steps


def test_halves_go_to_the_even_number() -> None:
    """Whether a half is exact or a few bits off; what is a millionth off is none."""
    steps = [0.5, 1.5, 2.5, np.nextafter(2.5, 3), np.nextafter(1.5, 0), 2.5 + 1e-6, 1.5 - 1e-6, -0.5, -1.5]
    assert whole_steps(steps).tolist() == [0, 2, 2, 2, 2, 3, 1, 0, -2]


def test_what_is_not_finite_stays() -> None:
    """An infinite error or NaN passes through without a warning."""
    np.testing.assert_array_equal(rounded([np.inf, -np.inf, np.nan], 1), [np.inf, -np.inf, np.nan])


@given(st.integers(-(10**8), 10**8), st.integers(0, 4), st.integers(0, 4))
def test_decimals_are_rounded_as_they_are_read(whole: int, places: int, decimals: int) -> None:
    """A decimal number is rounded as decimal arithmetic rounds it, half to even, though floats cannot hold it."""
    number = Decimal(whole).scaleb(-places)
    expected = number.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)
    assert rounded(float(number), decimals) == float(expected)
