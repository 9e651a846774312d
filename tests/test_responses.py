"""Responses: every table from outside becomes one immutable value, or one error with all its faults."""

from __future__ import annotations

import csv
import datetime
import decimal
import gzip
import pathlib
import subprocess
import sys
import textwrap
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import compassess.responses
from compassess.errors import InputError, MissingExtra
from compassess.responses import MISSING, Responses, Triplet, as_responses

# ---- helpers --------------------------------------------------------------------------------------------

TABLE = [[0, 1, None], [2, None, None], [None, None, None], [3, 0, 1]]
CODES = [[0, 1, -1], [2, -1, -1], [-1, -1, -1], [3, 0, 1]]
ITEMS = ("q_1", "решение", "q 3")


@pytest.fixture
def write(tmp_path: pathlib.Path) -> Callable[..., pathlib.Path]:
    """Write a file and give its path."""

    def write_file(text: str | bytes, name: str = "spi.csv") -> pathlib.Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write_file


def dense() -> Responses:
    """The example as a dense table."""
    return Responses.from_array(TABLE, ITEMS, ("A", "B", "C", "D"))


def sparse() -> Responses:
    """The example as a triplet."""
    return Responses(items=ITEMS, persons=("A", "B", "C", "D"), cells=dense().sparse())


def same(left: Responses, right: Responses) -> bool:
    """Whether names, labels and cells agree, dense or sparse."""
    return (
        left.items == right.items
        and left.persons == right.persons
        and np.array_equal(left.codes(), right.codes())
    )


def faults(make: Callable[..., object], *args: Any, **kwargs: Any) -> list[tuple[str, str, str]]:
    """Where, what and got of every fault of an input that must be refused."""
    with pytest.raises(InputError) as caught:
        make(*args, **kwargs)
    assert all(str(problem) in str(caught.value) for problem in caught.value.problems)
    return [(problem.where, problem.what, problem.got) for problem in caught.value.problems]


def remedies(make: Callable[..., object], *args: Any, **kwargs: Any) -> str:
    """What the message of a refused input says should be done."""
    with pytest.raises(InputError) as caught:
        make(*args, **kwargs)
    return " ".join(problem.remedy for problem in caught.value.problems)


names = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=8)


@st.composite
def tables(draw: st.DrawFn) -> Responses:
    """Dense responses of any small size, with missing cells and perhaps with labels."""
    n_persons, n_items = draw(st.integers(1, 7)), draw(st.integers(1, 5))
    cells = draw(hnp.arrays(np.int16, (n_persons, n_items), elements=st.integers(-1, 6)))
    items = draw(st.lists(names, min_size=n_items, max_size=n_items, unique=True))
    persons = draw(st.none() | st.lists(names, min_size=n_persons, max_size=n_persons))
    values = np.where(cells == MISSING, np.nan, cells)
    return Responses.from_array(values, items, persons)


# ---- what a cell may be ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell",
    [3, 3.0, "3", "3.0", " 3 ", "+3", "3.", "3e0", b"3", np.int8(3), np.float32(3), decimal.Decimal(3)],
)
def test_an_integer_may_come_in_many_forms(cell: object) -> None:
    """3, 3.0, "3", "3.0" and their kin are the category 3."""
    assert Responses.from_array([[cell]]).codes().tolist() == [[3]]


@pytest.mark.parametrize("cell", [True, np.True_, False, np.False_])
def test_a_truth_value_is_a_category(cell: object) -> None:
    """True is 1 and False is 0, in an object table as in a boolean array."""
    assert Responses.from_array([[cell]]).codes().tolist() == [[int(bool(cell))]]
    assert Responses.from_array(np.array([[cell]])).codes().tolist() == [[int(bool(cell))]]


@pytest.mark.parametrize(
    "cell",
    [
        *(None, np.nan, np.float32("nan"), pd.NA, pd.NaT, np.ma.masked, decimal.Decimal("NaN")),
        *("", " ", "NA", "na", " NaN ", "nan", "NULL", "null", "None", "none"),
    ],
)
def test_every_mark_of_a_missing_answer_is_missing(cell: object) -> None:
    """NaN, None, NA, NaT, masked and the missing texts are no answer, and never a category."""
    values = np.empty((2, 1), dtype=object)
    values[0, 0], values[1, 0] = cell, 0
    responses = Responses.from_array(values)
    assert responses.codes().tolist() == [[MISSING], [0]]
    assert responses.n_answers == 1


@pytest.mark.parametrize(
    ("cell", "what"),
    [
        ("x", "not a number"),
        ("1_0", "not a number"),
        ("٣", "not a number"),
        ("inf", "not a number"),
        ("3,0", "not a number"),
        (1j, "not a number"),
        ([1], "not a number"),
        (b"\xff", "not a number"),
        (datetime.date(2020, 1, 1), "not a number"),
        (2.5, "not a whole number"),
        ("2.5", "not a whole number"),
        (float("inf"), "not a whole number"),
        ("1e999", "not a whole number"),
        (-1, "code below 0"),
        ("-3", "code below 0"),
        (32_001, "code too high"),
        ("99999", "code too high"),
        (10**400, "code too high"),
    ],
)
def test_what_is_no_category_is_a_fault(cell: object, what: str) -> None:
    """Letters, fractions, negative codes and numbers above 32,000 are refused, each in its own words."""
    values = np.empty((1, 2), dtype=object)
    values[0, 0], values[0, 1] = 0, cell
    [(where, told, _)] = faults(Responses.from_array, values, ["a", "b"])
    assert (where, told) == ("row 0, item 'b'", what)


@pytest.mark.parametrize(
    "dtype", [bool, np.int8, np.uint8, np.int64, np.uint64, np.float16, np.float64, "U3", "S3"]
)
def test_the_dtype_of_an_array_does_not_matter(dtype: str) -> None:
    """The same table is the same responses in every dtype, with every lowest code."""
    values = np.array([[0, 1], [1, 0]]).astype(dtype)
    assert Responses.from_array(values).codes().tolist() == [[0, 1], [1, 0]]
    if dtype is not bool:
        two = np.array([[1, 2]]).astype(dtype)
        assert Responses.from_array(two, lowest=1).codes().tolist() == [[0, 1]]


def test_the_codes_of_an_unsigned_array_do_not_wrap() -> None:
    """A uint64 of any size is too high a code and no negative one."""
    values = np.array([[0, 2**64 - 1]], dtype=np.uint64)
    assert faults(Responses.from_array, values) == [("row 0, item 'item_2'", "code too high", str(2**64 - 1))]


