"""One item on the terminal: its text and options, and the answer that is typed.

Rule: what comes from the bank is cleaned first, so that no text of it can steer the terminal.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from compassess.adaptive import PendingItem
from compassess.cli.screen import heading, line, paragraph
from compassess.cli.words import Words
from compassess.report.words import clean

__all__ = ["Without", "ask"]

_QUIT: Final = frozenset({"q", "й"})  # the same key under Kazakh and Russian layouts
_LEAVE: Final = frozenset({"-", "–", "—"})


class Without(Enum):
    """What an examinee does instead of answering."""

    QUITTING = "quitting"
    LEAVING = "leaving"


def ask(item: PendingItem, words: Words) -> str | int | Without:
    """Show the item and return an option's id or a category; or what the examinee does instead."""
    heading(words.say("item-of", step=item.step, longest=item.longest))
    line()
    _show_text(item, words)
    line()
    for number, option in enumerate(item.options, start=1):
        label = f"{number:>3}  "
        paragraph(clean(option.text) or option.id, indent=label, further=" " * len(label))
    if item.options:
        line()
    first = 1 if item.options else 0
    typed = _number(first, first + (len(item.options) or item.n_categories) - 1, words)
    return item.options[typed - 1].id if item.options and isinstance(typed, int) else typed


def _show_text(item: PendingItem, words: Words) -> None:
    paragraphs = [clean(part) for part in item.text.splitlines() if clean(part)]
    for part in paragraphs or [words.say("text-elsewhere", item=clean(item.id))]:
        paragraph(part)


def _number(first: int, last: int, words: Words) -> int | Without:
    """A whole number in the range, asked for until there is one or something is done instead."""
    prompt = words.say("your-answer", first=first, last=last) + " "
    while True:
        try:
            typed = input(prompt).strip().lower()
        except EOFError:
            line()
            return Without.QUITTING
        except UnicodeDecodeError:
            typed = ""
        if typed in _QUIT:
            return Without.QUITTING
        if typed in _LEAVE:
            return Without.LEAVING
        if typed.isdecimal() and first <= int(typed) <= last:
            return int(typed)
        paragraph(words.say("not-an-answer", first=first, last=last))
