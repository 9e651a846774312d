"""Panels of judges, drawn again and again."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from compassess.irt import Items
from compassess.scoring.standards import angoff


def two_categories(n_items: int, seed: int = 0) -> Items:
    """Items of two categories about 0."""
    rng = np.random.default_rng(seed)
    a, b = rng.lognormal(0, 0.3, n_items), rng.normal(0, 0.8, n_items)
    return Items.create(ids=[f"i{j}" for j in range(n_items)], a=a, b=b[:, None])


def angoff_studies(kind: str, n_studies: int, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Cuts and stated errors of panels with new judges, new items, or both; (n_studies,) each.

    Judges err in severity, in what they think of an item together, and on each item alone.
    """
    rng, n_judges, n_items, theta = np.random.default_rng(seed), 8, 20, 0.3
    fixed = two_categories(n_items), 0.3 * rng.normal(size=n_items), 0.5 * rng.normal(size=(n_judges, 1))
    found = []
    for study in range(n_studies):
        items, common, severity = fixed
        if kind != "judges":
            items, common = two_categories(n_items, 1000 + study), 0.3 * rng.normal(size=n_items)
        if kind != "items":
            severity = 0.5 * rng.normal(size=(n_judges, 1))
        seen = theta + severity + common + 0.6 * rng.normal(size=(n_judges, n_items))
        one = angoff(expit(items.a * (seen - items.b[:, 0])), items, random=kind)
        found.append((one.cuts[0], one.standard_errors[0]))
    cuts, errors = np.transpose(found)
    return cuts, errors
