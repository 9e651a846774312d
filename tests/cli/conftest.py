"""The command on a small simulated bank: its files, and a way to run it in this process."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from compassess.cli.app import app
from compassess.irt import Items, Population, simulate_abilities, simulate_responses

N_PERSONS = 800
COMPETENCIES = {"informing": "service", "cooperation": "service", "ethics": "transparency"}


@dataclass(frozen=True)
class Run:
    """What a run of the command left behind."""

    code: int
    out: str
    err: str

    @property
    def errors(self) -> list[str]:
        """The error lines, without the word."""
        return [line.removeprefix("error: ") for line in self.err.splitlines() if line.startswith("error: ")]


def run(*arguments: object, typed: str | None = None) -> Run:
    """Run the command; ``typed`` is what stands on its standard input."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], input=typed)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Run(code=result.exit_code, out=result.stdout, err=result.stderr)


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    """A file of these rows."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(rows)
    return path


def read_csv(text: str) -> list[dict[str, str]]:
    """The rows of a CSV text."""
    return list(csv.DictReader(text.splitlines()))


@dataclass(frozen=True)
class Files:
    """The input of a calibration."""

    answers: Path
    items: Path
    truth: Items
    competencies: Mapping[str, str]


def true_items() -> Items:
    """Six graded items of each of three competencies in two blocks."""
    rng = np.random.default_rng(11)
    homes = [name for name in COMPETENCIES for _ in range(6)]
    people = Population.create(
        ("service", "transparency"), correlation=[[1, 0.5], [0.5, 1]], competencies=COMPETENCIES
    )
    return Items.create(
        ids=[f"{name[:2]}_{number}" for name in COMPETENCIES for number in range(1, 7)],
        a=rng.uniform(1.2, 2.2, len(homes)),
        b=np.sort(rng.normal(0, 1, (len(homes), 3)), axis=1) + np.array([-0.4, 0.0, 0.4]),
        competencies=homes,
        population=people,
    )


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """Answers of simulated persons, and where their items stand."""
    folder = tmp_path_factory.mktemp("input")
    truth = true_items()
    people = simulate_abilities(truth.population, N_PERSONS, seed=1)
    codes = simulate_responses(truth, people, seed=2).codes()
    rows = [
        [name, COMPETENCIES[home], home, f"Question, {name}"]
        for name, home in zip(truth.ids, truth.competencies, strict=True)
    ]
    return Files(
        answers=write_csv(folder / "answers.csv", truth.ids, codes.tolist()),
        items=write_csv(folder / "items.csv", ("item", "block", "competency", "text"), rows),
        truth=truth,
        competencies=COMPETENCIES,
    )


@pytest.fixture(scope="session")
def calibrated(files: Files, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Run]:
    """The folder that ``calibrate`` wrote from the odd persons, and what it said."""
    folder = tmp_path_factory.mktemp("output") / "small"
    told = run("calibrate", files.answers, "--items", files.items, "--rows", "odd", "-o", folder)
    assert told.code == 0, told.err
    return folder, told


@pytest.fixture
def bank(calibrated: tuple[Path, Run]) -> Path:
    """The calibrated folder."""
    return calibrated[0]


@pytest.fixture(autouse=True)
def _plain_screen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """80 columns without colour, in a folder of the test's own."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.chdir(tmp_path)
