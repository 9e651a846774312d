"""Tables from outside into coded tables: arrays, long tables and text files, and every fault with its place.

Rules of this file. It stands behind ``responses.py`` and is imported by it alone. A cell becomes one
int16: a code from 0, ``MISSING``, or one of the fault kinds below ``MISSING``; so a table is converted
in one sweep, and only where the sweep met a fault are places and texts looked up, all of them at once.
"""

from __future__ import annotations

import csv
import gzip
import io
import operator
import pathlib
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from itertools import chain
from numbers import Number
from typing import Any, Final, NamedTuple, SupportsFloat, SupportsIndex, cast

import numpy as np
from numpy.typing import NDArray

from compassess.errors import InputError, Problem, raise_if_any

Codes = NDArray[np.int16]
"""Cells as codes: from 0, ``MISSING`` where there is no answer, a fault kind where it is unusable."""

Declared = int | Mapping[str, int] | None
"""How many categories the items have: all of them alike, each by its name, or nothing is said."""

MISSING: Final = -1
"""The internal code of an unanswered cell; from outside it is a negative code, and refused."""

NOT_A_NUMBER: Final = -2
NOT_WHOLE: Final = -3
TOO_LOW: Final = -4
TOO_HIGH: Final = -5
UNDECLARED: Final = -6
TWICE: Final = -7

HIGHEST_CODE: Final = 32_000
"""Codes are int16 (up to 32,767); numbers above 32,000 are ids or dates and never categories."""

LISTED: Final = 20
"""So many faults of one kind in one column are listed one by one; a last line counts the rest."""

_AT_A_TIME: Final = 2**16
"""Numbers that are coded together: half a megabyte, which the second-level cache holds."""

BLANK_TEXTS: Final = frozenset({"", "na", "nan", "null", "none"})
_NUMBER: Final = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


# ---- what the caller declares ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Coding:
    """What the caller declares about the codes: the lowest one, and how many there are."""

    lowest: int = 0
    n_categories: Declared = None

    def __post_init__(self) -> None:
        declared = self.n_categories
        counts: dict[str, object] = {}
        if isinstance(declared, Mapping):
            counts = {f"n_categories[{item!r}]": count for item, count in declared.items()}
        elif declared is not None:
            counts = {"n_categories": declared}
        problems = _count_problems("lowest", self.lowest, 0)
        raise_if_any(
            problems + [p for where, count in counts.items() for p in _count_problems(where, count, 1)]
        )

    def limits(self, items: Sequence[str]) -> Codes:
        """The first code (from 0) that each item does not have, (n_items,)."""
        declared = self.n_categories
        counts = declared if isinstance(declared, Mapping) else dict.fromkeys(items, declared)
        limits = [HIGHEST_CODE + 1 if (count := counts.get(item)) is None else count for item in items]
        return np.array(limits, dtype=np.int16)

    def problems(self, items: Sequence[str]) -> list[Problem]:
        """Items that a mapping leaves out (is a name misspelt?); it may name more than there are."""
        if not isinstance(self.n_categories, Mapping):
            return []
        what, remedy = "the item has no declared number of categories", "Declare every item of the responses"
        undeclared = [item for item in dict.fromkeys(items) if item not in self.n_categories]
        return [Problem(where=f"n_categories[{item!r}]", what=what, remedy=remedy) for item in undeclared]


def _count_problems(where: str, count: object, at_least: int) -> list[Problem]:
    try:
        if at_least <= operator.index(cast(SupportsIndex, count)) <= HIGHEST_CODE:
            return []
    except TypeError:
        pass
    expected = f"an integer from {at_least} to {HIGHEST_CODE}"
    return [Problem(where=where, what="not usable", got=shown(count), expected=expected)]


# ---- cells into codes -----------------------------------------------------------------------------------


