"""compassess.adaptive.criteria.shelves: the pool's rows, item by item."""

from __future__ import annotations

import banks
import numpy as np
import pytest
import views

from compassess.adaptive.criteria.shelves import by_item, log_probability_of_cells, on_shelves, shelves_of
from compassess.irt import log_probability

POOL = views.pool_of(banks.with_options())


@pytest.mark.parametrize("most_rows", [1, 7, 2048])
def test_every_row_stands_on_one_shelf(most_rows: int) -> None:
    """Shelves part the pool's rows, however small they are, and know each row's item and category."""
    shelves = shelves_of(POOL, most_rows)
    assert sorted(item for shelf in shelves for item in shelf.items.tolist()) == list(range(POOL.n_items))
    rows = [row for shelf in shelves for row in range(shelf.rows.start, shelf.rows.stop)]
    assert sorted(rows) == list(range(POOL.measurement.layout.n_rows))
    for shelf in shelves:
        assert set(POOL.carrier[shelf.items]) == {shelf.carrier}
        for place, row in enumerate(range(shelf.rows.start, shelf.rows.stop)):
            assert row in POOL.row_of[shelf.item_of_row[place]]
        assert shelf.rows.start + shelf.starts[0] in POOL.row_of[shelf.items[0]]


@pytest.mark.parametrize("most_rows", [1, 7, 2048])
def test_probabilities_of_an_item_add_up_to_one(most_rows: int) -> None:
    """Summed by item they are 1 everywhere: no row is with another item."""
    for shelf in shelves_of(POOL, most_rows):
        np.testing.assert_allclose(by_item(shelf.probability.T, shelf.starts), 1.0, atol=1e-12)


def test_what_shelves_say_comes_to_the_items_places() -> None:
    """A function of the shelves lies at its items."""
    told = on_shelves(POOL, shelves_of(POOL, 7), 2, lambda shelf: np.tile(shelf.items * 1.0, (2, 1)))
    np.testing.assert_array_equal(told, np.tile(np.arange(POOL.n_items), (2, 1)))


def test_log_probabilities_of_cells() -> None:
    """They are those of every row's category at the cells."""
    table = log_probability_of_cells(POOL)
    expected = log_probability(POOL.measurement.items, POOL.cells)
    for item, row in enumerate(POOL.row_of):
        for code in np.flatnonzero(row >= 0):
            np.testing.assert_allclose(table[:, row[code]], expected[item, code], atol=1e-12)
