"""compassess.adaptive.stopping.classification: from signs at cuts to bands, and from bands to blocks."""

from __future__ import annotations

import itertools

import banks
import numpy as np
import pytest
import sittings

from compassess.adaptive.stopping import BandProbability, decisions_of
from compassess.adaptive.stopping.classification import band_between, bands_leant_to
from compassess.adaptive.stopping.standard_error import StandardError
from compassess.errors import InputError

POOL = banks.assessment(banks.three_blocks(4)).plan.pool


def by_logic(signs: tuple[int, ...]) -> int:
    """The one band that is known to lie above all cuts beneath it and below all above it."""
    n = len(signs)
    above = [any(signs[j] > 0 for j in range(k, n)) for k in range(n)]
    below = [any(signs[j] < 0 for j in range(k + 1)) for k in range(n)]
    if any(a and b for a, b in zip(above, below, strict=True)):
        return -1
    bands = [band for band in range(n + 1) if all(above[:band]) and all(below[band:])]
    return bands[0] if len(bands) == 1 else -1


def test_a_band_is_decided_by_the_cuts_around_it() -> None:
    """All signs at one to four cuts give the band that logic gives; contradictions and gaps give none."""
    for n_cuts in (1, 2, 3, 4):
        every = list(itertools.product((-1, 0, 1), repeat=n_cuts))
        found = band_between(np.array(every, dtype=np.int8))
        assert found.tolist() == [by_logic(signs) for signs in every]


def test_evidence_of_nothing_leans_up() -> None:
    """The leaning counts cuts whose evidence is not negative, near-ties among them."""
    evidence = np.array([[2.0, -1e-12, -3.0], [-1.0, -2.0, -3.0], [0.0, 0.0, 0.0]])
    assert bands_leant_to(evidence).tolist() == [2, 0, 3]


def test_a_block_is_known_when_all_that_is_asked_of_it_is_decided() -> None:
    """Block and competencies count together; a block of which nothing is asked is never known."""
    rule = BandProbability(
        probability=0.8, cuts_by_block={"p": [-1.0]}, cuts_by_competency={"p2": [0.5], "q1": [0.0]}
    )
    prepared = rule.prepared(POOL)
    view = sittings.random_view(POOL, 200, 14)
    (told,) = decisions_of(prepared, view)
    assert [(one.kind, one.name) for one in told.targets] == [
        ("block", "p"),
        ("competency", "p2"),
        ("competency", "q1"),
    ]
    decided = told.bands >= 0
    known = prepared.satisfied(view)
    assert np.array_equal(known[:, 0], decided[:, 0] & decided[:, 1])
    assert np.array_equal(known[:, 1], decided[:, 2])
    assert not known[:, 2].any()
    assert known[:, :2].any(axis=0).all()
    assert np.array_equal(told.complete, decided.all(axis=1))
    row = int(np.flatnonzero(decided[:, 0] & ~decided[:, 1])[0])
    assert told.named(row)["competency", "p2"] == "needs_more_evidence"
    assert told.named(row)["block", "p"] == told.bands[row, 0]


def test_a_rule_that_does_not_classify_has_no_decisions() -> None:
    """The helper says so by an empty tuple."""
    view = sittings.random_view(POOL, 2, 3)
    assert decisions_of(StandardError(target=0.4).prepared(POOL), view) == ()


def test_cuts_are_checked_all_at_once() -> None:
    """What is no list, out of order or infinite is told with its place; so is a rule without any cut."""
    with pytest.raises(InputError) as caught:
        BandProbability(
            probability=0.3,
            cuts=[1.0, 0.0],
            cuts_by_block={"p": "0"},  # type: ignore[dict-item]
            cuts_by_competency={"p1": [float("nan")]},
        )
    places = [problem.where for problem in caught.value.problems]
    assert places == ["cuts", "cuts_by_block.p", "cuts_by_competency.p1", "probability"]
    with pytest.raises(InputError, match="nothing to decide"):
        BandProbability(probability=0.9)


def test_cuts_belong_to_the_population() -> None:
    """Unknown names, and cuts beyond the grid, are refused where the rule is laid out."""
    rule = BandProbability(
        probability=0.9, cuts=[-7.0], cuts_by_block={"x": [0.0]}, cuts_by_competency={"y": [0.0]}
    )
    with pytest.raises(InputError) as caught:
        rule.prepared(POOL)
    places = [problem.where for problem in caught.value.problems]
    assert places == ["cuts_by_block.x", "cuts_by_competency.y", "block p", "block q", "block r"]
    with pytest.raises(InputError, match="nothing to decide"):
        BandProbability(probability=0.9, cuts_by_block={"p": []}, competency_cuts=[]).prepared(POOL)
