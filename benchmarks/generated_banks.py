"""Banks of any size for benchmarks of sittings; every call makes the same ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

import compassess as ca

__all__ = ["b300", "blueprint", "generated_bank", "parameters"]


def parameters(n_items: int, seed: int = 1) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Slopes and difficulties of two-category items."""
    rng = np.random.default_rng(seed)
    return 1.2 * rng.lognormal(0.0, 0.25, n_items), rng.normal(0.0, 1.1, n_items)


def b300(n_items: int = 300) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Slopes and difficulties of the bank B300: normal quantiles, the slopes in van der Corput's order."""
    places = np.arange(1, n_items + 1)
    digits = (places[:, None] >> np.arange(32)) & 1
    corput = digits @ 0.5 ** np.arange(1, 33)
    return np.exp(0.25 + 0.25 * ndtri(corput)), 1.4 * ndtri((places - 0.5) / n_items)


def generated_bank(
    competencies: Mapping[str, tuple[str, float]],
    n_items: int,
    known: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None,
) -> ca.ItemBank:
    """Two-category items, in turn of the competencies ``{name: (block, λ)}``; blocks correlate .6.

    ``known`` are their slopes and difficulties; by default those of :func:`parameters`.
    """
    blocks = list(dict.fromkeys(block for block, _ in competencies.values()))
    r = np.full((len(blocks), len(blocks)), 0.6)
    np.fill_diagonal(r, 1.0)
    slopes, difficulties = parameters(n_items) if known is None else known
    names = list(competencies)
    return ca.ItemBank.from_dict(
        {
            "format": "compassess/bank/1",
            "id": "benchmark",
            "version": "1",
            "illustrative": True,
            "title": {},
            "languages": [],
            "population": {"description": "generated", "correlations": r.tolist()},
            "blocks": [{"id": block, "title": {}} for block in blocks],
            "competencies": [
                {"id": name, "block": block, "loading": loading, "title": {}}
                for name, (block, loading) in competencies.items()
            ],
            "items": [
                {
                    "id": f"i{j:05d}",
                    "block": competencies[names[j % len(names)]][0],
                    "competency": names[j % len(names)],
                    "model": "2PL",
                    "status": "operational",
                    "n_categories": 2,
                    "parameters": {"a": float(slopes[j]), "b": [float(difficulties[j])]},
                    "provenance": {"method": "generated"},
                }
                for j in range(n_items)
            ],
        }
    )


def blueprint(bank: ca.ItemBank, *, length: tuple[int, int], target: float, **changes: Any) -> ca.Blueprint:
    """The default one with another length and target, ``minimum`` by competency and ``randomesque``."""
    content = ca.Blueprint.default(bank).to_dict()
    content["length"] = {"minimum": length[0], "maximum": length[1]}
    content["stopping"]["target"] = target
    content["selection"]["randomesque"] = changes.get("randomesque", 1)
    for limits in content["competencies"].values():
        limits["minimum"] = changes.get("minimum", 0)
    return ca.Blueprint.from_dict(content)
