"""Polychorics against plain maximisation, parallel analysis and factor analysis against known structures."""

from __future__ import annotations

import builtins

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import multivariate_normal, norm

from compassess.errors import InputError, MissingExtra
from compassess.irt import (
    ROTATIONS,
    factor_analysis,
    parallel_analysis,
    polychoric,
    positive_definite,
)
from compassess.irt.dimensionality.bivariate_normal import bivariate_cdf, bivariate_density
from compassess.responses import Responses

Floats = np.ndarray


def ordered(correlation: Floats, n: int, cuts: list[float], seed: int = 1, missing: float = 0.0) -> Responses:
    """Normal variables cut into categories."""
    rng = np.random.default_rng(seed)
    x = rng.multivariate_normal(np.zeros(len(correlation)), correlation, n, method="cholesky")
    codes = np.searchsorted(cuts, x).astype(float)
    codes[rng.random(codes.shape) < missing] = np.nan
    return Responses.from_array(codes, items=[f"i{j}" for j in range(len(correlation))])


def structure(n_factors: int, each: int, loading: float = 0.7, between: float = 0.3) -> tuple[Floats, Floats]:
    """A simple structure: its pattern and its correlations."""
    pattern = np.kron(np.eye(n_factors), np.full((each, 1), loading))
    phi = np.full((n_factors, n_factors), between) + (1 - between) * np.eye(n_factors)
    matrix = pattern @ phi @ pattern.T
    np.fill_diagonal(matrix, 1.0)
    return pattern, matrix


# ---- the bivariate normal -----------------------------------------------------------------------------------


@pytest.mark.parametrize("rho", [-0.99, -0.7, 0.0, 0.3, 0.9, 0.99])
def test_the_distribution_is_scipys(rho: float) -> None:
    """Φ₂ to 1e-8 at points near and far; infinite ones are the margins."""
    points = np.array([-2.5, -0.8, 0.0, 0.4, 2.0])
    h, k = np.meshgrid(points, points)
    cells = np.stack([h, k], axis=-1)
    expected = multivariate_normal.cdf(cells, [0, 0], [[1, rho], [rho, 1]], abseps=1e-10, releps=1e-10)
    np.testing.assert_allclose(bivariate_cdf(h, k, np.array(rho)), expected, atol=1e-8)
    np.testing.assert_allclose(bivariate_cdf(np.inf, points, np.array(rho)), norm.cdf(points), atol=1e-12)
    np.testing.assert_allclose(bivariate_cdf(-np.inf, points, np.array(rho)), 0.0, atol=1e-12)


def test_the_density_is_its_slope() -> None:
    """∂Φ₂/∂ρ by central differences."""
    h, k, rho = np.array([-1.0, 0.3, 2.0]), np.array([0.5, -0.2, 1.5]), np.array([0.6, -0.4, 0.9])
    slope = (bivariate_cdf(h, k, rho + 1e-6) - bivariate_cdf(h, k, rho - 1e-6)) / 2e-6
    np.testing.assert_allclose(bivariate_density(h, k, rho), slope, rtol=1e-7)


# ---- polychoric correlations --------------------------------------------------------------------------------


@pytest.mark.parametrize("cuts", [[0.2], [-0.5, 0.7], [-1.0, -0.2, 0.5, 1.4]])
def test_each_pair_is_a_maximum(cuts: list[float]) -> None:
    """What a bounded search over scipy's cell probabilities finds for the same thresholds."""
    responses = ordered(np.array([[1, 0.55], [0.55, 1]]), 400, cuts, missing=0.1)
    found = polychoric(responses)
    codes = responses.codes()
    both = codes[(codes >= 0).all(axis=1)]
    edges = [np.array([-9.0, *row[np.isfinite(row)], 9.0]) for row in found.thresholds]
    size = len(cuts) + 1
    table = np.zeros((size, size))
    np.add.at(table, (both[:, 0], both[:, 1]), 1)

    def minus(rho: float) -> float:
        truth = multivariate_normal([0, 0], [[1, rho], [rho, 1]])
        corners = np.array([[truth.cdf([a, b]) for b in edges[1]] for a in edges[0]])
        return -float((table * np.log(np.diff(np.diff(corners, axis=0), axis=1))).sum())

    best = minimize_scalar(minus, bounds=(-0.95, 0.95), method="bounded", options={"xatol": 1e-7})
    assert found.correlation[0, 1] == pytest.approx(best.x, abs=2e-5)
    bend = (minus(best.x + 1e-3) + minus(best.x - 1e-3) - 2 * minus(best.x)) / 1e-6
    assert found.standard_errors[0, 1] == pytest.approx(bend**-0.5, rel=0.1)
    assert found.n_pairs[0, 1] == len(both)


