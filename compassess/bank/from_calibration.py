"""From a calibration to the content of a bank; the bank then judges that content like any file's.

Rule: an item enters as operational only where its data gave no reason to doubt its parameters.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from compassess.bank.entries import Scalar, Texts
from compassess.bank.places import place
from compassess.errors import Problem, raise_if_any
from compassess.irt.items import Items

__all__ = ["ADMITTED", "CalibrationLike", "StandardErrorsLike", "bank_parts"]

#: Statuses of a calibrated item with which it may be used; each but "ok" becomes a flag of the item.
ADMITTED: Final = ("ok", "fixed", "unused_category", "sparse_category", "few_answers")

#: What an item of a model with fixed or common slopes is in a bank, where θ is N(0, 1).
_FREE_SLOPE: Final = {"Rasch": "2PL", "1PL": "2PL", "PCM": "GPCM", "RSM": "GPCM"}
_ASYMPTOTES: Final = ("3PL", "4PL")
_TEXT_KEYS: Final = ("text", "options", "rationale")

Floats = NDArray[np.float64]


class CovarianceLike(Protocol):
    """Names (item, parameter, group) of the rows and columns of a covariance matrix."""

    @property
    def names(self) -> Sequence[tuple[str, str, str]]:
        """Parameters "a", "b1", … "c", "d"; the groups of an item in the order of their appearance."""

    @property
    def matrix(self) -> Floats:
        """The covariances, NaN where they are not determined."""


class StandardErrorsLike(Protocol):
    """Standard errors: ``a`` (n_items,) and ``b`` (n_items, max K − 1), NaN where there is none."""

    @property
    def a(self) -> Floats:
        """Of the slopes."""

    @property
    def b(self) -> Floats:
        """Of the thresholds."""

    @property
    def c(self) -> Floats:
        """Of the lower asymptotes."""

    @property
    def d(self) -> Floats:
        """Of the upper asymptotes."""

    @property
    def covariance(self) -> CovarianceLike:
        """Of all of them together."""


class CalibrationLike(Protocol):
    """What a bank takes from a calibration."""

    @property
    def items(self) -> Items:
        """The items with their statuses, and the population."""

    @property
    def standard_errors(self) -> StandardErrorsLike | None:
        """Standard errors, or None where none were computed."""

    @property
    def n_answers(self) -> NDArray[np.integer[Any]]:
        """Answers to each item, (n_items,)."""

    @property
    def method(self) -> str:
        """How the parameters were estimated, in words."""

    @property
    def n_persons(self) -> int:
        """Persons in the data."""


def bank_parts(
    calibration: CalibrationLike,
    *,
    texts: Mapping[str, Mapping[str, object]],
    titles: Mapping[str, Texts],
    provenance: Mapping[str, Scalar],
) -> dict[str, Any]:
    """What ``bank.json`` holds under ``blocks``, ``competencies`` and ``items``.

    Raises
    ------
    InputError : texts or titles of something that was not calibrated, or a text with keys other than
        ``text``, ``options`` and ``rationale``.
    """
    items, population = calibration.items, calibration.items.population
    _refuse_nominal(items)
    _refuse_strays(texts, titles, items)
    places = _places(calibration.standard_errors)
    origin: dict[str, Scalar] = {"method": calibration.method, "n_persons": int(calibration.n_persons)}
    return {
        "blocks": [{"id": name, "title": titles.get(name, {})} for name in population.blocks],
        "competencies": [
            {"id": name, "block": population.blocks[block], "loading": loading, "title": titles.get(name, {})}
            for name, block, loading in zip(
                population.competencies,
                population.block_of.tolist(),
                population.loadings.tolist(),
                strict=True,
            )
        ],
        "items": [
            {
                **_item(items, index),
                "standard_errors": _standard_errors(calibration, places, index),
                "provenance": {**origin, "n_answers": n_answers, "date": None, **provenance},
                **texts.get(items.ids[index], {}),
            }
            for index, n_answers in enumerate(calibration.n_answers.tolist())
        ],
    }


def _places(errors: StandardErrorsLike | None) -> dict[tuple[str, str], int]:
    """Where the covariance has each parameter of each item; of several groups the reference comes first."""
    found: dict[tuple[str, str], int] = {}
    for index, (item, parameter, _) in enumerate(() if errors is None else errors.covariance.names):
        found.setdefault((item, parameter), index)
    return found


def _refuse_strays(
    texts: Mapping[str, Mapping[str, object]], titles: Mapping[str, Texts], items: Items
) -> None:
    entities = {*items.population.blocks, *items.population.competencies}
    problems = _strays(texts, set(items.ids), "an item of the calibration", "texts")
    problems += _strays(titles, entities, "a block or competency of the calibration", "titles")
    for name, parts in texts.items():
        problems += _strays(parts, set(_TEXT_KEYS), " or ".join(_TEXT_KEYS), "texts", name)
    raise_if_any(problems)


def _refuse_nominal(items: Items) -> None:
    raise_if_any(
        [
            Problem(
                where=f"item {name!r}",
                what="a bank file has no place for nominal parameters",
                got=model,
                remedy="Keep the calibration, or score the categories and choose GRM or GPCM.",
            )
            for name, model in zip(items.ids, items.models, strict=True)
            if model == "NRM"
        ]
    )


def _strays(given: Iterable[str], known: set[str], expected: str, *steps: str) -> list[Problem]:
    return [
        Problem(where=place(*steps, name), what="unknown", expected=expected)
        for name in given
        if name not in known
    ]


def _item(items: Items, index: int) -> dict[str, Any]:
    """One item without its texts; suspended where its status gives a reason to."""
    status, slope, n_categories = items.status[index], float(items.a[index]), int(items.n_categories[index])
    usable = bool(items.usable[index])
    sd = _spread(items, index)
    parameters: dict[str, Any] = {"a": slope * sd, "b": _numbers(items.thresholds(index) / sd)}
    if items.models[index] in _ASYMPTOTES:
        parameters |= {"c": float(items.c[index]), "d": float(items.d[index])}
    fit = status in ADMITTED and usable and slope > 0
    return {
        "id": items.ids[index],
        "block": items.blocks[index],
        "competency": items.competencies[index],
        "model": _FREE_SLOPE.get(items.models[index], items.models[index]),
        "status": "operational" if fit else "suspended",
        "n_categories": max(n_categories, 2),  # an item has two, even where the data show only one
        "parameters": parameters if usable else None,
        "flags": [] if status == "ok" else [status],
    }


def _standard_errors(
    calibration: CalibrationLike, places: Mapping[tuple[str, str], int], index: int
) -> dict[str, Any] | None:
    errors, items = calibration.standard_errors, calibration.items
    if errors is None or not items.usable[index]:
        return None
    sd = _spread(items, index)
    of_thresholds = errors.b[index, : items.n_categories[index] - 1] / sd
    found: dict[str, Any] = {"a": _numbers(errors.a[index : index + 1] * sd)[0], "b": _numbers(of_thresholds)}
    if items.models[index] in _ASYMPTOTES:
        found |= {
            "c": _numbers(errors.c[index : index + 1])[0],
            "d": _numbers(errors.d[index : index + 1])[0],
        }
    rows = _correlations(errors.covariance, places, items, index)
    return found if rows is None else found | {"correlations": rows}


def _correlations(
    covariance: CovarianceLike, places: Mapping[tuple[str, str], int], items: Items, index: int
) -> list[list[float]] | None:
    """The lower triangle of the correlations of an item's errors; None where one is not determined.

    A parameter without an error (it was fixed) is correlated with nothing.
    """
    names = ["a", *(f"b{k + 1}" for k in np.flatnonzero(np.isfinite(items.b[index])))]
    names += ["c", "d"] if items.models[index] in _ASYMPTOTES else []
    item = items.ids[index]
    known = [k for k, name in enumerate(names) if (item, name) in places]
    where = [places[item, names[k]] for k in known]
    block = covariance.matrix[np.ix_(where, where)]
    scale = np.sqrt(np.diag(block))
    if not known or not np.isfinite(block).all() or np.any(scale == 0.0):
        return None
    full = np.eye(len(names))
    full[np.ix_(known, known)] = np.clip(block / scale[:, None] / scale, -1.0, 1.0)
    return [full[row, :row].tolist() for row in range(1, len(names))]


def _spread(items: Items, index: int) -> float:
    """The SD of the item's block: in a bank it is 1, so that slopes are multiplied by it.

    A block with fixed items has the scale of those already, whatever the spread of the people.
    """
    block = items.blocks[index]
    if any(home == block and name == "fixed" for home, name in zip(items.blocks, items.status, strict=True)):
        return 1.0
    return math.sqrt(float(items.population.covariance[items.block_index[index], items.block_index[index]]))


def _number(value: float) -> float | None:
    """Python's float, None for what is not finite."""
    return float(value) if math.isfinite(value) else None


def _numbers(values: Floats) -> list[float | None]:
    """Python's floats, None for what is not finite."""
    return [value if math.isfinite(value) else None for value in values.tolist()]