@pytest.mark.parametrize("values", [np.array([["2020-01-01"]], dtype="M8[D]"), np.array([[1j]])])
def test_dates_and_complex_numbers_are_no_categories(values: np.ndarray) -> None:
    """An array whose dtype holds no categories is refused cell by cell."""
    assert [what for _, what, _ in faults(Responses.from_array, values)] == ["not a number"]


def test_a_negative_code_is_not_the_internal_mark_of_missing() -> None:
    """-1 from outside is refused with the remedy to mark missing answers as NaN or NA."""
    assert "NaN or NA" in remedies(Responses.from_array, np.array([[0, -1]]))
    assert "NaN or NA" in remedies(Responses.from_array, [["0", "-1"]])


def test_masked_cells_are_missing_whatever_stands_below_the_mask() -> None:
    """The mask of a masked array decides, for numbers and for objects."""
    for dtype in (np.int64, np.float64, object):
        data = np.ma.MaskedArray(np.array([[0, -9], [7, 1]], dtype=dtype), mask=[[0, 1], [0, 0]])
        assert Responses.from_array(data).codes().tolist() == [[0, MISSING], [7, 1]]


# ---- what the caller declares ---------------------------------------------------------------------------


def test_the_lowest_code_becomes_zero() -> None:
    """With lowest=1 the code 1 is the category 0, and a 0 is a fault."""
    assert Responses.from_array([[1, 5]], lowest=1).codes().tolist() == [[0, 4]]
    assert faults(Responses.from_array, [[1, 0]], lowest=1) == [("row 0, item 'item_2'", "code below 1", "0")]


def test_a_code_outside_the_declared_range_is_a_fault() -> None:
    """n_categories=3 allows 0 to 2, with lowest=1 it allows 1 to 3, and the message says so."""
    for lowest, expected in ((0, "0 to 2"), (1, "1 to 3")):
        table = [[lowest, lowest + 3]]
        with pytest.raises(InputError) as caught:
            Responses.from_array(table, lowest=lowest, n_categories=3)
        [problem] = caught.value.problems
        assert problem.what == "code outside the declared range"
        assert (problem.expected, problem.got) == (expected, str(lowest + 3))
        assert Responses.from_array(table, lowest=lowest, n_categories=4).n_answers == 2


def test_each_item_may_have_its_own_number_of_categories() -> None:
    """A mapping declares item by item, and may name items that the responses lack."""
    declared = {"a": 2, "b": 4, "z": 9}
    assert Responses.from_array([[1, 3]], ["a", "b"], n_categories=declared).codes().tolist() == [[1, 3]]
    told = faults(Responses.from_array, [[2, 4]], ["a", "b"], n_categories=declared)
    assert [where for where, _, _ in told] == ["row 0, item 'a'", "row 0, item 'b'"]


def test_a_mapping_that_leaves_an_item_out_is_a_fault() -> None:
    """A misspelt name in the mapping is not dropped without a word."""
    told = faults(Responses.from_array, [[1, 3]], ["a", "b"], n_categories={"a": 2, "B": 4})
    assert told == [("n_categories['b']", "the item has no declared number of categories", "")]


@pytest.mark.parametrize("lowest", [-1, 1.0, "1", None])
def test_a_lowest_code_is_an_integer_from_zero(lowest: Any) -> None:
    """Any other declaration is refused by its name."""
    assert [where for where, _, _ in faults(Responses.from_array, [[1]], lowest=lowest)] == ["lowest"]


@pytest.mark.parametrize(
    ("n_categories", "where"), [(0, "n_categories"), (2.5, "n_categories"), ({"a": 0}, "n_categories['a']")]
)
def test_a_number_of_categories_is_a_positive_integer(n_categories: Any, where: str) -> None:
    """Any other declaration is refused by its name."""
    assert [place for place, _, _ in faults(Responses.from_array, [[1]], n_categories=n_categories)] == [
        where
    ]


# ---- arrays ---------------------------------------------------------------------------------------------


def test_items_without_names_are_numbered() -> None:
    """The columns of a bare array are item_1, item_2, …, and its persons have no labels."""
    responses = Responses.from_array(np.zeros((2, 3)))
    assert responses.items == ("item_1", "item_2", "item_3")
    assert responses.persons is None


def test_nothing_of_the_callers_array_is_kept() -> None:
    """Changing the array afterwards changes no responses, and the responses cannot be changed."""
    data = np.array([[0, 1]], dtype=np.int16)
    responses = Responses.from_array(data)
    data[:] = 9
    assert responses.codes().tolist() == [[0, 1]]
    with pytest.raises(ValueError, match="read-only"):
        responses.codes()[0, 0] = 1
    with pytest.raises(AttributeError):
        responses.items = ()  # type: ignore[misc]


@pytest.mark.parametrize("responses", [dense(), sparse()], ids=["dense", "sparse"])
def test_every_array_inside_is_read_only(responses: Responses) -> None:
    """Dense or sparse, selected, reversed or not: no array can be written to."""
    made = [responses, responses.select_persons([0]), responses.select_items(ITEMS[:1])]
    for value in [*made, responses.reversed(ITEMS[:1])]:
        assert not any(
            array.flags.writeable for array in [*value.sparse(), value.codes(), value.codes(ITEMS[1:])]
        )


@pytest.mark.parametrize("shape", [(3,), (1, 2, 3), ()])
def test_an_array_has_two_dimensions(shape: tuple[int, ...]) -> None:
    """Another number of dimensions is refused with the shape that was found."""
    assert faults(Responses.from_array, np.zeros(shape)) == [("responses", "not a table", f"shape {shape}")]


@pytest.mark.parametrize(
    ("shape", "missing"), [((0, 2), ["no rows"]), ((2, 0), ["no items"]), ((0, 0), ["no items", "no rows"])]
)
def test_a_table_has_rows_and_items(shape: tuple[int, int], missing: list[str]) -> None:
    """A table without rows or items is refused, as an array, a pandas frame and an Arrow table."""
    assert [what for _, what, _ in faults(Responses.from_array, np.zeros(shape))] == missing
    if shape[1]:
        assert [what for _, what, _ in faults(Responses.from_frame, pd.DataFrame(np.zeros(shape)))] == missing
    assert "no items" in [what for _, what, _ in faults(Responses.from_frame, pa.table({}))]


def test_rows_of_unequal_length_are_all_named() -> None:
    """A ragged list of lists is refused row by row; an empty one is no table."""
    told = faults(Responses.from_array, [[1, 2], [1], [1, 2], [1, 2, 3]])
    assert told == [("row 1", "ragged row", "1 cells"), ("row 3", "ragged row", "3 cells")]
    assert faults(Responses.from_array, []) == [("responses", "not a table", "shape (0,)")]
    assert faults(Responses.from_array, [1, 2]) == [("responses", "not a table", "shape (2,)")]


