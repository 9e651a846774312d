"""compassess.scoring.quality.sequences: positions in order, and their probabilities."""

from __future__ import annotations

import numpy as np
import pytest

from compassess.errors import InputError
from compassess.irt import Items, probability
from compassess.scoring.quality import choices_of, option_shares, own_shares, position_probabilities


def test_answers_stand_in_the_order_of_presentation() -> None:
    """Missing answers are left out, and probabilities go with their items."""
    shares = np.array([[0.5, 0.5], [0.2, 0.8], [0.9, 0.1]])
    found = choices_of([[0, np.nan, 1]], shares, [[7, np.nan, 3]])
    assert found.position.tolist() == [[1, 0, -1]]
    assert found.length.tolist() == [2]
    assert found.probability.tolist() == [[[0.9, 0.1], [0.5, 0.5], [0.0, 0.0]]]


def test_shares_by_hand() -> None:
    """Of an item among people, and of a person among items."""
    positions = [[0, 1], [0, np.nan], [1, np.nan]]
    np.testing.assert_allclose(option_shares(positions, 2), [[2 / 3, 1 / 3], [0, 1]])
    np.testing.assert_allclose(own_shares(positions, 2)[:, 0], [[0.5, 0.5], [1, 0], [0, 1]])


def test_positions_share_the_probability_of_their_category() -> None:
    """Two positions that score 0 have half of P(0) each; a position that is not there has none."""
    items = Items.create(ids=["x", "y"], a=[1.2, 0.8], b=[[0.3], [-0.5]])
    found = position_probabilities(items, [[0.4], [-1.0]], [[0, 1, 0], [1, 0, -1]])
    p = probability(items, [0.4, -1.0])
    np.testing.assert_allclose(found[:, 0], np.stack([p[0, 0] / 2, p[0, 1], p[0, 0] / 2], axis=1))
    np.testing.assert_allclose(found[:, 1], np.stack([p[1, 1], p[1, 0], 0 * p[1, 0]], axis=1))


def test_every_fault_is_named() -> None:
    """Positions, probabilities and order are checked where something was chosen."""
    with pytest.raises(InputError) as caught:
        choices_of(
            [[2, 0.5, np.nan, 0]], [[0.5, 0.5], [0.5, 0.6], [np.nan] * 2, [0.5, 0.5]], [[1, 2, 3, np.nan]]
        )
    assert [problem.where for problem in caught.value.problems] == [
        "positions[0, 0]",
        "positions[0, 1]",
        "probabilities[0, 1]",
        "order[0, 3]",
    ]
    with pytest.raises(InputError) as caught:
        choices_of([[0, 1]], [[0.5, 0.5]], [[1]])
    assert [problem.where for problem in caught.value.problems] == ["probabilities", "order"]
    items = Items.create(ids=["x", "y"], a=[1.0, 1.0], b=[[0.0], [0.0]])
    with pytest.raises(InputError) as caught:
        position_probabilities(items, [[0.0]], [[0, 2], [-1, -1]])
    assert len(caught.value.problems) == 2