def test_thresholds_are_those_of_all_answers() -> None:
    """Φ⁻¹ of the share below, pairs or not; codes that never occur have none."""
    responses = ordered(np.eye(2), 300, [-0.5, 0.7], missing=0.2)
    column = responses.codes()[:, 0]
    told = column[column >= 0]
    expected = norm.ppf([(told < 1).mean(), (told < 2).mean()])
    np.testing.assert_allclose(polychoric(responses).thresholds[0], expected, atol=1e-12)
    filled = np.maximum(responses.codes(), 0)
    gap = Responses.from_array(np.where(responses.codes() == 1, 3, filled), items=["a", "b"])
    assert np.isfinite(polychoric(gap).thresholds).sum(axis=1).tolist() == [2, 2]


def test_truths_come_back_within_errors() -> None:
    """Forty-five pairs: standardised by the reported errors they are near to N(0, 1)."""
    _, matrix = structure(2, 5)
    found = polychoric(ordered(matrix, 3000, [-0.8, 0.1, 0.9]))
    upper = np.triu_indices(10, 1)
    z = (found.correlation - matrix)[upper] / found.standard_errors[upper]
    assert np.abs(z).max() < 4.5
    assert 0.6 < np.sqrt(np.mean(z**2)) < 1.5
    assert set(found.to_frame()["status"]) == {"ok"}


def test_what_is_odd_has_a_status() -> None:
    """Duplicates, empty cells, constants, pairs that nobody answered."""
    rng = np.random.default_rng(2)
    a = rng.integers(0, 3, 200).astype(float)
    nobody = np.where(np.arange(200) < 100, np.nan, a)
    other = np.where(np.arange(200) < 100, a, np.nan)
    binary = (np.arange(200) < 150).astype(float)
    below = (np.arange(200) < 60).astype(float)
    found = polychoric(
        Responses.from_array(
            np.column_stack([a, a, nobody, other, np.ones(200), binary, below]), items=list("abcdefg")
        )
    )
    assert found.status[0, 1] == "at_bound"
    assert found.correlation[0, 1] > 0.99
    assert np.isnan(found.standard_errors[0, 1])
    assert found.status[2, 3] == "no_pairs"
    assert found.status[0, 4] == "one_category"
    assert np.isnan(found.correlation[2, 3])
    assert found.status[5, 6] == "empty_cell"
    assert 0.5 < found.correlation[5, 6] < 0.99
    with pytest.raises(InputError, match="too few items"):
        polychoric(Responses.from_array(a[:, None]))


def test_a_matrix_is_made_positive_definite() -> None:
    """Eigenvalues at least .001 before rescaling, a unit diagonal; what is so already stays to the bit."""
    bad = np.array([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]])
    good = positive_definite(bad)
    assert np.linalg.eigvalsh(good)[0] > 0
    np.testing.assert_allclose(np.diag(good), 1.0)
    assert positive_definite(np.eye(3)).tolist() == np.eye(3).tolist()


# ---- parallel analysis --------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_factors", [1, 2, 3])
@pytest.mark.parametrize("correlations", ["polychoric", "pearson"])
def test_dimensions_are_counted(n_factors: int, correlations: str) -> None:
    """As many as there are factors; none where nothing is in common."""
    _, matrix = structure(n_factors, 5)
    responses = ordered(matrix, 800, [-0.8, 0.1, 0.9], missing=0.05)
    found = parallel_analysis(responses, seed=1, n_replications=15, correlations=correlations)
    assert found.n_dimensions == n_factors
    assert found.observed.sum() == pytest.approx(5 * n_factors, rel=1e-6)
    assert list(found.to_frame().columns) == ["number", "observed", "random_mean", "random_quantile"]


def test_nothing_in_common_has_no_dimension() -> None:
    """Independent answers: no eigenvalue is above the .99 quantile; the same seed gives the same."""
    responses = ordered(np.eye(8), 500, [-0.5, 0.5])
    done: list[tuple[int, int]] = []
    found = parallel_analysis(
        responses, seed=3, n_replications=30, quantile=0.99, progress=lambda a, b: done.append((a, b))
    )
    assert found.n_dimensions <= 1
    assert done[-1] == (30, 30)
    again = parallel_analysis(responses, seed=3, n_replications=30, quantile=0.99)
    assert again.random_quantile.tolist() == found.random_quantile.tolist()


