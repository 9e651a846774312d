"""What ``compassess calibrate`` is asked for, checked as a whole before any long work begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess import Responses
from compassess.cli.answers import Answers, AnswersFile, capped, names_in
from compassess.cli.files import new_folder_problems
from compassess.cli.items_file import ItemsFile, read_items
from compassess.cli.screen import warning
from compassess.errors import Problem, raise_if_any
from compassess.irt import MODELS

__all__ = ["CalibrationRequest", "Structure"]

_HIGHEST: Final = 20  # an item with more categories is so rare that it must be declared


class Structure(StrEnum):
    """How competencies and blocks hang together."""

    BLOCKS = "blocks"
    SECOND_ORDER = "second-order"


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationRequest:
    """The options, before anything is read."""

    file: AnswersFile
    items: Path | None
    model: str
    structure: Structure
    folder: Path
    text_language: str | None
    force: bool

    def read(self) -> tuple[Answers, ItemsFile | None]:
        """Answers and items; every fault of options and files in one InputError."""
        problems = self._option_problems()
        answers, places = self.file.read(problems), None
        if self.items is not None:
            places = read_items(
                self.items,
                separator=self.file.separator,
                with_text=self.text_language is not None,
                problems=problems,
            )
        names = self.file.header() if answers is None else answers.responses.items
        if names:
            problems += self._unknown_reversed(names)
            problems += [] if places is None else places.lacking(names)
        if answers is not None and self.file.categories is None:
            problems += self._far_codes(answers.responses)
        raise_if_any(problems)
        assert answers is not None  # otherwise there was a problem
        self._tell_lowest(answers.responses)
        return answers, places

    def _option_problems(self) -> list[Problem]:
        problems = new_folder_problems(
            self.folder, "-o", replace=self.force, inputs=(self.file.path, self.items)
        )
        if self.model not in MODELS:
            expected = " or ".join(MODELS)
            problems.append(
                Problem(where="--model", what="unknown model", got=repr(self.model), expected=expected)
            )
        if self.items is None:
            needing = {
                "--text-language": self.text_language is not None,
                "--structure second-order": self.structure is Structure.SECOND_ORDER,
            }
            problems += [
                Problem(where=option, what="it needs ITEMS.csv", remedy="Add --items ITEMS.csv")
                for option, given in needing.items()
                if given
            ]
        return problems

    def _far_codes(self, responses: Responses) -> list[Problem]:
        """Items with a code such as 99 that means a missing answer, and would become a category."""
        answered = _codes_by_item(responses)
        median = float(np.median([codes[-1] for codes in answered.values()])) if answered else 0.0
        first, told = self.file.first_category, []
        for item, codes in answered.items():
            highest = int(codes[-1])
            # A long scale among short ones has most of its codes; a code for "missing" stands far off.
            far_off = highest > 2 * median + 5 and 2 * len(codes) <= highest
            if highest > _HIGHEST or far_off:
                told.append(
                    Problem(
                        where=f"{self.file.path.name}, item {item!r}",
                        what=f"the code {highest + first} is far too high for a category",
                        got=f"highest codes of the items with the median {median + first:g}",
                        remedy="If it means that there is no answer, write NA or nothing; if it is a "
                        f"category, say --categories {highest + 1}",
                    )
                )
        return capped(told, self.file.path.name)

    def _tell_lowest(self, responses: Responses) -> None:
        """Codes from 1 read as codes from 0 would give every item a category that nobody can choose."""
        lowest = min((int(codes[0]) for codes in _codes_by_item(responses).values()), default=0)
        if lowest > 0:
            first = self.file.first_category
            begin = first + lowest
            warning(f"no item has code {first}: if the codes begin at {begin}, pass --first-category {begin}")

    def _unknown_reversed(self, names: Sequence[str]) -> list[Problem]:
        return [
            Problem(where="--reverse", what=f"{item!r} is no item of the responses")
            for item in names_in(self.file.reverse)
            if item not in names
        ]


def _codes_by_item(responses: Responses) -> dict[str, NDArray[np.int16]]:
    """The codes that occur in each item, ascending; items that nobody answered are left out."""
    pairs = zip(responses.items, responses.by_item(responses.items), strict=True)
    return {item: np.unique(codes) for item, (_, codes) in pairs if codes.size}
