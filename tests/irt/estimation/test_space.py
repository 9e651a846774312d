"""Everything that is estimated as one vector: what is written is read, and every place has one meaning."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from compassess.irt.estimation.space import Space
from compassess.irt.estimation.structure import structure_of
from compassess.irt.models import Floats
from irt.fits import form_of


def any_space(rng: np.random.Generator, n_blocks: int, n_groups: int) -> Space:
    """Blocks of two competencies, of which anything may be free."""
    items = [f"i{j}" for j in range(2 * n_blocks)]
    structure = structure_of(
        items,
        {item: f"b{j // 2}" for j, item in enumerate(items)},
        {item: f"c{j}" for j, item in enumerate(items)},
    )
    form = form_of("2PL", 2, 3)
    return Space(
        forms=(form,),
        n_item_parameters=form.places.size,
        structure=structure,
        free_loadings=tuple(np.flatnonzero(rng.random(2 * n_blocks) < 0.5).tolist()),
        held_loadings=(),
        loadings_given=rng.uniform(-1, 1, 2 * n_blocks),
        free_mean=rng.random((n_groups, n_blocks)) < 0.5,
        free_variance=rng.random((n_groups, n_blocks)) < 0.5,
        means_given=rng.normal(size=(n_groups, n_blocks)),
        covariances_given=np.array([any_covariance(rng, n_blocks) for _ in range(n_groups)]),
    )


def any_covariance(rng: np.random.Generator, n_blocks: int) -> Floats:
    """A positive definite matrix."""
    factor = rng.normal(size=(n_blocks, n_blocks + 1))
    return np.asarray(factor @ factor.T)


@given(seed=st.integers(0, 2**32 - 1), n_blocks=st.integers(1, 4), n_groups=st.integers(1, 3))
def test_what_is_written_is_read(seed: int, n_blocks: int, n_groups: int) -> None:
    """λ, means and covariances come back where they are free, and what is given stays."""
    rng = np.random.default_rng(seed)
    space = any_space(rng, n_blocks, n_groups)
    phi = rng.normal(size=space.n_parameters)
    items = phi[: space.n_item_parameters].copy()
    loadings = rng.uniform(-1, 1, 2 * n_blocks)
    means = rng.normal(size=(n_groups, n_blocks))
    covariances = [any_covariance(rng, n_blocks) for _ in range(n_groups)]
    space.write_loadings(phi, loadings)
    for group in range(n_groups):
        space.write_moments(phi, group, means[group], covariances[group])
    np.testing.assert_array_equal(phi[: space.n_item_parameters], items)
    free = np.isin(np.arange(2 * n_blocks), space.free_loadings)
    np.testing.assert_array_equal(space.loadings(phi), np.where(free, loadings, space.loadings_given))
    for group in range(n_groups):
        mean = np.where(space.free_mean[group], means[group], space.means_given[group])
        np.testing.assert_array_equal(space.mean(phi, group), mean)
        covariance = covariances[group].copy()
        held = np.flatnonzero(~space.free_variance[group])
        covariance[held, held] = space.covariances_given[group][held, held]
        np.testing.assert_array_equal(space.covariance(phi, group), covariance)


@given(seed=st.integers(0, 2**32 - 1), n_blocks=st.integers(1, 4), n_groups=st.integers(1, 3))
def test_every_place_has_one_meaning(seed: int, n_blocks: int, n_groups: int) -> None:
    """Items, λ, then means and covariances group by group fill φ without a gap and without meeting."""
    space = any_space(np.random.default_rng(seed), n_blocks, n_groups)
    parts = [range(space.n_item_parameters)]
    slices = [space.loading_places]
    for group in range(n_groups):
        slices += [space.mean_places(group), space.covariance_places(group)]
    parts += [range(part.start, part.stop) for part in slices]
    assert [place for part in parts for place in part] == list(range(space.n_parameters))
    below = n_blocks * (n_blocks - 1) // 2
    moments = int(space.free_mean.sum() + space.free_variance.sum()) + n_groups * below
    assert space.n_population_parameters == len(space.free_loadings) + moments


def test_a_population_is_what_phi_says() -> None:
    """Names, λ, correlations, means and SDs of each group."""
    space = any_space(np.random.default_rng(4), 2, 2)
    phi = np.zeros(space.n_parameters)
    space.write_loadings(phi, np.full(4, 0.5))
    for group in range(2):
        space.write_moments(phi, group, np.array([0.3, -0.1]), np.array([[1.2, 0.4], [0.4, 0.9]]))
        people = space.population(phi, group)
        assert people.blocks == ("b0", "b1")
        assert people.competencies == ("c0", "c1", "c2", "c3")
        np.testing.assert_allclose(people.covariance, space.covariance(phi, group), rtol=1e-14)
        np.testing.assert_array_equal(people.mean, space.mean(phi, group))
        np.testing.assert_array_equal(people.loadings, space.loadings(phi))


def test_slopes_of_a_shared_place_add_up() -> None:
    """What items say about a parameter that they share is one number."""
    form = form_of("1PL", 2, 3)
    (shared,) = np.unique(form.places[:, form.n_own :])
    rng = np.random.default_rng(1)
    space = any_space(rng, 1, 1)
    space = Space(
        forms=(form,),
        n_item_parameters=4,
        structure=space.structure,
        free_loadings=(),
        held_loadings=(),
        loadings_given=np.ones(2),
        free_mean=np.zeros((1, 1), dtype=np.bool_),
        free_variance=np.zeros((1, 1), dtype=np.bool_),
        means_given=np.zeros((1, 1)),
        covariances_given=np.ones((1, 1, 1)),
    )
    slopes = rng.normal(size=form.places.shape)
    total = space.scattered([slopes])
    assert total[shared] == slopes[:, form.n_own :].sum()
    np.testing.assert_array_equal(total[form.places[:, 0]], slopes[:, 0])
