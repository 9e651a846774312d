"""A table of fits in which different things are free, for the laws that hold for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from compassess.irt import MODELS, Items, LogNormal, Normal, simulate_abilities, simulate_responses
from compassess.irt.estimation.em import em_step
from compassess.irt.estimation.fit import Fit
from compassess.irt.models import Floats
from compassess.irt.population import Population
from compassess.responses import Responses
from irt.builders import house, items_in, one_block, places
from irt.fits import laid_out

NAN: Final = float("nan")
#: One model after the other, two items each.
MIXED: Final = ("2PL", "2PL", "3PL", "4PL", "GRM", "GRM", "GPCM", "PCM", "PCM", "NRM")


@dataclass(frozen=True)
class Case:
    """A fit, how many parameters are free in it (counted by hand), and a φ off its maximum."""

    name: str
    n_parameters: int
    make: Callable[[], tuple[Fit, Floats]]

    def __str__(self) -> str:
        return self.name

    def somewhere(self, seed: int = 0, spread: float = 0.15) -> tuple[Fit, Floats]:
        """The fit at a random feasible place near its start, after a step of EM."""
        fit, phi = self.make()
        phi = em_step(fit, fit.evaluation(phi))
        rng = np.random.default_rng(seed)
        while True:
            move = phi + rng.normal(0, spread, phi.size)
            if fit.feasible(move):
                return fit, move
            spread *= 0.8


def mixed_items(models: Sequence[str] = MIXED) -> Items:
    """Moderate items of many models in one dimension; those with more than two categories have three."""
    rng = np.random.default_rng(5)
    n = len(models)
    wide = [MODELS[name].admits(3) for name in models]
    nominal = np.array([name == "NRM" for name in models])
    unit = np.array([MODELS[name].fixed_slope for name in models])
    b = rng.uniform(-0.7, 0.7, (n, 1)) + np.array([-0.5, 0.5])
    b[~np.array(wide), 1] = NAN
    b[nominal] = NAN
    slopes, intercepts = np.full((n, 3), NAN), np.full((n, 3), NAN)
    slopes[nominal], intercepts[nominal] = [-1.0, 0.3, 0.7], [-0.2, 0.4, -0.2]
    return Items.create(
        ids=[f"i{j}" for j in range(n)],
        models=list(models),
        n_categories=[3 if broad else 2 for broad in wide],
        a=np.where(nominal, NAN, np.where(unit, 1.0, rng.uniform(0.9, 1.7, n))),
        b=b,
        c=[0.15 if name in ("3PL", "4PL") else 0.0 for name in models],
        d=[0.95 if name == "4PL" else 1.0 for name in models],
        slopes=slopes if nominal.any() else None,
        intercepts=intercepts if nominal.any() else None,
    )


def answered(
    items: Items, n_persons: int, *, missing: float = 0.15, people: Population | None = None, seed: int = 3
) -> Responses:
    """Answers with some missing at random."""
    abilities = simulate_abilities(people or items.population, n_persons, seed=seed)
    codes = simulate_responses(items, abilities, seed=seed + 1).codes().astype(np.float64)
    codes[np.random.default_rng(seed).random(codes.shape) < missing] = NAN
    return Responses.from_array(codes, items=items.ids)


N: Final = 120
HALVES: Final = ["a"] * (N // 2) + ["b"] * (N - N // 2)


def case_of(
    items: Items, model: str | Mapping[str, str], n_persons: int = N, **options: Any
) -> Callable[[], tuple[Fit, Floats]]:
    """How a fit of so many persons drawn from the items is made; ``layered`` to use the competencies."""

    def make() -> tuple[Fit, Floats]:
        named = dict(options)
        if items.population.n_blocks > 1 or items.population.n_competencies > 1:
            blocks, competencies = places(items)
            named = {"blocks": blocks, "nodes": 41} | named
            if named.pop("layered", False):
                named["competencies"] = competencies
        return laid_out(answered(items, n_persons), model, **named)

    return make


def _kind(name: str) -> Items:
    return mixed_items([name] * 4)


def _some(items: Items, which: Sequence[int]) -> Items:
    return items.select([items.ids[j] for j in which])


BINARY, GRADED = one_block(5), one_block(4, 3)
BLOCKS = items_in(house(2, 1, loading=1.0), 3, 3)
LAYERED = items_in(house(2, 2, loading=0.7), 2, 3)
SINGLE = items_in(house(1, 3, loading=0.7), 2, 2)

#: Of four items of each model.
_COUNTS: Final = {
    "Rasch": 4 + 1,
    "1PL": 4 + 1,
    "2PL": 4 * 2,
    "3PL": 4 * 3,
    "4PL": 4 * 4,
    "GRM": 4 * 3,
    "PCM": 4 * 2 + 1,
    "RSM": 4 + 1 + 1,
    "GPCM": 4 * 3,
    "NRM": 4 * 4,
}
PLAIN: Final = [Case(name, n, case_of(_kind(name), name)) for name, n in _COUNTS.items()]
RATED: Final = {"i0": ("t0", "r0"), "i1": ("t0", "r1"), "i2": ("t1", "r1"), "i3": ("t1", "r2")}
MANY: Final = [
    Case("mixed models", 28, case_of(mixed_items(), dict(zip(mixed_items().ids, MIXED, strict=True)))),
    Case("ratings", 2 + 2 + 1 + 1, case_of(_kind("PCM"), "MFRM", facets=RATED)),
    Case("thresholds by task", 2 * 2 + 2 + 1, case_of(_kind("PCM"), "MFRM-task", facets=RATED)),
    Case("thresholds by rater", 2 + 2 + 3 + 1, case_of(_kind("PCM"), "MFRM-rater", facets=RATED)),
    Case("blocks", 19, case_of(BLOCKS, "GRM")),
    Case("blocks of unit slopes", 15, case_of(BLOCKS, "PCM")),
    Case("one slope in two blocks", 6 + 1 + 1, case_of(items_in(house(2, 1, loading=1.0), 3), "1PL")),
    Case("competencies in a block", 15, case_of(SINGLE, "2PL", layered=True)),
    Case("competencies in blocks", 29, case_of(LAYERED, "GRM", layered=True)),
    Case("a loading that is given", 28, case_of(LAYERED, "GPCM", layered=True, loadings={"b0c0": 0.6})),
    Case("groups", 12, case_of(BINARY, "2PL", groups=HALVES)),
    Case("groups of blocks", 24, case_of(BLOCKS, "GRM", groups=HALVES)),
    Case("groups of competencies", 34, case_of(LAYERED, "GRM", layered=True, groups=HALVES)),
    Case("groups of unit slopes", 11, case_of(_kind("PCM"), "PCM", groups=HALVES)),
    Case("freed items", 20, case_of(GRADED, "GRM", groups=HALVES, freed=["i1", "i3"])),
    Case("freed slopes", 15, case_of(GRADED, "GRM", groups=HALVES, freed={"i1": ["a"]})),
    Case("freed thresholds", 17, case_of(GRADED, "GRM", groups=HALVES, freed={"i1": ["b1"], "i2": ["b"]})),
    Case("freed items of blocks", 26, case_of(BLOCKS, "GPCM", groups=HALVES, freed={"i1": ["a", "b1"]})),
    Case("freed nominal item", 22, case_of(_kind("NRM"), "NRM", groups=HALVES, freed=["i2"])),
    Case("fixed items", 8, case_of(BINARY, "2PL", fixed=_some(BINARY, [0, 2]))),
    Case(
        "fixed items of many models",
        6,
        case_of(mixed_items(), "GRM", fixed=_some(mixed_items(), range(2, 10))),
    ),
    Case("fixed items in one block", 15, case_of(BLOCKS, "GRM", fixed=_some(BLOCKS, [0, 1]))),
    Case(
        "fixed items of competencies",
        24,
        case_of(LAYERED, "GRM", layered=True, fixed=_some(LAYERED, [0, 1, 4])),
    ),
    Case("fixed items and groups", 13, case_of(GRADED, "GRM", fixed=_some(GRADED, [1]), groups=HALVES)),
    Case("all items fixed", 2, case_of(GRADED, "GRM", fixed=GRADED)),
    Case("tied slopes", 10, case_of(GRADED, "GRM", equal=[("a", ["i0", "i2"]), ("a", ["i1", "i3"])])),
    Case(
        "tied thresholds", 9, case_of(GRADED, "GRM", equal=[("b1", ["i0", "i2"]), ("b2", ["i1", "i3", "i0"])])
    ),
    Case("tied steps", 9, case_of(GRADED, "GPCM", equal=[("b", ["i0", "i3"]), ("a", ["i1", "i3"])])),
    Case(
        "tied asymptotes",
        12,
        case_of(_kind("4PL"), "4PL", equal=[("c", ["i0", "i1", "i2", "i3"]), ("d", ["i0", "i3"])]),
    ),
    Case("tied thresholds under asymptotes", 11, case_of(_kind("3PL"), "3PL", equal=[("b", ["i0", "i1"])])),
    Case(
        "ties across models",
        8,
        case_of(
            GRADED,
            {"i0": "GRM", "i1": "GRM", "i2": "GPCM", "i3": "GPCM"},
            equal=[("a", ["i0", "i1", "i2"]), ("b", ["i1", "i2"])],
        ),
    ),
    Case("ties across blocks", 18, case_of(BLOCKS, "GRM", equal=[("a", ["i0", "i4"])])),
    Case(
        "ties and groups",
        15,
        case_of(GRADED, "GRM", groups=HALVES, freed=["i0"], equal=[("a", ["i0", "i1"])]),
    ),
    Case("weights", 12, case_of(GRADED, "GRM", weights=np.linspace(0.3, 4.0, N).tolist())),
    Case(
        "weights and groups",
        8,
        case_of(BINARY, "1PL", groups=HALVES, weights=np.linspace(4.0, 0.3, N).tolist()),
    ),
    Case(
        "weights of competencies",
        29,
        case_of(LAYERED, "GRM", layered=True, weights=np.linspace(0.3, 4.0, N).tolist()),
    ),
    Case("priors", 12, case_of(GRADED, "GRM", priors={"a": LogNormal(0.2, 0.4), "b": Normal(0.0, 1.0)})),
    Case(
        "priors on steps of a rating scale",
        6,
        case_of(_kind("RSM"), "RSM", priors={"b": Normal(0.1, 0.7)}),
    ),
    Case(
        "priors on tied thresholds",
        11,
        case_of(
            GRADED,
            "GRM",
            equal=[("b1", ["i0", "i2"])],
            priors={"a": LogNormal(0.2, 0.4), "b": Normal(0.0, 1.0)},
        ),
    ),
]
CASES: Final = [*PLAIN, *MANY]


MANY_PERSONS: Final = 1000
_HALVES: Final = ["a", "b"] * (MANY_PERSONS // 2)
_BLOCKS = items_in(house(2, 1, loading=1.0), 5, 3)
_LAYERED = items_in(house(2, 3, loading=0.7), 4, 3)
_WEIGHTS = np.linspace(0.3, 4.0, MANY_PERSONS).tolist()
#: Fits with enough persons for a maximum inside.
BIG: Final = [
    Case("2PL", 16, case_of(one_block(8), "2PL", MANY_PERSONS)),
    Case("GRM", 24, case_of(one_block(8, 3), "GRM", MANY_PERSONS)),
    Case(
        "mixed models",
        28,
        case_of(mixed_items(), dict(zip(mixed_items().ids, MIXED, strict=True)), MANY_PERSONS),
    ),
    Case("unit slopes", 7, case_of(mixed_items(["Rasch"] * 6), "Rasch", MANY_PERSONS)),
    Case("blocks", 31, case_of(_BLOCKS, "GRM", MANY_PERSONS)),
    Case("competencies", 24 * 3 + 6 + 1, case_of(_LAYERED, "GRM", MANY_PERSONS, layered=True)),
    Case("groups", 18, case_of(one_block(8), "2PL", MANY_PERSONS, groups=_HALVES)),
    Case("groups of blocks", 36, case_of(_BLOCKS, "GRM", MANY_PERSONS, groups=_HALVES)),
    Case("freed", 22, case_of(one_block(8), "2PL", MANY_PERSONS, groups=_HALVES, freed=["i1", "i2"])),
    Case(
        "fixed", 20, case_of(one_block(8, 3), "GRM", MANY_PERSONS, fixed=one_block(8, 3).select(["i0", "i3"]))
    ),
    Case(
        "ties",
        16,
        case_of(one_block(6, 3), "GRM", MANY_PERSONS, equal=[("b1", ["i0", "i2"]), ("a", ["i1", "i2"])]),
    ),
    Case("weights", 24 * 3 + 6 + 1, case_of(_LAYERED, "GRM", MANY_PERSONS, layered=True, weights=_WEIGHTS)),
]
