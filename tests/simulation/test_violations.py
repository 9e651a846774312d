"""compassess.simulation.violations: which demands finished tests miss, against counting by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import banks
import numpy as np

import compassess as ca
from compassess.adaptive.content import rows_of
from compassess.simulation import violations


def attributed() -> ca.ItemBank:
    """Forty items; every fourth is a letter, the first two are enemies."""
    bank = banks.one_block(40)
    items = [
        replace(item, attributes={"format": "letter" if j % 4 == 0 else "text"})
        for j, item in enumerate(bank.items)
    ]
    items[0] = replace(items[0], enemies=(items[1].id,))
    return replace(bank, items=tuple(items))


def content(**changes: Any) -> dict[str, Any]:
    """At least three letters, no enemies, and one soft wish that no test fulfils."""
    letters = {"items": {"attributes": {"format": "letter"}}}
    return {
        "method": "weighted_penalty",
        "constraints": [
            {"id": "letters", "kind": "count", "minimum": 3, **letters},
            {"id": "enemies", "kind": "enemies"},
            {"id": "wish", "kind": "count", "minimum": 9, "hard": False, **letters},
        ],
    } | changes


def test_counted_by_hand() -> None:
    """Tests written by hand miss what they miss: length, the limit of the competency, letters, enemies."""
    bank = attributed()
    blueprint = banks.blueprint(bank, length=(3, 6), limits=(4, 6), content=content())
    presented = np.array(
        [
            [4, 8, 12, 5, -1, -1],  # all kept but the wish
            [0, 1, 4, 8, -1, -1],  # enemies together
            [2, 3, 5, 6, 7, 9],  # no letter
            [4, 8, -1, -1, -1, -1],  # too short, too few of the competency, too few letters
        ]
    )
    found = violations(rows_of(bank, blueprint), presented)
    assert [name.rpartition("(")[2].rstrip(")") for name in found.demands] == [
        "length",
        "competencies.theta",
        "letters",
        "enemies",
        "wish",
    ]
    assert found.hard.tolist() == [True, True, True, True, False]
    assert found.missed.astype(int).tolist() == [
        [0, 0, 0, 0, 1],
        [0, 0, 0, 1, 1],
        [0, 0, 1, 0, 1],
        [1, 1, 1, 0, 1],
    ]
    assert found.shares.tolist() == [0.25, 0.25, 0.5, 0.25, 1.0]
    assert found.any_hard.tolist() == [False, True, True, True]


def test_nobody() -> None:
    """Without tests there are no shares."""
    bank = attributed()
    found = violations(rows_of(bank, banks.blueprint(bank)), np.empty((0, 3), dtype=np.int32))
    assert np.isnan(found.shares).all()
    assert found.any_hard.shape == (0,)


def test_a_study_tells_them() -> None:
    """The engine keeps every hard demand, and misses those of people whose answers run out."""
    bank = attributed()
    wish = content()
    assessment = banks.assessment(bank, length=(6, 6), limits=(0, None), content=wish, target=0.01)
    table = ca.simulate(assessment, 30, seed=2).constraint_violations().set_index("demand")
    assert (table["missed"][table["hard"]] == 0).all()
    assert table["share"]["content.constraints[2] (wish)"] == 1.0
    codes = np.full((3, 40), np.nan)
    codes[0, :4] = 1
    codes[1:, :] = 1
    limited = banks.assessment(bank, length=(6, 6), limits=(6, 6), target=0.01)
    found = ca.simulate(limited, responses=codes).constraint_violations().set_index("demand")
    assert found["missed"].to_dict() == {"length": 1, "competencies.theta": 1}