def test_faults_of_names_labels_and_cells_come_at_once() -> None:
    """Wrong numbers of names, duplicates, empty names and bad cells are told in one error."""
    told = faults(Responses.from_array, [["x", 0], [1, 2.5]], ["a", "a", ""], ["p", None, "q"])
    assert [(where, what) for where, what, _ in told] == [
        ("item 'a'", "duplicate name"),
        ("items[2]", "the item has no name"),
        ("items", "wrong number of names"),
        ("persons", "wrong number of names"),
        ("row 1", "the person has no label"),
        ("row 0, item 'item_1'", "not a number"),
        ("row 1, item 'item_2'", "not a whole number"),
    ]


def test_at_most_twenty_faults_of_a_kind_and_column_are_listed() -> None:
    """The first 20 are listed, then one says how many more; another kind or column has its own 20."""
    column = ["x"] * 30 + [-1] * 21 + [0]
    told = faults(Responses.from_array, [[cell, "y"] for cell in column], ["a", "b"])
    assert len(told) == 20 + 1 + 20 + 1 + 20 + 1
    assert told[20] == ("item 'a'", "10 more: not a number", "")
    assert told[41] == ("item 'a'", "1 more: code below 0", "")
    assert told[62] == ("item 'b'", "32 more: not a number", "")
    assert [where for where, _, _ in told[:3]] == ["row 0, item 'a'", "row 1, item 'a'", "row 2, item 'a'"]


def test_exactly_twenty_faults_are_listed_without_a_remainder() -> None:
    """Where nothing is left out nothing is said to be left out."""
    assert len(faults(Responses.from_array, [["x"]] * 20)) == 20


def test_long_values_are_shortened_in_messages() -> None:
    """A cell of a thousand letters does not flood the message."""
    [(_, _, got)] = faults(Responses.from_array, [["x" * 1000]])
    assert len(got) == 60


# ---- the value ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("responses", [dense(), sparse()], ids=["dense", "sparse"])
class TestBothKinds:
    """Dense and sparse responses give the same answers."""

    def test_the_sizes_are_those_of_the_table(self, responses: Responses) -> None:
        """Persons without an answer count as persons; 0 counts as an answer."""
        assert (responses.n_persons, responses.n_items, responses.n_answers) == (4, 3, 6)
        assert responses.n_answers_per_item.tolist() == [3, 2, 1]
        assert responses.n_answers_per_person.tolist() == [2, 1, 0, 3]

    def test_codes_choose_and_order_the_items(self, responses: Responses) -> None:
        """An item that the responses lack is a column of MISSING."""
        assert responses.codes().tolist() == CODES
        assert responses.codes(["q 3", "absent", "q_1"]).tolist() == [
            [-1, -1, 0],
            [-1, -1, 2],
            [-1, -1, -1],
            [1, -1, 3],
        ]
        assert responses.codes([]).shape == (4, 0)
        assert responses.codes(("q_1",)).dtype == np.int16

    def test_codes_asked_for_twice_are_refused(self, responses: Responses) -> None:
        """A name twice in a request is a slip, and is named."""
        assert faults(responses.codes, ["q_1", "q_1"]) == [
            ("item 'q_1'", "duplicate name", "columns 1 and 2")
        ]

    def test_the_triplet_holds_the_answered_cells(self, responses: Responses) -> None:
        """0 is an entry; a missing cell is none; the types are those of the contract."""
        indptr, indices, values = responses.sparse()
        assert indptr.tolist() == [0, 2, 3, 3, 6]
        assert indices.tolist() == [0, 1, 0, 0, 1, 2]
        assert values.tolist() == [0, 1, 2, 3, 0, 1]
        assert (indptr.dtype, indices.dtype, values.dtype) == (np.int64, np.int32, np.int16)

    @pytest.mark.parametrize(
        ("index", "labels"),
        [
            (np.array([True, False, False, True]), "AD"),
            ([False, False, True, False], "C"),
            (np.array([3, 0, 0]), "DAA"),
            ([-1], "D"),
            (slice(1, 3), "BC"),
            (slice(None, None, -1), "DCBA"),
            ([], ""),
            (np.zeros(4, dtype=bool), ""),
        ],
    )
    def test_persons_are_selected_like_rows_of_an_array(
        self, responses: Responses, index: Any, labels: str
    ) -> None:
        """A mask, integers or a slice; the order is that of the index; nobody is allowed."""
        selected = responses.select_persons(index)
        assert selected.persons == tuple(labels)
        assert selected.codes().tolist() == [CODES["ABCD".index(label)] for label in labels]
        assert selected.is_sparse == responses.is_sparse

    @pytest.mark.parametrize("index", [[True], [4], [0.5], "A"])
    def test_an_index_that_does_not_fit_is_refused(self, responses: Responses, index: Any) -> None:
        """A short mask, a person that is not there, or what is no index."""
        assert [where for where, _, _ in faults(responses.select_persons, index)] == ["index"]

    def test_items_are_selected_in_the_order_asked_for(self, responses: Responses) -> None:
        """Persons stay, even those who are left without an answer."""
        selected = responses.select_items(["q 3", "q_1"])
        assert selected.items == ("q 3", "q_1")
        assert selected.codes().tolist() == [[-1, 0], [-1, 2], [-1, -1], [1, 3]]
        assert selected.is_sparse == responses.is_sparse
        assert selected.sparse().indices.tolist() == [1, 1, 0, 1]

    def test_all_unknown_items_are_named(self, responses: Responses) -> None:
        """Unknown and repeated names are told at once."""
        told = faults(responses.select_items, ["x", "q_1", "y", "q_1"])
        assert [(where, what) for where, what, _ in told] == [
            ("item 'x'", "unknown item"),
            ("item 'y'", "unknown item"),
            ("item 'q_1'", "duplicate name"),
        ]

    def test_reversing_counts_from_the_highest_code(self, responses: Responses) -> None:
        """By default from the highest observed code of the item; missing stays missing."""
        assert responses.reversed(["q_1"]).codes().tolist() == [
            [3, 1, -1],
            [1, -1, -1],
            [-1, -1, -1],
            [0, 0, 1],
        ]
        assert responses.reversed(ITEMS, 4).codes(["q_1"]).ravel().tolist() == [4, 2, -1, 1]
        declared = {"q_1": 5, "q 3": 2, "other": 1}
        assert responses.reversed(["q_1", "q 3"], declared).codes().tolist()[3] == [2, 0, 1]
        assert responses.reversed(ITEMS).is_sparse == responses.is_sparse

    def test_reversing_needs_a_highest_code_for_every_item(self, responses: Responses) -> None:
        """An item left out, and a code above the highest, are told at once; so are unknown items."""
        told = faults(responses.reversed, ["q_1", "q 3"], {"q_1": 2})
        assert told == [
            ("highest['q_1']", "too low", "2"),
            ("highest['q 3']", "no highest code is declared for the item", ""),
        ]
        assert [where for where, _, _ in faults(responses.reversed, ["x"])] == ["item 'x'"]

    def test_categories_are_counted(self, responses: Responses) -> None:
        """A row an item, a column a category; more categories than were observed may be asked for."""
        assert responses.category_counts().tolist() == [[1, 0, 1, 1], [1, 1, 0, 0], [0, 1, 0, 0]]
        assert responses.category_counts(5).tolist()[0] == [1, 0, 1, 1, 0]
        assert responses.category_counts().dtype == np.int64
        assert faults(responses.category_counts, 3) == [
            ("n_categories", "too few categories for the codes", "3")
        ]

    def test_a_frame_has_na_where_nothing_was_answered(self, responses: Responses) -> None:
        """Int16 columns named by the items, the labels as the index."""
        table = responses.to_frame()
        assert table.columns.tolist() == list(ITEMS)
        assert table.index.tolist() == list("ABCD")
        assert {str(dtype) for dtype in table.dtypes} == {"Int16"}
        assert table.isna().to_numpy().tolist() == [[cell is None for cell in row] for row in TABLE]
        assert same(as_responses(table.reset_index(drop=True)), Responses.from_array(TABLE, ITEMS))

    def test_a_declaration_is_checked_afterwards(self, responses: Responses) -> None:
        """as_responses hands responses through and checks n_categories against them."""
        assert as_responses(responses, n_categories=4) is responses
        told = faults(as_responses, responses, n_categories={"q_1": 3, "решение": 1, "q 3": 2})
        assert told == [
            ("item 'q_1'", "code outside the declared range", "3"),
            ("item 'решение'", "code outside the declared range", "1"),
        ]
        assert len(faults(as_responses, responses, n_categories={"q_1": 9})) == 2

    def test_the_text_of_the_value_is_short(self, responses: Responses) -> None:
        """It tells the sizes and the kind, not the cells."""
        assert repr(responses).startswith("<Responses: 4 persons, 3 items, 6 answers, ")


