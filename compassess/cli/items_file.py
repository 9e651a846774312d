"""ITEMS.csv: the block and the competency of every item, and perhaps its text."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from compassess.errors import Problem

__all__ = ["ItemsFile", "Place", "read_items"]

_NEEDED: Final = ("item", "block", "competency")
_TEXT: Final = "text"
_LISTED: Final = 20  # lacking rows are told one by one up to here


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A row of the file."""

    line: int
    block: str
    competency: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemsFile:
    """The rows by item, in the order of the file."""

    source: str
    rows: Mapping[str, Place] = field(default_factory=dict)

    def blocks(self, items: Sequence[str]) -> dict[str, str]:
        """The block of each of ``items``."""
        return {item: self.rows[item].block for item in items}

    def competencies(self, items: Sequence[str]) -> dict[str, str]:
        """The competency of each of ``items``."""
        return {item: self.rows[item].competency for item in items}

    def texts(self, items: Sequence[str]) -> dict[str, str]:
        """The text of each of ``items``."""
        return {item: self.rows[item].text for item in items}

    def not_in(self, items: Sequence[str]) -> list[str]:
        """Rows for items that the responses lack."""
        present = set(items)
        return [item for item in self.rows if item not in present]

    def lacking(self, items: Sequence[str]) -> list[Problem]:
        """Items of the responses without a row."""
        missing = [item for item in items if item not in self.rows]
        remedy = "Add a row, or take the column out; if it labels the persons, say --person {}"
        told = [
            Problem(
                where=self.source,
                what=f"no row for the item {item!r} of the responses",
                remedy=remedy.format(item),
            )
            for item in missing[:_LISTED]
        ]
        if len(missing) > _LISTED:
            told.append(Problem(where=self.source, what=f"{len(missing) - _LISTED} more items without a row"))
        return told


def read_items(path: Path, *, separator: str, with_text: bool, problems: list[Problem]) -> ItemsFile | None:
    """The file's rows; None with the reasons among ``problems`` where it cannot be read as a table.

    Every fault is told with its line: missing columns, items that stand twice, cells that are empty,
    competencies that stand in two blocks.
    """
    records = _records(path, separator, problems)
    if not records:
        return None
    line, header = records[0]
    needed = (*_NEEDED, _TEXT) if with_text else _NEEDED
    absent = [name for name in needed if name not in header]
    problems += [
        Problem(
            where=f"{path.name} line {line}",
            what=f"no column {name!r}",
            got=", ".join(header),
            expected=", ".join(needed),
        )
        for name in absent
    ]
    if absent:
        return None
    rows: dict[str, Place] = {}
    for line, cells in records[1:]:
        _add_row(rows, path.name, line, dict(zip(header, cells, strict=False)), needed, problems)
    problems += _divided(rows, path.name)
    return ItemsFile(source=path.name, rows=rows)


def _records(path: Path, separator: str, problems: list[Problem]) -> list[tuple[int, list[str]]]:
    """The lines that are not blank, with their numbers and stripped cells."""
    where = str(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, delimiter=separator, strict=True)
            found, line = [], 1
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    found.append((line, [cell.strip() for cell in cells]))
                line = reader.line_num + 1
            if not found:
                problems.append(Problem(where=where, what="the file is empty", expected=", ".join(_NEEDED)))
            return found
    except FileNotFoundError:
        problems.append(Problem(where=where, what="there is no such file"))
    except UnicodeDecodeError:
        remedy = "Save the file as UTF-8 (in Excel: CSV UTF-8)"
        problems.append(Problem(where=where, what="not UTF-8", remedy=remedy))
    except OSError as error:
        problems.append(Problem(where=where, what="cannot be read", got=str(error.strerror)))
    except csv.Error as error:
        where = f"{path.name} line {line}"
        problems.append(Problem(where=where, what="broken line", got=str(error), remedy="Check the quotes"))
    except TypeError:
        problems.append(Problem(where="--separator", what="not one character", got=repr(separator)))
    return []


def _add_row(
    rows: dict[str, Place],
    source: str,
    line: int,
    cells: Mapping[str, str],
    needed: Sequence[str],
    problems: list[Problem],
) -> None:
    """One row more, and what is wrong with it."""
    where = f"{source} line {line}"
    empty = [name for name in needed if not cells.get(name)]
    problems += [Problem(where=where, what=f"the cell of {name!r} is empty") for name in empty]
    item = cells.get("item", "")
    if item in rows:
        first = rows[item].line
        problems.append(
            Problem(where=where, what=f"the item {item!r} stands a second time", got=f"first on line {first}")
        )
    elif item:
        rows[item] = Place(
            line=line,
            block=cells.get("block", ""),
            competency=cells.get("competency", ""),
            text=cells.get(_TEXT, ""),
        )


def _divided(rows: Mapping[str, Place], source: str) -> list[Problem]:
    """Competencies that stand in more than one block, at each row that differs from the first."""
    homes: dict[str, Place] = {}
    told = []
    for row in rows.values():
        if not row.competency or not row.block:
            continue  # told already
        first = homes.setdefault(row.competency, row)
        if first.block != row.block:
            told.append(
                Problem(
                    where=f"{source} line {row.line}",
                    what=f"the competency {row.competency!r} stands in two blocks",
                    got=repr(row.block),
                    expected=f"{first.block!r}, as on line {first.line}",
                )
            )
    return told
