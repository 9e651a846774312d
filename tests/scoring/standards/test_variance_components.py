"""compassess.scoring.standards.variance_components: judges × items with one rating a cell."""

from __future__ import annotations

import numpy as np
import pytest

from compassess.errors import InputError
from compassess.scoring.standards import variance_components

RATINGS = np.array([[0.2, 0.5, 0.8], [0.4, 0.5, 0.9]])


def test_components_by_hand() -> None:
    """Two judges, three items: MS_J = .015, MS_I = .155, MS_R = .005."""
    found = variance_components(RATINGS[..., None])
    assert float(found.mean_square_judges[0, 0]) == pytest.approx(0.015)
    assert float(found.mean_square_items[0, 0]) == pytest.approx(0.155)
    assert float(found.residual[0, 0]) == pytest.approx(0.005)
    assert float(found.judges[0, 0]) == pytest.approx(0.01 / 3)
    assert float(found.items[0, 0]) == pytest.approx(0.075)
    assert float(found.severity[0, 0]) == pytest.approx(0.01 / 6)
    assert float(found.generalizability[0]) == pytest.approx(0.075 / 0.0775)
    errors = {kind: float(found.error_of_mean(kind)[0, 0]) for kind in ("judges", "items", "both")}
    assert errors == pytest.approx({"judges": 0.0025, "items": 0.155 / 6, "both": 0.155 / 6 + 0.01 / 6})


def test_errors_of_the_mean_are_those_of_totals() -> None:
    """The error over judges is the variance of their means over n_J, that over items likewise over n_I."""
    y = np.random.default_rng(1).uniform(size=(7, 11, 2))
    found = variance_components(y)
    of_judges = np.cov(y.mean(axis=1), rowvar=False) / 7
    of_items = np.cov(y.mean(axis=0), rowvar=False) / 11
    np.testing.assert_allclose(found.error_of_mean("judges"), of_judges, rtol=1e-12)
    np.testing.assert_allclose(found.error_of_mean("items"), of_items, rtol=1e-12)


def test_components_are_unbiased() -> None:
    """Over 2,000 panels the mean estimates are the components of the draws, within four errors of the means."""
    rng, sd = np.random.default_rng(9), np.array([0.3, 0.5, 0.4])
    found = []
    for _ in range(2000):
        y = sd[0] * rng.normal(size=(6, 1)) + sd[1] * rng.normal(size=8) + sd[2] * rng.normal(size=(6, 8))
        one = variance_components(y[..., None])
        found.append([one.judges[0, 0], one.items[0, 0], one.residual[0, 0]])
    error = np.std(found, axis=0) / np.sqrt(2000)
    assert np.all(np.abs(np.mean(found, axis=0) - sd**2) < 4 * error)


def test_negative_components_count_as_nothing() -> None:
    """Judges that all have one mean have σ²_J < 0: it is told, and no severity comes of it."""
    y = np.array([[0.1, 0.9], [0.9, 0.1]])[..., None]
    found = variance_components(y)
    assert found.judges[0, 0] < 0
    assert found.severity[0, 0] == 0
    assert found.generalizability[0] == 0
    assert np.isnan(variance_components(np.full((2, 2, 1), 0.5)).generalizability[0])


def test_what_has_no_variance_is_refused() -> None:
    """One judge, one item, a missing rating, another shape, and an unknown kind of error."""
    for bad in (RATINGS, RATINGS[:1, :, None], RATINGS[:, :1, None], np.full((2, 3, 1), np.nan)):
        with pytest.raises(InputError, match="ratings"):
            variance_components(bad)
    with pytest.raises(InputError, match="judges or items or both"):
        variance_components(RATINGS[..., None]).error_of_mean("persons")