def test_an_item_that_nobody_answered_stays_as_it_is_when_reversed() -> None:
    """There is no highest code, and nothing to reverse."""
    responses = Responses.from_array([[None, 1], [None, 0]])
    assert responses.reversed(responses.items).codes().tolist() == [[-1, 0], [-1, 1]]
    assert responses.category_counts().tolist() == [[0, 0], [1, 1]]


def test_responses_without_any_answer_are_counted_too() -> None:
    """Nobody and nothing: one category by default, never asked for."""
    responses = Responses.from_array([[None]])
    assert responses.category_counts().tolist() == [[0]]
    assert responses.select_persons([]).category_counts().tolist() == [[0]]
    assert responses.select_persons([]).to_frame().shape == (0, 1)


def test_a_value_whose_parts_do_not_fit_cannot_be_made() -> None:
    """Names, labels and cells are checked against each other, dense or sparse."""
    cells = np.zeros((2, 2), dtype=np.int16)
    told = faults(Responses, items=("a", "b", "b"), persons=("p",), cells=cells)
    assert [where for where, _, _ in told] == ["item 'b'", "items", "persons"]
    triplet = Triplet(np.array([0, 1]), np.array([1], dtype=np.int32), np.array([0], dtype=np.int16))
    assert [where for where, _, _ in faults(Responses, items=("a",), cells=triplet)] == ["items"]


@given(tables())
@settings(deadline=None)
def test_dense_and_sparse_hold_the_same_answers(responses: Responses) -> None:
    """Going to the triplet and back changes no cell: missing stays missing and 0 stays an answer."""
    back = Responses(items=responses.items, persons=responses.persons, cells=responses.sparse())
    assert back.is_sparse
    assert same(back, responses)
    assert back.n_answers == responses.n_answers == np.count_nonzero(responses.codes() != MISSING)
    assert np.array_equal(back.n_answers_per_item, responses.n_answers_per_item)
    assert np.array_equal(back.n_answers_per_person, responses.n_answers_per_person)
    assert np.array_equal(back.category_counts(), responses.category_counts())


@given(tables(), st.data())
@settings(deadline=None)
def test_selecting_commutes_with_the_kind(responses: Responses, data: st.DataObject) -> None:
    """The same persons and items of a dense and of a sparse table are the same responses."""
    other = Responses(items=responses.items, persons=responses.persons, cells=responses.sparse())
    rows = data.draw(st.lists(st.integers(0, responses.n_persons - 1), max_size=5))
    items = data.draw(st.permutations(responses.items))[: data.draw(st.integers(1, responses.n_items))]
    assert same(responses.select_persons(rows), other.select_persons(rows))
    assert same(responses.select_items(items), other.select_items(items))
    assert same(responses.reversed(items), other.reversed(items))


@given(tables())
@settings(deadline=None)
def test_reversing_twice_is_nothing(responses: Responses) -> None:
    """With a fixed highest code; the number of answers is never changed."""
    once = responses.reversed(responses.items, 6)
    assert once.n_answers == responses.n_answers
    assert same(once.reversed(responses.items, 6), responses)


@given(tables())
@settings(deadline=None)
def test_category_counts_add_up_to_the_answers(responses: Responses) -> None:
    """Every answer is in one category; no missing cell is in any."""
    assert np.array_equal(responses.category_counts(7).sum(axis=1), responses.n_answers_per_item)


# ---- frames ---------------------------------------------------------------------------------------------


FRAMES: dict[str, Callable[[dict[str, list[Any]]], Any]] = {
    "pandas": pd.DataFrame,
    "pandas object": lambda columns: pd.DataFrame(columns, dtype=object),
    "pandas nullable": lambda columns: pd.DataFrame(columns).convert_dtypes(),
    "pandas category": lambda columns: pd.DataFrame(columns).astype("category"),
    "pandas Arrow": lambda columns: pa.table(columns).to_pandas(types_mapper=pd.ArrowDtype),
    "polars": lambda columns: pl.DataFrame(columns, strict=False),
    "Arrow": pa.table,
    "Arrow batch": pa.RecordBatch.from_pydict,
}


@pytest.fixture(params=FRAMES)
def make_frame(request: pytest.FixtureRequest) -> Callable[[dict[str, list[Any]]], Any]:
    """Make a frame of columns, in every library in turn."""
    return FRAMES[request.param]


