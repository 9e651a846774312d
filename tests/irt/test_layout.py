"""Rows of the long table, and the responses as indicators of them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

import compassess.irt.chunks as chunks_module
from compassess.errors import InputError
from compassess.irt import Items, Measurement, probability
from compassess.irt.chunks import chunk_size, even_size, map_chunks
from compassess.irt.expectation import expectation
from compassess.irt.layout import layout_of
from compassess.responses import Responses
from irt.builders import answers, house, items_in, one_block


def test_every_category_has_a_row_of_its_own() -> None:
    """Rows are numbered without gaps, and those of a carrier stand together."""
    category_of = np.array([[0, 1, -1], [0, 1, 2], [-1, -1, -1], [0, 0, 1]])
    layout = layout_of(category_of, ["2PL", "GRM", "GRM", "GRM"], np.array([1, 0, 0, 1]), 2)
    rows = layout.row_of[layout.row_of >= 0]
    assert sorted(set(rows.tolist())) == list(range(7)) == list(range(layout.n_rows))
    assert layout.row_of[1].tolist() == [0, 1, 2]  # the first carrier's only usable item
    assert layout.row_of[2].tolist() == [-1, -1, -1]
    assert layout.row_of[3, 0] == layout.row_of[3, 1]
    assert [(rows.start, rows.stop) for rows in layout.carrier_rows] == [(0, 3), (3, 7)]


def test_items_of_one_shape_are_computed_together() -> None:
    """A batch holds the items of one model with as many used categories."""
    items = Items.create(
        ids=list("xyzw"),
        a=[1, 1, 1, np.nan],
        b=[[0], [-1, 1], [-1, np.nan, 1], [np.nan]],
        models=["2PL", "GRM", "GRM", "2PL"],
    )
    layout = layout_of(items.category_map(), items.models, np.zeros(4, dtype=np.intp), 1)
    assert {(batch.model, batch.items.tolist().__repr__()) for batch in layout.batches} == {
        ("2PL", "[0]"),
        ("GRM", "[1, 2]"),
    }


def test_the_table_holds_log_probabilities() -> None:
    """A row for each item and code, on the nodes; none where there is no such code."""
    items = Items.create(ids=["x", "y"], a=[1.0, 2.0], b=[[0.0], [-1.0, 1.0]])
    measurement = Measurement.create(items, nodes=9)
    row_of = measurement.layout.row_of
    expected = np.log(probability(items, measurement.lattice.grid.theta))
    told = row_of >= 0
    np.testing.assert_array_equal(told, ~np.isnan(expected[:, :, 0]))
    np.testing.assert_allclose(measurement.table[row_of[told]], expected[told], rtol=0, atol=1e-13)


def test_expected_counts_are_sums_over_persons() -> None:
    """Answers by category and node: posterior masses of those who chose it, dense or sparse."""
    items = items_in(house(2, 2), 2, 3)
    codes = answers(items, 20).codes().astype(float)
    codes[np.random.default_rng(0).random(codes.shape) < 0.3] = np.nan
    responses = Responses.from_array(codes, items=items.ids)
    measurement = Measurement.create(items, nodes=15)
    design, lattice = measurement.design(responses), measurement.lattice
    found = expectation(design, lattice, measurement.table)
    log_likelihood = np.zeros((20, lattice.n_carriers, 15))
    table, row_of = measurement.table, measurement.layout.row_of
    for person, item in zip(*np.nonzero(responses.codes() >= 0), strict=True):
        carrier = measurement.layout.carrier_of_item[item]
        log_likelihood[person, carrier] += table[row_of[item, responses.codes()[person, item]]]
    posterior = lattice.posterior(log_likelihood)
    likelihood = np.exp(log_likelihood - log_likelihood.max(axis=2, keepdims=True))
    masses = lattice.carrier_posteriors(likelihood, posterior)
    for item in range(items.n_items):
        carrier = measurement.layout.carrier_of_item[item]
        for code in range(3):
            chose = responses.codes()[:, item] == code
            row = measurement.layout.row_of[item, code]
            np.testing.assert_allclose(
                found.counts[row], masses[chose, carrier].sum(axis=0), rtol=1e-9, atol=1e-12
            )
    assert found.log_likelihood == pytest.approx(posterior.log_evidence.sum())
    assert found.joint.sum() == pytest.approx(20)
    for index, pairs in enumerate(found.pairs):  # θ_c × θ_b: the margins are the posteriors of both
        assert pairs is not None
        block = posterior.blocks[:, lattice.carriers[index].block]
        np.testing.assert_allclose(pairs.sum(axis=0), block.sum(axis=0), rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(pairs.sum(axis=1), masses[:, index].sum(axis=0), rtol=1e-9, atol=1e-12)


def test_few_answers_are_kept_compressed() -> None:
    """Under a tenth of the cells the indicators are sparse, above it a matrix."""
    items = one_block(40)
    codes = answers(items, 50).codes().astype(float)
    codes[np.random.default_rng(0).random(codes.shape) > 0.05] = np.nan
    measurement = Measurement.create(items)
    assert sparse.issparse(measurement.design(Responses.from_array(codes, items=items.ids)).matrix)
    assert isinstance(measurement.design(answers(items, 50)).matrix, np.ndarray)


def test_all_codes_beyond_the_categories_are_told() -> None:
    """Each with its row and item; of many the first twenty of each item."""
    items = one_block(2)
    with pytest.raises(InputError) as caught:
        Measurement.create(items).design(Responses.from_array([[0, 7], [7, 1]], items=items.ids))
    assert len(caught.value.problems) == 2
    with pytest.raises(InputError) as caught:
        Measurement.create(items).design(Responses.from_array(np.full((100, 2), 9), items=items.ids))
    assert len(caught.value.problems) == 40


@pytest.mark.parametrize("n_persons", [0, 1, 10, 11, 25])
def test_chunks_cover_everybody_once_and_in_order(n_persons: int) -> None:
    """Results come in the order of the persons, however many threads there are."""
    found = list(map_chunks(lambda persons: range(1000)[persons], n_persons, 5))
    assert [person for part in found for person in part] == list(range(n_persons))


def test_chunks_are_smaller_where_a_person_needs_more() -> None:
    """A chunk's largest array stays near the size of a cache; a chunk is never empty."""
    assert chunk_size(61) > chunk_size(61**2) > chunk_size(41**3) >= 1


@pytest.mark.parametrize("cores", [1, 2, 6, 500])
@pytest.mark.parametrize("n_persons", [0, 1, 7, 20_000, 66_580])
@pytest.mark.parametrize("most", [9000, 16_384])
def test_even_chunks_leave_no_core_idle(
    cores: int, n_persons: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None is larger than wanted, and every core has as many chunks where there are persons enough."""
    monkeypatch.setattr(chunks_module, "_cores", lambda: cores)
    size = even_size(n_persons, most)
    assert 1 <= size <= most
    n_chunks = -(-n_persons // size)
    assert n_chunks % cores == 0 or size < cores


def test_an_error_in_a_chunk_is_not_lost() -> None:
    """What goes wrong in a thread is raised in the caller's."""

    def fail(persons: slice) -> None:
        raise ZeroDivisionError(str(persons.start))

    with pytest.raises(ZeroDivisionError):
        list(map_chunks(fail, 100, 10))
