"""What hypothesis draws: items that a psychometrician could meet, answers, populations."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from hypothesis import strategies as st
from irt.fits import form_of
from numpy.typing import NDArray

from compassess.irt import MODELS, Items, Population
from compassess.irt.estimation.forms import ItemForm
from compassess.irt.models import ResponseModel
from compassess.responses import Responses

Floats = NDArray[np.float64]

#: Ratings follow the family of PCM; what is their own, the places of tasks and raters, has laws of its own.
MODEL_NAMES = sorted(name for name in MODELS if MODELS[name].by_rater is None)
#: The name of a test whose items follow different models.
MIXED = "mixed"
#: Models whose b are steps and need no order, and those with asymptotes.
UNORDERED = ("PCM", "RSM", "GPCM")
ASYMPTOTES = ("3PL", "4PL")


def seeds() -> st.SearchStrategy[int]:
    """Seeds for numpy's generator, where shrinking a whole array would tell nothing."""
    return st.integers(0, 2**32 - 1)


# What is drawn ten thousand times is built, and looked over by hypothesis, once: hence the caches.


@cache
def slopes() -> st.SearchStrategy[float]:
    """Slopes of real items, of both signs."""
    return st.builds(
        lambda size, sign: sign * size,
        st.floats(0.15, 4.0),
        st.sampled_from([1.0, 1.0, 1.0, -1.0]),
    )


@cache
@st.composite
def thresholds(draw: st.DrawFn, n: int) -> list[float]:
    """Ascending thresholds, at least .05 apart, most of them within ±4."""
    first = draw(between(-4.0, 2.0))
    gaps = draw(numbers_between(0.05, 2.0, n - 1))
    return [float(value) for value in np.cumsum([first, *gaps])]


@cache
def category_counts(model: ResponseModel) -> st.SearchStrategy[int]:
    """Numbers of categories that the model admits."""
    return st.sampled_from([k for k in range(2, 8) if model.admits(k)])


@cache
def between(low: float, high: float) -> st.SearchStrategy[float]:
    """Floats of an interval."""
    return st.floats(low, high)


@cache
def numbers_between(low: float, high: float, n: int) -> st.SearchStrategy[list[float]]:
    """Lists of n floats of an interval."""
    return st.lists(st.floats(low, high), min_size=n, max_size=n)


@cache
@st.composite
def irt_columns(draw: st.DrawFn, model: ResponseModel, k: int) -> dict[str, Floats]:
    """Parameters of one item in the IRT metric, each (1, width), its model's constraints heeded.

    Thresholds ascend (descend under a negative slope); steps and nominal categories need no order.
    """
    if model.name == "NRM":
        pair = [np.array([draw(numbers_between(-2.5, 2.5, k))]) for _ in range(2)]
        names = ("slopes", "intercepts")
        return {name: row - row.mean() for name, row in zip(names, pair, strict=True)}
    a, b = draw(slopes()), draw(thresholds(k - 1))
    if model.fixed_slope:
        a = 1.0
    if model.name in UNORDERED:
        b = draw(st.permutations(b))
    columns = {"a": np.array([[a]]), "b": np.array([b if a > 0 else b[::-1]])}
    if model.name in ASYMPTOTES:
        columns["c"] = np.array([[draw(between(0.02, 0.4))]])
        columns["d"] = np.array([[draw(between(0.7, 0.98)) if model.name == "4PL" else 1.0]])
    return columns


@cache
@st.composite
def working_parameters(draw: st.DrawFn, model: ResponseModel) -> Floats:
    """``xi`` of one to three items of one shape, (n_items, n_parameters)."""
    k = draw(category_counts(model))
    rows = [model.family.from_irt(draw(irt_columns(model, k))) for _ in range(draw(st.integers(1, 3)))]
    return np.vstack(rows)


@st.composite
def free_parameters(draw: st.DrawFn, model: ResponseModel) -> tuple[ItemForm, Floats]:
    """What is free of one to four items of one shape, and its values φ."""
    form = form_of(model.name, draw(category_counts(model)), draw(st.integers(1, 4)))
    rng = np.random.default_rng(draw(seeds()))
    return form, rng.normal(0, 2, int(form.places.max()) + 1)


@st.composite
def items_of(
    draw: st.DrawFn, name: str, *, least: int = 2, most: int = 6, population: Population | None = None
) -> Items:
    """A short test of one model, or of any with ``MIXED``; by default in one dimension."""
    people = population or Population.create()
    n_items = draw(st.integers(least, most))
    models = [draw(st.sampled_from(MODEL_NAMES)) if name == MIXED else name for _ in range(n_items)]
    counts = [draw(category_counts(MODELS[model])) for model in models]
    drawn = [draw(irt_columns(MODELS[model], k)) for model, k in zip(models, counts, strict=True)]
    absent = np.full(1, np.nan)
    return Items.create(
        ids=[f"i{j}" for j in range(n_items)],
        models=models,
        n_categories=counts,
        a=[float(columns["a"][0, 0]) if "a" in columns else np.nan for columns in drawn],
        b=[
            columns["b"][0] if "b" in columns else np.full(k - 1, np.nan)
            for k, columns in zip(counts, drawn, strict=True)
        ],
        c=[float(columns["c"][0, 0]) if "c" in columns else 0.0 for columns in drawn],
        d=[float(columns["d"][0, 0]) if "d" in columns else 1.0 for columns in drawn],
        slopes=padded(
            [columns["slopes"][0] if "slopes" in columns else absent for columns in drawn], max(counts)
        ),
        intercepts=padded(
            [columns["intercepts"][0] if "intercepts" in columns else absent for columns in drawn],
            max(counts),
        ),
        competencies=[draw(st.sampled_from(people.competencies)) for _ in range(n_items)],
        population=people,
    )


def padded(rows: Sequence[Floats], width: int) -> Floats:
    """Rows of unequal length as a matrix of ``width``, NaN where a row is shorter."""
    matrix = np.full((len(rows), width), np.nan)
    for line, row in zip(matrix, rows, strict=True):
        line[: row.size] = row
    return matrix


@st.composite
def answers_to(draw: st.DrawFn, items: Items, *, n_persons: int = 5, missing: float = 0.25) -> Responses:
    """Any answers at all, likely or not, some of them missing."""
    rng = np.random.default_rng(draw(seeds()))
    codes = rng.integers(0, items.n_categories, size=(n_persons, items.n_items)).astype(np.float64)
    codes[rng.random(codes.shape) < missing] = np.nan
    return Responses.from_array(codes, items=items.ids)


@st.composite
def populations(draw: st.DrawFn, *, reference: bool = False) -> Population:
    """One to three correlated blocks with competencies, some of them the block itself (λ = 1)."""
    n_blocks = draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(seeds()))
    factor = rng.standard_normal((n_blocks, n_blocks + 1))  # one column more keeps R from singularity
    covariance = factor @ factor.T + 0.2 * np.eye(n_blocks)
    scale = np.sqrt(np.diag(covariance))
    blocks = [f"b{j}" for j in range(n_blocks)]
    layer = {
        f"{block}.c{c}": block
        for block in blocks
        for c in range(draw(st.integers(1, 2 if n_blocks > 1 else 3)))
    }
    loading = st.one_of(st.just(1.0), st.floats(0.1, 0.95), st.floats(-0.9, -0.1))
    return Population.create(
        blocks,
        correlation=covariance / np.outer(scale, scale),
        competencies=layer,
        loadings={name: draw(loading) for name in layer},
        mean=None if reference else rng.normal(0, 0.5, n_blocks),
        standard_deviation=None if reference else rng.uniform(0.6, 1.5, n_blocks),
    )
