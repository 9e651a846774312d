"""What an item brings to the content of a test: attributes, enemies, a stimulus."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from compassess.bank.entries import BankItem
from compassess.bank.places import place, shown
from compassess.errors import Problem

__all__ = ["content_of_item_problems", "is_plain"]


def is_plain(value: object) -> bool:
    """A text, a finite number or None. No truth values: true and 1 would be equal, but not alike."""
    if isinstance(value, str):
        return value.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in value)
    if isinstance(value, bool):
        return False
    return value is None or isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))


def content_of_item_problems(
    item: BankItem, item_ids: Sequence[str | None] | None, here: tuple[str | int, ...]
) -> Iterator[Problem]:
    """Attributes that are no texts or numbers; enemies that the bank does not have."""
    for name, value in item.attributes.items():
        if value is None or not is_plain(value):
            yield Problem(
                where=place(*here, "attributes", name),
                what="wrong type or value",
                got=shown(value),
                expected="a text or a finite number",
            )
    for k, enemy in enumerate(item.enemies):
        steps = (*here, "enemies", k)
        if enemy == item.id:
            yield Problem(where=place(*steps), what="no item is its own enemy", got=shown(enemy))
        elif enemy in item.enemies[:k]:
            yield Problem(where=place(*steps), what="stands here twice", got=shown(enemy))
        elif item_ids is not None and None not in item_ids and enemy not in item_ids:
            yield Problem(where=place(*steps), what="unknown item", got=shown(enemy))
