"""The command as a whole: help, version, errors and exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import compassess
from compassess.cli import app as commands
from compassess.errors import CompassessError

from .conftest import Files, run

COMMANDS = ("demo", "calibrate", "simulate", "score", "take")


def _process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A real process of the installed command."""
    return subprocess.run(
        [str(Path(sys.executable).with_name("compassess")), *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=os.environ | environment,
        check=False,
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    """The help says what the command does, gives an example, and fits 80 columns."""
    told = run(command, "--help")
    assert told.code == 0
    assert f"compassess {command} " in told.out.split("For example:")[1]
    assert max(map(len, told.out.splitlines())) <= 80


def test_help_lists_every_command() -> None:
    """Without a command the help is shown, with one whole line for every command."""
    told = run()
    assert told.code == 0
    assert told.out == run("--help").out
    for command in COMMANDS:
        assert f"\n  {command} " in told.out
    assert "..." not in told.out.split("Commands:")[1]


def test_version() -> None:
    """The version is the library's."""
    assert run("--version").out == f"compassess {compassess.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nonsense",), "nonsense"),
        (("score",), "BANK"),
        (("score", "a", "b", "--nonsense"), "--nonsense"),
        (("simulate", "civil_service", "--examinees", "0"), "--examinees"),
    ],
)
def test_a_wrong_command_line_is_told_with_where_the_help_is(arguments: tuple[str, ...], words: str) -> None:
    """Exit code 2, one line that names the fault, and the command that shows the help."""
    told = run(*arguments)
    assert told.code == 2
    assert told.out == ""
    (error,) = told.errors
    assert words in error
    assert error.endswith("--help")


def test_an_unknown_bank_lists_those_that_are_shipped() -> None:
    """The name of a bank that is neither a folder nor shipped."""
    told = run("simulate", "nowhere")
    assert told.code == 2
    assert "nowhere" in told.err
    assert all(name in told.err for name in compassess.bank.shipped_names())


def test_an_existing_folder_comes_before_a_shipped_name(tmp_path: Path) -> None:
    """A folder named like a shipped bank is opened, and its faults are told."""
    (tmp_path / "civil_service").mkdir()
    told = run("simulate", "civil_service")
    assert told.code == 2
    assert [error.split(":")[0] for error in told.errors] == ["bank.json", "blueprint.json", "bands.json"]


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (CompassessError("the engine cannot go on"), 1, "the engine cannot go on"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (PermissionError(13, "Permission denied", "bank.json"), 2, "bank.json: Permission denied"),
    ],
)
def test_exit_codes(
    error: BaseException, code: int, words: str, bank: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What compassess raises is 1, Ctrl-C is 130, what the system refuses is 2; no traceback."""

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(compassess, "simulate", fail)
    told = run("simulate", bank)
    assert (told.code, told.errors) == (code, [words])


def test_a_fault_of_the_program_keeps_its_traceback(bank: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that nobody foresaw is not dressed up as one of the input."""

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(compassess, "simulate", fail)
    with pytest.raises(ZeroDivisionError):
        run("simulate", bank)


def test_the_parser_still_raises_for_a_caller_of_its_own() -> None:
    """Without standalone mode the group behaves as typer's does."""
    assert commands.app(["--version"], standalone_mode=False) == 0


def test_a_real_process_scores_to_a_clean_stdout(files: Files, bank: Path) -> None:
    """CSV and nothing else, no colour even where colour is forced, exit code 0."""
    done = _process("score", str(bank), str(files.answers), "--rows", "1:2", FORCE_COLOR="1")
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split(",")[0] for line in done.stdout.splitlines()] == ["person", "1", "2"]


def test_a_real_process_fails_without_a_traceback(files: Files) -> None:
    """Errors go to stderr, each on its line; stdout stays empty."""
    done = _process("score", "nowhere", str(files.answers), "--rows", "0:1")
    assert (done.returncode, done.stdout) == (2, "")
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == ["error", "error"]


def test_without_typer_the_command_says_what_to_install() -> None:
    """The library installs without the command's two packages; the command then says so."""
    code = "import sys; sys.modules['typer'] = None; from compassess.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 1
    assert "pip install 'compassess[cli]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_names_in_a_file_cannot_steer_the_terminal(tmp_path: Path) -> None:
    """Control characters in the header of a file come out as replacement characters."""
    (tmp_path / "items.csv").write_text("item,block,competency\n", encoding="utf-8")
    (tmp_path / "answers.csv").write_text("\x1b[2Jx\n1\n", encoding="utf-8")
    told = run("calibrate", "answers.csv", "--items", "items.csv", "-o", "new", "--reverse", "\x1b[2J")
    assert told.code == 2
    assert "\x1b" not in told.err


def test_only_score_needs_pandas(files: Files, bank: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without pandas a bank can be made, studied and taken; score says what to install."""
    monkeypatch.setitem(sys.modules, "pandas", None)
    assert run("calibrate", files.answers, "-o", "new", "--rows", "1:300", "--nodes", 21).code == 0
    assert run("simulate", bank, "--examinees", 5, "-o", "study.csv").code == 0
    assert run("take", bank, typed="q\n").code == 0
    told = run("score", bank, files.answers)
    assert (told.code, told.out) == (1, "")
    assert "pip install 'compassess[frames]'" in told.err
