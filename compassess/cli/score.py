"""``compassess score``: abilities, or whole conclusions, of persons as a CSV table."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import compassess as ca
from compassess.cli.answers import Answers, AnswersFile
from compassess.cli.files import new_file_problems, write_text
from compassess.cli.opening import files_of, open_assessment, open_bank
from compassess.cli.options import (
    BankArgument,
    FirstCategoryOption,
    ForceOption,
    PersonOption,
    ResponsesArgument,
    ReverseOption,
    RowsOption,
    SeparatorOption,
)
from compassess.cli.progress import working
from compassess.cli.screen import line, note, number_of
from compassess.errors import Problem, raise_if_any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["score"]


def score(
    bank: BankArgument,
    responses: ResponsesArgument,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="SCORES.csv", help="The file to write. Default: the screen."),
    ] = None,
    rows: RowsOption = "all",
    conclusions: Annotated[
        bool, typer.Option("--conclusions", help="Bands and risk zones with their probabilities as well.")
    ] = False,
    person: PersonOption = None,
    first_category: FirstCategoryOption = 0,
    reverse: ReverseOption = "",
    separator: SeparatorOption = ",",
    force: ForceOption = False,
) -> None:
    """Score persons: θ and its standard error, as CSV.

    A row a person: posterior mean and standard deviation (EAP) by block and
    by competency. Without a column of labels a person is called by the
    number of the row, counted from 1. The column status says no_answers where
    nothing was answered: such a row repeats the population, and has no band.

    For example:
      compassess score my_bank answers.csv -o scores.csv
      compassess score civil_service answers.csv --conclusions > conclusions.csv
    """
    problems = new_file_problems(output, "-o", replace=force, inputs=(responses, *files_of(bank)))
    file = AnswersFile(
        path=responses,
        rows=rows,
        person=person,
        first_category=first_category,
        separator=separator,
        reverse=reverse,
    )
    if conclusions:
        assessment = open_assessment(bank, problems)
        known = None if assessment is None else assessment.bank
    else:
        assessment, known = None, open_bank(bank, problems)
    answers = file.read_for(known, problems)
    raise_if_any(problems)
    assert answers is not None
    assert known is not None
    with working("scoring"):
        frame = _conclusions(answers, assessment) if assessment else _scores(answers, known)
    _write(frame, output)


def _scores(answers: Answers, bank: ca.ItemBank) -> pd.DataFrame:
    scores = ca.score(answers.responses, bank)
    _tell_statuses(scores.status)
    return _labelled(scores.to_frame(), answers)


def _conclusions(answers: Answers, assessment: ca.Assessment) -> pd.DataFrame:
    _refuse_strangers(answers, assessment.bank)
    conclusions = ca.conclude(answers.responses, assessment)
    unanswered = conclusions.n_items.sum(axis=1) == 0
    frame = conclusions.to_frame()
    # The population's likeliest band is nobody's own.
    for name in [name for name in map(str, frame.columns) if name == "band" or name.startswith("band_")]:
        frame[name] = ["" if nobody else band for nobody, band in zip(unanswered, frame[name], strict=True)]
    status = ["no_answers" if nobody else "ok" for nobody in unanswered]
    _tell_statuses(status)
    labelled = _labelled(frame, answers)
    labelled.insert(1, "status", status)
    return labelled


def _labelled(frame: pd.DataFrame, answers: Answers) -> pd.DataFrame:
    """The frame with the persons' labels first."""
    rest = frame.drop(columns="person", errors="ignore")
    rest.insert(0, "person", answers.labels)
    return rest


def _tell_statuses(status: Iterable[str]) -> None:
    counts = Counter(status)
    if n := counts["no_answers"]:
        note(f"{number_of(n, 'person')} answered nothing; such a row repeats the population")
    if n := counts["coarse_grid"]:
        are = "is" if n == 1 else "are"
        note(f"{number_of(n, 'person')} {are} known better than the grid is fine (status coarse_grid)")
    if n := counts["short_grid"]:
        are = "lies" if n == 1 else "lie"
        note(f"{number_of(n, 'person')} {are} at an end of the grid (status short_grid)")


def _refuse_strangers(answers: Answers, bank: ca.ItemBank) -> None:
    """A file without a single item of the bank would give everybody the same conclusion."""
    operational = [item.id for item in bank.operational]
    if not set(operational) & set(answers.responses.items):
        raise_if_any(
            [
                Problem(
                    where="responses",
                    what="no column is an operational item of this bank",
                    got=", ".join(answers.responses.items[:5]),
                    expected=f"item ids like {', '.join(operational[:5])}",
                )
            ]
        )


def _write(frame: pd.DataFrame, output: Path | None) -> None:
    text = frame.to_csv(index=False, float_format="%.6g", lineterminator="\n")
    if output is None:
        sys.stdout.write(text)
        return
    write_text(output, text)
    line(f"{number_of(len(frame), 'person')} scored")
    line(f"Written: {output}")
