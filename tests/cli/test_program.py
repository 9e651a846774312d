"""compassess.cli.program: the command that a screen tells people to type."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from compassess.cli.program import command_line


def script(folder: Path) -> Path:
    """An executable ``compassess`` in a folder."""
    path = folder / "compassess"
    path.write_text("#!/bin/sh\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_on_the_path_it_has_its_bare_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever can type the name is told the name; arguments are quoted for a shell."""
    monkeypatch.setenv("PATH", str(script(tmp_path).parent))
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "compassess")])
    assert command_line("take", "my bank") == "compassess take 'my bank'"


def test_off_the_path_it_is_called_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In an environment that is not activated the name alone would not be found."""
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.setattr(sys, "argv", [str(script(tmp_path))])
    assert command_line("take", "bank") == f"{tmp_path / 'compassess'} take bank"


@pytest.mark.parametrize("called", ["-c", "", "pytest"])
def test_called_by_another_program_it_has_its_name(called: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing better is known the name stands."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sys, "argv", [called])
    assert command_line("demo") == "compassess demo"
