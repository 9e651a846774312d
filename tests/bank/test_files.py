"""Files in and out: what cannot be read is told with its place; nothing is ever half-written."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from compassess.bank import Bands, Blueprint, ItemBank
from compassess.errors import InputError

from .samples import bands_content, bank_content, blueprint_content, faults, small_bank


def _written(folder: Path, data: bytes | str) -> Path:
    path = folder / "bank.json"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def _only_fault(path: Path) -> str:
    (problem,) = faults(ItemBank.load, path).values()
    return str(problem)


def test_a_folder_or_a_file_is_loaded(tmp_path: Path) -> None:
    """A path leads to the file itself, or to the folder that holds it."""
    path = _written(tmp_path, json.dumps(bank_content()))
    assert ItemBank.load(path) == ItemBank.load(tmp_path) == small_bank()
    other = path.rename(tmp_path / "edition_2026.txt")
    assert ItemBank.load(other) == small_bank()


def test_places_begin_with_the_file_name(tmp_path: Path) -> None:
    """A fault is found from its message alone."""
    content = bank_content()
    content["items"][1]["parameters"]["b"][2] = "x"
    content["items"][3]["block"] = "nowhere"
    _written(tmp_path, json.dumps(content))
    places = set(faults(ItemBank.load, tmp_path))
    assert places == {"bank.json items[1].parameters.b[2]", "bank.json items[3].block"}


def test_bad_json_is_told_by_line_and_column(tmp_path: Path) -> None:
    """A syntax error is told where an editor finds it."""
    path = _written(tmp_path, '{\n "format": "compassess/bank/1",\n "id": }')
    assert _only_fault(path).startswith("bank.json line 3, column 8: Expecting value")


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_not_finite_are_refused(tmp_path: Path, literal: str) -> None:
    """JSON has no NaN and no infinity, and neither has a bank; the place is told."""
    text = json.dumps(bank_content()).replace('"a": 1.5', f'"a": {literal}')
    fault = _only_fault(_written(tmp_path, text))
    assert fault.startswith("bank.json items[2].parameters.a: ")
    assert "expected a finite number" in fault


def test_a_key_that_stands_twice_is_told(tmp_path: Path) -> None:
    """The last of two equal keys does not silently win; other faults are told with it."""
    text = json.dumps(bank_content())
    text = text.replace('"version": ', '"version": "2025", "version": ')
    text = text.replace('"a": 1.5', '"a": 1.5, "b": ["x"]')
    text = text.replace('"id": "in_02"', '"id": "in_01"')
    found = faults(ItemBank.load, _written(tmp_path, text))
    assert set(found) == {"bank.json version", "bank.json items[2].parameters.b", "bank.json items[1].id"}
    assert "stands more than once" in found["bank.json version"].what


def test_what_is_not_utf8_is_refused(tmp_path: Path) -> None:
    """Another encoding is named as the fault, not guessed."""
    text = json.dumps(bank_content(), ensure_ascii=False).replace("қаз", "каз")
    fault = _only_fault(_written(tmp_path, text.encode("cp1251")))
    assert fault.startswith("bank.json byte ")
    assert "not UTF-8" in fault


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    """Editors that begin UTF-8 with a mark are forgiven."""
    path = _written(tmp_path, b"\xef\xbb\xbf" + json.dumps(bank_content()).encode())
    assert ItemBank.load(path) == small_bank()


@pytest.mark.parametrize("load", [ItemBank.load, Blueprint.load, Bands.load])
def test_a_missing_file_is_told(tmp_path: Path, load: Any) -> None:
    """The message names the file that was looked for."""
    for path in (tmp_path, tmp_path / "nowhere"):
        (problem,) = faults(load, path).values()
        assert problem.what == "no such file"
        assert str(path) in problem.got


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[" * 100_000, "nested too deeply"),
        ('{"format": ' + "9" * 10_000 + "}", "digit"),
        ("", "Expecting value"),
    ],
)
def test_hostile_files_are_refused(tmp_path: Path, text: str, what: str) -> None:
    """Depth and length beyond reason are faults of the file like any other."""
    assert what in _only_fault(_written(tmp_path, text))


def test_a_folder_in_the_place_of_the_file_is_told(tmp_path: Path) -> None:
    """What cannot be read is told with the system's reason."""
    (tmp_path / "bank.json").mkdir()
    (problem,) = faults(ItemBank.load, tmp_path).values()
    assert "cannot be read" in problem.what