def test_every_library_gives_the_same_responses(make_frame: Callable[..., Any]) -> None:
    """Column names are the items; integers, floats, booleans and texts are read alike."""
    columns = {
        "целое": [0, 3, None],
        "float": [1.0, None, 2.0],
        "bool": [True, False, None],
        "text": ["1", " 2.0", "NA"],
        "nothing": [None, None, None],
        "full": [1, 0, 1],
    }
    responses = as_responses(make_frame(columns))
    assert responses.items == tuple(columns)
    assert responses.codes().tolist() == [[0, 1, 1, 1, -1, 1], [3, -1, 0, 2, -1, 0], [-1, 2, -1, -1, -1, 1]]


def test_every_library_names_the_same_faults(make_frame: Callable[..., Any]) -> None:
    """Row, item, fault and value do not hang on the library."""
    columns = {"a": ["0", "x", "y"], "b": [0.0, 2.5, None], "c": [0, 1, -1], "d": [0, 7, 40_000]}
    with pytest.raises(InputError) as caught:
        Responses.from_frame(make_frame(columns), n_categories=5)
    told = [(problem.where, problem.what) for problem in caught.value.problems]
    assert told == [
        ("row 1, item 'a'", "not a number"),
        ("row 2, item 'a'", "not a number"),
        ("row 1, item 'b'", "not a whole number"),
        ("row 2, item 'c'", "code below 0"),
        ("row 2, item 'd'", "code too high"),
        ("row 1, item 'd'", "code outside the declared range"),
    ]


def test_a_column_of_labels_is_no_item(make_frame: Callable[..., Any]) -> None:
    """``person`` names it; labels may be numbers or texts."""
    table = make_frame({"a": [0, 1], "who": [17, 18], "b": [1, 1]})
    responses = Responses.from_frame(table, person="who")
    assert (responses.items, responses.persons) == (("a", "b"), ("17", "18"))
    assert Responses.from_frame(make_frame({"w": ["p", "q"], "a": [0, 1]}), person="w").persons == ("p", "q")


def test_a_label_column_that_is_not_there_is_a_fault(make_frame: Callable[..., Any]) -> None:
    """The message names the columns that there are; a row without a label is a fault, too."""
    table = make_frame({"a": [0, 1], "who": ["p", None]})
    [where, what, got] = faults(Responses.from_frame, table, person="name")[0]
    assert (where, what, got) == ("responses", "no column 'name' for the labels of the persons", "'a, who'")
    assert faults(Responses.from_frame, table, person="who") == [("row 1", "the person has no label", "")]


def test_duplicate_and_empty_column_names_are_faults() -> None:
    """In pandas and Arrow, which allow them."""
    names_and_columns = [("a", [0]), ("a", [1]), ("", [1])]
    arrow = pa.Table.from_arrays([pa.array(column) for _, column in names_and_columns], names=["a", "a", ""])
    for table in (pd.DataFrame([[0, 1, 1]], columns=["a", "a", ""]), arrow):
        assert faults(Responses.from_frame, table) == [
            ("item 'a'", "duplicate name", "columns 1 and 2"),
            ("items[2]", "the item has no name", ""),
        ]


def test_numbered_columns_are_named_by_their_numbers() -> None:
    """A pandas frame of a bare array has the items 0, 1, …, as texts."""
    assert Responses.from_frame(pd.DataFrame([[0, 1]])).items == ("0", "1")


def test_dates_in_a_frame_are_no_categories(make_frame: Callable[..., Any]) -> None:
    """A column of dates is refused; a missing date is not what is wrong with it."""
    table = make_frame({"a": [datetime.datetime(2020, 1, 1), None]})
    assert [(where, what) for where, what, _ in faults(as_responses, table)] == [
        ("row 0, item 'a'", "not a number")
    ]


def test_polars_lists_and_categories() -> None:
    """A list is no category; a polars Categorical is read by its texts."""
    assert [what for _, what, _ in faults(as_responses, pl.DataFrame({"a": [[1], [2]]}))] == [
        "not a number"
    ] * 2
    table = pl.DataFrame({"a": pl.Series(["2", None], dtype=pl.Categorical)})
    assert as_responses(table).codes().tolist() == [[2], [-1]]


def test_arrow_decimals_and_dictionaries() -> None:
    """Both are read by their values; nulls stay missing."""
    decimals = pa.array([decimal.Decimal("2.0"), None], pa.decimal128(4, 1))
    encoded = pa.array(["1", None]).dictionary_encode()
    assert as_responses(pa.table({"a": decimals, "b": encoded})).codes().tolist() == [[2, 1], [-1, -1]]


@given(tables())
@settings(max_examples=40, deadline=None)
def test_a_frame_and_back_is_the_same(responses: Responses) -> None:
    """Through pandas, polars and Arrow: missing stays missing, 0 stays an answer, names stay names."""
    table = responses.to_frame()
    bare = Responses.from_array(np.where(responses.codes() < 0, np.nan, responses.codes()), responses.items)
    for back in (
        table,
        table.astype(float),
        table.astype(object),
        pa.Table.from_pandas(table, preserve_index=False),
    ):
        assert same(as_responses(back), bare)
    assert same(as_responses(pl.from_pandas(table)), bare)
    if responses.persons is not None and "person" not in responses.items:
        assert same(Responses.from_frame(table.reset_index(), person="person"), responses)


# ---- long tables ----------------------------------------------------------------------------------------


def test_a_long_table_stays_sparse() -> None:
    """0 is an answer; an absent pair and a missing response are none; their persons and items stay."""
    responses = Responses.from_long(
        ["p", "q", "p", "r"], ["b", "a", "a", "c"], [0, 2, 1, None], lowest=0, n_categories=3
    )
    assert responses.is_sparse
    assert (responses.persons, responses.items) == (("p", "q", "r"), ("b", "a", "c"))
    assert responses.codes().tolist() == [[0, 1, -1], [-1, 2, -1], [-1, -1, -1]]
    assert responses.n_answers == 3


def test_a_long_table_may_be_made_dense() -> None:
    """The cells are the same."""
    columns = (["p", "q"], ["b", "a"], [1, 2])
    made = Responses.from_long(*columns, sparse=False)
    assert not made.is_sparse
    assert same(made, Responses.from_long(*columns))


def test_declared_items_set_the_order() -> None:
    """Items that nobody answered are there, too."""
    responses = Responses.from_long([1, 1], ["b", "a"], [0, 1], items=["a", "z", "b"])
    assert responses.items == ("a", "z", "b")
    assert responses.codes().tolist() == [[1, -1, 0]]