def test_common_factors_in_place_of_components() -> None:
    """With squared multiple correlations on the diagonal the eigenvalues add up to these."""
    _, matrix = structure(2, 5)
    responses = ordered(matrix, 1500, [0.0])
    found = parallel_analysis(responses, seed=1, n_replications=10, factors=True)
    given = positive_definite(polychoric(responses).correlation)
    assert found.observed.sum() == pytest.approx((1 - 1 / np.diag(np.linalg.inv(given))).sum())
    assert found.n_dimensions >= 2


def test_faults_of_parallel_analysis() -> None:
    """Options out of range and items without a correlation, all at once."""
    responses = Responses.from_array(np.column_stack([np.ones(9), np.arange(9) % 2, np.arange(9) % 3]))
    with pytest.raises(InputError, match=r"quantile(.|\n)*correlations(.|\n)*fewer than two categories"):
        parallel_analysis(responses, seed=1, quantile=2.0, correlations="spearman")


# ---- factor analysis ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["ml", "pa"])
def test_a_simple_structure_comes_back(method: str) -> None:
    """Exact correlations: the pattern, the factors' correlations and R are reproduced."""
    pattern, matrix = structure(3, 4)
    found = factor_analysis(matrix, 3, method=method)
    assert found.rmsr < 1e-4
    np.testing.assert_allclose(found.uniquenesses, 1 - 0.49, atol=1e-3)
    order = np.argsort(found.loadings.argmax(axis=0))
    np.testing.assert_allclose(found.loadings[:, order], pattern, atol=2e-3)
    np.testing.assert_allclose(found.correlation[np.triu_indices(3, 1)], 0.3, atol=5e-3)


@pytest.mark.parametrize("rotation", [*ROTATIONS, None])
def test_rotation_changes_nothing_but_the_axes(rotation: str | None) -> None:
    """Λ Φ Λᵀ is that of the unrotated solution; Φ has a unit diagonal; larger factors stand first."""
    _, matrix = structure(2, 4, loading=0.6)
    plain, found = (factor_analysis(matrix, 2, rotation=name) for name in (None, rotation))
    common = [one.loadings @ one.correlation @ one.loadings.T for one in (plain, found)]
    np.testing.assert_allclose(common[0], common[1], atol=1e-5)
    np.testing.assert_allclose(np.diag(found.correlation), 1.0, atol=1e-6)
    assert (np.diff((found.loadings**2).sum(axis=0)) <= 1e-9).all()
    assert (found.loadings.sum(axis=0) >= 0).all()
    if rotation in ("varimax", "quartimax", None):
        np.testing.assert_allclose(found.correlation, np.eye(2), atol=1e-6)


def test_of_ordered_answers() -> None:
    """From answers to loadings: names of the items, their places, errors of sampling only."""
    _, matrix = structure(2, 5)
    found = factor_analysis(polychoric(ordered(matrix, 3000, [-0.8, 0.1, 0.9])), 2)
    assert found.items[0] == "i0"
    assert found.heywood == ()
    assert (found.loadings.max(axis=1) > 0.6).all()
    assert (found.loadings.min(axis=1) < 0.1).all()
    assert list(found.to_frame().columns) == ["item", "factor_1", "factor_2", "uniqueness"]


def test_faults_of_factor_analysis() -> None:
    """Shapes, gaps, too many factors, unknown names."""
    _, matrix = structure(2, 4)
    gap = matrix.copy()
    gap[0, 1] = gap[1, 0] = np.nan
    for given, n, options, said in (
        (matrix[:2], 1, {}, "wrong shape"),
        (gap, 1, {}, "no correlation"),
        (matrix * 2, 1, {}, "no correlation matrix"),
        (matrix, 7, {}, "so many cannot be told"),
        (matrix, 1, {"rotation": "spin"}, "rotation"),
        (matrix, 1, {"method": "guess"}, "method"),
    ):
        with pytest.raises(InputError, match=said):
            factor_analysis(given, n, **options)  # type: ignore[arg-type]


def test_without_statsmodels_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what to install."""
    load = builtins.__import__

    def without(name: str, *rest: object) -> object:
        if name.startswith("statsmodels"):
            raise ImportError(name)
        return load(name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtra, match=r"compassess\[factors\]"):
        factor_analysis(np.eye(4), 1)