def test_saving_returns_the_path(tmp_path: Path) -> None:
    """A folder gets the file under its usual name, and is made where it is missing; a .json is a file."""
    assert small_bank().save(tmp_path / "new" / "folder") == tmp_path / "new" / "folder" / "bank.json"
    assert small_bank().save(tmp_path / "other.json") == tmp_path / "other.json"
    assert Blueprint.from_dict(blueprint_content()).save(tmp_path) == tmp_path / "blueprint.json"
    assert Bands.from_dict(bands_content()).save(str(tmp_path)) == tmp_path / "bands.json"
    assert ItemBank.load(tmp_path / "other.json") == ItemBank.load(tmp_path / "new" / "folder")


def test_files_are_written_for_readers(tmp_path: Path) -> None:
    """Letters stand as letters, numbers in full, one thing a line, and the format comes first."""
    bank = replace(small_bank(), description="Тұрғындар")
    text = bank.save(tmp_path).read_text(encoding="utf-8")
    assert text.startswith('{\n "format": "compassess/bank/1",\n "id": "small",\n')
    assert '"description": "Тұрғындар"' in text
    assert text.endswith("}\n")
    assert "0.93" in text
    assert text == json.dumps(bank.to_dict(), indent=1, ensure_ascii=False) + "\n"


def _leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != "bank.json")


def test_failing_to_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the content cannot be serialised, or the disk refuses, the old file is whole."""
    bank = small_bank()
    path = bank.save(tmp_path)
    before = path.read_bytes()
    other = replace(bank, version="2026.2")

    def refuse(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(ItemBank, "to_dict", lambda _: {"format": "compassess/bank/1", "id": object()})
        with pytest.raises(TypeError):
            other.save(tmp_path)
    for function in ("os.fsync", "pathlib.Path.replace"):
        with monkeypatch.context() as patch:
            patch.setattr(function, refuse)
            with pytest.raises(OSError, match="no space"):
                other.save(tmp_path)
        assert path.read_bytes() == before
        assert _leftovers(tmp_path) == []
    assert ItemBank.load(path) == bank


def test_nan_is_never_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even a content that escaped the rules does not put a NaN into a file."""
    monkeypatch.setattr(ItemBank, "to_dict", lambda _: {"a": float("nan")})
    bank = object.__new__(ItemBank)
    with pytest.raises(ValueError, match="not JSON compliant"):
        bank.save(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="permissions and links as POSIX knows them")
def test_permissions_and_links_survive(tmp_path: Path) -> None:
    """A rewritten file keeps its mode, and a link keeps pointing to the file that was rewritten."""
    path = small_bank().save(tmp_path / "real.json")
    path.chmod(0o640)
    link = tmp_path / "bank.json"
    link.symlink_to(path)
    replace(small_bank(), version="2").save(tmp_path)
    assert link.is_symlink()
    assert ItemBank.load(path).version == "2"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_str_is_never_a_path(tmp_path: Path) -> None:
    """A text names a shipped assessment, however much it looks like a path."""
    _written(tmp_path, json.dumps(bank_content()))
    for name in (str(tmp_path), "../civil_service", "/etc", ".", "", "bank.json", "civil_service/"):
        with pytest.raises(InputError, match="none of this name") as caught:
            ItemBank.load(name)
        assert "pathlib" in str(caught.value)