@pytest.mark.parametrize(
    "column",
    [
        list,
        tuple,
        np.array,
        pd.Series,
        pd.Index,
        pl.Series,
        pa.array,
        lambda values: pa.chunked_array([values]),
    ],
)
def test_the_columns_of_a_long_table_may_come_from_any_library(column: Callable[..., Any]) -> None:
    """Lists, arrays and the columns of pandas, polars and Arrow."""
    responses = Responses.from_long(
        column([7, 7, 8]), column(["a", "b", "a"]), column([1.0, float("nan"), 3.0])
    )
    assert (responses.persons, responses.items) == (("7", "8"), ("a", "b"))
    assert responses.codes().tolist() == [[1, -1], [3, -1]]


def test_a_pair_twice_is_a_fault_even_if_alike() -> None:
    """Every answer after the first is named, with the person; a missing one is no answer."""
    persons, items, answers = ["p", "p", "p", "q", "p"], ["a", "a", "b", "a", "a"], [1, 1, None, 0, 2]
    told = faults(Responses.from_long, persons, items, answers)
    assert told == [
        ("row 1, item 'a'", "second answer of one person", "1 of person 'p'"),
        ("row 4, item 'a'", "second answer of one person", "2 of person 'p'"),
    ]
    assert Responses.from_long(["p", "p"], ["a", "a"], [None, 1]).codes().tolist() == [[1]]


def test_all_faults_of_a_long_table_come_at_once() -> None:
    """Labels, unknown and duplicate items, letters, ranges and pairs."""
    told = faults(
        Responses.from_long,
        ["p", None, "p", "p", "q", "q", "r"],
        ["a", "a", "", "x", "a", "a", "b"],
        ["u", 1, 1, 1, 0, 0, 5],
        items=["a", "b", "a"],
        n_categories=4,
    )
    assert [(where, what) for where, what, _ in told] == [
        ("row 1", "the person has no label"),
        ("row 2", "the item has no name"),
        ("item 'a'", "duplicate name"),
        ("row 3, item 'x'", "unknown item"),
        ("row 0, item 'a'", "not a number"),
        ("row 5, item 'a'", "second answer of one person"),
        ("row 6, item 'b'", "code outside the declared range"),
    ]


def test_a_long_table_has_three_equally_long_columns() -> None:
    """Unequal lengths and an empty table are refused."""
    assert faults(Responses.from_long, [1], ["a", "b"], [1]) == [
        ("long table", "unequal lengths", "person 1, item 2, response 1")
    ]
    assert [what for _, what, _ in faults(Responses.from_long, [], [], [])] == ["no items", "no rows"]
    assert [what for _, what, _ in faults(Responses.from_long, [], [], [], items=["a"])] == ["no rows"]


@given(tables())
@settings(deadline=None)
def test_a_long_table_and_back_is_the_same(responses: Responses) -> None:
    """Writing every cell as a row, the missing ones too, and in any order of rows, changes nothing."""
    rows, columns = np.divmod(np.arange(responses.n_persons * responses.n_items)[::-1], responses.n_items)
    answers = np.where(responses.codes() < 0, np.nan, responses.codes())[rows, columns]
    item = [responses.items[column] for column in columns]
    back = Responses.from_long(rows, item, answers, items=responses.items)
    assert back.persons == tuple(str(row) for row in range(responses.n_persons))[::-1]
    assert np.array_equal(back.codes()[::-1], responses.codes())
    assert (np.diff(back.sparse().indptr) >= 0).all()


# ---- text files -----------------------------------------------------------------------------------------


def test_a_text_file_is_a_line_of_names_and_a_line_a_person(write: Callable[..., pathlib.Path]) -> None:
    """Names may be Cyrillic and are stripped; every mark of a missing answer is read."""
    path = write('q_1, решение ,"q, 3"\n0,1,\n2.0, NA ,nan\nnull,NONE,"3"\n')
    responses = Responses.read_csv(path)
    assert responses.items == ("q_1", "решение", "q, 3")
    assert responses.persons is None
    assert responses.codes().tolist() == [[0, 1, -1], [2, -1, -1], [-1, -1, 3]]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
def test_line_ends_and_byte_order_marks_do_not_matter(
    write: Callable[..., pathlib.Path], newline: str, mark: str, end: str
) -> None:
    """Unix, Windows and old Mac lines, with and without a mark, with and without a last line end."""
    path = write((mark + "a,b\n0,1\n\n,2" + end).replace("\n", newline))
    responses = Responses.read_csv(path)
    assert (responses.items, responses.codes().tolist()) == (("a", "b"), [[0, 1], [-1, 2]])


def test_a_packed_text_file_is_unpacked(write: Callable[..., pathlib.Path]) -> None:
    """A .csv.gz is read like the .csv; one that is not packed is a fault."""
    path = write(gzip.compress(b"a,b\n0,1\n"), "spi.csv.gz")
    assert Responses.read_csv(path).codes().tolist() == [[0, 1]]
    for broken in (b"a,b\n0,1\n", gzip.compress(b"a,b\n0,1\n")[:-9]):
        [(where, what, _)] = faults(Responses.read_csv, write(broken, "bad.csv.gz"))
        assert (where.endswith("bad.csv.gz"), what) == (True, "cannot be read")


def test_the_label_column_may_stand_anywhere(write: Callable[..., pathlib.Path]) -> None:
    """Its texts are labels as they are, even NA; the column may be the one without a name."""
    responses = Responses.read_csv(write("a,who,b\n0,Айша,1\n1,NA,0\n"), person="who")
    assert (responses.items, responses.persons) == (("a", "b"), ("Айша", "NA"))
    assert responses.codes().tolist() == [[0, 1], [1, 0]]
    assert Responses.read_csv(write(",a\n1,0\n"), person="").persons == ("1",)


def test_another_separator_may_be_declared(write: Callable[..., pathlib.Path]) -> None:
    """A semicolon or a tab; the codes may be shifted at the same time."""
    assert Responses.read_csv(write("a;b\n1;2\n"), separator=";", lowest=1).codes().tolist() == [[0, 1]]
    assert Responses.read_csv(write("a\tb\n1\t\n"), separator="\t").codes().tolist() == [[1, -1]]


@pytest.mark.parametrize("separator", ["", ";;", "\n", '"'])
def test_a_separator_is_one_character(write: Callable[..., pathlib.Path], separator: str) -> None:
    """Anything else is refused by its name."""
    assert [where for where, _, _ in faults(Responses.read_csv, write("a\n1\n"), separator=separator)] == [
        "separator"
    ]


def test_a_wrong_separator_is_recognised(write: Callable[..., pathlib.Path]) -> None:
    """One fault and its remedy, not one for every line."""
    path = write("a;b\n" + "1;2\n" * 50)
    assert faults(Responses.read_csv, path) == [("spi.csv line 1", "one column only", "'a;b'")]
    assert faults(Responses.read_csv, path, person="a") == [("spi.csv line 1", "one column only", "'a;b'")]
    assert remedies(Responses.read_csv, path) == "Pass separator=';'"


