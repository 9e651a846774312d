"""The file of answers that a command is given, with the options that say how to read it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from compassess import ItemBank, Responses
from compassess.cli.rows import persons_of, rows_from
from compassess.cli.screen import note
from compassess.errors import Problem, gathering

__all__ = ["REVERSED", "Answers", "AnswersFile", "capped", "listed", "names_in"]

#: The key in an item's provenance that names the items which calibration turned.
REVERSED = "reversed"
_SHOWN = 5
_TOLD = 20


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answers:
    """What was read: the chosen persons' answers, and a label for each person."""

    responses: Responses
    labels: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswersFile:
    """A file of answers and how to read it; ``reverse`` is as given on the command line."""

    path: Path
    rows: str = "all"
    person: str | None = None
    first_category: int = 0
    categories: int | None = None
    separator: str = ","
    reverse: str = ""

    def read(self, problems: list[Problem]) -> Answers | None:
        """The answers, or None with the reasons among ``problems``."""
        rows: slice | None = None
        with gathering(problems):
            rows = rows_from(self.rows)
        with gathering(problems):
            responses = Responses.read_csv(
                self.path,
                person=self.person,
                lowest=self.first_category,
                n_categories=self.categories,
                separator=self.separator,
            )
            if rows is not None:
                chosen, labels = persons_of(responses, rows)
                return Answers(responses=chosen, labels=labels)
        return None

    def read_for(self, bank: ItemBank | None, problems: list[Problem]) -> Answers | None:
        """The answers in the codes of ``bank``; without a bank only what is wrong with the file is told."""
        answers = self.read(problems)
        if answers is None or bank is None:
            return None
        beyond = self._beyond(answers, bank)
        if beyond:
            problems += beyond
            return None
        _tell_of_others(answers.responses, bank)
        turned = names_in(self.reverse)
        _tell_of_unturned(turned, bank)
        if not turned:
            return answers
        highest = {item.id: item.n_categories - 1 for item in bank.items}
        with gathering(problems):
            responses = answers.responses.reversed(turned, highest)
            return Answers(responses=responses, labels=answers.labels)
        return None

    def _beyond(self, answers: Answers, bank: ItemBank) -> list[Problem]:
        """Codes that the bank's items do not have, told as they stand in the file."""
        present, first = set(answers.responses.items), self.first_category
        items = [item for item in bank.operational if item.id in present]
        wrong = []
        by_item = answers.responses.by_item([item.id for item in items])
        for item, (persons, codes) in zip(items, by_item, strict=True):
            at = np.flatnonzero(codes >= item.n_categories)
            if at.size:
                wrong.append((item, persons[at].tolist(), codes[at].tolist()))
        shifted = all(set(codes) == {item.n_categories} for item, _, codes in wrong)
        remedy = f"If the codes begin at {first + 1}, pass --first-category {first + 1}" if shifted else ""
        told = []
        for item, persons, codes in wrong:
            faults = [
                Problem(
                    where=f"{self.path.name}, person {answers.labels[person]}, item {item.id!r}",
                    what="the code is outside the item's categories",
                    got=str(code + first),
                    expected=f"{first} … {first + item.n_categories - 1}",
                    remedy=remedy,
                )
                for person, code in zip(persons, codes, strict=True)
            ]
            told += capped(faults, f"{self.path.name}, item {item.id!r}")
        return told

    def header(self) -> tuple[str, ...]:
        """The names in the first line as far as it can be read: for a file that has other faults."""
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as stream:
                names = next(csv.reader(stream, delimiter=self.separator), [])
        except (OSError, UnicodeDecodeError, csv.Error, TypeError):
            return ()
        return tuple(name.strip() for name in names if name.strip() != self.person)


def names_in(text: str) -> tuple[str, ...]:
    """Names separated by commas, blanks around them dropped."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def capped(problems: list[Problem], where: str) -> list[Problem]:
    """The first problems of one kind, and how many more there are."""
    more = len(problems) - _TOLD
    return problems if more <= 0 else [*problems[:_TOLD], Problem(where=where, what=f"and {more} more")]


def listed(names: tuple[str, ...] | list[str]) -> str:
    """The first names and how many more there are."""
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _tell_of_others(responses: Responses, bank: ItemBank) -> None:
    """Columns that will not be used."""
    operational = {item.id for item in bank.operational}
    others = [name for name in responses.items if name not in operational]
    if others and len(others) < responses.n_items:  # where none is left, scoring refuses
        note(f"columns that are no operational items of this bank, left out: {listed(others)}")


def _tell_of_unturned(turned: tuple[str, ...], bank: ItemBank) -> None:
    """Items that calibration turned and the command line does not, or the other way round."""
    known = {str(item.provenance.get(REVERSED) or "") for item in bank.items}
    before = {name for names in known for name in names_in(names)}
    if before != set(turned):
        told = ",".join(sorted(before)) or "no items"
        note(f"this bank was calibrated with other --reverse than is given now: {told}")
