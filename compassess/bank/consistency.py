"""Whether bank, blueprint and bands belong together: what no file alone can tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from compassess.bank.bands import Bands
from compassess.bank.bank import ItemBank
from compassess.bank.blueprint import Blueprint
from compassess.bank.categories import Category
from compassess.bank.content_fit import content_fit_problems
from compassess.bank.multistage_fit import multistage_fit_problems
from compassess.bank.norms import Norms
from compassess.bank.places import inside, located, place, shown
from compassess.errors import Problem

__all__ = ["check_against"]


def check_against(bank: ItemBank, blueprint: Blueprint, bands: Bands) -> list[Problem]:
    """Every fault of ``blueprint`` and ``bands`` as seen from ``bank``; an empty list where they fit."""
    return [
        *located(_blueprint_problems(bank, blueprint, bands), "blueprint.json"),
        *located(_category_starts(blueprint, bands), "blueprint.json"),
        *located(_bands_problems(bank, bands), "bands.json"),
    ]


def _blueprint_problems(bank: ItemBank, blueprint: Blueprint, bands: Bands) -> Iterator[Problem]:
    blocks = [block.id for block in bank.blocks]
    competencies = [competency.id for competency in bank.competencies]
    available = Counter(item.competency for item in bank.operational)
    yield from _unknown(blueprint.competencies, competencies, "competency", "competencies")
    yield from _missing(blueprint.competencies, competencies, "competency", "competencies")
    for name, limits in blueprint.competencies.items():
        if name in competencies and limits.minimum > available[name]:
            yield Problem(
                where=place("competencies", name, "minimum"),
                what="more than the bank's operational items of this competency",
                got=shown(limits.minimum),
                expected=f"{available[name]} or less",
            )
    if blueprint.length.minimum > len(bank.operational):
        yield Problem(
            where="length.minimum",
            what="more than the bank's operational items",
            got=shown(blueprint.length.minimum),
            expected=f"{len(bank.operational)} or less",
        )
    yield from _unknown(blueprint.stopping.targets, blocks, "block", "stopping", "targets")
    if blueprint.content is not None:
        yield from content_fit_problems(bank, blueprint.content, tuple(bands.categories))
    yield from _conduct_problems(bank, blueprint)
    yield from multistage_fit_problems(bank, blueprint)


def _conduct_problems(bank: ItemBank, blueprint: Blueprint) -> Iterator[Problem]:
    """Items that a start names and may not present; more pilot items than there are."""
    start, pilot = blueprint.conduct.start, blueprint.conduct.pilot
    of = {item.id: item.competency for item in bank.operational}
    named = () if start is None else start.items
    for index, name in enumerate(named):
        if name not in of:
            where = place("start", "items", index)
            yield Problem(where=where, what="no operational item of the bank", got=repr(name))
    for competency, n in Counter(of[name] for name in named if name in of).items():
        limits = blueprint.competencies.get(competency)
        if limits is not None and limits.maximum is not None and n > limits.maximum:
            yield Problem(
                where="start.items",
                what=f"more items of {competency!r} than its maximum",
                got=shown(n),
                expected=f"{limits.maximum} or less",
            )
    available = sum(item.status == "pilot" for item in bank.items)
    if pilot is not None and pilot.count > available:
        yield Problem(
            where="pilot.count",
            what="more than the bank's items of status pilot",
            got=shown(pilot.count),
            expected=f"{available} or less",
        )


def _category_starts(blueprint: Blueprint, bands: Bands) -> Iterator[Problem]:
    """Categories with a start of their own are those of the bands."""
    if blueprint.conduct.start is not None:
        named = blueprint.conduct.start.categories
        yield from _unknown(named, list(bands.categories), "category of posts", "start", "categories")


def _bands_problems(bank: ItemBank, bands: Bands) -> Iterator[Problem]:
    blocks = [block.id for block in bank.blocks]
    competencies = [competency.id for competency in bank.competencies]
    if bands.bank not in (None, bank.id):
        yield Problem(
            where="bank",
            what="the cuts lie on the θ of another bank",
            got=repr(bands.bank),
            expected=repr(bank.id),
            remedy="Link the two banks and set cuts on this one's θ, or take the bands of this bank.",
        )
    yield from _unknown(bands.weights, blocks, "block", "weights")
    yield from _missing(bands.weights, blocks, "block", "weights")
    yield from _unknown(bands.risk.thresholds, competencies, "competency", "risk", "thresholds")
    if bands.norms is not None:
        yield from _norms_problems(bank, bands.norms)
    for name, own in bands.categories.items():
        yield from inside(_category_problems(bank, own), "categories", name)


def _category_problems(bank: ItemBank, category: Category) -> Iterator[Problem]:
    blocks = [block.id for block in bank.blocks]
    competencies = [competency.id for competency in bank.competencies]
    if category.norms is not None:
        yield from _norms_problems(bank, category.norms)
    yield from _unknown(category.risk_thresholds, competencies, "competency", "risk", "thresholds")
    if category.weights is not None:
        yield from _unknown(category.weights, blocks, "block", "weights")
        yield from _missing(category.weights, blocks, "block", "weights")


def _norms_problems(bank: ItemBank, norms: Norms) -> Iterator[Problem]:
    """Norms are there for every dimension of the bank, and for no other."""
    parts = {
        "blocks": (norms.blocks, [block.id for block in bank.blocks], "block"),
        "competencies": (norms.competencies, [one.id for one in bank.competencies], "competency"),
    }
    for part, (given, known, noun) in parts.items():
        yield from _unknown(given, known, noun, "norms", part)
        yield from _missing(given, known, noun, "norms", part)


def _unknown(names: Iterable[str], known: list[str], noun: str, *steps: str) -> Iterator[Problem]:
    for name in names:
        if name not in known:
            yield Problem(
                where=place(*steps, name), what=f"unknown {noun}", expected=f"one of {', '.join(known)}"
            )


def _missing(names: Iterable[str], known: list[str], noun: str, *steps: str) -> Iterator[Problem]:
    given = set(names)
    for name in known:
        if name not in given:
            yield Problem(where=place(*steps, name), what=f"missing: the bank has this {noun}")
