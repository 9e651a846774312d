"""Answers of persons to items: one immutable value, made from arrays, frames, files and long tables.

Rules of this file. Answers are categories from 0; missing is missing, never a number from outside; an
input is refused with all its faults at once. pandas, polars and pyarrow are touched here and nowhere
else in the library, and are imported only where one of their objects or files is handed in.
"""

from __future__ import annotations

import io
import pathlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

import compassess.reading as reading
from compassess.errors import InputError, MissingExtra, Problem, raise_if_any
from compassess.reading import MISSING, Codes, Coding, Declared, Places, Table

if TYPE_CHECKING:
    import pandas

__all__ = ["MISSING", "Responses", "Triplet", "as_responses", "frame", "raw_cells"]


_FEW_CODES = 12  # up to as many it is faster to look for one code after the other than to sort each column


class Triplet(NamedTuple):
    """Answers row by row: those of person p are ``indices[indptr[p]:indptr[p + 1]]`` and ``values``.

    ``indptr`` (n_persons + 1,) int64, ``indices`` (n_answers,) int32 item positions ascending within a
    person, ``values`` (n_answers,) int16. A 0 is an answer; a cell that does not stand here has none.
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    values: NDArray[np.int16]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Responses:
    """The answers of persons to items; make one with ``from_array``, ``from_frame``, ``read_csv`` ….

    ``cells`` holds the codes, dense, (n_persons, n_items) int16 with ``MISSING`` where there is no
    answer, or as a :class:`Triplet`. Its arrays are read-only. ``persons`` are labels and may repeat.

    Raises InputError when names, labels and cells do not fit each other.
    """

    items: tuple[str, ...]
    persons: tuple[str, ...] | None = None
    cells: Codes | Triplet

    def __post_init__(self) -> None:
        for array in self.cells if isinstance(self.cells, Triplet) else (self.cells,):
            array.setflags(write=False)
        problems = reading.name_problems(self.items, Places())
        problems += reading.count_problems("items", len(self.items), self._n_columns())
        if self.persons is not None:
            problems += reading.count_problems("persons", len(self.persons), self.n_persons)
        raise_if_any(problems)

    def __repr__(self) -> str:
        kind = "sparse" if self.is_sparse else "dense"
        return (
            f"<Responses: {self.n_persons} persons, {self.n_items} items, {self.n_answers} answers, {kind}>"
        )

    # ---- sizes ------------------------------------------------------------------------------------------

    @property
    def n_persons(self) -> int:
        """The number of persons, those without an answer included."""
        return len(self.cells.indptr) - 1 if isinstance(self.cells, Triplet) else len(self.cells)

    @property
    def n_items(self) -> int:
        """The number of items, those that nobody answered included."""
        return len(self.items)

    @property
    def is_sparse(self) -> bool:
        """Whether only the answered cells are kept."""
        return isinstance(self.cells, Triplet)

    @property
    def n_answers(self) -> int:
        """The number of answered cells."""
        if isinstance(self.cells, Triplet):
            return len(self.cells.values)
        return int(np.count_nonzero(self.cells != MISSING))

    @property
    def n_answers_per_item(self) -> NDArray[np.int64]:
        """Answers to each item, (n_items,)."""
        if isinstance(self.cells, Triplet):
            return np.bincount(self.cells.indices, minlength=self.n_items).astype(np.int64)
        return np.count_nonzero(self.cells != MISSING, axis=0).astype(np.int64)

    @property
    def n_answers_per_person(self) -> NDArray[np.int64]:
        """Answers of each person, (n_persons,)."""
        if isinstance(self.cells, Triplet):
            return np.diff(self.cells.indptr)
        return np.count_nonzero(self.cells != MISSING, axis=1).astype(np.int64)

    @property
    def highest_codes(self) -> NDArray[np.int64]:
        """The highest code observed in each item, (n_items,); MISSING where there is none."""
        if not isinstance(self.cells, Triplet):
            return self.cells.max(axis=0, initial=MISSING).astype(np.int64)
        highest = np.full(self.n_items, MISSING, dtype=np.int64)
        np.maximum.at(highest, self.cells.indices, self.cells.values)
        return highest

    # ---- views ------------------------------------------------------------------------------------------

    def codes(self, items: Sequence[str] | None = None) -> Codes:
        """The dense table, (n_persons, len(items)) int16, read-only, ``MISSING`` where there is no answer.

        ``items`` chooses and orders the columns (default: all); one that the responses lack gives a
        column of ``MISSING``. Where they are all in their own order, dense responses give their own array,
        uncopied.

        Raises InputError for a name that is asked for twice.
        """
        wanted = self.items if items is None else tuple(items)
        if wanted == self.items and not isinstance(self.cells, Triplet):
            return self.cells
        raise_if_any(reading.name_problems(wanted, Places()))
        targets = self._targets(wanted)
        codes = np.full((self.n_persons, len(wanted)), MISSING, dtype=np.int16)
        if isinstance(self.cells, Triplet):
            at = targets[self.cells.indices]
            codes[_rows_of(self.cells)[at >= 0], at[at >= 0]] = self.cells.values[at >= 0]
        else:
            codes[:, targets[targets >= 0]] = self.cells[:, targets >= 0]
        codes.setflags(write=False)
        return codes

    def sparse(self) -> Triplet:
        """The answered cells as ``(indptr, indices, values)``, for both kinds; see :class:`Triplet`."""
        if isinstance(self.cells, Triplet):
            return self.cells
        rows, columns = np.nonzero(self.cells != MISSING)
        return _triplet(rows, columns, self.cells[rows, columns], self.n_persons)

    def by_item(self, items: Sequence[str]) -> Iterator[tuple[NDArray[np.intp], NDArray[np.int16]]]:
        """Who answered each of ``items`` (row numbers, ascending), and what; nobody for unknown names."""
        targets = self._targets(tuple(items))
        place = {int(target): column for column, target in enumerate(targets.tolist()) if target >= 0}
        nobody = np.empty(0, dtype=np.intp), np.empty(0, dtype=np.int16)
        if isinstance(self.cells, Triplet):
            rows, order = _rows_of(self.cells), np.argsort(self.cells.indices, kind="stable")
            ends = np.searchsorted(self.cells.indices[order], np.arange(self.n_items + 1))
        for target in range(len(items)):
            column = place.get(target)
            if column is None:
                yield nobody
            elif isinstance(self.cells, Triplet):
                mine = order[ends[column] : ends[column + 1]]
                yield rows[mine].astype(np.intp), self.cells.values[mine]
            else:
                person = np.flatnonzero(self.cells[:, column] != MISSING)
                yield person, self.cells[person, column]

    def answered(self, items: Sequence[str]) -> NDArray[np.bool_]:
        """Who answered any of ``items``, (n_persons,); unknown names were answered by nobody."""
        mine = np.flatnonzero(self._targets(tuple(items)) >= 0)
        found = np.zeros(self.n_persons, dtype=np.bool_)
        if isinstance(self.cells, Triplet):
            found[_rows_of(self.cells)[np.isin(self.cells.indices, mine)]] = True
            return found
        left = np.arange(self.n_persons)
        for column in mine.tolist():  # nearly everybody is found in the first columns
            told = self.cells[left, column] != MISSING
            found[left[told]] = True
            left = left[~told]
            if not left.size:
                break
        return found

    def category_counts(self, n_categories: int | None = None) -> NDArray[np.int64]:
        """How often each category of each item was answered, (n_items, n_categories).

        Default ``n_categories``: the highest code of all items plus one. Missing cells are not counted.

        Raises InputError when ``n_categories`` is less than that.
        """
        needed = int(self.highest_codes.max(initial=0)) + 1
        n = needed if n_categories is None else n_categories
        if n < needed:
            what, expected = "too few categories for the codes", f"at least {needed}"
            raise InputError(Problem(where="n_categories", what=what, got=str(n), expected=expected))
        if isinstance(self.cells, Triplet):
            bins = self.cells.indices.astype(np.int64) * n + self.cells.values
            return np.bincount(bins, minlength=self.n_items * n).reshape(self.n_items, n)
        if n > _FEW_CODES:
            return np.array([np.bincount(column + 1, minlength=n + 1)[1:] for column in self.cells.T])
        counts = [np.count_nonzero(self.cells == code, axis=0) for code in range(n)]
        return np.array(counts, dtype=np.int64).reshape(n, self.n_items).T.copy()

    def to_frame(self) -> pandas.DataFrame:
        """A pandas frame of Int16 columns named by the items, NA where missing; the labels are its index.

        Raises MissingExtra without pandas.
        """
        table = frame(dict(zip(self.items, self.codes().T, strict=True)))
        table = table.astype("Int16").mask(table == MISSING)
        if self.persons is None:
            return table
        return table.set_axis(list(self.persons), axis=0).rename_axis("person")

    # ---- other responses made of these ------------------------------------------------------------------

    def select_persons(self, index: ArrayLike | slice) -> Responses:
        """The persons that a boolean mask, an integer array or a slice selects, in its order.

        Selecting nobody is allowed. Raises InputError where the index does not fit n_persons.
        """
        rows = self._selected_rows(index)
        persons = None if self.persons is None else tuple(self.persons[row] for row in rows.tolist())
        cells = _triplet_rows(self.cells, rows) if isinstance(self.cells, Triplet) else self.cells[rows]
        return Responses(items=self.items, persons=persons, cells=cells)

    def select_items(self, items: Sequence[str]) -> Responses:
        """The answers to these items, in this order; persons without an answer to any of them stay.

        Raises InputError naming every unknown or repeated item.
        """
        wanted = self._known(items)
        cells = self._chosen(self.cells, wanted) if isinstance(self.cells, Triplet) else self.codes(wanted)
        return Responses(items=wanted, persons=self.persons, cells=cells)

    def reversed(self, items: Sequence[str], highest: int | Mapping[str, int] | None = None) -> Responses:
        """Responses in which each code of these items is ``highest - code``; missing stays missing.

        ``highest`` is the highest code that an item can have, for all or by item; by default the highest
        that was observed in it, which is too low where nobody chose the last category.

        Raises InputError for unknown items, items that ``highest`` leaves out, and codes above it.
        """
        tops = self._tops(self._known(items), highest)
        cells: Codes | Triplet
        if isinstance(self.cells, Triplet):
            values = _flipped(self.cells.values, tops[self.cells.indices])
            cells = self.cells._replace(values=values)
        else:
            cells = _flipped(self.cells, tops)
        return Responses(items=self.items, persons=self.persons, cells=cells)

    # ---- makers -----------------------------------------------------------------------------------------

    @classmethod
    def from_array(
        cls,
        data: ArrayLike,
        items: Sequence[object] | None = None,
        persons: Sequence[object] | None = None,
        *,
        lowest: int = 0,
        n_categories: Declared = None,
    ) -> Responses:
        """Dense responses from a (n_persons, n_items) array, masked array or list of lists.

        Answers are integers from ``lowest`` (stored from 0), also written 3.0, "3" or as a bool; NaN, None,
        NA and masked cells are missing. ``n_categories`` declares how many each item has: one number, or a
        mapping that names every item. Without ``items`` they are called item_1, item_2, ….

        Raises InputError with every fault; rows are counted from 0, as the array's own index does.
        """
        coding = Coding(lowest=lowest, n_categories=n_categories)
        return _responses(reading.array_table(_matrix(data), items, persons, coding))

    @classmethod
    def from_frame(
        cls, frame: object, *, person: str | None = None, lowest: int = 0, n_categories: Declared = None
    ) -> Responses:
        """Dense responses from a pandas or polars frame or an Arrow table; its column names are the items.

        ``person`` names the column of labels. pandas NA, polars and Arrow null, NaN and the texts that are
        missing in a CSV file are missing; the rest is as in :meth:`from_array`, the faults too.
        """
        coding = Coding(lowest=lowest, n_categories=n_categories)
        return _responses(_frame_table(frame, person, coding, Places()))

    @classmethod
    def from_long(
        cls,
        person: Iterable[object],
        item: Iterable[object],
        response: Iterable[object],
        *,
        items: Sequence[object] | None = None,
        lowest: int = 0,
        n_categories: Declared = None,
        sparse: bool = True,
    ) -> Responses:
        """Responses from three equally long columns, a row an answer; kept sparse unless told otherwise.

        Persons and items stand in the order in which they are first met, or items as ``items`` says. A row
        whose response is missing is no answer and is dropped; its person and item stay.

        Raises InputError with every fault of :meth:`from_array`, and for unequal lengths, rows without a
        label, items that ``items`` lacks, and a person who answers an item twice, even if alike.
        """
        coding = Coding(lowest=lowest, n_categories=n_categories)
        persons, names, answers = _vector(person), _vector(item), _vector(response)
        _check_lengths(person=len(persons), item=len(names), response=len(answers))
        rows, table = reading.long_table(persons, names, answers, items, coding)
        table.raise_if_faulty()
        found = _from_entries(rows, table)
        return found if sparse else replace(found, cells=found.codes())

    @classmethod
    def read_csv(
        cls,
        path: pathlib.Path,
        *,
        person: str | None = None,
        lowest: int = 0,
        n_categories: Declared = None,
        separator: str = ",",
    ) -> Responses:
        """Dense responses from a UTF-8 text file or its .gz: a line of item names, then a line a person.

        The empty cell, NA, NaN, null and None, in any case, are missing. ``person`` names the column of
        labels. Blank lines are passed over; in a file of one column they are a fault, for who left them?

        Raises InputError with every fault of names, lines and cells, by the line of the file.
        """
        coding = Coding(lowest=lowest, n_categories=n_categories)
        return _responses(reading.read_text(_path(path), person=person, separator=separator, coding=coding))

    @classmethod
    def read_parquet(
        cls, path: pathlib.Path, *, person: str | None = None, lowest: int = 0, n_categories: Declared = None
    ) -> Responses:
        """Dense responses from a Parquet file, as :meth:`from_frame` reads an Arrow table.

        An index that pandas wrote beside the columns (``__index_level_0__``) is no item; as ``person`` it is
        the labels. Raises MissingExtra without pyarrow.
        """
        coding = Coding(lowest=lowest, n_categories=n_categories)
        places = Places(source=_path(path).name)
        return _responses(_frame_table(_parquet(path, person), person, coding, places))

    # ---- inside -----------------------------------------------------------------------------------------

    def _n_columns(self) -> int:
        """The number of items that the cells ask for."""
        if not isinstance(self.cells, Triplet):
            return int(self.cells.shape[1])
        return max(len(self.items), int(self.cells.indices.max(initial=MISSING)) + 1)

    def _known(self, items: Sequence[str]) -> tuple[str, ...]:
        """The items asked for, all of them ours and none twice."""
        wanted = tuple(items)
        own = set(self.items)
        unknown = [name for name in dict.fromkeys(wanted) if name not in own]
        expected = "an item of the responses"
        problems = [
            Problem(where=f"item {name!r}", what="unknown item", expected=expected) for name in unknown
        ]
        raise_if_any(problems + reading.name_problems(wanted, Places()))
        return wanted

    def _targets(self, wanted: Sequence[str]) -> NDArray[np.int64]:
        """Where each of our items stands among the wanted ones, (n_items,); -1 where it does not."""
        targets = {name: position for position, name in enumerate(wanted)}
        return np.array([targets.get(name, -1) for name in self.items], dtype=np.int64)

    def _chosen(self, cells: Triplet, wanted: Sequence[str]) -> Triplet:
        at = self._targets(wanted)[cells.indices]
        keep = at >= 0
        return _sorted_triplet(_rows_of(cells)[keep], at[keep], cells.values[keep], self.n_persons)

    def _selected_rows(self, index: ArrayLike | slice) -> NDArray[np.int64]:
        rows = np.arange(self.n_persons, dtype=np.int64)
        try:
            chosen = index if isinstance(index, slice) else np.atleast_1d(np.asarray(index))
            return rows[chosen if isinstance(chosen, slice) or chosen.size else []]
        except IndexError as error:
            expected = f"a mask of {self.n_persons} booleans, integers below {self.n_persons}, or a slice"
            what = "does not select persons"
            raise InputError(Problem(where="index", what=what, got=str(error), expected=expected)) from None

    def _tops(self, items: Sequence[str], highest: int | Mapping[str, int] | None) -> NDArray[np.int64]:
        """The code from which each item is reversed, (n_items,); MISSING where it stays as it is."""
        observed = dict(zip(self.items, self.highest_codes.tolist(), strict=True))
        declared = highest if isinstance(highest, Mapping) else dict.fromkeys(items, highest)
        raise_if_any([p for item in items for p in _top_problems(item, declared, observed[item])])
        tops = {item: observed[item] if declared[item] is None else declared[item] for item in items}
        return np.array([tops.get(item, MISSING) for item in self.items], dtype=np.int64)

    def _check_declared(self, coding: Coding) -> None:
        """Codes above what is declared only now, of responses that were made without that declaration."""
        raise_if_any(coding.problems(self.items))
        pairs = zip(self.items, self.highest_codes.tolist(), coding.limits(self.items).tolist(), strict=True)
        what = "code outside the declared range"
        problems = [
            Problem(where=f"item {item!r}", what=what, got=str(code), expected=f"0 to {limit - 1}")
            for item, code, limit in pairs
            if code >= limit
        ]
        raise_if_any(problems)


def as_responses(data: object, *, lowest: int = 0, n_categories: Declared = None) -> Responses:
    """What a caller handed over, as :class:`Responses`: those themselves, an array, a frame, lists of lists.

    ``lowest`` and ``n_categories`` as in :meth:`Responses.from_array`; responses start at 0 already, so with
    them another ``lowest`` is a fault, and ``n_categories`` is checked.

    Raises InputError with every fault, and for what is no table of answers, with what to call instead.
    """
    if isinstance(data, Responses):
        data._check_declared(_coding_from_zero(lowest, n_categories))
        return data
    if _kind(data) in _FRAMES:
        return Responses.from_frame(data, lowest=lowest, n_categories=n_categories)
    if isinstance(data, (np.ndarray, list, tuple)):
        return Responses.from_array(data, lowest=lowest, n_categories=n_categories)
    raise InputError(_not_a_table(data))


def _coding_from_zero(lowest: int, n_categories: Declared) -> Coding:
    if lowest == 0:
        return Coding(n_categories=n_categories)
    remedy = "Declare the lowest code where the responses are made"
    problem = Problem(where="lowest", what="responses start at 0 already", got=str(lowest), remedy=remedy)
    raise InputError(problem)


def raw_cells(data: object) -> tuple[tuple[str, ...] | None, NDArray[np.object_]]:
    """The cells of a table of any kind as objects, (n_rows, n_columns), and the names of its columns.

    An array, or a list of lists, has no names. Nothing is converted and nothing is judged here.

    Raises InputError for what is no table.
    """
    if _kind(data) in _FRAMES:
        listing = _FRAMES[_kind(data)](data)
        columns = [_objects(_vector(column).tolist()) for _, column in listing]
        cells = np.column_stack(columns) if columns else np.empty((0, 0), dtype=object)
        return tuple(reading.label_of(name) for name, _ in listing), cells
    return None, _matrix(data).astype(object)  # type: ignore[arg-type]


def frame(columns: Mapping[str, Sequence[object] | NDArray[Any]]) -> pandas.DataFrame:
    """A pandas frame of equally long columns; every ``to_frame`` of the library is made here.

    Raises MissingExtra without pandas.
    """
    try:
        import pandas
    except ImportError:
        raise MissingExtra("pandas", "frames", "a data frame") from None
    return pandas.DataFrame(dict(columns))


# ---- the answered cells ---------------------------------------------------------------------------------


def _triplet(
    rows: NDArray[np.integer[Any]], columns: NDArray[np.integer[Any]], values: Codes, n_persons: int
) -> Triplet:
    """The triplet of answers that stand in the order of rows and, within them, of columns."""
    indptr = np.zeros(n_persons + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=n_persons), out=indptr[1:])
    cells = Triplet(indptr, columns.astype(np.int32), values)
    for array in cells:
        array.setflags(write=False)
    return cells


def _sorted_triplet(
    rows: NDArray[np.int64], columns: NDArray[np.int64], values: Codes, n_persons: int
) -> Triplet:
    order = np.lexsort((columns, rows))
    return _triplet(rows[order], columns[order], values[order], n_persons)


def _rows_of(cells: Triplet) -> NDArray[np.int64]:
    """The row of each answer, (n_answers,)."""
    return np.repeat(np.arange(len(cells.indptr) - 1), np.diff(cells.indptr))


def _triplet_rows(cells: Triplet, rows: NDArray[np.int64]) -> Triplet:
    counts = np.diff(cells.indptr)[rows]
    indptr = np.concatenate([[0], np.cumsum(counts)])
    taken = np.repeat(cells.indptr[rows] - indptr[:-1], counts) + np.arange(indptr[-1])
    return Triplet(indptr, cells.indices[taken], cells.values[taken])


def _flipped(codes: Codes, tops: NDArray[np.int64]) -> Codes:
    """Codes counted from the other end, where there is a top and an answer; the shapes broadcast."""
    return np.where((tops >= 0) & (codes != MISSING), tops - codes, codes).astype(np.int16)


def _top_problems(item: str, declared: Mapping[str, int | None], observed: int) -> list[Problem]:
    if item not in declared:
        return [Problem(where=f"highest[{item!r}]", what="no highest code is declared for the item")]
    top = declared[item]
    if top is None or top >= observed:
        return []
    expected, got = f"at least {observed}, the highest code observed", str(top)
    return [Problem(where=f"highest[{item!r}]", what="too low", got=got, expected=expected)]


# ---- arrays ---------------------------------------------------------------------------------------------


def _responses(table: Table) -> Responses:
    """The value of a table without a fault; otherwise all its faults."""
    table.raise_if_faulty()
    return Responses(items=table.items, persons=table.persons, cells=table.codes)


def _matrix(data: ArrayLike) -> NDArray[Any]:
    if not isinstance(data, (np.ndarray, list, tuple)):
        raise InputError(_not_a_table(data))
    values = data if isinstance(data, np.ndarray) else np.asarray(data, dtype=object)
    if values.ndim == 2:
        return values
    if not isinstance(data, np.ndarray) and values.ndim == 1:
        raise_if_any(reading.ragged_rows(values.tolist()))
    got, expected = f"shape {values.shape}", "two dimensions, persons × items"
    raise InputError(Problem(where="responses", what="not a table", got=got, expected=expected))


def _check_lengths(**lengths: int) -> None:
    if len(set(lengths.values())) > 1:
        got = ", ".join(f"{name} {n}" for name, n in lengths.items())
        expected = "three equally long columns"
        raise InputError(Problem(where="long table", what="unequal lengths", got=got, expected=expected))


def _from_entries(rows: NDArray[np.int64], table: Table) -> Responses:
    """The sparse responses of a long table without a fault; its missing answers are dropped."""
    persons = () if table.persons is None else table.persons
    columns = np.asarray(table.columns)
    kept = table.codes != MISSING
    cells = _sorted_triplet(rows[kept], columns[kept], table.codes[kept], len(persons))
    return Responses(items=table.items, persons=persons, cells=cells)


# ---- frames ---------------------------------------------------------------------------------------------


def _library(data: object) -> str:
    """The library of an object's class, so that nothing is imported to recognise a frame."""
    return type(data).__module__.partition(".")[0]