def test_all_faults_of_a_file_come_at_once(write: Callable[..., pathlib.Path]) -> None:
    """A duplicate name, two letters and a code out of range give one error with four problems."""
    lines = ["q_1,q_90,q_1", *["0,1,1"] * 15, "0,x,1", "y,1,1", "0,1,7"]
    told = faults(Responses.read_csv, write("\n".join(lines)), n_categories=6)
    assert told == [
        ("spi.csv line 1, column 'q_1'", "duplicate name", "columns 1 and 3"),
        ("spi.csv line 18, column 'q_1'", "not a number", "'y'"),
        ("spi.csv line 17, column 'q_90'", "not a number", "'x'"),
        ("spi.csv line 19, column 'q_1'", "code outside the declared range", "'7'"),
    ]


def test_a_message_says_where_what_and_what_to_do(write: Callable[..., pathlib.Path]) -> None:
    """The whole sentence, as a user reads it."""
    with pytest.raises(InputError) as caught:
        Responses.read_csv(write("q_1,q_90\n" + "0,1\n" * 15 + "0,x\n"))
    assert str(caught.value) == (
        "spi.csv line 17, column 'q_90': not a number; expected an integer category from 0, got 'x'. "
        "Score the answer; where there is none, leave the cell empty or NA"
    )


def test_places_are_lines_of_the_file(write: Callable[..., pathlib.Path]) -> None:
    """Blank lines, records over several lines and ragged lines before it do not shift a place."""
    text = 'who,"a\nb",c\n\np,0,1\n"q\nr",1,x\ns,1\nt,1,2,3\n,z,1\n'
    assert faults(Responses.read_csv, write(text), person="who") == [
        ("spi.csv line 7", "ragged line", "2 cells"),
        ("spi.csv line 8", "ragged line", "4 cells"),
        ("spi.csv line 9", "the person has no label", ""),
        ("spi.csv line 9, column 'a\\nb'", "not a number", "'z'"),
        ("spi.csv line 5, column 'c'", "not a number", "'x'"),
    ]


def test_long_runs_of_faults_are_counted(write: Callable[..., pathlib.Path]) -> None:
    """Ragged lines, missing labels and letters: the first 20 of each, and how many more."""
    lines = ["who,a,b", *["p,1"] * 25, *[",x,1"] * 30]
    told = faults(Responses.read_csv, write("\n".join(lines)), person="who")
    assert len(told) == 3 * 21
    assert told[20] == ("spi.csv", "5 more: ragged line", "")
    assert told[41] == ("spi.csv", "10 more: the person has no label", "")
    assert told[62] == ("spi.csv line 1, column 'a'", "10 more: not a number", "")


def test_unnamed_columns_are_named_by_their_number(write: Callable[..., pathlib.Path]) -> None:
    """The index that a program wrote beside the items is the usual case, and the remedy says so."""
    path = write(",a,\n1,0,1\n")
    told = faults(Responses.read_csv, path)
    assert [where for where, _, _ in told] == ["spi.csv line 1, column 1", "spi.csv line 1, column 3"]
    assert "index" in remedies(Responses.read_csv, path)


@pytest.mark.parametrize("text", ["", "\n\n", "\ufeff"])
def test_an_empty_file_is_a_fault(write: Callable[..., pathlib.Path], text: str) -> None:
    """Nothing, blank lines or a bare mark."""
    assert faults(Responses.read_csv, write(text)) == [("spi.csv", "the file is empty", "")]


def test_a_file_has_persons_and_items(write: Callable[..., pathlib.Path]) -> None:
    """A header alone is no table, nor are labels alone."""
    assert faults(Responses.read_csv, write("a,b\n")) == [("spi.csv", "no rows", "")]
    assert faults(Responses.read_csv, write("who\np\n"), person="who") == [("spi.csv", "no items", "")]


def test_a_label_column_that_the_file_lacks_is_a_fault(write: Callable[..., pathlib.Path]) -> None:
    """Told together with the faults of the cells."""
    told = faults(Responses.read_csv, write("a,b\n0,x\n"), person="who")
    assert [where for where, _, _ in told] == ["spi.csv", "spi.csv line 2, column 'b'"]


def test_blank_lines_of_a_single_column_are_not_guessed(write: Callable[..., pathlib.Path]) -> None:
    """They may be unanswered cells; NA or an empty pair of quotes says so."""
    assert faults(Responses.read_csv, write("a\n0\n\n1\n")) == [("spi.csv line 3", "ragged line", "0 cells")]
    assert Responses.read_csv(write('a\n0\nNA\n""\n')).codes().tolist() == [[0], [-1], [-1]]


def test_what_is_not_utf8_is_a_fault_with_its_line(write: Callable[..., pathlib.Path]) -> None:
    """Windows-1251 and UTF-16 are not guessed."""
    path = write(b"a,b\n0,1\n" + "вопрос,1\n".encode("cp1251"))
    assert faults(Responses.read_csv, path) == [("spi.csv line 3", "not text", "byte 0xe2")]
    assert faults(Responses.read_csv, write("a,b\n".encode("utf-16"))) == [
        ("spi.csv line 1", "not text", "byte 0xff")
    ]


def test_a_broken_quote_ends_the_file_with_its_place(write: Callable[..., pathlib.Path]) -> None:
    """What stood before it is checked and told as well."""
    told = faults(Responses.read_csv, write('a,b\n0,x\n1,"0\n1,1\n'))
    assert [(where, what) for where, what, _ in told] == [
        ("spi.csv line 3", "broken line"),
        ("spi.csv line 2, column 'b'", "not a number"),
    ]
    told = faults(Responses.read_csv, write('"a\n'))
    assert [what for _, what, _ in told] == ["broken line", "the file is empty"]


def test_a_path_that_leads_nowhere_is_a_fault(tmp_path: pathlib.Path) -> None:
    """No such file, or a folder; the remedy names the working folder."""
    for read in (Responses.read_csv, Responses.read_parquet):
        assert faults(read, tmp_path / "x.csv") == [(str(tmp_path / "x.csv"), "there is no such file", "")]
        assert str(pathlib.Path.cwd()) in remedies(read, tmp_path / "x.csv")
        assert [what for _, what, _ in faults(read, tmp_path)] == ["cannot be read"]


def test_a_text_is_never_a_path() -> None:
    """A name from outside does not open a file."""
    for read in (Responses.read_csv, Responses.read_parquet):
        assert faults(read, "spi.csv") == [("path", "not a path", "'spi.csv'")]


