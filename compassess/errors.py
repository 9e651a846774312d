"""The whole error tree: who is at fault, where, and what to do about it.

Rule: input that the caller can mend raises :class:`InputError` with *every* fault found, each with
its place. Numerical trouble in a live sitting is a status on the answer, never an exception.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One fault of an input: what is wrong, where, what was found, what was expected, the remedy."""

    where: str
    what: str
    got: str = ""
    expected: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}"
        if self.expected:
            text += f"; expected {self.expected}"
        if self.got:
            text += f", got {self.got}" if self.expected else f"; got {self.got}"
        if self.remedy:
            text += f". {self.remedy}"
        return text


class CompassessError(Exception):
    """Everything that compassess raises on purpose."""


class InputError(CompassessError, ValueError):
    """What was handed in cannot be used; ``problems`` holds every fault with its place."""

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__(self._message())

    def _message(self) -> str:
        if len(self.problems) == 1:
            return str(self.problems[0])
        lines = [f"{len(self.problems)} faults in the input:"]
        lines += [f"  - {problem}" for problem in self.problems]
        return "\n".join(lines)


class OutOfTurn(CompassessError):  # noqa: N818 - the front door's name
    """An event that the sitting's state does not allow; nothing has changed."""


class ReplayMismatch(CompassessError):  # noqa: N818 - the front door's name
    """A log that does not belong to this assessment, or that could not have happened under it."""


class MissingExtra(CompassessError, ImportError):  # noqa: N818 - named like the packaging term
    """An optional library is needed for what was asked; the message names the extra to install."""

    def __init__(self, library: str, extra: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs {library}, which is not installed. "
            f"Install it with: pip install 'compassess[{extra}]'"
        )


def raise_if_any(problems: list[Problem]) -> None:
    """Raise one :class:`InputError` with all ``problems``; nothing happens when there are none."""
    if problems:
        raise InputError(problems)


class gathering:  # noqa: N801 - it reads as the verb of a with statement
    """Add the faults of an :class:`InputError` to ``problems`` and go on, to tell all of them at once."""

    def __init__(self, problems: list[Problem]) -> None:
        self._problems = problems

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        """Keep the faults; every other exception goes on."""
        del kind, trace
        if not isinstance(error, InputError):
            return False
        self._problems.extend(error.problems)
        return True
