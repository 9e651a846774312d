"""Files out: the old one is whole until the new one is, and a folder appears at once or not at all."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from compassess import Assessment
from compassess.errors import Problem

__all__ = ["new_file_problems", "new_folder_problems", "write_assessment", "write_log", "write_text"]

_BANK: Final = "bank.json"


def new_folder_problems(folder: Path, option: str, *, replace: bool) -> list[Problem]:
    """What would keep a bank from being written at the end of long work."""
    where = f"{option} {folder}"
    if folder.exists() and not folder.is_dir():
        return [Problem(where=where, what="this is a file", expected="a folder, or a new name")]
    if (folder / _BANK).exists() and not replace:
        remedy = "Name another folder, or replace the bank with --force"
        return [Problem(where=where, what="it holds a bank already", remedy=remedy)]
    parent = next(place for place in (folder.resolve(), *folder.resolve().parents) if place.exists())
    if not os.access(parent, os.W_OK):
        return [Problem(where=where, what=f"nothing may be written to {parent}")]
    return []


def new_file_problems(path: Path | None, option: str) -> list[Problem]:
    """What would keep a file from being written at the end of long work; None is no file."""
    if path is None:
        return []
    if path.is_dir():
        return [Problem(where=f"{option} {path}", what="this is a folder", expected="the name of a file")]
    if not path.parent.is_dir():
        remedy = f"Make the folder {path.parent} first"
        return [Problem(where=f"{option} {path}", what="its folder does not exist", remedy=remedy)]
    return []


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text through a draft beside the file that takes its place at the end."""
    target = path.resolve()  # a link stays a link
    draft = target.with_name(f".{target.name}.{secrets.token_hex(6)}.tmp")
    try:
        with draft.open("x", encoding="utf-8", newline="") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


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
