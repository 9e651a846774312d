"""``compassess simulate``: a study of many adaptive sittings, before anybody sits one."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

import compassess as ca
from compassess.cli.answers import Answers, AnswersFile
from compassess.cli.files import new_file_problems, write_text
from compassess.cli.opening import files_of, open_assessment
from compassess.cli.options import (
    BankArgument,
    FirstCategoryOption,
    ForceOption,
    Language,
    PersonOption,
    ReverseOption,
    RowsOption,
    SeparatorOption,
)
from compassess.cli.progress import counted, working
from compassess.cli.screen import line
from compassess.cli.study_plots import plot_problems, write_plots
from compassess.cli.study_screen import show_study
from compassess.cli.study_table import study_table
from compassess.errors import Problem, raise_if_any

__all__ = ["simulate"]

_EXAMINEES: Final = 1000


class PictureFormat(StrEnum):
    """What plots are written as."""

    SVG = "svg"
    PNG = "png"


def simulate(
    bank: BankArgument,
    examinees: Annotated[
        int | None,
        typer.Option(min=1, help=f"People to draw from the bank's population. Default: {_EXAMINEES}."),
    ] = None,
    responses: Annotated[
        Path | None,
        typer.Option(metavar="RESPONSES.csv", help="Play real answers again instead, row by row (post-hoc)."),
    ] = None,
    rows: RowsOption = "all",
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same study.")] = 1,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="STUDY.csv", help="A file with a row a person.")
    ] = None,
    plots: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Draw the study into this folder (needs matplotlib)."),
    ] = None,
    plot_format: Annotated[PictureFormat, typer.Option(help="Of the plots.")] = PictureFormat.SVG,
    language: Annotated[Language, typer.Option(help="Of the words in the plots.")] = Language.EN,
    exposure_limit: Annotated[
        float | None, typer.Option(min=0.0, max=1.0, help="A rate to mark in the plot of exposure.")
    ] = None,
    person: PersonOption = None,
    first_category: FirstCategoryOption = 0,
    reverse: ReverseOption = "",
    separator: SeparatorOption = ",",
    force: ForceOption = False,
) -> None:
    """Let many people sit: how long, how exact, how exposed.

    People are drawn from the bank's population, or real answers are played
    again: every sitting then draws on what that person answered. Take other
    persons than those on whom the bank was calibrated (--rows).

    For example:
      compassess simulate civil_service --examinees 5000
      compassess simulate my_bank --responses answers.csv --rows even -o study.csv
      compassess simulate civil_service --plots build/plots --language kk
    """
    problems = new_file_problems(output, "-o", replace=force, inputs=(responses, *files_of(bank)))
    problems += _contradictions(examinees, responses, rows)
    assessment = open_assessment(bank, problems)
    problems += plot_problems(
        plots, assessment, truth=responses is None, picture_format=plot_format.value, replace=force
    )
    answers: Answers | None = None
    if responses is not None:
        file = AnswersFile(
            path=responses,
            rows=rows,
            person=person,
            first_category=first_category,
            separator=separator,
            reverse=reverse,
        )
        answers = file.read_for(None if assessment is None else assessment.bank, problems)
    raise_if_any(problems)
    assert assessment is not None
    study = _study(assessment, answers, examinees or _EXAMINEES, seed)
    if output is not None:
        write_text(output, study_table(study, None if answers is None else answers.labels))
    show_study(study)
    if output is not None:
        line()
        line(f"Written: {output}")
    if plots is not None:
        n_plots = write_plots(study, plots, language.value, plot_format.value, exposure_limit)
        line()
        line(f"Drawn: {n_plots} plots in {plots}")


def _contradictions(examinees: int | None, responses: Path | None, rows: str) -> list[Problem]:
    """Options that do not go together."""
    problems = []
    if examinees is not None and responses is not None:
        remedy = "Leave one of them out; choose persons of the file with --rows"
        problems.append(Problem(where="--examinees", what="it excludes --responses", remedy=remedy))
    if responses is None and rows != "all":
        remedy = "Add --responses RESPONSES.csv, or say --examinees"
        problems.append(Problem(where="--rows", what="there is no file to choose from", remedy=remedy))
    return problems


def _study(
    assessment: ca.Assessment, answers: Answers | None, examinees: int, seed: int
) -> ca.SimulationStudy:
    """The sittings, with a bar while they run."""
    with working("simulating sittings") as advance:
        progress = counted(advance)
        if answers is None:
            return ca.simulate(assessment, examinees, seed=seed, progress=progress)
        return ca.simulate(assessment, seed=seed, responses=answers.responses, progress=progress)