def is_blank(value: object) -> bool:
    """None, NaN, numpy's ``masked``, pandas NA and NaT (known by name: pandas need not be there)."""
    if value is None or value is np.ma.masked or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, (float, np.floating)) and bool(np.isnan(value))


def label_of(value: object) -> str:
    """The name of a person or an item as text; empty where there is none; 17.0 is the label 17."""
    if is_blank(value):
        return ""
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    return text if text.strip() else ""


def number_in(cell: object) -> float:
    """The number that a cell holds, NaN where it is blank; ValueError or TypeError where it is neither."""
    if is_blank(cell):
        return np.nan
    if isinstance(cell, bytes):
        cell = cell.decode()
    if isinstance(cell, str):
        return _number_in_text(cell.strip())
    if isinstance(cell, (Number, Decimal, np.bool_)):
        return float(cast(SupportsFloat, cell))
    raise TypeError


def _number_in_text(text: str) -> float:
    if text.lower() in BLANK_TEXTS:
        return np.nan
    if _NUMBER.fullmatch(text) is None:
        raise ValueError
    return float(text)


def code_numbers(numbers: NDArray[Any], lowest: int) -> Codes:
    """The codes of booleans, integers or floats, in an array of any shape; NaN is missing.

    A few rows at a time, so that they are read from memory once; only rows with a fault pay for finding it.
    """
    codes = np.empty(numbers.shape, dtype=np.int16)
    step = max(1, _AT_A_TIME * len(numbers) // max(numbers.size, 1)) if numbers.ndim else 1
    for first in range(0, len(numbers), step):
        rows = numbers[first : first + step]
        plain = _plain_codes(rows, lowest)
        codes[first : first + step] = _doubtful_codes(rows, lowest) if plain is None else plain
    return codes


def _plain_codes(numbers: NDArray[Any], lowest: int) -> NDArray[Any] | None:
    """The codes of numbers that are all usable or missing; None where any is neither."""
    if numbers.dtype.kind == "f":
        with np.errstate(invalid="ignore"):
            blank = np.isnan(numbers)
            filled = np.where(blank, lowest, numbers)
            if not filled.size or not lowest <= filled.min() <= filled.max() <= lowest + HIGHEST_CODE:
                return None
            whole = filled.astype(np.int32)
        return np.where(blank, MISSING, whole - lowest) if np.array_equal(whole, filled) else None
    if not numbers.size or not lowest <= numbers.min() <= numbers.max() <= lowest + HIGHEST_CODE:
        return None
    return numbers if lowest == 0 else numbers.astype(np.int32) - lowest


def _doubtful_codes(numbers: NDArray[Any], lowest: int) -> Codes:
    """The codes of any numbers, each with its fault."""
    with np.errstate(invalid="ignore"):
        too_low, too_high = numbers < lowest, numbers > lowest + HIGHEST_CODE
        usable = ~(too_low | too_high)
        if numbers.dtype.kind == "f":
            whole = np.isfinite(numbers) & (np.floor(numbers) == numbers)
            usable &= whole
    codes = (np.where(usable, numbers, 0).astype(np.int32) - lowest).astype(np.int16)
    codes[too_low], codes[too_high] = TOO_LOW, TOO_HIGH
    if numbers.dtype.kind == "f":
        codes[~whole] = NOT_WHOLE
        codes[np.isnan(numbers)] = MISSING
    return codes


class CellCodes(dict[object, int]):
    """The code of each distinct cell, worked out when it is first met; a table has few distinct cells."""

    def __init__(self, lowest: int) -> None:
        super().__init__()
        self._lowest = lowest

    def __missing__(self, cell: object) -> int:
        self[cell] = code = self.code_of(cell)
        return code

    def code_of(self, cell: object) -> int:
        """The code of one cell; a fault kind where it holds no category."""
        try:
            number = number_in(cell)
        except (TypeError, ValueError):
            return NOT_A_NUMBER
        except OverflowError:
            return TOO_HIGH
        return int(code_numbers(np.array([number]), self._lowest)[0])

    def of(self, cells: Iterable[object]) -> Codes:
        """The codes of many cells, (n_cells,)."""
        return np.fromiter(map(self.__getitem__, cells), dtype=np.int16)


def code_values(values: NDArray[Any], lowest: int) -> Codes:
    """The codes of an array of any dtype and shape; dates and complex numbers are no categories."""
    if isinstance(values, np.ma.MaskedArray):
        codes = code_values(values.data, lowest)
        codes[np.ma.getmaskarray(values)] = MISSING
        return codes
    if values.dtype.kind in "biuf":
        return code_numbers(values, lowest)
    if values.dtype.kind not in "OUST":
        return np.full(values.shape, NOT_A_NUMBER, dtype=np.int16)
    return _code_objects(values.ravel().tolist(), lowest).reshape(values.shape)


def _code_objects(cells: list[object], lowest: int) -> Codes:
    lookup = CellCodes(lowest)
    try:
        return lookup.of(cells)
    except TypeError:  # Lists and the like cannot be looked up; none of them is a category either.
        return np.fromiter(map(lookup.code_of, cells), dtype=np.int16, count=len(cells))


class Numbering(dict[object, int]):
    """Labels numbered in the order in which they are first met; -1 where there is no label."""

    def __init__(self, labels: Iterable[str] = ()) -> None:
        super().__init__()
        self.labels = {label: number for number, label in enumerate(dict.fromkeys(labels))}

    def __missing__(self, value: object) -> int:
        label = label_of(value)
        self[value] = number = self.labels.setdefault(label, len(self.labels)) if label else -1
        return number

    def of(self, values: Iterable[object]) -> NDArray[np.int64]:
        """The numbers of many labels, (n_values,)."""
        return np.fromiter(map(self.__getitem__, values), dtype=np.int64)


# ---- faults and their places ----------------------------------------------------------------------------


def shown(value: object) -> str:
    """A value as a message shows it: plain Python, and no longer than a line can bear."""
    text = repr(value.item() if isinstance(value, np.generic) else value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def listed(problems: Sequence[Problem], where: str) -> list[Problem]:
    """The first problems of one kind, and one that says how many more there are."""
    n_more = len(problems) - LISTED
    if n_more <= 0:
        return list(problems)
    return [*problems[:LISTED], Problem(where=where, what=f"{n_more} more: {problems[-1].what}")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """How the places of one source are named: lines and columns of a file, rows and items otherwise."""

    source: str = ""
    lines: Sequence[int] | None = None
    header: str = ""

    @property
    def whole(self) -> str:
        """The source itself."""
        return self.source or "responses"

    def row(self, row: int) -> str:
        """A row: a line of a text file (from 1, the header counted), a row of an array (from 0)."""
        text = f"row {row}" if self.lines is None else f"line {self.lines[row]}"
        return f"{self.source} {text}".strip()

    def cell(self, row: int, name: str) -> str:
        """A cell of the table."""
        return f"{self.row(row)}, {self._named(name)}"

    def column(self, position: int, name: str) -> str:
        """A column; by its number (of a file: from 1) where it has no name."""
        if not self.source:
            return self._named(name) if name else f"items[{position}]"
        return f"{self.header or self.source}, {self._named(name) if name else f'column {position + 1}'}"

    def _named(self, name: str) -> str:
        return f"{'column' if self.source else 'item'} {name!r}"


class Fault(NamedTuple):
    """One cell that is no answer; ``n_more`` counts those of its kind and column that are not listed."""

    row: int
    column: int
    kind: int
    n_more: int


def first_faults(rows: NDArray[np.intp], columns: NDArray[np.int64], kinds: Codes) -> list[Fault]:
    """The first faults of each kind in each column, by column, kind and row; ``rows`` must ascend."""
    groups = columns * 8 - kinds
    order = np.argsort(groups, kind="stable")
    _, starts, counts = np.unique(groups[order], return_index=True, return_counts=True)
    faults = []
    for start, count in zip(starts.tolist(), counts.tolist(), strict=True):
        first = order[start : start + min(count, LISTED)].tolist()
        faults += [Fault(int(rows[k]), int(columns[k]), int(kinds[k]), 0) for k in first]
        faults[-1] = faults[-1]._replace(n_more=count - len(first))
    return faults


_CATEGORY: Final = "an integer category from {lowest}"
_WORDS: Final = {  # What a kind of fault means, what was expected, the remedy.
    NOT_A_NUMBER: (
        "not a number",
        _CATEGORY,
        "Score the answer; where there is none, leave the cell empty or NA",
    ),
    NOT_WHOLE: ("not a whole number", _CATEGORY, "Answers are categories, not measurements"),
    TOO_LOW: ("code below {lowest}", _CATEGORY, "Mark missing answers as NaN or NA, never by a number"),
    TOO_HIGH: ("code too high", "at most {highest}", "Is the column an item at all?"),
    UNDECLARED: ("code outside the declared range", "{lowest} to {last}", "Mend the code or n_categories"),
    TWICE: ("second answer of one person", "one answer for a person and an item", "Keep one of them"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A coded table, and all that is needed to name its faults.

    ``codes`` is (n_persons, n_items); or, of a long table, (n_rows,), and ``columns`` (n_rows,) says which
    item each row answers. ``raw`` gives faulty cells as they were found. ``problems`` were met before.
    """

    items: tuple[str, ...]
    persons: tuple[str, ...] | None
    codes: Codes
    columns: NDArray[np.int64] | None = None
    coding: Coding
    places: Places
    raw: Callable[[Sequence[Fault]], list[str]]
    problems: list[Problem]

    def raise_if_faulty(self) -> None:
        """Every fault of the table, of its names, its size and its cells, in one InputError."""
        cells = self._cell_problems() if self.items else []
        raise_if_any(self.problems + self._size_problems() + self.coding.problems(self.items) + cells)

    def _size_problems(self) -> list[Problem]:
        sizes = {"items": len(self.items), "rows": len(self.codes)}
        return [Problem(where=self.places.whole, what=f"no {name}") for name, n in sizes.items() if n == 0]

    def _cell_problems(self) -> list[Problem]:
        limits = self.coding.limits(self.items)
        if self.columns is not None:
            self.codes[self.codes >= limits[self.columns]] = UNDECLARED
        elif np.any(self.codes.max(axis=0, initial=MISSING) >= limits):
            self.codes[self.codes >= limits] = UNDECLARED
        if self.codes.min(initial=MISSING) == MISSING:
            return []
        at = np.nonzero(self.codes < MISSING)
        faults = first_faults(at[0], at[1] if self.columns is None else self.columns[at[0]], self.codes[at])
        texts = self.raw(faults) if faults else []
        return [p for fault, got in zip(faults, texts, strict=True) for p in self._told(fault, got, limits)]

    def _told(self, fault: Fault, got: str, limits: Codes) -> list[Problem]:
        lowest, name = self.coding.lowest, self.items[fault.column]
        last, highest = lowest + int(limits[fault.column]) - 1, lowest + HIGHEST_CODE
        what, expected, remedy = (
            text.format(lowest=lowest, last=last, highest=highest) for text in _WORDS[fault.kind]
        )
        where = self.places.cell(fault.row, name)
        told = [Problem(where=where, what=what, got=got, expected=expected, remedy=remedy)]
        if fault.n_more:
            where = self.places.column(fault.column, name)
            told.append(Problem(where=where, what=f"{fault.n_more} more: {what}", remedy=remedy))
        return told


def name_problems(names: Sequence[str], places: Places, label_at: int | None = None) -> list[Problem]:
    """Names that are empty or stand a second time; the column of labels may be without a name."""
    problems: list[Problem] = []
    first: dict[str, int] = {}
    for position, name in enumerate(names):
        where = places.column(position, name)
        if first.setdefault(name, position) != position and name:
            got = f"columns {first[name] + 1} and {position + 1}"
            problems.append(
                Problem(where=where, what="duplicate name", got=got, expected="a name of its own")
            )
        elif not name and position != label_at:
            remedy = "Name it; if it is an index that a program wrote, delete it"
            problems.append(Problem(where=where, what="the item has no name", remedy=remedy))
    return problems


def count_problems(where: str, n: int, expected: int) -> list[Problem]:
    """A wrong number of names."""
    if n == expected:
        return []
    return [Problem(where=where, what="wrong number of names", got=str(n), expected=str(expected))]


def label_column(
    names: Sequence[str], person: str | None, places: Places
) -> tuple[int | None, list[Problem]]:
    """Where the column of labels stands, and the fault if there is no such column."""
    if person is None or person in names:
        return (None if person is None else names.index(person)), []
    what, remedy = f"no column {person!r} for the labels of the persons", "`person` is the name of a column"
    got = shown(", ".join(names))
    return None, [Problem(where=places.whole, what=what, got=got, expected=repr(person), remedy=remedy)]


def label_problems(
    labels: Iterable[object], places: Places, what: str = "the person has no label"
) -> list[Problem]:
    """Rows without a label where labels are declared."""
    unlabelled = [row for row, label in enumerate(labels) if not label]
    return listed([Problem(where=places.row(row), what=what) for row in unlabelled], places.whole)


# ---- arrays and long tables -----------------------------------------------------------------------------


def array_table(
    values: NDArray[Any], items: Sequence[object] | None, persons: Sequence[object] | None, coding: Coding
) -> Table:
    """The table of an array (n_persons, n_items); items without names are called item_1, item_2, …."""
    n_persons, n_items = values.shape
    numbered = tuple(f"item_{number}" for number in range(1, n_items + 1))
    names = numbered if items is None else tuple(map(label_of, items))
    labels = None if persons is None else tuple(map(label_of, persons))
    problems = name_problems(names, Places()) + count_problems("items", len(names), n_items)
    if labels is not None:
        problems += count_problems("persons", len(labels), n_persons) + label_problems(labels, Places())
    return Table(
        items=names if len(names) == n_items else numbered,
        persons=labels,
        codes=code_values(values, coding.lowest),
        coding=coding,
        places=Places(),
        raw=lambda faults: [shown(values[fault.row, fault.column]) for fault in faults],
        problems=problems,
    )


def ragged_rows(rows: Sequence[object]) -> list[Problem]:
    """Rows of a list of lists that are of another length than the first one."""
    lengths = [len(row) if isinstance(row, Sized) else 0 for row in rows]
    told = [
        Problem(where=f"row {k}", what="ragged row", got=f"{n} cells", expected=f"{lengths[0]}, as in row 0")
        for k, n in enumerate(lengths)
        if n != lengths[0]
    ]
    return listed(told, "responses")


def long_table(
    person: NDArray[Any],
    item: NDArray[Any],
    response: NDArray[Any],
    items: Sequence[object] | None,
    coding: Coding,
) -> tuple[NDArray[np.int64], Table]:
    """The person of each row, (n_rows,), and the table of three equally long columns."""
    declared = None if items is None else tuple(map(label_of, items))
    persons, names = Numbering(), Numbering(declared or ())
    rows, columns = persons.of(person.tolist()), names.of(item.tolist())
    codes = code_values(response, coding.lowest)
    codes[(rows < 0) | (columns < 0)] = MISSING
    codes[_second_answers(rows, columns, codes, len(names.labels))] = TWICE
    labels = tuple(persons.labels)
    problems = label_problems(rows >= 0, Places()) + label_problems(
        columns >= 0, Places(), "the item has no name"
    )
    if declared is not None:
        problems += name_problems(declared, Places())
        problems += _unknown_items(columns, tuple(names.labels), len(dict.fromkeys(declared)))
    return rows, Table(
        items=tuple(names.labels),
        persons=labels,
        codes=codes,
        columns=columns,
        coding=coding,
        places=Places(),
        raw=lambda faults: [f"{shown(response[at])} of person {labels[rows[at]]!r}" for at, *_ in faults],
        problems=problems,
    )


def _unknown_items(columns: NDArray[np.int64], items: Sequence[str], n_declared: int) -> list[Problem]:
    """Items of a long table that were not declared, each with the first row that answers it."""
    numbers, rows = np.unique(columns, return_index=True)
    found = zip(rows[numbers >= n_declared].tolist(), items[n_declared:], strict=True)
    what, expected = "unknown item", "one of `items`"
    return [Problem(where=Places().cell(row, item), what=what, expected=expected) for row, item in found]


def _second_answers(
    rows: NDArray[np.int64], columns: NDArray[np.int64], codes: Codes, n_items: int
) -> NDArray[np.intp]:
    """The rows of a long table in which a person answers an item that an earlier row answers already."""
    answered = np.flatnonzero(codes != MISSING)
    pairs = rows[answered] * n_items + columns[answered]
    order = np.argsort(pairs, kind="stable")
    again = np.flatnonzero(np.diff(pairs[order]) == 0) + 1
    return answered[order[again]]


# ---- text files -----------------------------------------------------------------------------------------


def read_text(path: pathlib.Path, *, person: str | None, separator: str, coding: Coding) -> Table:
    """The table of a separated text file whose first line names the items."""
    if len(separator) != 1 or separator in '"\r\n':
        expected = "one character, neither a quote nor a line end"
        raise InputError(
            Problem(where="separator", what="not usable", got=shown(separator), expected=expected)
        )
    file = _TextFile(source=path.name, data=file_bytes(path), separator=separator)
    _check_encoding(file)
    records = file.records()
    header = _header(file, records)
    return _text_table(file, header, records, person, coding)


def file_bytes(path: pathlib.Path) -> bytes:
    """The bytes of a file, unpacked where it is a ``.gz``; InputError where they cannot be had."""
    try:
        data = path.read_bytes()
        return gzip.decompress(data) if path.suffix == ".gz" else data
    except FileNotFoundError:
        remedy = f"Check the path; the working folder is {pathlib.Path.cwd()}"
        raise InputError(Problem(where=str(path), what="there is no such file", remedy=remedy)) from None
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(Problem(where=str(path), what="cannot be read", got=str(error))) from error


class _Record(NamedTuple):
    """One record of a text file: the line on which it begins, and its cells."""

    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _TextFile:
    """A text file in memory. ``broken`` is what broke the last walk through it off."""

    source: str
    data: bytes
    separator: str
    broken: list[Problem] = field(default_factory=list)

    def records(self) -> Iterator[_Record]:
        """Every record from the first line on, blank lines as records without a cell."""
        self.broken.clear()
        text = io.TextIOWrapper(io.BytesIO(self.data), encoding="utf-8-sig", newline="")
        reader = csv.reader(text, delimiter=self.separator, strict=True)
        line = 1
        try:
            for cells in reader:
                yield _Record(line, cells)
                line = reader.line_num + 1
        except csv.Error as error:
            where, remedy = self.place(line), "Check the quotes; the file was read up to here"
            self.broken.append(Problem(where=where, what="broken line", got=str(error), remedy=remedy))

    def place(self, line: int) -> str:
        """A line of the file."""
        return f"{self.source} line {line}"


def _check_encoding(file: _TextFile) -> None:
    try:
        file.data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = 1 + file.data.count(b"\n", 0, error.start)
        got, remedy = f"byte 0x{file.data[error.start]:02x}", "Save the file as UTF-8 (in Excel: CSV UTF-8)"
        problem = Problem(where=file.place(line), what="not text", got=got, expected="UTF-8", remedy=remedy)
        raise InputError(problem) from None


def _header(file: _TextFile, records: Iterator[_Record]) -> _Record:
    """The first line that is not blank, its names stripped."""
    for line, cells in records:
        if cells:
            return _Record(line, [name.strip() for name in cells])
    remedy = "The first line names the items, and every further line is a person"
    raise InputError([*file.broken, Problem(where=file.source, what="the file is empty", remedy=remedy)])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Body:
    """The lines below the header; walking over ``rows`` once fills lines, labels and ragged lines."""

    n_columns: int
    label_at: int | None
    lines: list[int] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    ragged: list[_Record] = field(default_factory=list)

    def rows(self, records: Iterable[_Record]) -> Iterator[list[str]]:
        """The cells of the items, person by person.

        Blank lines are passed over; but in a file of one column they may be empty cells, and so are ragged.
        """
        for record in records:
            line, cells = record
            if len(cells) == self.n_columns:
                self.lines.append(line)
                if self.label_at is not None:
                    self.labels.append(cells.pop(self.label_at).strip())
                yield cells
            elif cells or self.n_columns == 1:
                self.ragged.append(record)

    def ragged_problems(self, file: _TextFile) -> list[Problem]:
        """The lines with more or fewer cells than the header."""
        expected = f"{self.n_columns}, as in the header"
        remedy = "Write every cell; where there is no answer leave it empty or write NA"
        places = [(file.place(line), f"{len(cells)} cells") for line, cells in self.ragged]
        told = [
            Problem(where=where, what="ragged line", got=got, expected=expected, remedy=remedy)
            for where, got in places
        ]
        return listed(told, file.source)


def _text_table(
    file: _TextFile, header: _Record, records: Iterator[_Record], person: str | None, coding: Coding
) -> Table:
    top = Places(source=file.source, header=file.place(header.line))
    label_at, problems = label_column(header.cells, person, top)
    body = _Body(n_columns=len(header.cells), label_at=label_at)
    codes = CellCodes(coding.lowest).of(chain.from_iterable(body.rows(records)))
    places = Places(source=file.source, lines=body.lines, header=top.header)
    problems += name_problems(header.cells, top, label_at) + file.broken
    problems += body.ragged_problems(file) + label_problems(body.labels, places)
    if problems or codes.min(initial=MISSING) < MISSING:
        _check_separator(file, header)
    items = tuple(name for position, name in enumerate(header.cells) if position != label_at)
    return Table(
        items=items,
        persons=None if label_at is None else tuple(body.labels),
        codes=codes.reshape(len(body.lines), len(items)),
        coding=coding,
        places=places,
        raw=partial(_raw_texts, file, body),
        problems=problems,
    )


def _check_separator(file: _TextFile, header: _Record) -> None:
    """A faulty file of one column whose name holds separators was read with the wrong one."""
    others = [mark for mark in ",;\t" if len(header.cells) == 1 and mark in header.cells[0]]
    if others:
        where, got, remedy = file.place(header.line), shown(header.cells[0]), f"Pass separator={others[0]!r}"
        expected = f"names separated by {file.separator!r}"
        raise InputError(
            Problem(where=where, what="one column only", got=got, expected=expected, remedy=remedy)
        )


def _raw_texts(file: _TextFile, body: _Body, faults: Sequence[Fault]) -> list[str]:
    """The texts of faulty cells, from a second walk through the file: only a faulty file pays for it."""
    records = file.records()
    _header(file, records)
    wanted = {fault.row for fault in faults}
    again = _Body(n_columns=body.n_columns, label_at=body.label_at)
    rows = {row: cells for row, cells in enumerate(again.rows(records)) if row in wanted}
    return [shown(rows[fault.row][fault.column]) for fault in faults]
