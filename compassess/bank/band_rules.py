"""What the parts of a bands file must satisfy, each for itself and together (step two of loading).

It also guards bands that were built without any file.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from compassess.bank.band_policy import loss_problems
from compassess.bank.categories import Category
from compassess.bank.norms import Norms, norms_problems
from compassess.bank.places import inside, place, shown
from compassess.bank.probabilities import not_a_probability
from compassess.bank.retakes import RetakeRule, retake_problems
from compassess.bank.risk_zones import RiskZones, risk_problems
from compassess.bank.rules import repeated
from compassess.bank.scale import Scale, scale_problems
from compassess.bank.validity import ValidityRule, validity_problems
from compassess.errors import Problem

__all__ = ["bands_problems"]

_WITHHELD: Final = "needs_more_evidence"  # what a conclusion says where it gives no band


def bands_problems(
    *,
    bands: Sequence[str] | None,
    cuts: Sequence[float] | None,
    confirmation: Mapping[str, float],
    scale: Scale | None,
    weights: Mapping[str, float] | None,
    risk: RiskZones | None,
    contrast_probability: float,
    validity: ValidityRule | None,
    retakes: RetakeRule,
    losses: Sequence[Sequence[float]] | None,
    policy: str | None,
    norms: Norms | None,
    categories: Mapping[str, Category],
    category: str | None,
) -> list[Problem]:
    """Every fault of the parts, in the order of the file; None is a part that could not be read."""
    problems: list[Problem] = []
    if bands is not None:
        problems += _name_problems(bands)
    if cuts is not None:
        problems += _cut_problems(cuts, bands)
    problems += _confirmation_problems(confirmation, bands)
    if scale is not None:
        problems += scale_problems(scale)
    if weights is not None:
        problems += _weight_problems(weights)
    if risk is not None:
        problems += risk_problems(risk)
    problems += not_a_probability(contrast_probability, "contrast_probability")
    if validity is not None:
        problems += validity_problems(validity)
    problems += loss_problems(losses, None if bands is None else len(bands), policy)
    problems += norms_problems(norms) if norms is not None else ()
    for name, own in categories.items():
        problems += inside(_category_problems(own, bands), "categories", name)
    problems += retake_problems(retakes)
    if category is not None and category not in categories:
        expected = " or ".join(map(shown, categories)) or "an entry of categories"
        problems.append(
            Problem(where="category", what="unknown category", got=shown(category), expected=expected)
        )
    return problems


def _category_problems(category: Category, bands: Sequence[str] | None) -> Iterator[Problem]:
    """What is wrong with the parts that a category of posts has of its own."""
    if category.cuts is not None:
        yield from _cut_problems(category.cuts, bands)
    if category.norms is not None:
        yield from norms_problems(category.norms)
    thresholds = {
        place("risk", "thresholds", name): value for name, value in category.risk_thresholds.items()
    }
    if category.risk_threshold is not None:
        thresholds = {"risk.threshold": category.risk_threshold, **thresholds}
    for where, value in thresholds.items():
        if not math.isfinite(value):
            yield Problem(where=where, what="not a finite number", got=shown(value))
    if category.weights is not None:
        yield from _weight_problems(category.weights)


def _name_problems(bands: Sequence[str]) -> Iterator[Problem]:
    if len(bands) < 2:
        yield Problem(
            where="bands", what="too few to tell people apart", got=str(len(bands)), expected="2 or more"
        )
    yield from repeated(bands, "bands")
    for index, band in enumerate(bands):
        if band == _WITHHELD:
            yield Problem(
                where=place("bands", index), what="reserved for a band that is withheld", got=shown(band)
            )


def _cut_problems(cuts: Sequence[float], bands: Sequence[str] | None) -> Iterator[Problem]:
    if bands is not None and len(cuts) != len(bands) - 1:
        yield Problem(
            where="cuts",
            what="one cut between every two bands",
            got=str(len(cuts)),
            expected=str(len(bands) - 1),
        )
    for index, cut in enumerate(cuts):
        if not math.isfinite(cut):
            yield Problem(where=place("cuts", index), what="not a finite number", got=shown(cut))
    for index, (before, cut) in enumerate(pairwise(cuts), start=1):
        if cut <= before:
            yield Problem(
                where=place("cuts", index),
                what="cuts increase strictly",
                got=shown(cut),
                expected=f"more than {shown(before)}",
            )


def _confirmation_problems(
    confirmation: Mapping[str, float], bands: Sequence[str] | None
) -> Iterator[Problem]:
    for band, probability in confirmation.items():
        if bands is not None and band not in bands:
            yield Problem(where=place("confirmation", band), what="unknown band", expected=" or ".join(bands))
        yield from not_a_probability(probability, "confirmation", band)


def _weight_problems(weights: Mapping[str, float]) -> Iterator[Problem]:
    for block, weight in weights.items():
        if not (weight >= 0 and math.isfinite(weight)):
            yield Problem(
                where=place("weights", block), what="not a weight", got=shown(weight), expected="0 or more"
            )
    if not any(weight > 0 for weight in weights.values()):
        yield Problem(where="weights", what="no block has a weight above 0")
