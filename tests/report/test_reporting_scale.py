"""The straight line between θ and the scores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from compassess.report.scale import ReportingScale
from compassess.scoring.conclusion import Conclusion


def test_two_cuts_give_the_line(usual: Conclusion) -> None:
    """Mean 50 and standard deviation 10 come back from the cuts on both scales."""
    scale = ReportingScale.of(usual)
    assert scale.mean == pytest.approx(50.0)
    assert scale.standard_deviation == pytest.approx(10.0)
    assert scale.score(-1.65) == pytest.approx(33.5)


@pytest.mark.parametrize("n_cuts", [0, 1])
def test_with_fewer_cuts_the_score_of_the_composite_gives_the_line(usual: Conclusion, n_cuts: int) -> None:
    """One band or two bands still have a profile; the slope is the ratio of the standard errors."""
    few = replace(
        usual,
        bands=usual.bands[: n_cuts + 1],
        cuts=usual.cuts[:n_cuts],
        scale_cuts=usual.scale_cuts[:n_cuts],
    )
    scale = ReportingScale.of(few)
    assert scale.standard_deviation == pytest.approx(10.0)
    assert scale.mean == pytest.approx(50.0, abs=0.5)  # the composite's score is rounded


def test_an_interval_ends_where_the_scale_ends(make: Callable[..., Conclusion]) -> None:
    """θ ± 1.96 SE as scores, cut off at 0 and 100."""
    scale = ReportingScale.of(make())
    assert scale.interval(0.31, 0.24) == pytest.approx((53.1 - 4.704, 53.1 + 4.704))
    assert scale.interval(-5.0, 0.2) == pytest.approx((0.0, 3.92))
    assert scale.interval(9.0, 0.5) == (100.0, 100.0)
