"""What ``compassess calibrate`` is asked for, checked as a whole before any long work begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from compassess.cli.answers import Answers, AnswersFile, names_in
from compassess.cli.files import new_folder_problems
from compassess.cli.items_file import ItemsFile, read_items
from compassess.errors import Problem, raise_if_any
from compassess.irt import MODELS

__all__ = ["CalibrationRequest", "Structure"]


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
        raise_if_any(problems)
        assert answers is not None  # otherwise there was a problem
        return answers, places

    def _option_problems(self) -> list[Problem]:
        problems = new_folder_problems(self.folder, "-o", replace=self.force)
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

    def _unknown_reversed(self, names: Sequence[str]) -> list[Problem]:
        return [
            Problem(where="--reverse", what=f"{item!r} is no item of the responses")
            for item in names_in(self.file.reverse)
            if item not in names
        ]