def _kind(data: object) -> str:
    return f"{_library(data)}.{type(data).__name__}"


def _not_a_table(data: object) -> Problem:
    remedies = {
        "scipy": "A sparse matrix drops the answer 0; hand its triples to Responses.from_long",
        "pathlib": "Read a file with Responses.read_csv or Responses.read_parquet",
        "builtins": "Read a file with Responses.read_csv(pathlib.Path(…))",
        "polars": "Collect a LazyFrame first; make a frame of a Series",
        "pandas": "Make a frame of a Series",
    }
    return Problem(
        where="responses",
        what="not a table of answers",
        got=_kind(data),
        expected="a two-dimensional array, a pandas or polars frame, an Arrow table or Responses",
        remedy=remedies.get(_library(data), ""),
    )


def _frame_table(table: object, person: str | None, coding: Coding, places: Places) -> Table:
    if _kind(table) not in _FRAMES:
        raise InputError(_not_a_table(table))
    listing = _FRAMES[_kind(table)](table)
    names = [reading.label_of(name) for name, _ in listing]
    columns = [_vector(column) for _, column in listing]
    label_at, problems = reading.label_column(names, person, places)
    problems += reading.name_problems(names, places, label_at)
    persons = None
    if label_at is not None:
        del names[label_at]
        persons = tuple(map(reading.label_of, columns.pop(label_at).tolist()))
        problems += reading.label_problems(persons, places)
    codes = [reading.code_values(column, coding.lowest) for column in columns]
    return Table(
        items=tuple(names),
        persons=persons,
        codes=np.column_stack(codes) if codes else np.empty((0, 0), dtype=np.int16),
        coding=coding,
        places=places,
        raw=lambda faults: [reading.shown(columns[fault.column][fault.row]) for fault in faults],
        problems=problems,
    )


