"""Step two of loading a bank: what its parts must satisfy, alone and together.

Rule: the functions here judge values, never raw JSON, so that a bank that was built without a file is
held to the same rules; their places are those of ``bank.json``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, get_args

from compassess.bank.entries import (
    BankItem,
    CompetencyEntry,
    Parameters,
    StandardErrors,
    Texts,
    Titled,
    Uncertainty,
)
from compassess.bank.error_covariance import covariance_problems, errors_are_told
from compassess.bank.item_content import content_of_item_problems, is_plain
from compassess.bank.places import Steps, place, shown
from compassess.errors import InputError, Problem
from compassess.irt.models import MODELS
from compassess.irt.population import Population

__all__ = ["BANK_MODELS", "BankParts", "bank_problems", "repeated"]

#: Models of a bank's items. θ is N(0, 1) there, so that an item with a fixed or common slope is 2PL or
#: GPCM with that slope; nominal parameters have no place in the file.
BANK_MODELS: Final = ("2PL", "3PL", "4PL", "GRM", "GPCM")
_TWO_CATEGORIES: Final = frozenset({"2PL", "3PL", "4PL"})
_ORDERED: Final = frozenset({"2PL", "GRM"})  # models whose thresholds are boundaries, and so ordered


@dataclass(frozen=True, slots=True, kw_only=True)
class BankParts:
    """What there is of a bank, entries by position; entries that could not be read are left out.

    ``block_ids``, ``competency_ids`` and ``item_ids`` hold the ids of *all* entries (None for an
    unreadable id), so that an entry with a fault elsewhere still counts as known; None where the list is
    unreadable.
    ``correlations`` and ``title`` are None where unreadable.
    """

    languages: Sequence[str]
    title: Texts | None
    correlations: Sequence[Sequence[float]] | None
    blocks: Mapping[int, Titled]
    competencies: Mapping[int, CompetencyEntry]
    items: Mapping[int, BankItem]
    block_ids: Sequence[str | None] | None
    competency_ids: Sequence[str | None] | None
    uncertainty: str
    item_ids: Sequence[str | None] | None = None


def bank_problems(parts: BankParts) -> list[Problem]:
    """Every fault of the parts, in the order of the file."""
    return [
        *repeated(parts.languages, "languages"),
        *(_title_problems(parts.title, parts.languages, "title") if parts.title is not None else ()),
        *_correlation_problems(parts),
        *_block_problems(parts),
        *_competency_problems(parts),
        *_uncertainty_problems(parts),
        *_repeated_ids(parts.items, "items"),
        *(problem for index, item in parts.items.items() for problem in _item_problems(index, item, parts)),
    ]


def repeated(names: Sequence[str], *steps: str | int) -> list[Problem]:
    """Names in a list that stood there before."""
    return [
        Problem(where=place(*steps, index), what="stands here twice", got=shown(name))
        for index, name in enumerate(names)
        if name in names[:index]
    ]


def _uncertainty_problems(parts: BankParts) -> Iterator[Problem]:
    if parts.uncertainty not in get_args(Uncertainty):
        yield Problem(
            where="uncertainty",
            what="unknown",
            got=shown(parts.uncertainty),
            expected=" or ".join(get_args(Uncertainty)),
        )
    if parts.uncertainty == "expected":
        for index, item in parts.items.items():
            if item.is_operational and not errors_are_told(item):
                yield Problem(
                    where=place("items", index, "standard_errors"),
                    what="errors are to be counted that are not told",
                    expected='an error of a and of every observed b, or the flag "fixed"',
                    remedy="Calibrate with standard_errors='oakes', or set uncertainty to \"ignored\".",
                )


def _repeated_ids(
    entries: Mapping[int, Titled | CompetencyEntry | BankItem], list_name: str
) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for index, entry in entries.items():
        first = seen.setdefault(entry.id, index)
        if first != index:
            yield Problem(
                where=place(list_name, index, "id"),
                what=f"the id of {place(list_name, first)} too; ids are unique",
                got=shown(entry.id),
            )


def _title_problems(texts: Texts, languages: Iterable[str], *steps: str | int) -> Iterator[Problem]:
    """Languages of the bank that ``texts`` lacks."""
    for language in languages:
        if language not in texts:
            yield Problem(where=place(*steps, language), what="missing: the bank declares this language")


def _text_problems(texts: Texts, languages: Iterable[str], *steps: str | int) -> Iterator[Problem]:
    """The same, where no text at all means that it is kept elsewhere."""
    return _title_problems(texts, languages if texts else (), *steps)


def _correlation_problems(parts: BankParts) -> list[Problem]:
    if parts.correlations is None or parts.block_ids is None:
        return []
    steps: Steps = ("population", "correlations")
    n_blocks = len(parts.block_ids)
    rows = parts.correlations
    if len(rows) != n_blocks:
        what = "one row for every block, in the order of the blocks"
        return [Problem(where=place(*steps), what=what, got=f"{len(rows)} rows", expected=f"{n_blocks}")]
    ragged = [
        Problem(
            where=place(*steps, i),
            what="one correlation for every block",
            got=f"{len(row)} numbers",
            expected=f"{n_blocks}",
        )
        for i, row in enumerate(rows)
        if len(row) != n_blocks
    ]
    if ragged or n_blocks == 0:
        return ragged
    try:
        Population.create([str(i) for i in range(n_blocks)], correlation=rows)
    except InputError as error:
        return [
            Problem(where=place(*steps), what=p.what, got=p.got, expected=p.expected, remedy=p.remedy)
            for p in error.problems
        ]
    return []


def _block_problems(parts: BankParts) -> Iterator[Problem]:
    if parts.block_ids is not None and not parts.block_ids:
        yield Problem(where="blocks", what="a bank has at least one block")
    yield from _repeated_ids(parts.blocks, "blocks")
    for index, block in parts.blocks.items():
        yield from _title_problems(block.title, parts.languages, "blocks", index, "title")


def _competency_problems(parts: BankParts) -> Iterator[Problem]:
    if parts.competency_ids is not None and not parts.competency_ids:
        yield Problem(where="competencies", what="a bank has at least one competency")
    yield from _repeated_ids(parts.competencies, "competencies")
    for index, competency in parts.competencies.items():
        here: Steps = ("competencies", index)
        yield from _unknown(competency.block, parts.block_ids, "block", *here, "block")
        if (
            parts.block_ids is not None
            and competency.id in parts.block_ids
            and competency.id != competency.block
        ):
            yield Problem(
                where=place(*here, "id"),
                what="the id of a block that it does not stand in",
                got=shown(competency.id),
            )
        if not -1.0 < competency.loading <= 1.0:
            yield Problem(
                where=place(*here, "loading"),
                what="a loading is a correlation",
                got=shown(competency.loading),
                expected="a number in (-1, 1]",
            )
        yield from _title_problems(competency.title, parts.languages, *here, "title")


def _unknown(
    name: str, known: Sequence[str | None] | None, noun: str, *steps: str | int
) -> Iterator[Problem]:
    if known is not None and None not in known and name not in known:
        yield Problem(
            where=place(*steps),
            what=f"unknown {noun}",
            got=shown(name),
            expected=" or ".join(str(one) for one in known) or f"a {noun} of this bank",
        )


def _item_problems(index: int, item: BankItem, parts: BankParts) -> Iterator[Problem]:
    """Every fault of one item, in the order of its keys."""
    here: Steps = ("items", index)
    yield from _belonging_problems(item, parts, here)
    yield from _model_problems(item, here)
    if item.parameters is not None:
        yield from _parameter_problems(item, item.parameters, here)
    elif item.is_operational:
        yield Problem(where=place(*here, "parameters"), what="an operational item needs parameters")
    if item.standard_errors is not None:
        yield from _error_problems(item, item.standard_errors, here)
    yield from _provenance_problems(item, here)
    yield from repeated(item.flags, *here, "flags")
    yield from _text_problems(item.text, parts.languages, *here, "text")
    yield from _option_problems(item, parts.languages, here)
    yield from content_of_item_problems(item, parts.item_ids, here)


def _belonging_problems(item: BankItem, parts: BankParts, here: Steps) -> Iterator[Problem]:
    yield from _unknown(item.block, parts.block_ids, "block", *here, "block")
    yield from _unknown(item.competency, parts.competency_ids, "competency", *here, "competency")
    home = {entry.id: entry.block for entry in parts.competencies.values()}.get(item.competency)
    known = parts.block_ids or ()  # what is said about an unknown block need not be said again
    if home is not None and home != item.block and home in known and item.block in known:
        yield Problem(
            where=place(*here, "block"),
            what=f"its competency {item.competency} stands in another block",
            got=shown(item.block),
            expected=shown(home),
        )


def _model_problems(item: BankItem, here: Steps) -> Iterator[Problem]:
    if item.n_categories < 2:
        yield Problem(
            where=place(*here, "n_categories"),
            what="an item has at least two categories",
            got=shown(item.n_categories),
        )
    if item.model not in BANK_MODELS:
        yield Problem(
            where=place(*here, "model"),
            what="unknown model",
            got=shown(item.model),
            expected=" or ".join(BANK_MODELS),
        )
    elif item.n_categories >= 2 and not MODELS[item.model].admits(item.n_categories):
        yield Problem(
            where=place(*here, "n_categories"),
            what=f"the model {item.model} does not admit this number of categories",
            got=shown(item.n_categories),
        )


def _parameter_problems(item: BankItem, parameters: Parameters, here: Steps) -> Iterator[Problem]:
    slope, thresholds = parameters.discrimination, parameters.thresholds
    place_of_a, steps_of_b = place(*here, "parameters", "a"), (*here, "parameters", "b")
    if not math.isfinite(slope):
        yield Problem(where=place_of_a, what="not a finite number", got=shown(slope))
    elif item.is_operational and slope <= 0:
        yield Problem(
            where=place_of_a,
            what="an operational item discriminates",
            got=shown(slope),
            expected="a number above 0",
            remedy="Look at its key, or suspend the item.",
        )
    yield from _length_problems(item, thresholds, steps_of_b)
    yield from _finite_problems(thresholds, steps_of_b)
    yield from _asymptote_problems(item, parameters, here)
    if item.is_operational and thresholds and all(threshold is None for threshold in thresholds):
        yield Problem(where=place(*steps_of_b), what="an operational item has at least one threshold")
    if item.is_operational and item.model in _ORDERED:
        yield from _order_problems(thresholds, steps_of_b)


def _asymptote_problems(item: BankItem, parameters: Parameters, here: Steps) -> Iterator[Problem]:
    low, high = parameters.guessing, parameters.upper_asymptote
    if not 0.0 <= low < high <= 1.0:
        yield Problem(
            where=place(*here, "parameters", "c"),
            what="asymptotes are probabilities, the lower one below the upper one",
            got=f"c {shown(low)}, d {shown(high)}",
            expected="0 <= c < d <= 1",
        )
    for letter, value, models in (("c", low, ("3PL", "4PL")), ("d", 1.0 - high, ("4PL",))):
        if value != 0 and item.model not in models:
            yield Problem(
                where=place(*here, "parameters", letter), what=f"the model {item.model} has no such asymptote"
            )


def _length_problems(item: BankItem, values: Sequence[float | None], steps: Steps) -> Iterator[Problem]:
    expected = 1 if item.model in _TWO_CATEGORIES else item.n_categories - 1
    if len(values) != expected and item.n_categories >= 2:
        yield Problem(
            where=place(*steps),
            what=f"the number of thresholds does not fit {item.model} with {item.n_categories} categories",
            got=str(len(values)),
            expected=str(expected),
        )


def _finite_problems(values: Sequence[float | None], steps: Steps) -> Iterator[Problem]:
    for k, value in enumerate(values):
        if value is not None and not math.isfinite(value):
            yield Problem(where=place(*steps, k), what="not a finite number", got=shown(value))


def _order_problems(thresholds: Sequence[float | None], steps: Steps) -> Iterator[Problem]:
    """Thresholds that do not exceed the one before; boundaries never observed are passed over."""
    observed = [(k, value) for k, value in enumerate(thresholds) if value is not None]
    for (_, before), (k, value) in pairwise(observed):
        if value <= before:
            yield Problem(
                where=place(*steps, k),
                what="thresholds increase strictly",
                got=shown(value),
                expected=f"more than {shown(before)}",
            )


def _error_problems(item: BankItem, errors: StandardErrors, here: Steps) -> Iterator[Problem]:
    steps = (*here, "standard_errors")
    yield from _length_problems(item, errors.thresholds, (*steps, "b"))
    places = [("a",), *(("b", k) for k in range(len(errors.thresholds))), ("c",), ("d",)]
    values = (errors.discrimination, *errors.thresholds, errors.guessing, errors.upper_asymptote)
    for inner, value in zip(places, values, strict=True):
        if value is not None and not (value >= 0 and math.isfinite(value)):
            yield Problem(
                where=place(*steps, *inner),
                what="not a standard error",
                got=shown(value),
                expected="a finite number, 0 or more",
            )
    yield from covariance_problems(item, (*steps, "correlations"))


def _provenance_problems(item: BankItem, here: Steps) -> Iterator[Problem]:
    for name, value in item.provenance.items():
        if not is_plain(value):
            yield Problem(
                where=place(*here, "provenance", name),
                what="wrong type or value",
                got=shown(value),
                expected="a text, a finite number or null",
            )


def _option_problems(item: BankItem, languages: Sequence[str], here: Steps) -> Iterator[Problem]:
    ids = [option.id for option in item.options]
    for k, option in enumerate(item.options):
        steps = (*here, "options", k)
        if option.id in ids[:k]:
            yield Problem(
                where=place(*steps, "id"),
                what="another option of this item has this id",
                got=shown(option.id),
            )
        if item.n_categories >= 2 and not 0 <= option.score < item.n_categories:
            yield Problem(
                where=place(*steps, "score"),
                what="a score is a category of the item",
                got=shown(option.score),
                expected=f"0 to {item.n_categories - 1}",
            )
        judge = _title_problems if item.text else _text_problems
        yield from judge(option.text, languages, *steps, "text")
