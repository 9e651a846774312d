"""Errors as the terminal shows them: a line for every problem, no traceback, and the exit code.

Exit codes: 0 done; 2 the input or the command line is at fault; 1 anything else that compassess
raises on purpose; 130 Ctrl-C. What is left is a fault of the program and keeps its traceback.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import typer
from typer.core import TyperGroup

from compassess.cli.screen import error_line
from compassess.errors import CompassessError, InputError

__all__ = ["Commands"]

_FAILED: Final = 1
_WRONG_INPUT: Final = 2
_INTERRUPTED: Final = 130

# The parser's own complaints. The class has moved between versions of typer; its subclass has not.
_UsageError: Final[type[Exception]] = typer.BadParameter.__mro__[1]


class Commands(TyperGroup):
    """The group of commands, which turns every error into lines on stderr and an exit code."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run, and exit with the code; without ``standalone_mode`` raise and return as typer does."""

        def run() -> object:
            return super(Commands, self).main(
                args, prog_name, complete_var, False, windows_expand_args, **extra
            )

        if not standalone_mode:
            return run()
        sys.exit(_exit_code(run))

    def invoke(self, ctx: Any) -> Any:
        """Run the command; Ctrl-C ends it here, because versions of typer answer it differently."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise typer.Exit(_told(["interrupted"], _INTERRUPTED)) from None


def _exit_code(run: Callable[[], object]) -> int:
    """The exit code of ``run``, its errors told."""
    try:
        code = run()
    except InputError as error:
        return _told(map(str, error.problems), _WRONG_INPUT)
    except CompassessError as error:
        return _told([str(error)], _FAILED)
    except _UsageError as error:
        return _told([_usage(error)], _WRONG_INPUT)
    except OSError as error:
        return _told_of_system(error)
    return code if isinstance(code, int) else 0


def _told(messages: Iterable[str], code: int) -> int:
    for message in messages:
        error_line(message)
    return code


def _usage(error: Exception) -> str:
    """What is wrong with the command line, and where the help is."""
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    context = getattr(error, "ctx", None)
    return f"{message.rstrip('.')}. See {context.command_path} --help" if context else str(message)


def _told_of_system(error: OSError) -> int:
    """A file that the system refuses is named; anything else is no fault of the input."""
    if error.filename is None:
        raise error
    return _told([f"{error.filename}: {error.strerror}"], _WRONG_INPUT)
