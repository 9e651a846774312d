"""``compassess calibrate``: answers in, a folder with bank, blueprint and bands out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

import compassess as ca
from compassess.cli.answers import REVERSED, AnswersFile, listed, names_in
from compassess.cli.calibration_request import CalibrationRequest, Structure
from compassess.cli.calibration_screen import show_calibration
from compassess.cli.clock import peak_memory, stopwatch
from compassess.cli.files import write_assessment
from compassess.cli.items_file import ItemsFile
from compassess.cli.options import (
    FirstCategoryOption,
    PersonOption,
    ResponsesArgument,
    ReverseOption,
    RowsOption,
    SeparatorOption,
)
from compassess.cli.program import command_line
from compassess.cli.progress import of_iterations, working
from compassess.cli.screen import heading, line, note, number_of, paragraph, warning
from compassess.errors import CompassessError
from compassess.irt import MODELS

__all__ = ["calibrate"]

_TOLERANCE: Final = 1e-5  # a tenth of the library's own: a bank is written once and used for years


def calibrate(
    responses: ResponsesArgument,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="The folder to write the bank to.")
    ],
    items: Annotated[
        Path | None,
        typer.Option(
            metavar="ITEMS.csv",
            help="The columns item, block, competency; others are ignored. Default: one block 'theta'.",
        ),
    ] = None,
    model: Annotated[
        str, typer.Option(metavar="MODEL", help=f"The response model of all items: {', '.join(MODELS)}.")
    ] = "GRM",
    structure: Annotated[
        Structure,
        typer.Option(
            help="blocks: correlated blocks, competencies count for content only. second-order: every "
            "competency has an ability of its own, with a loading that is estimated."
        ),
    ] = Structure.BLOCKS,
    rows: RowsOption = "all",
    first_category: FirstCategoryOption = 0,
    categories: Annotated[
        int | None,
        typer.Option(min=2, help="How many categories every item has. Default: up to the highest code seen."),
    ] = None,
    person: PersonOption = None,
    reverse: ReverseOption = "",
    separator: SeparatorOption = ",",
    nodes: Annotated[
        int | None, typer.Option(min=5, help="Nodes of the grid a block. Default: 61, 41 for three blocks.")
    ] = None,
    bank_id: Annotated[
        str | None, typer.Option("--id", metavar="NAME", help="The bank's id. Default: the folder's name.")
    ] = None,
    text_language: Annotated[
        str | None,
        typer.Option(
            metavar="LANGUAGE", help="Take the column 'text' of ITEMS.csv into the bank, as texts in this."
        ),
    ] = None,
    max_iterations: Annotated[
        int, typer.Option("--max-iterations", min=1, help="After so many steps the fit is broken off.")
    ] = 2000,
    force: Annotated[
        bool,
        typer.Option("--force", help="Replace the bank in the folder; write it though nothing converged."),
    ] = False,
) -> None:
    """Calibrate items from answers, and write a bank.

    The folder gets bank.json, blueprint.json (two items a competency, then a
    standard error of 0.40 in every block, at most 30 items) and bands.json
    (an illustrative example). Nothing is written where anything is at fault,
    or where the fit did not converge (exit code 1).

    For example:
      compassess calibrate answers.csv --items items.csv -o my_bank
      compassess calibrate answers.csv --items items.csv -o second
          --rows odd --structure second-order --text-language en
    """
    seconds = stopwatch()
    file = AnswersFile(
        path=responses,
        rows=rows,
        person=person,
        first_category=first_category,
        categories=categories,
        separator=separator,
        reverse=reverse,
    )
    request = CalibrationRequest(
        file=file,
        items=items,
        model=model,
        structure=structure,
        folder=output,
        text_language=text_language,
        force=force,
    )
    answers, places = request.read()
    calibration = _calibrated(answers.responses, places, model, structure, file, nodes, max_iterations)
    bank = ca.ItemBank.from_calibration(
        calibration,
        id=bank_id or output.resolve().name,
        provenance={REVERSED: ",".join(names_in(reverse))} if names_in(reverse) else {},
        **_texts(calibration, places, text_language, bank_id or output.resolve().name),
    )
    assessment = ca.Assessment.create(bank)
    written = calibration.converged or force
    if written:
        write_assessment(assessment, output)
    if places is not None and places.not_in(answers.responses.items):
        absent = places.not_in(answers.responses.items)
        rows_are = number_of(len(absent), "row is", "rows are")
        note(f"{places.source}: {rows_are} for items that nobody was given: {listed(absent)}")
    show_calibration(calibration, bank, f"{seconds():.1f} s, peak memory {peak_memory()}")
    if not calibration.converged:
        warning("THE CALIBRATION DID NOT CONVERGE: THE ESTIMATES ARE NOT FINAL")
    if not written:
        raise CompassessError(
            f"no bank was written. Raise --max-iterations (now {max_iterations}) and look at items with the "
            "status extreme_slope, or write the bank as it is with --force"
        )
    _show_what_next(file, output)


def _calibrated(
    responses: ca.Responses,
    places: ItemsFile | None,
    model: str,
    structure: Structure,
    file: AnswersFile,
    nodes: int | None,
    max_iterations: int,
) -> ca.Calibration:
    """The fit, with a bar while it runs."""
    names = responses.items
    with working("calibrating") as advance:
        return ca.calibrate(
            responses,
            model,
            blocks=None if places is None else places.blocks(names),
            competencies=None if places is None else places.competencies(names),
            loadings=1.0 if structure is Structure.BLOCKS else None,
            n_categories=file.categories,
            reverse=names_in(file.reverse),
            nodes=nodes,
            tolerance=_TOLERANCE,
            max_iterations=max_iterations,
            progress=of_iterations(advance, _TOLERANCE),
        )


def _texts(
    calibration: ca.Calibration, places: ItemsFile | None, language: str | None, bank_id: str
) -> dict[str, Any]:
    """What the bank takes from the column ``text``; blocks and competencies are titled by their ids."""
    if places is None or language is None:
        return {}
    people = calibration.items.population
    texts: Mapping[str, str] = places.texts(calibration.items.ids)
    names: Sequence[str] = (*people.blocks, *people.competencies)
    return {
        "languages": [language],
        "title": {language: bank_id},
        "titles": {name: {language: name.replace("_", " ")} for name in names},
        "texts": {item: {"text": {language: text}} for item, text in texts.items()},
    }


def _show_what_next(file: AnswersFile, folder: Path) -> None:
    """Where everything is, and the commands that take it up."""
    heading(f"Written to {folder}: bank.json, blueprint.json, bands.json")
    paragraph(
        "The bands are illustrative: set your own cuts, weights and risk zones in bands.json before "
        "anybody is judged by them. blueprint.json says how long a sitting is."
    )
    heading("Next")
    other = {"odd": ("--rows", "even"), "even": ("--rows", "odd")}.get(file.rows, ())
    how = _reading_options(file)
    for command in (
        ("simulate", str(folder), "--responses", str(file.path), *other, *how),
        ("score", str(folder), str(file.path), "-o", "scores.csv", *how),
        ("take", str(folder)),
    ):
        line(f"  {command_line(*command)}")


def _reading_options(file: AnswersFile) -> list[str]:
    """The options without which the same file would be read differently."""
    given = {
        "--person": file.person,
        "--first-category": str(file.first_category) if file.first_category else None,
        "--separator": None if file.separator == "," else file.separator,
        "--reverse": ",".join(names_in(file.reverse)) or None,
    }
    return [part for option, value in given.items() if value is not None for part in (option, value)]
