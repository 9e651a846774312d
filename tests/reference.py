"""Reading the reference folder: data, and values made by other engines, as things of the library."""

from __future__ import annotations

import csv
import json
import pathlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compassess.irt import Items, Population
from compassess.responses import Responses

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """A data set with the values that mirt 1.45 found for it; ``lowest`` is the file's lowest code."""

    data: str
    values: str
    model: str
    lowest: int = 0

    def __str__(self) -> str:
        return self.values

    def responses(self, folder: pathlib.Path) -> Responses:
        """The answers."""
        return Responses.read_csv(folder / "data" / f"{self.data}.csv", lowest=self.lowest)

    def found(self, folder: pathlib.Path) -> dict[str, Any]:
        """What mirt found."""
        return values_of(folder, self.values)

    def known_items(self, folder: pathlib.Path) -> Items:
        """Items with mirt's estimates."""
        parameters = self.found(folder)["IRT_simplified"]
        ids = self.found(folder)["items"]
        return Items.create(
            ids=ids,
            models=[self.model] * len(ids),
            a=[parameters[name]["a"] for name in ids],
            b=[thresholds_of(parameters[name]) for name in ids],
        )

    def patterns(self, folder: pathlib.Path) -> Responses:
        """The patterns that mirt scored."""
        found = self.found(folder)
        return responses_of(found["score_patterns"], found["items"], lowest=self.lowest)


CASES = (
    Case("LSAT6", "LSAT6_2PL", "2PL"),
    Case("Science", "Science_graded", "GRM", lowest=1),
    Case("bfi_A", "bfiA_graded", "GRM", lowest=1),
    Case("VerbAgg", "VerbAgg_2PL", "2PL"),
    Case("VerbAgg_poly", "VerbAggPoly_graded", "GRM"),
)


def values_of(folder: pathlib.Path, name: str) -> dict[str, Any]:
    """One file of values."""
    loaded: dict[str, Any] = json.loads((folder / "values" / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def thresholds_of(parameters: Mapping[str, float]) -> list[float]:
    """b, or b1, b2, … in order."""
    return [value for name, value in parameters.items() if name.startswith("b")]


def intercepts_of(parameters: Mapping[str, float]) -> list[float]:
    """d, or d1, d2, … in order."""
    return [value for name, value in parameters.items() if name.startswith("d")]


def responses_of(rows: Sequence[Sequence[int | None]], ids: Sequence[str], lowest: int = 0) -> Responses:
    """Patterns with None for missing."""
    table = [[np.nan if code is None else code for code in row] for row in rows]
    return Responses.from_array(np.array(table, dtype=np.float64), items=ids, lowest=lowest)


@dataclass(frozen=True)
class Personality:
    """The SAPA personality inventory: answers, and where each item stands."""

    responses: Responses
    blocks: dict[str, str]
    competencies: dict[str, str]

    @classmethod
    def read(cls, folder: pathlib.Path) -> Personality:
        """4,000 × 50, six categories, three blocks, ten competencies."""
        with (folder / "data" / "spi_competency_items.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        return cls(
            responses=Responses.read_csv(folder / "data" / "spi_competency.csv"),
            blocks={row["item"]: row["block"] for row in rows},
            competencies={row["item"]: row["competency"] for row in rows},
        )

    def known_items(self, found: Mapping[str, Any]) -> Items:
        """Items with mirt's slopes and intercepts, in mirt's population of three correlated blocks."""
        rows = found["slope_intercept"]
        ids = [row["_row"] for row in rows]
        slopes = [row["a1"] + row["a2"] + row["a3"] for row in rows]  # one of the three is not 0
        return Items.create(
            ids=ids,
            a=slopes,
            b=[[-d / a for d in intercepts_of(row)] for a, row in zip(slopes, rows, strict=True)],
            competencies=[self.blocks[name] for name in ids],
            population=Population.create(
                ("service", "effectiveness", "transparency"), correlation=np.array(found["cov"])
            ),
        )
