"""Answers as indicators: dense or compressed, with or without a column for the first category."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from compassess.errors import InputError
from compassess.irt import Items, Measurement
from compassess.irt.design import Design
from compassess.irt.expectation import expectation
from compassess.irt.lattice import Lattice
from compassess.responses import Responses
from irt.builders import house, items_in

N = 60
ITEMS = items_in(house(2, 2), 3, 3)
MEASUREMENT = Measurement.create(ITEMS, nodes=21)


def codes(missing: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Any answers; the second and the last item were answered by everybody."""
    rng = np.random.default_rng(3)
    found = rng.integers(0, 3, (N, ITEMS.n_items)).astype(np.float64)
    empty = rng.random(found.shape) < missing
    empty[:, [1, -1]] = False
    found[empty] = np.nan
    return found


def both(missing: float = 0.3) -> tuple[Design, Design]:
    """The same answers as a matrix of bytes and as compressed rows."""
    dense = MEASUREMENT.design(Responses.from_array(codes(missing), items=ITEMS.ids))
    assert not dense.is_sparse
    table = codes(missing)
    row, column = np.nonzero(np.isfinite(table))
    # A thousand strangers more make it thin; they are cut off again.
    long = Responses.from_long(
        np.concatenate([row, N + np.arange(3000)]),
        [ITEMS.ids[j] for j in column] + ["i0"] * 3000,
        np.concatenate([table[row, column].astype(int), np.zeros(3000, dtype=int)]),
        items=ITEMS.ids,
    )
    sparse = MEASUREMENT.design(long)
    assert sparse.is_sparse
    return dense, replace(sparse, n_persons=N, matrix=sparse.matrix[:N])


def likelihood(design: Design) -> np.ndarray[tuple[int, int, int], np.dtype[np.float64]]:
    """Log-likelihoods by carrier."""
    return design.log_likelihood(slice(0, N), design.weights(MEASUREMENT.table))


def test_a_likelihood_is_the_sum_over_the_answers() -> None:
    """Either way, by carrier and node, as a sum answer by answer gives it."""
    table, layout = codes(0.3), MEASUREMENT.layout
    expected = np.zeros((N, 4, 21))
    for person, item in zip(*np.nonzero(np.isfinite(table)), strict=True):
        row = layout.row_of[item, int(table[person, item])]
        expected[person, layout.carrier_of_item[item]] += MEASUREMENT.table[row]
    for design in both():
        np.testing.assert_allclose(likelihood(design), expected, rtol=1e-12, atol=1e-12)


def test_counts_are_the_sum_over_the_answers() -> None:
    """Expected answers of each category at each node from any masses."""
    masses = np.random.default_rng(1).random((N, 4, 21))
    table, layout = codes(0.3), MEASUREMENT.layout
    expected = np.zeros((layout.n_rows, 21))
    for person, item in zip(*np.nonzero(np.isfinite(table)), strict=True):
        row = layout.row_of[item, int(table[person, item])]
        expected[row] += masses[person, layout.carrier_of_item[item]]
    for design in both():
        np.testing.assert_allclose(
            design.expected_counts(slice(0, N), masses), expected, rtol=1e-10, atol=1e-10
        )


def test_indicators_have_a_one_for_each_answer() -> None:
    """Rows of a carrier, the first category of complete items included; their places are the same ones."""
    table, layout = codes(0.3), MEASUREMENT.layout
    some = slice(7, 23)
    for carrier, rows in enumerate(layout.carrier_rows):
        expected = np.zeros((16, rows.stop - rows.start))
        for person, item in zip(*np.nonzero(np.isfinite(table[some])), strict=True):
            if layout.carrier_of_item[item] == carrier:
                expected[person, layout.row_of[item, int(table[some][person, item])] - rows.start] = 1.0
        for design in both():
            np.testing.assert_array_equal(design.indicators(some, carrier), expected)
            person, row = design.answers(some, carrier)
            again = np.zeros_like(expected)
            again[person, row] = 1.0
            np.testing.assert_array_equal(again, expected)
            assert person.size == expected.sum()


def test_every_nth_person() -> None:
    """Rows 0, n, 2 n … with their frequencies."""
    for design in both():
        heavy = replace(design, frequency=np.arange(1.0, N + 1))
        some = heavy.thinned(7)
        assert some.n_persons == 9
        assert some.frequency is not None
        assert some.frequency.tolist() == list(range(1, N + 1, 7))
        assert some.total == sum(range(1, N + 1, 7))
        found = some.log_likelihood(slice(0, 9), some.weights(MEASUREMENT.table))
        np.testing.assert_allclose(found, likelihood(design)[::7], rtol=1e-12)


def test_frequencies_multiply_what_is_summed() -> None:
    """An E-step with frequencies is that of the rows written out."""
    times = [1, 2, 3] * (N // 3)
    written = MEASUREMENT.design(Responses.from_array(np.repeat(codes(0.3), times, axis=0), items=ITEMS.ids))
    expected = expectation(written, MEASUREMENT.lattice, MEASUREMENT.table)
    for design in both():
        heavy = replace(design, frequency=np.array(times, dtype=np.float64))
        found = expectation(heavy, MEASUREMENT.lattice, MEASUREMENT.table)
        assert found.log_likelihood == pytest.approx(expected.log_likelihood, rel=1e-12)
        np.testing.assert_allclose(found.counts, expected.counts, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(found.joint, expected.joint, rtol=1e-9, atol=1e-12)
        for mine, theirs in zip(found.pairs, expected.pairs, strict=True):
            assert mine is not None
            assert theirs is not None
            np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-12)


def test_single_precision_is_good_to_six_digits() -> None:
    """An E-step in float32 is nearly that in float64."""
    for design in both():
        exact, rough = (
            expectation(design, lattice_in(dtype), MEASUREMENT.table, dtype)
            for dtype in (np.float64, np.float32)
        )
        assert rough.log_likelihood == pytest.approx(exact.log_likelihood, rel=1e-6)
        np.testing.assert_allclose(rough.counts, exact.counts, rtol=1e-4, atol=1e-5)


def lattice_in(dtype: type[np.floating]) -> Lattice:
    """The population on the grid in a precision."""
    return Lattice(MEASUREMENT.lattice.population, MEASUREMENT.lattice.grid, dtype)


@pytest.mark.parametrize("thin", [False, True], ids=["dense", "sparse"])
def test_codes_beyond_an_items_categories_are_refused_with_their_place(thin: bool) -> None:
    """Row and item of each, whether answers are many or few."""
    items = Items.create(ids=[f"i{j}" for j in range(30)], a=np.ones(30), b=np.zeros((30, 1)))
    table = np.full((40, 30), np.nan) if thin else np.zeros((40, 30))
    table[5, 3], table[9, 20] = 2.0, 7.0
    with pytest.raises(InputError) as caught:
        Measurement.create(items).design(Responses.from_array(table, items=items.ids))
    assert [problem.where for problem in caught.value.problems] == [
        "row 5, item 'i3'",
        "row 9, item 'i20'",
    ]
