"""Items from plain numbers, and what cannot be an item."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from compassess.errors import InputError
from compassess.irt import Items, Population, probability

GOOD: dict[str, Any] = {"ids": ["x", "y"], "a": [1.0, 2.0], "b": [[0.5], [-1.0, 1.0]]}


def test_defaults_fit_the_numbers() -> None:
    """Two categories make a 2PL, more a GRM; everything stands in one N(0, 1) block."""
    items = Items.create(**GOOD)
    assert items.models == ("2PL", "GRM")
    assert items.n_categories.tolist() == [2, 3]
    assert items.status == ("ok", "ok")
    assert items.blocks == items.competencies == ("theta", "theta")
    assert np.isnan(items.b[0, 1])
    assert items.thresholds(1).tolist() == [-1.0, 1.0]


def test_items_know_their_block() -> None:
    """Through the competency and the population."""
    people = Population.create(("s", "t"), competencies={"c": "t", "d": "s"})
    items = Items.create(**GOOD, competencies=["d", "c"], population=people)
    assert items.blocks == ("s", "t")
    assert items.competency_index.tolist() == [1, 0]
    assert items.block_index.tolist() == [0, 1]


def test_an_item_may_have_no_parameters() -> None:
    """NaN stands for what was not estimated; such an item is not usable."""
    items = Items.create(ids=["x", "y"], a=[np.nan, 1.0], b=[[np.nan], [0.0]])
    assert items.usable.tolist() == [False, True]
    # Nor need it have more than the one category that was seen.
    alone = Items.create(ids=["x"], a=[np.nan], b=[[]], n_categories=[1], models=["2PL"])
    assert alone.usable.tolist() == [False]


def test_an_item_may_lack_a_boundary() -> None:
    """NaN among thresholds: the two categories count as one."""
    items = Items.create(ids=["x"], a=[1.0], b=[[-1.0, np.nan, 1.0]])
    assert items.n_categories.tolist() == [4]
    shown = probability(items, 0.3)[0, :, 0]
    assert shown[1] == shown[2]
    assert shown[0] + shown[1] + shown[3] == pytest.approx(1.0)


def test_a_padded_matrix_is_read_by_the_numbers_of_categories() -> None:
    """Thresholds beyond an item's own may stand there as NaN."""
    items = Items.create(ids=["x", "y"], a=[1, 1], b=[[0.0, np.nan], [-1.0, 1.0]], n_categories=[2, 3])
    assert items.thresholds(0).tolist() == [0.0]


def test_a_negative_slope_has_descending_thresholds() -> None:
    """P(X ≥ k) = σ(a (θ − b_k)) falls with k only if −a b does."""
    items = Items.create(ids=["x"], a=[-1.0], b=[[1.0, -1.0]])
    assert probability(items, 0.0)[0, :, 0].sum() == pytest.approx(1.0)
    with pytest.raises(InputError, match="out of order"):
        Items.create(ids=["x"], a=[-1.0], b=[[-1.0, 1.0]])


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"ids": ["x"]}, "unequal lengths"),
        ({"a": [1.0]}, "unequal lengths"),
        ({"b": [[0.0]]}, "unequal lengths"),
        ({"models": ["2PL"]}, "unequal lengths"),
        ({"competencies": ["theta"]}, "unequal lengths"),
        ({"n_categories": [2]}, "unequal lengths"),
        ({"status": ["ok"]}, "unequal lengths"),
        ({"ids": ["x", "x"]}, "more than once"),
        ({"models": ["2PL", "nope"]}, "unknown model"),
        ({"models": ["2PL", "2PL"]}, "does not admit 3"),
        ({"competencies": ["theta", "zeta"]}, "unknown competency"),
        ({"n_categories": [2, 4]}, "do not fit the categories"),
        ({"n_categories": [3, 3], "models": ["GRM", "GRM"]}, "do not fit the categories"),
        ({"n_categories": [2, 2]}, "do not fit the categories"),
        ({"b": [[0.0], [1.0, -1.0]]}, "out of order"),
        ({"b": [[0.0], [1.0, 1.0]]}, "out of order"),
    ],
)
def test_what_is_no_item_is_refused(change: dict[str, Any], word: str) -> None:
    """Each fault is refused, and named: none becomes a wrong probability."""
    with pytest.raises(InputError) as caught:
        Items.create(**(GOOD | change))
    assert word in str(caught.value)


