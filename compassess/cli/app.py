"""The commands together."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated

import typer

import compassess as ca
from compassess.cli.calibrate import calibrate
from compassess.cli.demo import demo
from compassess.cli.faults import Commands
from compassess.cli.score import score
from compassess.cli.screen import line
from compassess.cli.simulate import simulate
from compassess.cli.take import take

__all__ = ["app"]

app = typer.Typer(
    cls=Commands,
    name="compassess",
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: it wraps well at 80 columns, and keeps examples as they are
)


def _help(command: Callable[..., None]) -> str:
    """The docstring, with the mark that keeps the line breaks of a paragraph like "For example:"."""
    paragraphs = (inspect.getdoc(command) or "").split("\n\n")
    return "\n\n".join("\b\n" + text if ":\n" in text else text for text in paragraphs)


def compassess(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """Adaptive competency testing: from raw answers to a defensible conclusion.

    Calibrate an item bank from answers, study it by simulation, let people
    take it adaptively, score whole populations.

    To begin:
      compassess demo                  the whole road once, in under a minute
      compassess take civil_service    sit the shipped example yourself
      compassess calibrate --help      a bank of your own

    Exit codes: 0 done, 2 the input is at fault, 1 other errors, 130 Ctrl-C.
    """
    if version:
        line(f"compassess {ca.__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit


app.callback(help=_help(compassess))(compassess)
for command in (demo, calibrate, simulate, score, take):
    app.command(help=_help(command))(command)
