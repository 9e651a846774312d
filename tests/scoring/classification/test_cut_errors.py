"""compassess.scoring.classification.cut_errors: how sharply a test measures at its cuts."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from compassess.errors import InputError
from compassess.irt import Items, total_information
from compassess.scoring.classification import band_probabilities, cut_errors, cut_errors_of_persons

CUTS = np.array([-1.843, 0.568])


def test_standard_error_by_hand() -> None:
    """Four items of slope 2 at the cut have information 4, SE ½; the zone ends 1.645 SE away."""
    items = Items.create(ids=list("abcd"), a=[2.0] * 4, b=[[0.5]] * 4)
    told = cut_errors(items, [0.5])
    assert told.se[0] == pytest.approx(0.5)
    assert told.zone_high[0] - 0.5 == pytest.approx(norm.ppf(0.95) * 0.5)
    assert told.zone_width[0] == pytest.approx(2 * norm.ppf(0.95) * 0.5)


def test_it_is_the_information_at_every_cut() -> None:
    """SE = 1 / √I at each cut, and a person at the zone's edge is misplaced with probability alpha."""
    items = Items.create(ids=list("abc"), a=[1.0, 1.5, 0.7], b=[[-1.0], [0.0], [2.0]])
    told = cut_errors(items, CUTS, alpha=0.1)
    np.testing.assert_allclose(told.se, 1 / np.sqrt(total_information(items, CUTS)))
    for cut, low, se in zip(CUTS, told.zone_low, told.se, strict=True):
        assert band_probabilities([low], se, [cut])[0, 1] == pytest.approx(0.1)
    assert list(told.to_frame().columns) == ["cuts", "se", "zone_low", "zone_high", "n_near", "zone_width"]


def test_without_information_the_zone_is_everything() -> None:
    """Items without parameters leave an infinite error."""
    items = Items.create(ids=["a"], models=["2PL"], a=[np.nan], b=[[np.nan]])
    told = cut_errors(items, [0.0])
    assert told.se[0] == np.inf
    assert (told.zone_low[0], told.zone_high[0]) == (-np.inf, np.inf)


def test_persons_near_a_cut() -> None:
    """The mean error of those within reach; NaN and 0 where nobody is."""
    told = cut_errors_of_persons([-0.2, 0.1, 0.3, 2.0], [0.4, 0.3, 0.2, 0.9], [-3.0, 0.0], near=0.25)
    assert np.isnan(told.se[0])
    assert told.se[1] == pytest.approx(0.35)
    assert told.n_near.tolist() == [0, 2]


def test_every_fault_is_told_at_once() -> None:
    """Lengths, cuts, reach and rate are judged together."""
    with pytest.raises(InputError) as caught:
        cut_errors_of_persons([0.0], [0.1, 0.2], [1.0, 1.0], near=0.0, alpha=0.7)
    assert [problem.where for problem in caught.value.problems] == ["cuts", "alpha", "se", "near"]