def _vector(values: Any) -> NDArray[Any]:
    """One column of any library, or any sequence, as an array: numbers with NaN, or objects."""
    if isinstance(values, np.ndarray):
        return values
    make = _VECTORS.get(_library(values))
    return _objects(list(values)) if make is None else make(values)


def _objects(values: Sequence[object]) -> NDArray[Any]:
    return np.fromiter(values, dtype=object, count=len(values))


def _pandas_vector(column: Any) -> NDArray[Any]:
    import pandas

    if not pandas.api.types.is_numeric_dtype(column.dtype):
        return np.asarray(column.to_numpy(dtype=object))
    if isinstance(column.dtype, np.dtype):
        return np.asarray(column.to_numpy())
    return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))


def _polars_vector(column: Any) -> NDArray[Any]:
    import polars

    if column.dtype.is_numeric() or column.dtype == polars.Boolean:
        return np.asarray(column.cast(polars.Float64).to_numpy())
    return _objects(column.to_list())


def _arrow_vector(column: Any) -> NDArray[Any]:
    import pyarrow

    kinds = pyarrow.types
    checks = (kinds.is_integer, kinds.is_floating, kinds.is_boolean, kinds.is_decimal)
    if any(check(column.type) for check in checks):
        return np.asarray(column.cast(pyarrow.float64(), safe=False).to_numpy(zero_copy_only=False))
    return _objects(column.to_pylist())


