"""compassess.scoring.reporting_scale: θ on the scale that people read."""

from __future__ import annotations

from typing import Any

import banks
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm as normal

from compassess.bank import Norm, Scale
from compassess.scoring import ScoreMap, composite_map
from compassess.scoring.percentiles import percentile_spread, table_rank, table_spread

BANK = banks.one_block(3)
RULES = banks.bands(BANK)
TABLE = Norm(mean=0.2, standard_deviation=0.9, theta=(-1.0, 0.0, 0.5, 2.0), below=(0.1, 0.4, 0.7, 0.95))
NORM = Norm(mean=0.5, standard_deviation=0.8)
SCALES = (
    RULES.scale,
    Scale.t(),
    Scale.sten(),
    Scale.percentile(),
    Scale.percentile(decimals=2),
    Scale.zero_to_hundred(),
    Scale.zero_to_hundred(lowest=-4, highest=2, decimals=1),
)


@pytest.mark.parametrize(
    ("theta", "value"), [(0.0, 50.0), (1.0, 60.0), (-1.84, 31.6), (-9.0, 0.0), (9.0, 100.0), (0.126, 51.3)]
)
def test_a_linear_map_with_limits(theta: float, value: float) -> None:
    """mean + SD · θ, not beyond the ends of the scale, rounded to its decimals."""
    scale = RULES.to_dict()["scale"] | {"decimals": 1}
    assert composite_map(banks.bands(BANK, scale=scale)).reported(theta) == value


@pytest.mark.parametrize(
    ("scale", "theta", "value"),
    [
        (Scale.t(), 1.23, 62.0),
        (Scale.t(), -4.0, 20.0),
        (Scale.sten(), 0.0, 6.0),  # 5.5 rounds to the even digit
        (Scale.sten(), 1.2, 8.0),
        (Scale.sten(), -3.0, 1.0),
        (Scale.percentile(), 1.0, 84.0),
        (Scale.percentile(), -5.0, 1.0),
        (Scale.zero_to_hundred(), -3.0, 0.0),
        (Scale.zero_to_hundred(), 0.6, 60.0),
        (Scale.zero_to_hundred(lowest=-4, highest=2), 0.5, 75.0),
    ],
)
def test_each_kind_of_scale(scale: Scale, theta: float, value: float) -> None:
    """By hand: 50 + 10 z, 5.5 + 2 z, 100 Φ(z), 100 (z − lowest) / (highest − lowest)."""
    assert ScoreMap.one(scale).reported(theta) == value


def test_norms_come_first() -> None:
    """With norms z = (θ − mean) / SD stands where θ stood: in scores, errors and percentiles."""
    scores = ScoreMap.one(Scale.t(decimals=2), NORM)
    assert scores.reported(0.9) == 55.0
    assert scores.reported_se(0.9, 0.4) == 5.0
    assert scores.reported_percentile(0.9) == pytest.approx(100 * normal.cdf(0.5), abs=0.05)


def test_standard_error_and_percentile() -> None:
    """The standard error is on the same scale with one more decimal; the percentile is 100 Φ(θ)."""
    (score,) = composite_map(RULES).scale_scores(1.0, 0.3333)
    assert (score.value, score.se, score.percentile) == (60.0, 3.3, 84.1)


def test_the_error_of_a_percentile_is_its_spread() -> None:
    """Relative to the norms, and by their table where there is one."""
    assert ScoreMap.one(Scale.percentile(), NORM).se(0.9, 0.4) == pytest.approx(percentile_spread(0.5, 0.5))
    tabled = ScoreMap.one(Scale.percentile(), TABLE)
    assert tabled.se(0.9, 0.4) == table_spread(0.9, 0.4, TABLE)
    assert tabled.score(0.9) == tabled.percentile(0.9) == table_rank(0.9, TABLE)


def test_a_table_is_for_ranks_alone() -> None:
    """A linear scale takes mean and SD of a norm that has a table too."""
    assert ScoreMap.one(Scale.t(decimals=3), TABLE).reported(1.1) == 60.0