def test_all_faults_are_told_at_once() -> None:
    """A double id, an unknown competency and thresholds out of order: one error."""
    with pytest.raises(InputError) as caught:
        Items.create(ids=["x", "x"], a=[1, 1], b=[[0], [1, -1]], competencies=["theta", "zeta"])
    assert len(caught.value.problems) == 3


@pytest.mark.parametrize("which", [["y"], np.array([1]), np.array([False, True])])
def test_items_are_selected_by_id_index_or_mask(which: Any) -> None:
    """All three ways give the same item with all that belongs to it."""
    chosen = Items.create(**GOOD).select(which)
    assert chosen.ids == ("y",)
    assert chosen.models == ("GRM",)
    assert chosen.a.tolist() == [2.0]
    assert chosen.thresholds(0).tolist() == [-1.0, 1.0]


def test_unknown_ids_are_all_told() -> None:
    """Selecting strangers names every one of them."""
    with pytest.raises(InputError) as caught:
        Items.create(**GOOD).select(["y", "p", "q"])
    assert len(caught.value.problems) == 2


def test_items_cannot_be_changed() -> None:
    """Their parameters are read-only."""
    with pytest.raises(ValueError, match="read-only"):
        Items.create(**GOOD).a[0] = 3.0


def test_a_frame_has_a_row_an_item() -> None:
    """item, block, competency, model, status, a, b1, b2; a single threshold is called b."""
    frame = Items.create(**GOOD).to_frame()
    assert list(frame.columns) == ["item", "block", "competency", "model", "status", "a", "b1", "b2"]
    assert frame["item"].tolist() == ["x", "y"]
    short = Items.create(ids=["x"], a=[1.0], b=[[0.5]]).to_frame()
    assert list(short.columns)[-1] == "b"


@pytest.mark.parametrize(
    ("model", "c", "d", "what"),
    [
        ("2PL", 0.2, 1.0, "2PL has no lower asymptote"),
        ("GRM", 0.0, 0.9, "GRM has no upper asymptote"),
        ("3PL", 0.2, 0.9, "3PL has no upper asymptote"),
        ("3PL", -0.1, 1.0, "not probabilities in order"),
        ("4PL", 0.2, 1.1, "not probabilities in order"),
        ("4PL", 0.6, 0.6, "not probabilities in order"),
    ],
)
def test_asymptotes_are_those_of_the_model(model: str, c: float, d: float, what: str) -> None:
    """An asymptote that would be passed over is refused, and so is one that is no probability."""
    with pytest.raises(InputError, match=what):
        Items.create(ids=["x"], models=[model], a=[1.0], b=[[0.0]], c=[c], d=[d])


def test_asymptotes_may_be_unknown_or_at_their_bounds() -> None:
    """NaN for an item without parameters; c = 0 and d = 1 are 2PL."""
    items = Items.create(
        ids=["x", "y"],
        models=["3PL", "4PL"],
        a=[np.nan, 1.0],
        b=[[np.nan], [0.0]],
        c=[np.nan, 0.0],
        d=[1.0, 1.0],
    )
    assert items.usable.tolist() == [False, True]


def test_nominal_rows_are_as_wide_as_the_most_categories() -> None:
    """Every fault of the shapes is told."""
    with pytest.raises(InputError, match="wrong shape") as refused:
        Items.create(
            ids=["x"],
            models=["NRM"],
            a=[np.nan],
            b=[[np.nan, np.nan]],
            n_categories=[3],
            slopes=np.zeros((1, 4)),
            intercepts=np.zeros((2, 3)),
        )
    assert [problem.where for problem in refused.value.problems] == ["slopes", "intercepts"]
