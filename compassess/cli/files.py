"""Files out: the old one is whole until the new one is, and a folder appears at once or not at all."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from compassess import Assessment
from compassess.errors import Problem

__all__ = [
    "ASSESSMENT",
    "new_file_problems",
    "new_folder_problems",
    "place_problems",
    "same_file",
    "write_assessment",
    "write_bytes",
    "write_log",
    "write_pictures",
    "write_text",
]

#: The files of an assessment's folder.
ASSESSMENT: Final = ("bank.json", "blueprint.json", "bands.json")


def new_folder_problems(
    folder: Path, option: str, *, replace: bool, inputs: Iterable[Path | None] = ()
) -> list[Problem]:
    """What would keep a bank from being written at the end of long work.

    ``replace`` allows a bank that is there; a file of ``inputs`` is never written over.
    """
    problems = place_problems(folder, option)
    if problems:
        return problems
    where, read = f"{option} {folder}", list(inputs)
    for name in ASSESSMENT:
        if any(same_file(folder / name, source) for source in read):
            return [_written_over(f"{where}, {name}")]
    held = [name for name in ASSESSMENT if (folder / name).exists()]
    if held and not replace:
        what = "a bank" if held[0] == ASSESSMENT[0] else " and ".join(held)
        remedy = "Name another folder, or replace the bank with --force"
        return [Problem(where=where, what=f"it holds {what} already", remedy=remedy)]
    return []


def place_problems(folder: Path, option: str) -> list[Problem]:
    """What would keep a folder from being made or written into."""
    where = f"{option} {folder}"
    if folder.exists() and not folder.is_dir():
        return [Problem(where=where, what="this is a file", expected="a folder, or a new name")]
    parent = next(place for place in (folder.resolve(), *folder.resolve().parents) if place.exists())
    if not parent.is_dir():
        return [Problem(where=where, what=f"{parent} is a file", expected="a folder")]
    if not os.access(parent, os.W_OK):
        return [Problem(where=where, what=f"nothing may be written to {parent}")]
    return []


def new_file_problems(
    path: Path | None, option: str, *, replace: bool = True, inputs: Iterable[Path | None] = ()
) -> list[Problem]:
    """What would keep a file from being written at the end of long work; None is no file.

    ``replace`` allows a file that is there; a file of ``inputs`` is never written over.
    """
    if path is None:
        return []
    where = f"{option} {path}"
    if path.is_dir():
        return [Problem(where=where, what="this is a folder", expected="the name of a file")]
    if not path.parent.is_dir():
        remedy = f"Make the folder {path.parent} first"
        return [Problem(where=where, what="its folder does not exist", remedy=remedy)]
    if any(same_file(path, source) for source in inputs):
        return [_written_over(where)]
    if path.is_file() and not replace:
        remedy = "Name another file, or replace it with --force"
        return [Problem(where=where, what="there is a file already", remedy=remedy)]
    return []


def same_file(path: Path, other: Path | None) -> bool:
    """Whether two names lead to one file, through links too; also where it is not there yet."""
    if other is None:
        return False
    try:
        return path.samefile(other)
    except OSError:
        return path.resolve() == other.resolve()


def _written_over(where: str) -> Problem:
    what = "this file is read by the same command, and would be lost"
    return Problem(where=where, what=what, remedy="Name another file")


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text through a draft beside the file that takes its place at the end.

    What is there and is no ordinary file (a pipe, a terminal, a device) is written to as it is, and stays.
    """
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """:func:`write_text` for what is bytes already."""
    target = path.resolve()  # a link stays a link
    if target.exists() and not target.is_file():
        with target.open("wb") as stream:
            stream.write(content)
        return
    draft = target.with_name(f".{target.name}.{secrets.token_hex(6)}.tmp")
    try:
        with draft.open("xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def write_pictures(folder: Path, pictures: Mapping[str, bytes]) -> None:
    """Pictures by the names of their files, each of them whole; the folder is made where there is none."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in pictures.items():
        write_bytes(folder / name, content)


def write_log(path: Path, log: Sequence[dict[str, Any]]) -> None:
    """A sitting's log as a JSON list, an entry a line."""
    entries = ",\n".join(json.dumps(entry, ensure_ascii=False, allow_nan=False) for entry in log)
    write_text(path, f"[\n{entries}\n]\n")


def write_assessment(assessment: Assessment, folder: Path) -> None:
    """The three files into ``folder``, written beside it first.

    A folder that is not there yet, or is empty, appears whole. One that holds other files keeps them;
    the three then take their places one after the other, each of them whole.
    """
    target = folder.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{secrets.token_hex(6)}.tmp")
    try:
        assessment.save(draft)
        if target.exists() and any(target.iterdir()):
            for file in sorted(draft.iterdir(), reverse=True):  # the bank last
                file.replace(target / file.name)
        else:
            if target.exists():
                target.rmdir()
            draft.replace(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
