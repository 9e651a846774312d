"""Constraints and item attributes from the CSV files of TestDesign, an R package for test assembly.

Columns of its constraint file: ``CONSTRAINT_ID`` or ``CONSTRAINT``, ``TYPE``, ``WHAT``, ``CONDITION``,
``LB``, ``UB``, ``ONOFF``. Its item attributes have the column ``ID``, and ``STID`` for the stimulus where
items come in sets; every other column is an attribute of that name, in capital letters as there.

Source: the vignette "Creating constraints" of TestDesign 1.7, and Choi, Lim & van der Linden (2022),
Behaviormetrika, 49, 191.
"""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from compassess.bank.bank import ItemBank
from compassess.bank.content import Constraint, Kind
from compassess.bank.entries import Attribute
from compassess.bank.item_filter import Admitted, ItemFilter
from compassess.bank.r_condition import parsed
from compassess.errors import InputError, Problem, raise_if_any

__all__ = ["TestDesignContent", "with_testdesign_attributes"]

_ID: Final = "ID"
_STIMULUS: Final = "STID"
_MISSING: Final = frozenset({"", "NA"})
_COLUMNS: Final = ("TYPE", "WHAT", "CONDITION", "LB", "UB")
_SETS: Final = frozenset({"PER STIMULUS", "PER PASSAGE", "PER SET", "PER TESTLET"})
_WHOLE_TEST: Final = frozenset({"", "PER TEST", "TEST"})
#: TestDesign's names of a type, by the one that we use.
_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "NUMBER": "count",
        "COUNT": "count",
        "SUM": "sum",
        "AVERAGE": "average",
        "MEAN": "average",
        "INCLUDE": "include",
        "EXCLUDE": "exclude",
        "NOT": "exclude",
        "NOT INCLUDE": "exclude",
        "ALLORNONE": "all_or_none",
        "ALL OR NONE": "all_or_none",
        "IIF": "all_or_none",
        "ENEMY": "enemies",
        "XOR": "enemies",
        "MUTUALLYEXCLUSIVE": "enemies",
        "MUTUALLY EXCLUSIVE": "enemies",
    }
)


class _Unsupported(Exception):  # noqa: N818 - it never leaves this file
    """Why a row gives no constraint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestDesignContent:
    """What a constraint file of TestDesign says in our words.

    Attributes
    ----------
    constraints : of the rows that are on and supported, in their order.
    unsupported : every other row that is on, with its place and the reason.
    """

    __test__ = False  # its name begins like a test's

    constraints: tuple[Constraint, ...]
    unsupported: tuple[Problem, ...]

    @classmethod
    def read(cls, path: str | os.PathLike[str], bank: ItemBank) -> TestDesignContent:
        """The constraints of a CSV file, for a bank whose items have the attributes that it asks.

        A condition that lists values becomes conditions on attributes; any other the list of the items that
        it means. A row on an attribute alone becomes a constraint for each of its values. A sum with LB = UB
        bounds from above only, as in TestDesign; a mean needs the row of a fixed test length.

        Raises
        ------
        InputError : a file that cannot be read, or columns that are missing.
        """
        rows = _rows(Path(path), _COLUMNS)
        length = next((row["LB"] for row in rows if _is_length(row) and row["LB"] == row["UB"]), None)
        constraints: list[Constraint] = []
        unsupported: list[Problem] = []
        for number, row in enumerate(rows, start=2):
            if row.get("ONOFF", "").upper() == "OFF":
                continue
            try:
                constraints += _constraints(row, number, bank, length)
            except (_Unsupported, ValueError) as error:
                where = f"{Path(path).name} row {number}"
                unsupported.append(Problem(where=where, what=f"not supported: {error}", got=_spelled(row)))
        return cls(constraints=tuple(constraints), unsupported=tuple(unsupported))


def with_testdesign_attributes(bank: ItemBank, path: str | os.PathLike[str]) -> ItemBank:
    """The bank with the attributes and stimuli of TestDesign's item attributes, in place of those it has.

    Raises
    ------
    InputError : a file that cannot be read or has no column ID; items that the bank does not have, or that
        stand there twice.
    """
    name = Path(path).name
    rows = _rows(Path(path), (_ID,))
    known = {item.id for item in bank.items}
    by_id: dict[str, dict[str, str]] = {}
    problems = []
    for number, row in enumerate(rows, start=2):
        item = row[_ID]
        if item not in known or item in by_id:
            what = "stands here twice" if item in by_id else f"not in the bank {bank.id!r}"
            problems.append(Problem(where=f"{name} row {number} {_ID}", what=what, got=repr(item)))
        by_id[item] = row
    raise_if_any(problems)
    items = tuple(
        replace(item, attributes=_attributes(by_id[item.id]), stimulus=_stimulus(by_id[item.id]))
        if item.id in by_id
        else item
        for item in bank.items
    )
    return replace(bank, items=items)


def _rows(path: Path, needed: tuple[str, ...]) -> list[dict[str, str]]:
    """The rows by column, without white space around values; InputError with every fault."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            table = list(csv.reader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(Problem(where=path.name, what=f"cannot be read: {error}")) from None
    header = [name.strip().upper() for name in table[0]] if table else []
    raise_if_any(
        [Problem(where=path.name, what=f"no column {name}") for name in needed if name not in header]
    )
    ragged = [
        Problem(
            where=f"{path.name} row {number}",
            what="one value for every column",
            got=f"{len(row)} values",
            expected=str(len(header)),
        )
        for number, row in enumerate(table[1:], start=2)
        if len(row) != len(header)
    ]
    raise_if_any(ragged)
    return [dict(zip(header, (value.strip() for value in row), strict=True)) for row in table[1:]]


