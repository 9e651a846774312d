"""``compassess demo``: the whole road once, from a pilot to a conclusion, on the shipped example."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Final

import typer

import compassess as ca
from compassess.adaptive import PendingItem
from compassess.cli.clock import stopwatch
from compassess.cli.files import ASSESSMENT, place_problems, write_assessment, write_log, write_text
from compassess.cli.options import Language
from compassess.cli.program import command_line
from compassess.cli.progress import of_iterations, working
from compassess.cli.recovery import show_recovery
from compassess.cli.screen import heading, line, paragraph, verbatim
from compassess.cli.simulated_examinee import SimulatedExaminee, simulated_time
from compassess.errors import InputError, Problem, raise_if_any
from compassess.simulation.pilot import Pilot, simulate_pilot

__all__ = ["demo"]

_BANK: Final = "civil_service"
_DEMO_BANK: Final = f"{_BANK}_demo"
_FOLDER, _LOG, _PAGE = "bank", "log.json", "conclusion.html"
_N_REFERENCE: Final = 2400
_N_LOW: Final = 600
_LOW_MEAN: Final = -2.0
_TOLERANCE: Final = 1e-4  # the library's own, named here because the progress bar needs it


def demo(
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="Where to write what the demo makes.")
    ] = Path("build/demo"),
    language: Annotated[Language, typer.Option(help="Of the items and of the conclusion.")] = Language.EN,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same demo.")] = 7,
    force: Annotated[
        bool, typer.Option("--force", help="Write into a folder that holds more than a former demo.")
    ] = False,
) -> None:
    """The whole road once, from a pilot to a conclusion.

    Everything is simulated from the shipped bank civil_service, an example
    that must not decide about people. It takes under a minute.

    For example:
      compassess demo --output build/demo --language ru
    """
    raise_if_any(_output_problems(output, replace=force))
    shipped = ca.Assessment.load(_BANK)
    pilot = _pilot(shipped.bank, seed)
    calibration = _calibration(shipped.bank, pilot)
    show_recovery(shipped.bank, calibration)
    assessment = _assessment(shipped, calibration)
    write_assessment(assessment, output / _FOLDER)
    _say_bank(assessment)
    session = _sitting(assessment, shipped.bank, language.value, seed)
    conclusion = session.conclude(at=session.log[-1]["at"])
    _step(5, "The conclusion.")
    line()
    verbatim(conclusion.to_text(language.value))
    write_log(output / _LOG, session.log)
    write_text(output / _PAGE, conclusion.to_html(language.value))
    heading("Written")
    for name in (_FOLDER, _LOG, _PAGE):
        line(f"  {output / name}")
    heading("Next")
    line(f"  the conclusion as a page: open {output / _PAGE} in a browser")
    line(f"  a sitting of your own:    {command_line('take', str(output / _FOLDER))}")


def _output_problems(output: Path, *, replace: bool) -> list[Problem]:
    """What would keep the demo from being written; a former demo may be replaced, nothing else."""
    problems = place_problems(output, "-o") or place_problems(output / _FOLDER, "-o")
    problems += [
        Problem(where=f"-o {output}", what=f"{name} is a folder", expected="a file, or nothing")
        for name in (_LOG, _PAGE)
        if (output / name).is_dir()
    ]
    if problems or replace or not output.exists() or not any(output.iterdir()) or _is_demo(output):
        return problems
    remedy = "Name another folder, or write into it with --force"
    what = "it holds something that no former demo wrote"
    return [Problem(where=f"-o {output}", what=what, remedy=remedy)]


def _is_demo(folder: Path) -> bool:
    """Whether a former demo wrote everything that is in the folder."""
    bank = folder / _FOLDER
    if {path.name for path in folder.iterdir()} != {_FOLDER, _LOG, _PAGE}:
        return False
    if {path.name for path in bank.iterdir()} != set(ASSESSMENT):
        return False
    try:
        return ca.ItemBank.load(bank).id == _DEMO_BANK
    except InputError:
        return False


def _step(number: int, text: str) -> None:
    line()
    paragraph(f"{number}. {text}", further="   ")


def _pilot(bank: ca.ItemBank, seed: int) -> Pilot:
    people = bank.population
    _step(
        1,
        f"The shipped bank {bank.id}: {len(bank.operational)} items, {people.n_competencies} competencies, "
        f"{people.n_blocks} blocks. A simulated pilot of it: {_N_REFERENCE:,} persons of the reference "
        f"population, and {_N_LOW:,} with a mean of {_LOW_MEAN:g}, so that low categories are answered too.",
    )
    with working("simulating a pilot"):
        return simulate_pilot(
            bank.irt_items(), n_reference=_N_REFERENCE, n_low=_N_LOW, low_mean=_LOW_MEAN, seed=seed
        )


def _calibration(bank: ca.ItemBank, pilot: Pilot) -> ca.Calibration:
    _step(
        2,
        "Calibration of the graded response model with blocks, competencies and two groups, as if nothing "
        "but the answers were known.",
    )
    seconds = stopwatch()
    with working("   calibrating") as advance:
        calibration = ca.calibrate(
            pilot.responses,
            "GRM",
            blocks={item.id: item.block for item in bank.operational},
            competencies={item.id: item.competency for item in bank.operational},
            groups=pilot.groups,
            reference_group="reference",
            tolerance=_TOLERANCE,
            progress=of_iterations(advance, _TOLERANCE),
        )
    paragraph(
        f"{seconds():.1f} s, log-likelihood {calibration.log_likelihood:,.1f}: {calibration.status}",
        indent="   ",
    )
    return calibration


def _assessment(shipped: ca.Assessment, calibration: ca.Calibration) -> ca.Assessment:
    """A new bank from the calibration, with the shipped texts, blueprint and bands."""
    bank = shipped.bank
    calibrated = ca.ItemBank.from_calibration(
        calibration,
        id=_DEMO_BANK,
        version=bank.version,
        title=bank.title,
        languages=bank.languages,
        description="the reference group of a simulated pilot",
        illustrative=True,
        titles=bank.titles(),
        texts=_texts(bank),
    )
    bands = replace(shipped.bands, bank=calibrated.id)  # both banks are on the θ of the same population
    return ca.Assessment.create(calibrated, shipped.blueprint, bands)


def _texts(bank: ca.ItemBank) -> dict[str, dict[str, Any]]:
    """Question, options and rationale of every operational item, as in the file."""
    operational = {item.id for item in bank.operational}
    return {
        entry["id"]: {key: entry[key] for key in ("text", "options", "rationale") if key in entry}
        for entry in bank.to_dict()["items"]
        if entry["id"] in operational
    }


def _say_bank(assessment: ca.Assessment) -> None:
    bank, blueprint = assessment.bank, assessment.blueprint
    targets = ", ".join(f"{blueprint.stopping.target_for(block.id):g} ({block.id})" for block in bank.blocks)
    _step(
        3,
        f"A bank of these parameters and the shipped texts: {len(bank.operational)} of {len(bank.items)} "
        f"items operational. A sitting has at most {blueprint.length.maximum} items and ends earlier when "
        f"the standard errors of the blocks have come down to {targets}.",
    )


def _sitting(assessment: ca.Assessment, truth: ca.ItemBank, language: str, seed: int) -> ca.Session:
    examinee = SimulatedExaminee.drawn(truth, seed)
    blocks = truth.population.blocks
    known = ", ".join(f"{name} {theta:+.2f}" for name, theta in zip(blocks, examinee.blocks, strict=True))
    _step(4, f"An adaptive sitting of somebody whose true abilities are {known}, on a simulated clock.")
    line()
    line(f"   {'':>2}  {'item':<8}{'competency':<24}{'chosen':<8}block: θ ± SE after the answer")
    session = assessment.start(examinee="DEMO-1", seed=seed, language=language, at=simulated_time(0))
    while (item := session.pending) is not None:
        response = examinee.answer(item)
        session.answer(item.id, response, at=simulated_time(item.step))
        _say_answer(session, assessment.bank, item, response)
    line()
    paragraph(f"The sitting ended after {session.n_answered} items: {session.stop_reason}.", indent="   ")
    return session


def _say_answer(session: ca.Session, bank: ca.ItemBank, item: PendingItem, response: str | int) -> None:
    entry = bank.item(item.id)
    block = session.conclude().blocks[entry.block]
    line(
        f"   {item.step:>2}  {item.id:<8}{entry.competency:<24}{response:<8}"
        f"{entry.block} {block.theta:+.2f} ± {block.se:.2f}"
    )
