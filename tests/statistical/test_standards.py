"""Standard setting over many panels: stated errors as large as the errors."""

from __future__ import annotations

import pytest
from scoring.standards.panels import angoff_studies

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("kind", ["judges", "items", "both"])
def test_angoff_s_errors_are_true(kind: str) -> None:
    """Over 1,500 studies the mean stated error is the SD of the cut, to 8 %.

    An SD from 1,500 draws is known to 1.8 %. A mean of roots from 8 judges is 3.5 % below the root of the mean, and the
    curve's slope varies with the items.
    """
    cuts, errors = angoff_studies(kind, 1500, seed=12)
    assert errors.mean() == pytest.approx(cuts.std(ddof=1), rel=0.08)
