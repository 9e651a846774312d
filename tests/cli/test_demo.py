"""``demo`` walks the whole road, the same way for the same seed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import compassess as ca
from compassess.cli import demo as demo_module

from .conftest import Run, run


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Run]:
    """A demo with a small pilot, in Russian."""
    folder = tmp_path_factory.mktemp("demo") / "deep" / "demo"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo_module, "_N_REFERENCE", 300)
        patch.setattr(demo_module, "_N_LOW", 100)
        patch.setenv("COLUMNS", "80")
        return folder, run("demo", "--output", folder, "--language", "ru")


def test_the_steps_are_told_and_what_to_do_next_comes_last(walked: tuple[Path, Run]) -> None:
    """Five steps, the recovery of the parameters, a line an item, the conclusion, three paths, two ways on."""
    folder, told = walked
    assert (told.code, told.err) == (0, "")
    for step in range(1, 6):
        assert f"\n{step}. " in told.out
    for words in ("slopes a", "thresholds b", "true λ", "true R", "civil_service"):
        assert words in told.out
    written, following = told.out.split("\nWritten\n")[1].split("\nNext\n")
    paths = [str(folder / name) for name in ("bank", "log.json", "conclusion.html")]
    assert [line.strip() for line in written.split("\n") if line] == paths
    assert f"open {paths[2]}" in following
    assert f"compassess take {paths[0]}" in following
    own = told.out.split("\n5. ")[0]  # what follows is the report's text
    assert max(map(len, own.splitlines())) <= 80


def test_what_it_writes_belongs_together(walked: tuple[Path, Run]) -> None:
    """The bank holds the shipped texts, the log replays on it, the page is the conclusion."""
    folder, told = walked
    assessment = ca.Assessment.load(folder / "bank")
    shipped = ca.ItemBank.load("civil_service")
    assert assessment.bank.illustrative
    assert {item.id: item.options for item in assessment.bank.items} == {
        item.id: item.options for item in shipped.operational
    }
    log = json.loads((folder / "log.json").read_text(encoding="utf-8"))
    session = ca.Session.replay(assessment, log)
    assert (session.language, session.divergences) == ("ru", ())
    conclusion = session.conclude(at=log[-1]["at"])
    assert conclusion.to_text("ru") in told.out
    assert (folder / "conclusion.html").read_text(encoding="utf-8") == conclusion.to_html("ru")


def test_it_can_be_repeated(walked: tuple[Path, Run], monkeypatch: pytest.MonkeyPatch) -> None:
    """Into the same folder, with the same files as a result."""
    folder, _ = walked
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    monkeypatch.setattr(demo_module, "_N_REFERENCE", 300)
    monkeypatch.setattr(demo_module, "_N_LOW", 100)
    assert run("demo", "--output", folder, "--language", "ru").code == 0
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("name", ["notes.txt", "bank/bank.json", "bank/SOURCE.md", "log.json"])
def test_what_no_demo_wrote_is_kept(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused before any work; --force lets it in."""
    path = tmp_path / "mine" / name
    path.parent.mkdir(parents=True)
    path.write_text("{}", encoding="utf-8")

    def work(*_: object) -> None:
        raise AssertionError("the output was not checked first")

    monkeypatch.setattr(demo_module, "_pilot", work)
    told = run("demo", "-o", "mine")
    assert (told.code, told.out) == (2, "")
    assert "--force" in told.err
    assert path.read_text(encoding="utf-8") == "{}"
    with pytest.raises(AssertionError, match="not checked"):
        run("demo", "-o", "mine", "--force")


def test_a_bank_of_another_name_is_no_demo(walked: tuple[Path, Run], bank: Path, tmp_path: Path) -> None:
    """The same names of files are not enough: the bank must be the demo's."""
    shutil.copytree(walked[0], tmp_path / "mine")
    assert not demo_module._output_problems(tmp_path / "mine", replace=False)
    shutil.copytree(bank, tmp_path / "mine" / "bank", dirs_exist_ok=True)
    assert demo_module._output_problems(tmp_path / "mine", replace=False)


@pytest.mark.parametrize("name", ["mine", "mine/bank", "mine/deep/demo"])
def test_a_file_in_the_way(name: str, tmp_path: Path) -> None:
    """Where the folder should be, even with --force."""
    (tmp_path / "mine").mkdir()
    if name != "mine/bank":
        (tmp_path / "mine").rmdir()
    (tmp_path / name.removesuffix("/deep/demo")).write_text("x", encoding="utf-8")
    told = run("demo", "-o", name.removesuffix("/bank"), "--force")
    assert (told.code, told.out) == (2, "")
