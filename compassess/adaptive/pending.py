"""What an examinee sees of an item, and what an answer scores.

Rule: no key, no score and no parameter passes through here to the outside.
"""

from __future__ import annotations

from dataclasses import dataclass

from compassess.bank import BankItem
from compassess.errors import InputError, Problem

__all__ = ["Choice", "PendingItem", "pending_item", "scored_category"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An option as it is shown."""

    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingItem:
    """The item that waits for an answer.

    Attributes
    ----------
    id, text, options : as shown; ``options`` is empty for an item without options, which is answered
        with a category 0 … ``n_categories`` − 1. Texts are empty where they are kept elsewhere.
    step, longest : the number of this item from 1, and of the most that there can be.
    seconds : the limit of time on it, the examinee's time factor included; None without a limit. The hall
        holds to it: the engine reads no clock.
    """

    id: str
    text: str
    options: tuple[Choice, ...]
    n_categories: int
    language: str | None
    step: int
    longest: int
    seconds: float | None = None


def pending_item(
    item: BankItem, language: str | None, step: int, longest: int, seconds: float | None = None
) -> PendingItem:
    """The item in the sitting's language."""
    key = language or ""
    return PendingItem(
        id=item.id,
        text=item.text.get(key, ""),
        options=tuple(Choice(id=option.id, text=option.text.get(key, "")) for option in item.options),
        n_categories=item.n_categories,
        language=language,
        step=step,
        longest=longest,
        seconds=seconds,
    )


def scored_category(item: BankItem, response: str | int) -> int:
    """The category that a response scores.

    An option's id scores what its option scores. An integer is a scored category, never a position:
    it needs an item without options, or options that all score differently.

    Raises
    ------
    InputError : no such option or category, or an integer that could mean several options.
    """
    if isinstance(response, str):
        return item.option(response).score
    where = f"item {item.id!r}, response"
    if isinstance(response, bool) or not isinstance(response, int):
        raise InputError(
            Problem(where=where, what="not an answer", got=repr(response), expected="an option id or an int")
        )
    scores = {option.score for option in item.options}
    if len(scores) < len(item.options):
        raise InputError(
            Problem(
                where=where,
                what="a category is ambiguous here: options of this item score alike",
                got=repr(response),
                expected=" or ".join(option.id for option in item.options),
            )
        )
    allowed = sorted(scores) if scores else list(range(item.n_categories))
    if response not in allowed:
        raise InputError(
            Problem(
                where=where,
                what="no such category",
                got=repr(response),
                expected=", ".join(map(str, allowed)),
            )
        )
    return response
