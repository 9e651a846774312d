"""compassess.scoring.classification.indices: accuracy and consistency from the chance of every band."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compassess.errors import InputError
from compassess.scoring.classification import classification_indices, confusion


def test_by_hand() -> None:
    """Two people, three bands: every index is the arithmetic of its definition."""
    told = classification_indices([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]], [0, 1], weights=[3, 1])
    np.testing.assert_allclose(told.conditional_accuracy, [0.7, 0.3])
    np.testing.assert_allclose(told.conditional_consistency, [0.54, 0.46])
    assert told.simultaneous_accuracy == pytest.approx(0.75 * 0.7 + 0.25 * 0.3)
    assert told.simultaneous_consistency == pytest.approx(0.75 * 0.54 + 0.25 * 0.46)
    np.testing.assert_allclose(told.false_positive, [0.75 * 0.3, 0.75 * 0.1 + 0.25 * 0.6])
    np.testing.assert_allclose(told.false_negative, [0.25 * 0.1, 0.0], atol=1e-15)
    np.testing.assert_allclose(told.accuracy, [0.75 * 0.7 + 0.25 * 0.9, 0.75 * 0.9 + 0.25 * 0.4])
    np.testing.assert_allclose(
        told.consistency, [0.75 * (0.49 + 0.09) + 0.25 * (0.01 + 0.81), 0.75 * 0.82 + 0.25 * 0.52]
    )
    chance = 0.55**2 + 0.225**2 + 0.225**2
    assert told.simultaneous_kappa == pytest.approx((told.simultaneous_consistency - chance) / (1 - chance))


def test_they_are_what_two_parallel_tests_do() -> None:
    """Bands drawn twice from the probabilities agree as often, and are as often right, as stated; κ is Cohen's."""
    rng = np.random.default_rng(5)
    n = 40_000
    p = rng.dirichlet([0.6, 1.0, 0.8], n)
    truth = rng.integers(0, 3, n)
    one, two = ((rng.random(n)[:, None] > p.cumsum(axis=1)).sum(axis=1) for _ in range(2))
    told = classification_indices(p, truth)
    near = 5 * 0.5 / np.sqrt(n)  # five of the largest standard errors of a share
    assert told.simultaneous_accuracy == pytest.approx(np.mean(one == truth), abs=near)
    assert told.simultaneous_consistency == pytest.approx(np.mean(one == two), abs=near)
    assert told.simultaneous_kappa == pytest.approx(confusion(one, two).kappa, abs=2 * near)
    for cut in (1, 2):
        assert told.accuracy[cut - 1] == pytest.approx(np.mean((one >= cut) == (truth >= cut)), abs=near)
        assert told.consistency[cut - 1] == pytest.approx(np.mean((one >= cut) == (two >= cut)), abs=near)
        kappa = confusion((one >= cut).astype(int), (two >= cut).astype(int)).kappa
        assert told.kappa[cut - 1] == pytest.approx(kappa, abs=2 * near)
        assert told.false_positive[cut - 1] == pytest.approx(np.mean((one >= cut) & (truth < cut)), abs=near)


@given(st.lists(st.tuples(*[st.integers(0, 9)] * 4, st.integers(0, 3)), min_size=1, max_size=12))
def test_laws(rows: list[tuple[int, ...]]) -> None:
    """Simultaneous indices are at most those at every cut; consistency ≥ ½ at a cut; the three shares of a cut sum to 1."""
    table = np.array([row[:4] for row in rows], dtype=float) + 0.01
    table /= table.sum(axis=1, keepdims=True)
    told = classification_indices(table, [row[4] for row in rows])
    assert told.simultaneous_accuracy <= told.accuracy.min() + 1e-12
    assert told.simultaneous_consistency <= told.consistency.min() + 1e-12
    assert told.consistency.min() >= 0.5 - 1e-12
    assert told.simultaneous_consistency >= 0.25 - 1e-12
    np.testing.assert_allclose(told.accuracy + told.false_positive + told.false_negative, 1.0)


def test_certainty() -> None:
    """Where every band is certain and right all is 1; κ is NaN at a cut that all are above."""
    told = classification_indices(np.eye(3)[[1, 2]], [1, 2])
    assert told.simultaneous_accuracy == told.simultaneous_consistency == told.simultaneous_kappa == 1.0
    assert np.isnan(told.kappa[0])
    assert told.kappa[1] == 1.0


def test_frame_has_a_row_a_cut_and_one_for_all() -> None:
    """The last row holds the simultaneous indices."""
    told = classification_indices([[0.7, 0.2, 0.1]], [0])
    table = told.to_frame()
    assert list(table["cut"]) == ["1", "2", "all"]
    assert table["accuracy"].iloc[-1] == told.simultaneous_accuracy


def test_faults_are_told_with_their_row() -> None:
    """A row that does not sum to 1, a withheld band and a missing weight are told at once."""
    with pytest.raises(InputError) as caught:
        classification_indices([[0.5, 0.5], [0.5, 0.4]], [0, -1], weights=[1.0])
    assert [problem.where for problem in caught.value.problems] == [
        "probabilities, row 1",
        "bands",
        "weights",
    ]
    assert "withheld" in str(caught.value)
