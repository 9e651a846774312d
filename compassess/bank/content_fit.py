"""Whether the constraints of a blueprint speak of what the bank has."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from compassess.bank.bank import ItemBank
from compassess.bank.content import Constraint, Content
from compassess.bank.entries import BankItem
from compassess.bank.places import place, shown
from compassess.errors import Problem

__all__ = ["content_fit_problems"]

Steps = tuple[str | int, ...]


def content_fit_problems(bank: ItemBank, content: Content, categories: Collection[str]) -> Iterator[Problem]:
    """Every name that bank or bands do not know, and constraints that are about no item at all."""
    for index, one in enumerate(content.constraints):
        here: Steps = ("content", "constraints", index)
        unknown = list(_unknown_names(bank, one, here))
        yield from unknown
        if not unknown:
            yield from _about_items(bank, one, here)
        for k, name in enumerate(one.categories):
            if name not in categories:
                yield Problem(
                    where=place(*here, "categories", k),
                    what="the bands have no such category of posts",
                    got=shown(name),
                    expected=" or ".join(map(shown, categories)) or "none: the bands have no categories",
                )


def _unknown_names(bank: ItemBank, one: Constraint, here: Steps) -> Iterator[Problem]:
    known: dict[str, set[str | None]] = {
        "competency": {competency.id for competency in bank.competencies},
        "block": {block.id for block in bank.blocks},
        "stimulus": {item.stimulus for item in bank.items},
        "ids": {item.id for item in bank.items},
    }
    for key, names in known.items():
        for name in getattr(one.items, key):
            if name not in names:
                yield Problem(where=place(*here, "items", key), what="not in the bank", got=shown(name))
    attributes = {name for item in bank.items for name in item.attributes}
    asked = [(place(*here, "items", "attributes", name), name) for name in one.items.attributes]
    asked += [] if one.attribute is None else [(place(*here, "attribute"), one.attribute)]
    for where, name in asked:
        if name not in attributes:
            yield Problem(
                where=where,
                what="no item has this attribute",
                got=shown(name),
                expected=" or ".join(sorted(attributes)) or "none: the bank's items have no attributes",
            )


def _about_items(bank: ItemBank, one: Constraint, here: Steps) -> Iterator[Problem]:
    about = [item for item in bank.operational if one.items.admits(item)]
    if not about:
        yield Problem(where=place(*here, "items"), what="no operational item of the bank is meant")
    elif one.kind == "include":
        yield from _not_presentable(bank, one, here)
    elif one.kind == "sum":
        lacking = [item.id for item in about if not _is_number(item, one.attribute or "")]
        if lacking:
            yield Problem(
                where=place(*here, "attribute"),
                what=f"no number in {len(lacking)} of the items, such as {lacking[0]}",
                got=shown(one.attribute),
            )
    elif one.kind in ("per_stimulus", "stimuli") and all(item.stimulus is None for item in about):
        yield Problem(where=place(*here, "items"), what="none of the items has a stimulus")


def _not_presentable(bank: ItemBank, one: Constraint, here: Steps) -> Iterator[Problem]:
    for item_id in one.items.ids:
        if not bank.item(item_id).is_operational:
            yield Problem(
                where=place(*here, "items", "ids"),
                what="only operational items are presented",
                got=shown(item_id),
            )


def _is_number(item: BankItem, attribute: str) -> bool:
    return isinstance(item.attributes.get(attribute), int | float)
