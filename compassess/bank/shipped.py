"""The assessments that come with the library, by name.

Rule: a name from outside is compared with the list of names and never joined into a path.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from compassess.errors import InputError, Problem

__all__ = ["shipped_folder", "shipped_names"]

_PACKAGE: Final = Path(__file__).resolve().parent.parent
# A wheel carries the folder inside the package; a checkout has it beside the package.
_PLACES: Final = (_PACKAGE / "item_banks", _PACKAGE.parent / "item_banks")


def shipped_names() -> tuple[str, ...]:
    """Names of the shipped assessments, in alphabetical order."""
    return tuple(_folders())


def shipped_folder(name: str) -> Path:
    """The folder of the shipped assessment of that name.

    Raises
    ------
    InputError : there is none; the message lists those that there are.
    """
    folders = _folders()
    if name not in folders:
        raise InputError(
            Problem(
                where="name of a shipped assessment",
                what="there is none of this name",
                got=repr(name),
                expected=" or ".join(folders) or "a path: none is shipped here",
                remedy="A file or folder of your own is opened by a pathlib.Path.",
            )
        )
    return folders[name]


def _folders() -> dict[str, Path]:
    root = next((place for place in _PLACES if place.is_dir()), None)
    if root is None:
        return {}
    return {folder.name: folder for folder in sorted(root.iterdir()) if (folder / "bank.json").is_file()}
