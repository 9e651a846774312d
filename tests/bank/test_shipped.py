"""Shipped assessments are found by name, from a list."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from compassess.bank import Bands, Blueprint, ItemBank, check_against, shipped, shipped_folder, shipped_names
from compassess.errors import InputError

from .samples import bands_content, bank_content, blueprint_content, small_bank


@pytest.fixture
def shipped_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place of shipped assessments that holds one, and a file and a folder that are none."""
    root = tmp_path / "item_banks"
    folder = root / "small"
    folder.mkdir(parents=True)
    (root / "notes").mkdir()
    (root / "pilot.py").write_text("", encoding="utf-8")
    contents = {"bank": bank_content(), "blueprint": blueprint_content(), "bands": bands_content()}
    for name, content in contents.items():
        (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    monkeypatch.setattr(shipped, "_PLACES", (tmp_path / "nowhere", root))
    return folder


def test_a_name_opens_all_three_files(shipped_small: Path) -> None:
    """Bank, blueprint and bands of a shipped assessment are loaded by one name."""
    assert shipped_names() == ("small",)
    assert shipped_folder("small") == shipped_small
    assert ItemBank.load("small") == small_bank()
    assert Blueprint.load("small").id == Bands.load("small").id == "small"


@pytest.mark.parametrize("name", ["Small", "notes", "pilot.py", "../item_banks/small", "small/", ""])
def test_any_other_name_is_refused(shipped_small: Path, name: str) -> None:
    """A name is compared with the list, and the message shows the list."""
    assert shipped_small.is_dir()
    with pytest.raises(InputError, match="expected small, got"):
        ItemBank.load(name)


def test_without_shipped_assessments_every_name_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that ships nothing says so."""
    monkeypatch.setattr(shipped, "_PLACES", ())
    assert shipped_names() == ()
    with pytest.raises(InputError, match="none is shipped here"):
        Bands.load("civil_service")


def test_what_is_shipped_is_sound() -> None:
    """Every shipped assessment loads, and its three files fit each other."""
    for name in shipped_names():
        bank = ItemBank.load(name)
        assert bank.illustrative
        assert check_against(bank, Blueprint.load(name), Bands.load(name)) == []