@given(tables())
@settings(max_examples=40, deadline=None)
def test_a_text_file_and_back_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, responses: Responses
) -> None:
    """With labels or without: missing stays missing, 0 stays an answer, names stay names."""
    path = tmp_path_factory.mktemp("csv") / "table.csv"
    labels = responses.persons or [f"{row}" for row in range(responses.n_persons)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["  ", *responses.items])
        for label, row in zip(labels, responses.codes().tolist(), strict=True):
            writer.writerow([label, *("" if code == MISSING else code for code in row)])
    back = Responses.read_csv(path, person="")
    assert back.items == responses.items
    assert back.persons == tuple(labels)
    assert np.array_equal(back.codes(), responses.codes())


@given(
    st.lists(
        st.lists(st.sampled_from(["0", "7", "x", "", "-1", "2.5", "99999"]), min_size=2, max_size=2),
        min_size=1,
    )
)
@settings(deadline=None)
def test_a_file_and_an_array_have_the_same_faults(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    """What is wrong with a cell does not hang on where it came from; only the place is named differently."""
    path = tmp_path_factory.mktemp("csv") / "spi.csv"
    path.write_text("\n".join(["a,b", *(",".join(row) for row in rows)]))

    def told(make: Callable[..., Responses], *args: Any) -> object:
        try:
            return make(*args, n_categories=5).codes().tolist()
        except InputError as error:
            return [(p.what, p.got, p.expected, p.remedy) for p in error.problems]

    assert told(Responses.read_csv, path) == told(Responses.from_array, rows, ["a", "b"])


# ---- Parquet --------------------------------------------------------------------------------------------


def test_a_parquet_file_is_read_like_its_table(tmp_path: pathlib.Path) -> None:
    """Nulls are missing; the label column is named; faults name the file, the row and the column."""
    path = tmp_path / "spi.parquet"
    pyarrow.parquet.write_table(pa.table({"who": ["p", "q"], "вопрос": [0, None], "b": ["1", "2"]}), path)
    responses = Responses.read_parquet(path, person="who", n_categories=3)
    assert (responses.items, responses.persons) == (("вопрос", "b"), ("p", "q"))
    assert responses.codes().tolist() == [[0, 1], [-1, 2]]
    told = faults(Responses.read_parquet, path, n_categories=2)
    assert [where for where, _, _ in told] == [
        "spi.parquet row 0, column 'who'",
        "spi.parquet row 1, column 'who'",
        "spi.parquet row 1, column 'b'",
    ]


def test_the_index_that_pandas_writes_is_no_item(tmp_path: pathlib.Path) -> None:
    """It is left out, or taken as the labels where it is asked for."""
    path = tmp_path / "spi.parquet"
    pd.DataFrame({"a": [1, 2]}, index=[5, 7]).to_parquet(path)
    assert pyarrow.parquet.read_schema(path).names == ["a", "__index_level_0__"]
    assert Responses.read_parquet(path).items == ("a",)
    assert Responses.read_parquet(path, person="__index_level_0__").persons == ("5", "7")


def test_what_is_not_parquet_is_a_fault(write: Callable[..., pathlib.Path]) -> None:
    """A text file under that name, for instance."""
    [(where, what, _)] = faults(Responses.read_parquet, write("a,b\n0,1\n", "spi.parquet"))
    assert (where, what) == ("spi.parquet", "not a Parquet file")


# ---- the front door -------------------------------------------------------------------------------------


def test_the_front_door_takes_any_table() -> None:
    """Responses are handed through; arrays, masked arrays, lists and frames are read."""
    responses = dense()
    assert as_responses(responses) is responses
    for data in ([[1, 2]], ((1, 2),), np.array([[1, 2]]), np.ma.array([[1, 2]]), pd.DataFrame([[1, 2]])):
        assert as_responses(data, lowest=1, n_categories=2).codes().tolist() == [[0, 1]]


def test_responses_start_at_zero_already() -> None:
    """Declaring another lowest code for them is refused, not passed over."""
    assert faults(as_responses, dense(), lowest=1) == [("lowest", "responses start at 0 already", "1")]


@pytest.mark.parametrize(
    ("data", "remedy"),
    [
        (scipy.sparse.csr_array([[0, 1]]), "from_long"),
        (pathlib.Path("spi.csv"), "read_csv"),
        ("spi.csv", "read_csv"),
        (pl.LazyFrame({"a": [1]}), "Collect"),
        (pd.Series([1]), "frame"),
        (pa.array([1]), ""),
        (7, ""),
    ],
)
def test_what_is_no_table_is_refused_with_what_to_call_instead(data: object, remedy: str) -> None:
    """A sparse matrix in particular: it does not know the answer 0 from no answer."""
    for make in (as_responses, Responses.from_array, Responses.from_frame):
        assert [what for _, what, _ in faults(make, data)] == ["not a table of answers"]
        assert remedy in remedies(make, data)


def test_a_frame_is_not_stripped_of_its_names() -> None:
    """from_array refuses a frame, whose names it would lose, and from_frame an array."""
    assert [what for _, what, _ in faults(Responses.from_array, pd.DataFrame([[1]]))] == [
        "not a table of answers"
    ]
    assert [what for _, what, _ in faults(Responses.from_frame, np.array([[1]]))] == [
        "not a table of answers"
    ]


def test_every_frame_of_the_library_is_made_in_one_place() -> None:
    """Columns in, a pandas frame out, in their order."""
    table = compassess.responses.frame({"b": [1, 2], "a": np.array([0.5, np.nan])})
    assert table.columns.tolist() == ["b", "a"]


def test_a_library_that_is_not_there_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    """The message says which extra to install."""
    for library in ("pandas", "pyarrow"):
        monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingExtra, match=r"pandas.*compassess\[frames\]"):
        dense().to_frame()
    with pytest.raises(MissingExtra, match=r"pyarrow.*compassess\[frames\]"):
        Responses.read_parquet(tmp_path / "x.parquet")


def test_numpy_alone_is_enough(write: Callable[..., pathlib.Path]) -> None:
    """Arrays, long tables and text files are read where no frame library is installed."""
    script = textwrap.dedent("""
        import sys, pathlib
        for library in ("pandas", "polars", "pyarrow"):
            sys.modules[library] = None
        from compassess.responses import Responses, as_responses
        assert Responses.read_csv(pathlib.Path(sys.argv[1])).n_answers == 2
        assert as_responses([[0, None]]).n_answers == 1
        assert Responses.from_long(["p"], ["a"], [0]).n_answers == 1
    """)
    path = write("a,b\n0,1\n")
    subprocess.run(
        [sys.executable, "-c", script, str(path)], check=True, cwd=pathlib.Path(__file__).parents[1]
    )
