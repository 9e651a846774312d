"""Reading the reference folder: data, and values made by other engines, as things of the library."""

from __future__ import annotations

import csv
import json
import pathlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

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


#: mirt's name of a model, and ours for two and for more categories.
NAMES: Final = {
    "2PL": ("2PL", "2PL"),
    "3PL": ("3PL", "3PL"),
    "4PL": ("4PL", "4PL"),
    "graded": ("2PL", "GRM"),
    "gpcm": ("GPCM", "GPCM"),
    "nominal": ("NRM", "NRM"),
    "rsm": ("RSM", "RSM"),
    "Rasch": ("Rasch", "PCM"),
    "1PL (equal slopes, N(0,1))": ("1PL", "1PL"),
}
FIXED: Final = ("2PL", "3PL", "4PL", "graded", "gpcm", "nominal")
#: Data sets with mirt's estimates, and their lowest code.
FITTED: Final = {
    "LSAT6_1PL": 0,
    "LSAT6_2PL": 0,
    "LSAT6_Rasch": 0,
    "Science_Rasch": 1,
    "Science_gpcm": 1,
    "Science_graded": 1,
    "Science_nominal": 1,
    "Science_rsm": 1,
    "VerbAggPoly_PCM": 0,
    "VerbAggPoly_gpcm": 0,
    "VerbAggPoly_graded": 0,
    "VerbAgg_2PL": 0,
    "VerbAgg_Rasch": 0,
    "bfiA_gpcm": 1,
    "bfiA_graded": 1,
}


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


def nominal_items(ids: Sequence[str], slopes: Floats, intercepts: Floats) -> Items:
    """Nominal items, centred as Bock does."""
    n, k = slopes.shape
    return Items.create(
        ids=ids,
        models=["NRM"] * n,
        a=[np.nan] * n,
        b=[[np.nan] * (k - 1)] * n,
        n_categories=[k] * n,
        slopes=slopes - slopes.mean(axis=1, keepdims=True),
        intercepts=intercepts - intercepts.mean(axis=1, keepdims=True),
    )


def fixed_items(model: str, rows: Sequence[dict[str, float]]) -> Items:
    """Items from mirt's slopes and intercepts (cumulative for the GPCM)."""
    ids = [f"i{j}" for j in range(len(rows))]
    columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    steps = np.array([[row[name] for name in row if name.startswith("d")] for row in rows])
    a = columns["a1"]
    if model == "nominal":
        scoring = np.stack([columns[f"ak{k}"] for k in range(steps.shape[1])], axis=1)
        return nominal_items(ids, a[:, None] * scoring, steps)
    intercepts = np.diff(steps, axis=1) if model == "gpcm" else steps
    return Items.create(
        ids=ids,
        models=[NAMES[model][intercepts.shape[1] > 1]] * len(ids),
        a=a,
        b=-intercepts / a[:, None],
        c=columns.get("g"),
        d=columns.get("u"),
    )


def fitted_items(found: dict[str, Any]) -> Items:
    """Items from mirt's estimates in the IRT metric."""
    ids, parameters = found["items"], found["IRT_simplified"]
    if found["model"] == "nominal":
        by_kind = [
            np.array([[value for name, value in parameters[i].items() if name[0] == kind] for i in ids])
            for kind in "ac"
        ]
        return nominal_items(ids, *by_kind)
    b = [thresholds_of(parameters[i]) for i in ids]
    if found["model"] == "rsm":  # mirt's c makes an item easier
        b = [[value - parameters[i]["c"] for value in row] for i, row in zip(ids, b, strict=True)]
    return Items.create(
        ids=ids,
        models=[NAMES[found["model"]][len(row) > 1] for row in b],
        a=[parameters[i].get("a", 1.0) for i in ids],
        b=b,
    )


def population_of(found: dict[str, Any]) -> Population:
    """mirt's latent mean and variance."""
    mean, variance = (float(np.ravel(found[name])[0]) for name in ("latent_mean", "latent_cov"))
    return Population.create(mean=[mean], standard_deviation=[np.sqrt(variance)])


def cat_banks(reference: pathlib.Path) -> dict[str, tuple[Items, dict[str, Any]]]:
    """catR's 3PL bank and its two polytomous ones, each with the states it was asked about."""
    with (reference / "data" / "tcals.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    tcals = Items.create(
        ids=[row["item"] for row in rows],
        models=["3PL"] * len(rows),
        a=[float(row["a"]) for row in rows],
        b=[[float(row["b"])] for row in rows],
        c=[float(row["c"]) for row in rows],
    )
    banks = {"3PL": (tcals, values_of(reference, "catR")["states"])}
    for model in ("GRM", "GPCM"):
        found = values_of(reference, "catR_poly")[model]
        items = Items.create(
            ids=[str(j + 1) for j in range(len(found["bank"]))],
            models=[model] * len(found["bank"]),
            a=[row[0] for row in found["bank"]],
            b=[[value for value in row[1:] if value is not None] for row in found["bank"]],
        )
        banks[model] = items, found["states"]
    return banks


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
