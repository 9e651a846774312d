"""Options and arguments that several commands share, declared once."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "BankArgument",
    "FirstCategoryOption",
    "ForceOption",
    "Language",
    "PersonOption",
    "ResponsesArgument",
    "ReverseOption",
    "RowsOption",
    "SeparatorOption",
]


class Language(StrEnum):
    """Languages of reports and of the shipped bank."""

    EN = "en"
    RU = "ru"
    KK = "kk"


BankArgument = Annotated[
    str,
    typer.Argument(
        metavar="BANK", help="A folder with bank.json, blueprint.json and bands.json, or a shipped name."
    ),
]

ResponsesArgument = Annotated[
    Path,
    typer.Argument(
        metavar="RESPONSES",
        help="CSV: a line of item ids, then a row a person; empty or NA: no answer.",
    ),
]

RowsOption = Annotated[
    str,
    typer.Option(
        metavar="all|odd|even|A:B", help="Which persons, counted from 1; both ends of A:B are included."
    ),
]

PersonOption = Annotated[
    str | None, typer.Option(metavar="COLUMN", help="The column that labels the persons, if there is one.")
]

FirstCategoryOption = Annotated[int, typer.Option(min=0, help="The lowest code in the file.")]

ReverseOption = Annotated[
    str, typer.Option(metavar="ITEM,ITEM", help="Items whose codes are turned first, separated by commas.")
]

ForceOption = Annotated[
    bool, typer.Option("--force", help="Replace a file that is there already; never one that is read.")
]

SeparatorOption = Annotated[str, typer.Option(metavar="CHARACTER", help="What separates the cells.")]
