"""Files in and out: every fault of a file told with its place, and nothing ever half-written."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from compassess.bank.places import located, place
from compassess.bank.shipped import shipped_folder
from compassess.errors import InputError, Problem

__all__ = ["read", "write"]

T = TypeVar("T")


def read(source: str | os.PathLike[str], file_name: str, build: Callable[[object], T]) -> T:
    """What ``build`` makes of a JSON file's content.

    Parameters
    ----------
    source : a str is the name of a shipped assessment, never a path; a path is a file, or a folder
        that holds ``file_name``.

    Raises
    ------
    InputError : every fault of the file, each with the file's name and the place inside.
    """
    path = _inside(shipped_folder(source) if isinstance(source, str) else Path(source), file_name)
    document, problems = _document(path)
    try:
        value = build(document)
    except InputError as error:
        problems += error.problems
    else:
        if not problems:
            return value
    raise InputError(located(problems, path.name))


def write(target: str | os.PathLike[str], file_name: str, content: Mapping[str, object]) -> Path:
    """Write ``content`` to ``target``: a ``.json`` file, or a folder that gets ``file_name``.

    The old file is whole until the new one is: a temporary file beside it takes its place at the end.
    Folders that are missing are made. Returns the path of the file.

    Raises
    ------
    ValueError, TypeError : content that JSON cannot hold. OSError : the disk refuses.
    """
    path = _inside(Path(target), file_name)
    data = (json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    place_of_file = path.resolve()  # a link stays a link
    draft = place_of_file.with_name(f".{place_of_file.name}.{secrets.token_hex(6)}.tmp")
    try:
        with draft.open("xb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if place_of_file.exists():
            shutil.copymode(place_of_file, draft)
        draft.replace(place_of_file)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    _settle(place_of_file.parent)
    return path


def _inside(path: Path, file_name: str) -> Path:
    """The file itself: ``path``, or ``file_name`` in it where ``path`` is, or would be, a folder."""
    is_file = path.is_file() or (path.suffix == ".json" and not path.is_dir())
    return path if is_file else path / file_name


def _settle(folder: Path) -> None:
    """Make the new name of a file last through a power cut, where the system knows how."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):  # some file systems refuse to sync a folder; the file is there
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _document(path: Path) -> tuple[object, list[Problem]]:
    """The content of a JSON file, and faults that leave it readable (keys that stand twice)."""
    repeated: dict[int, tuple[object, list[str]]] = {}  # by identity; held here, so that it stays unique

    def object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) < len(pairs):
            counts = Counter(key for key, _ in pairs)
            repeated[id(result)] = (result, [key for key, count in counts.items() if count > 1])
        return result

    text = _text(path)
    try:
        document = json.loads(text, object_pairs_hook=object_of)
        objects = _objects(document, ()) if repeated else ()
        return document, [
            Problem(where=place(*steps, key), what="this key stands more than once in its object")
            for steps, member in objects
            for key in repeated.get(id(member), (member, []))[1]
        ]
    except json.JSONDecodeError as error:
        raise _refused(path, error.msg, f"line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise _refused(path, "nested too deeply") from None
    except ValueError as error:  # Python refuses whole numbers of thousands of digits
        raise _refused(path, str(error)) from None


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise _refused(path, "no such file", got=str(path)) from None
    except OSError as error:
        raise _refused(path, f"cannot be read: {error.strerror}", got=str(path)) from None
    except UnicodeDecodeError as error:
        raise _refused(path, "not UTF-8", f"byte {error.start}", remedy="Save it as UTF-8.") from None


def _refused(path: Path, what: str, where: str = "", *, got: str = "", remedy: str = "") -> InputError:
    problem = Problem(where=where, what=what, got=got, remedy=remedy)
    return InputError(located([problem], path.name))


def _objects(value: object, steps: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], object]]:
    """Every object of a document with the steps that lead to it."""
    if isinstance(value, dict):
        yield steps, value
        for key, member in value.items():
            yield from _objects(member, (*steps, key))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _objects(member, (*steps, index))
