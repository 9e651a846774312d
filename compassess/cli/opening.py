"""BANK on the command line: a folder, or the name of a shipped assessment."""

from __future__ import annotations

from pathlib import Path

from compassess import Assessment, Bands, Blueprint, ItemBank
from compassess.bank import shipped_names
from compassess.cli.files import ASSESSMENT
from compassess.errors import InputError, Problem, gathering

__all__ = ["files_of", "open_assessment", "open_bank"]


def files_of(name: str) -> list[Path]:
    """The files that are read for BANK; none for a shipped name."""
    return [Path(name) / file for file in ASSESSMENT] if Path(name).is_dir() else []


def open_bank(name: str, problems: list[Problem]) -> ItemBank | None:
    """The bank alone, or None with the reasons among ``problems``."""
    with gathering(problems):
        return ItemBank.load(_source(name))
    return None


def open_assessment(name: str, problems: list[Problem]) -> Assessment | None:
    """Bank, blueprint and bands, or None with the faults of all three files among ``problems``."""
    told = len(problems)
    with gathering(problems):
        source = _source(name)
        bank = open_bank(name, problems)
        blueprint = bands = None
        with gathering(problems):
            blueprint = Blueprint.load(source)
        with gathering(problems):
            bands = Bands.load(source)
        if bank is not None and len(problems) == told:
            return Assessment.create(bank, blueprint, bands)
    return None


def _source(name: str) -> str | Path:
    """A folder that exists comes before a shipped name."""
    folder = Path(name)
    if folder.is_dir():
        return folder
    if name in shipped_names():
        return name
    shipped = ", ".join(shipped_names()) or "none is shipped here"
    raise InputError(
        Problem(
            where=f"bank {name}",
            what="neither a folder nor a shipped assessment",
            expected=f"a folder that `compassess calibrate` wrote, or a shipped name: {shipped}",
        )
    )