def test_several_dimensions_side_by_side() -> None:
    """Each dimension has its own norm; the map of all is the maps of each."""
    norms = (None, NORM, TABLE)
    rng = np.random.default_rng(4)
    theta, se = rng.normal(size=(7, 3)), rng.uniform(0.2, 0.6, size=(7, 3))
    for scale in SCALES:
        together = ScoreMap.each(scale, norms)
        for place, norm in enumerate(norms):
            alone = ScoreMap.one(scale, norm)
            for method in ("reported", "percentile", "score", "limited"):
                column = getattr(together, method)(theta)[:, place]
                assert np.array_equal(column, getattr(alone, method)(theta[:, place])), method
            assert together.se(theta, se)[:, place] == pytest.approx(alone.se(theta[:, place], se[:, place]))
        told = together.scale_scores(theta[0], se[0])
        assert [one.value for one in told] == together.reported(theta)[0].tolist()


@pytest.mark.parametrize("scale", SCALES, ids=lambda scale: scale.kind)
@pytest.mark.parametrize("norm", [None, NORM, TABLE], ids=["no norms", "normal", "table"])
@given(pair=st.tuples(st.floats(-8, 8), st.floats(-8, 8)))
def test_never_the_other_way_round(pair: tuple[float, float], scale: Scale, norm: Norm | None) -> None:
    """A higher θ never has a lower score or percentile, and no score lies beyond LOSS and HOSS."""
    scores = ScoreMap.one(scale, norm)
    low, high = scores.reported(sorted(pair))
    assert scale.minimum <= low <= high <= scale.maximum
    below, above = scores.reported_percentile(sorted(pair))
    assert 0.1 <= below <= above <= 99.9


@pytest.mark.parametrize("scale", SCALES, ids=lambda scale: scale.kind)
def test_an_interval_is_that_of_its_ends(scale: Scale) -> None:
    """Ends are transformed, not the middle plus and minus an error: coverage stays, and the limits hold."""
    scores = ScoreMap.one(scale, NORM)
    theta = np.array([-6.0, -0.3, 0.8, 6.0])
    low, high = scores.interval(theta, 1.96 * 0.4)
    assert np.array_equal(low, scores.limited(theta - 1.96 * 0.4))
    assert np.array_equal(high, scores.limited(theta + 1.96 * 0.4))
    rng = np.random.default_rng(8)
    drawn = scores.limited(0.8 + 0.4 * rng.standard_normal(20_000))
    inside = np.mean((drawn >= low[2]) & (drawn <= high[2]))
    assert inside == pytest.approx(0.95, abs=0.006)  # four standard errors of a share of 20,000


@pytest.mark.parametrize("scale", SCALES, ids=lambda scale: scale.kind)
@pytest.mark.parametrize("norm", [None, NORM, TABLE], ids=["no norms", "normal", "table"])
def test_the_error_is_the_spread_of_the_score(scale: Scale, norm: Norm | None) -> None:
    """Scores of abilities drawn from the posterior vary by the conditional standard error."""
    scores = ScoreMap.one(scale, norm)
    drawn = scores.score(0.4 + 0.35 * np.random.default_rng(3).standard_normal(40_000))
    assert scores.se(0.4, 0.35) == pytest.approx(drawn.std(), rel=0.015)  # 0.35 % is its standard error


def test_rounding_stays_within_the_limits() -> None:
    """A limit with more decimals than the scale is not rounded over."""
    content: dict[str, Any] = RULES.to_dict()["scale"] | {"minimum": 0.7, "maximum": 99.5}
    scores = composite_map(banks.bands(BANK, scale=content))
    assert scores.reported([-9.0, 9.0]).tolist() == [1.0, 99.5]


@pytest.mark.parametrize(
    ("scale", "ends"),
    [
        (Scale.t(), [0.1, 99.9]),
        (Scale.percentile(), [1.0, 99.0]),
        (Scale.percentile(minimum=0.0, maximum=100.0), [0.1, 99.9]),
        (Scale.percentile(minimum=5.0, maximum=99.5), [5.0, 99.5]),
    ],
)
@pytest.mark.parametrize("norm", [None, TABLE], ids=["no norms", "table"])
def test_nobody_is_below_or_above_everybody(scale: Scale, ends: list[float], norm: Norm | None) -> None:
    """A reported percentile rank is never 0 or 100, and keeps the limits of a percentile scale."""
    scores = ScoreMap.one(scale, norm)
    assert scores.reported_percentile([-9.0, 9.0]).tolist() == ends
    low, high = scores.scale_scores(-9.0, 0.3)[0], scores.scale_scores(9.0, 0.3)[0]
    assert [low.percentile, high.percentile] == ends
