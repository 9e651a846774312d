"""compassess.scoring.reporting_scale: θ on the scale that people read."""

from __future__ import annotations

import banks
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compassess.scoring.reporting_scale import on_scale, scale_score

BANK = banks.one_block(3)
RULES = banks.bands(BANK)


@pytest.mark.parametrize(
    ("theta", "value"), [(0.0, 50.0), (1.0, 60.0), (-1.84, 31.6), (-9.0, 0.0), (9.0, 100.0), (0.126, 51.3)]
)
def test_a_linear_map_with_limits(theta: float, value: float) -> None:
    """mean + SD · θ, not beyond the ends of the scale, rounded to its decimals."""
    scale = RULES.to_dict()["scale"] | {"decimals": 1}
    assert on_scale(theta, banks.bands(BANK, scale=scale)) == value


def test_standard_error_and_percentile() -> None:
    """The standard error is on the same scale with one more decimal; the percentile is 100 Φ(θ)."""
    score = scale_score(1.0, 0.3333, RULES)
    assert (score.value, score.se, score.percentile) == (60.0, 3.3, 84.1)


@given(st.floats(-8, 8), st.floats(-8, 8))
def test_never_the_other_way_round(first: float, second: float) -> None:
    """A higher θ never has a lower score or percentile."""
    low, high = sorted((first, second))
    assert on_scale(low, RULES) <= on_scale(high, RULES)
    assert scale_score(low, 1, RULES).percentile <= scale_score(high, 1, RULES).percentile
