"""The estimated parameters as one vector, and the step that EM takes."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from compassess.irt import calibrate
from compassess.irt.em import Parameters
from compassess.irt.maximisation import ItemParameters
from compassess.irt.starting import starting_slopes
from compassess.responses import Responses
from irt.builders import answers, one_block


@given(seed=st.integers(0, 2**32 - 1), n_blocks=st.integers(1, 4), n_groups=st.integers(1, 3))
def test_packing_can_be_undone(seed: int, n_blocks: int, n_groups: int) -> None:
    """A vector of everything that is estimated gives back the same parameters."""
    rng = np.random.default_rng(seed)
    factors = rng.normal(size=(n_groups, n_blocks, n_blocks + 1))
    covariances = factors @ factors.transpose(0, 2, 1)
    means = rng.normal(size=(n_groups, n_blocks))
    means[0] = 0.0
    parameters = Parameters(
        items=(
            ItemParameters(shared=np.zeros(0), own=rng.normal(size=(3, 2))),
            ItemParameters(shared=rng.normal(size=2), own=rng.normal(size=(2, 4))),
            ItemParameters(shared=rng.normal(size=1), own=np.zeros((2, 0))),
        ),
        loadings=rng.uniform(size=5),
        means=means,
        covariances=covariances,
    )
    vector = parameters.packed()
    again = parameters.unpacked(vector)
    for found, expected in zip(again.items, parameters.items, strict=True):
        np.testing.assert_array_equal(found.shared, expected.shared)
        np.testing.assert_array_equal(found.own, expected.own)
    np.testing.assert_array_equal(again.loadings, parameters.loadings)
    np.testing.assert_array_equal(again.means, parameters.means)
    np.testing.assert_allclose(again.covariances, parameters.covariances, rtol=1e-14, atol=1e-15)
    np.testing.assert_array_equal(again.packed(), vector)


def test_starting_slopes_have_the_signs_of_the_answers() -> None:
    """Items that were turned start with negative slopes; sizes stay between .4 and 2.5."""
    responses = answers(one_block(8), 500).reversed(["i2", "i5"], highest=1)
    slopes = starting_slopes(responses.sparse(), np.zeros(8, dtype=np.intp), 1)
    assert np.flatnonzero(slopes < 0).tolist() == [2, 5]
    assert np.all((np.abs(slopes) >= 0.4) & (np.abs(slopes) <= 2.5))


def test_items_without_spread_start_somewhere() -> None:
    """Columns that are empty or constant give finite starting slopes."""
    codes = np.array([[0, 1, np.nan], [0, 0, np.nan], [0, 1, np.nan]])
    slopes = starting_slopes(Responses.from_array(codes).sparse(), np.zeros(3, dtype=np.intp), 1)
    assert np.all(np.isfinite(slopes))


def test_every_step_of_em_goes_up() -> None:
    """Between the first two E-steps, which are plain, the log-likelihood rises."""
    told: list[float] = []
    calibrate(answers(one_block(6), 200), progress=lambda _n, value, _c: told.append(value), max_iterations=3)
    assert told[1] > told[0]