_VECTORS: Final[dict[str, Callable[[Any], NDArray[Any]]]] = {
    "pandas": _pandas_vector,
    "polars": _polars_vector,
    "pyarrow": _arrow_vector,
}

_FRAMES: Final[dict[str, Callable[[Any], list[tuple[object, Any]]]]] = {
    "pandas.DataFrame": lambda table: list(table.items()),
    "polars.DataFrame": lambda table: [(column.name, column) for column in table.get_columns()],
    "pyarrow.Table": lambda table: list(zip(table.column_names, table.columns, strict=True)),
    "pyarrow.RecordBatch": lambda table: list(zip(table.schema.names, table.columns, strict=True)),
}


# ---- files ----------------------------------------------------------------------------------------------


def _path(path: object) -> pathlib.Path:
    if isinstance(path, pathlib.Path):
        return path
    expected, remedy = "a pathlib.Path", "A name from outside never becomes a path by itself"
    raise InputError(
        Problem(where="path", what="not a path", got=reading.shown(path), expected=expected, remedy=remedy)
    )


def _parquet(path: pathlib.Path, person: str | None) -> Any:
    """The Arrow table of a Parquet file, without an index of pandas that is not asked for."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise MissingExtra("pyarrow", "frames", "reading a Parquet file") from None
    try:
        table = pyarrow.parquet.ParquetFile(io.BytesIO(reading.file_bytes(path))).read()
    except pyarrow.ArrowException as error:
        what = "not a Parquet file"
        raise InputError(Problem(where=path.name, what=what, got=reading.shown(str(error)))) from error
    index = [name for name in table.column_names if name.startswith("__index_level_") and name != person]
    return table.drop_columns(index) if index else table