def _attributes(row: Mapping[str, str]) -> dict[str, Attribute]:
    return {
        name: _value(text)
        for name, text in row.items()
        if name not in (_ID, _STIMULUS, "") and text not in _MISSING
    }


def _stimulus(row: Mapping[str, str]) -> str | None:
    given = row.get(_STIMULUS, "")
    return None if given in _MISSING else given


def _value(text: str) -> Attribute:
    """A number where the text spells a finite one."""
    try:
        value = float(text)
    except ValueError:
        return text
    if not math.isfinite(value):
        return text
    return int(value) if value.is_integer() else value


def _spelled(row: Mapping[str, str]) -> str:
    return ", ".join(row[name] for name in _COLUMNS if row[name])


def _is_length(row: Mapping[str, str]) -> bool:
    kind, what = _TYPES.get(row["TYPE"].upper()), row["WHAT"].upper()
    return kind == "count" and what == "ITEM" and row["CONDITION"].upper() in _WHOLE_TEST


def _constraints(row: Mapping[str, str], number: int, bank: ItemBank, length: str | None) -> list[Constraint]:
    """What one row says."""
    name = row.get("CONSTRAINT_ID") or row.get("CONSTRAINT") or str(number)
    kind, what, condition = row["TYPE"].upper(), row["WHAT"].upper(), row["CONDITION"]
    if kind == "ORDER":
        raise _Unsupported("items are ordered by what they are worth")
    if kind not in _TYPES:
        raise _Unsupported(f"the type {row['TYPE']!r} is not known")
    ours = _TYPES[kind]
    if what != "ITEM":
        if (
            ours == "count"
            and condition.upper() in _WHOLE_TEST
            and what in ("STIMULUS", "PASSAGE", "SET", "TESTLET")
        ):
            return [_made(name, "stimuli", ItemFilter(), _bounds(row))]
        raise _Unsupported("of stimuli only their number can be constrained")
    if ours in ("sum", "average"):
        return [_sum(name, row, bank, length if ours == "average" else "1")]
    if ours != "count":
        kinds: Mapping[str, Kind] = {
            "include": "include",
            "exclude": "exclude",
            "all_or_none": "all_or_none",
            "enemies": "enemies",
        }
        return [_made(name, kinds[ours], _meant(condition, bank, by_ids=True), {})]
    bounds = _bounds(row)
    if condition.upper() in _WHOLE_TEST:
        return [_made(name, "count", ItemFilter(), bounds)]
    if condition.upper() in _SETS:
        return [_made(name, "per_stimulus", ItemFilter(), bounds)]
    values = dict.fromkeys(
        item.attributes[condition] for item in bank.operational if condition in item.attributes
    )
    if values:
        return [
            _made(
                f"{name} ({value})",
                "count",
                ItemFilter(attributes={condition: Admitted(values=(value,))}),
                bounds,
            )
            for value in values
        ]
    return [_made(name, "count", _meant(condition, bank), bounds)]


def _made(name: str, kind: Kind, items: ItemFilter, bounds: Mapping[str, Any]) -> Constraint:
    return Constraint(id=name, kind=kind, items=items, **bounds)


def _bounds(row: Mapping[str, str]) -> dict[str, float]:
    """LB and UB as they stand."""
    found = {}
    for name, column in (("minimum", "LB"), ("maximum", "UB")):
        try:
            found[name] = float(row[column])
        except ValueError:
            raise _Unsupported(f"{column} is no number") from None
    if not 0 <= found["minimum"] <= found["maximum"] < math.inf:
        raise _Unsupported("LB and UB are no bounds")
    return found


def _sum(name: str, row: Mapping[str, str], bank: ItemBank, length: str | None) -> Constraint:
    """A sum, or a mean times the length; ``ATTRIBUTE`` or ``ATTRIBUTE, condition``."""
    if length is None:
        raise _Unsupported("a mean needs a fixed length of the test")
    attribute, _, condition = (part.strip() for part in row["CONDITION"].partition(","))
    bounds = {key: bound * float(length) for key, bound in _bounds(row).items()}
    if bounds["minimum"] == bounds["maximum"]:
        del bounds["minimum"]
    items = _meant(condition, bank) if condition else ItemFilter()
    lacking = [
        item.id
        for item in bank.operational
        if items.admits(item) and not isinstance(item.attributes.get(attribute), int | float)
    ]
    if lacking:
        raise _Unsupported(f"{attribute} is no number in {len(lacking)} items, such as {lacking[0]}")
    return replace(_made(name, "sum", items, bounds), attribute=attribute)


def _meant(condition: str, bank: ItemBank, *, by_ids: bool = False) -> ItemFilter:
    """The items that a condition means: by attributes where it lists values, else by their ids."""
    if not condition:
        raise _Unsupported("a condition is needed")
    read = parsed(condition)
    known = {_ID} | {name for item in bank.items for name in item.attributes}
    for asked in sorted(read.names - known):
        raise _Unsupported(f"no item has the attribute {asked!r}")
    meant = [item for item in bank.operational if read.judge({**item.attributes, _ID: item.id})]
    if not meant:
        raise _Unsupported("no item meets the condition")
    if read.listed is not None and _ID not in read.names and not by_ids:
        attributes = {name: Admitted(values=values) for name, values in read.listed.items()}
        simple = ItemFilter(attributes=attributes)
        if [item for item in bank.operational if simple.admits(item)] == meant:
            return simple
    return ItemFilter(ids=tuple(item.id for item in meant))
