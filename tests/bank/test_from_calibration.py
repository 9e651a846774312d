"""From a calibration to a bank: what becomes operational, what is suspended, what is kept."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import compassess as ca
from compassess.bank import Blueprint, ItemBank, Parameters, StandardErrors
from compassess.errors import InputError
from compassess.irt.items import Items
from compassess.irt.population import Population

NAN = float("nan")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Covariance:
    names: tuple[tuple[str, str, str], ...] = ()
    matrix: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 0)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Errors:
    a: NDArray[np.float64]
    b: NDArray[np.float64]
    covariance: _Covariance = field(default_factory=_Covariance)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Calibration:
    items: Items
    standard_errors: _Errors | None
    n_answers: NDArray[np.int64]
    method: str = "MML-EM"
    n_persons: int = 1000


STATUSES = (
    "ok",
    "sparse_category",
    "unused_category",
    "few_answers",
    "check_key",
    "no_answers",
    "extreme_slope",
)


def _calibration() -> _Calibration:
    population = Population.create(
        ["service", "transparency"],
        correlation=[[1, 0.6], [0.6, 1]],
        competencies={"informing": "service", "ethics": "transparency"},
        loadings={"informing": 0.8, "ethics": 0.7},
    )
    b = [[-1.0, 0.0, 1.0], [0.5], [-1.0, NAN, 1.0], [0.0], [1.0, 0.0, -1.0], [NAN], [0.0]]
    items = Items.create(
        ids=[f"q{i}" for i in range(7)],
        a=[1.2, 0.8, 1.0, 0.7, -0.5, NAN, 7.0],
        b=b,
        competencies=["informing"] * 4 + ["ethics"] * 3,
        status=STATUSES,
        population=population,
    )
    errors = np.full((7, 3), 0.1)
    errors[2, 1] = NAN
    slopes = np.array([0.05, 0.06, 0.07, 0.08, 0.09, NAN, NAN])
    return _Calibration(
        items=items,
        standard_errors=_Errors(a=slopes, b=errors),
        n_answers=np.array([1000, 900, 800, 150, 700, 0, 600]),
    )


def test_thin_data_may_be_used_doubtful_parameters_may_not() -> None:
    """Statuses that speak of thin data are operational with a flag; others suspend the item with one."""
    bank = ItemBank.from_calibration(_calibration(), id="mine")
    assert [item.status for item in bank.items] == ["operational"] * 4 + ["suspended"] * 3
    assert bank.items[0].flags == ()
    assert [item.flags for item in bank.items[1:]] == [(status,) for status in STATUSES[1:]]


def test_a_slope_that_is_not_positive_is_never_operational() -> None:
    """Whatever its status says, an item with a slope of zero or less is suspended."""
    calibration = _calibration()
    a = calibration.items.a.copy()
    a[0] = 0.0
    bank = ItemBank.from_calibration(replace(calibration, items=replace(calibration.items, a=a)), id="mine")
    assert bank.item("q0").status == "suspended"


def test_parameters_and_standard_errors_are_kept_in_full() -> None:
    """Numbers become Python's, NaN becomes null, an item without parameters has none."""
    bank = ItemBank.from_calibration(_calibration(), id="mine")
    assert bank.item("q0").parameters == Parameters(discrimination=1.2, thresholds=(-1.0, 0.0, 1.0))
    assert bank.item("q2").parameters == Parameters(discrimination=1.0, thresholds=(-1.0, None, 1.0))
    assert bank.item("q2").standard_errors == StandardErrors(discrimination=0.07, thresholds=(0.1, None, 0.1))
    assert bank.item("q4").parameters == Parameters(discrimination=-0.5, thresholds=(1.0, 0.0, -1.0))
    assert bank.item("q5").parameters is None
    assert bank.item("q5").standard_errors is None
    assert bank.item("q6").standard_errors == StandardErrors(discrimination=None, thresholds=(0.1,))


def test_the_arrays_come_back_as_they_went_in() -> None:
    """The operational items of the bank are the same items to the last bit."""
    calibration = _calibration()
    bank = ItemBank.from_calibration(calibration, id="mine")
    before, after = calibration.items.select(np.arange(4)), bank.irt_items()
    assert after.ids == before.ids
    assert after.status == before.status
    np.testing.assert_array_equal(after.a, before.a)
    np.testing.assert_array_equal(after.b, before.b)
    np.testing.assert_array_equal(bank.population.covariance, calibration.items.population.covariance)
    np.testing.assert_array_equal(bank.population.loadings, calibration.items.population.loadings)


def test_provenance_tells_the_data() -> None:
    """Method and numbers come from the calibration, the rest from the caller."""
    bank = ItemBank.from_calibration(_calibration(), id="mine", provenance={"date": "2026-03-01", "wave": 2})
    assert bank.item("q3").provenance == {
        "method": "MML-EM",
        "n_persons": 1000,
        "n_answers": 150,
        "date": "2026-03-01",
        "wave": 2,
    }
    assert ItemBank.from_calibration(_calibration(), id="mine").item("q3").provenance["date"] is None


def test_a_bank_for_research_needs_no_texts(tmp_path: Path) -> None:
    """Without texts the bank is valid, is saved and loaded, and has a default blueprint."""
    bank = ItemBank.from_calibration(_calibration(), id="mine", description="volunteers")
    assert (bank.version, bank.languages, bank.illustrative) == ("1", (), False)
    assert ItemBank.load(bank.save(tmp_path)) == bank
    assert Blueprint.default(bank).competencies["informing"].minimum == 2


def test_texts_and_titles_are_put_in() -> None:
    """Texts, options and titles come in the notation of the file."""
    texts: dict[str, dict[str, Any]] = {
        f"q{i}": {
            "text": {"en": f"Question {i}"},
            "options": [{"id": "a", "score": 0, "text": {"en": "no"}}],
            "rationale": "none",
        }
        for i in range(6)
    }
    titles = {name: {"en": name.title()} for name in ("service", "transparency", "informing", "ethics")}
    bank = ItemBank.from_calibration(
        _calibration(), id="mine", title={"en": "Mine"}, languages=["en"], titles=titles, texts=texts
    )
    assert bank.item("q1").text == {"en": "Question 1"}
    assert bank.item("q1").option("a").text["en"] == "no"
    assert bank.item("q6").text == {}
    assert bank.titles()["ethics"] == {"en": "Ethics"}


def test_texts_for_nobody_are_refused() -> None:
    """A text of an unknown item, an unknown title and an unknown part of a text are told at once."""
    with pytest.raises(InputError) as caught:
        ItemBank.from_calibration(
            _calibration(),
            id="mine",
            texts={"q9": {"text": {}}, "q1": {"txt": {}}},
            titles={"leadership": {}},
        )
    places = {problem.where for problem in caught.value.problems}
    assert places == {"texts.q9", "texts.q1.txt", "titles.leadership"}


def test_a_missing_title_is_told() -> None:
    """A bank with languages is held to them."""
    with pytest.raises(InputError, match=r"blocks\[0\]\.title\.en: missing"):
        ItemBank.from_calibration(_calibration(), id="mine", languages=["en"])


def test_standard_errors_may_be_absent() -> None:
    """A calibration without them gives a bank without them."""
    bank = ItemBank.from_calibration(replace(_calibration(), standard_errors=None), id="mine")
    assert all(item.standard_errors is None for item in bank.items)


def test_competencies_that_are_their_blocks_are_welcome() -> None:
    """Plain blocks make a bank whose competencies have the blocks' ids."""
    items = Items.create(ids=["q0", "q1"], a=[1.0, 2.0], b=[[0.0], [1.0]])
    calibration = _Calibration(items=items, standard_errors=None, n_answers=np.array([300, 300]))
    bank = ItemBank.from_calibration(calibration, id="one")
    assert [block.id for block in bank.blocks] == [one.id for one in bank.competencies] == ["theta"]
    assert bank.titles() == {"theta": {}}


def test_an_item_seen_in_one_category_has_two() -> None:
    """An item that everybody answered alike is suspended, with the fewest categories an item can have."""
    items = Items.create(
        ids=["q0"], a=[NAN], b=[[]], n_categories=[1], models=["2PL"], status=["one_category"]
    )
    calibration = _Calibration(items=items, standard_errors=None, n_answers=np.array([300]))
    item = ItemBank.from_calibration(calibration, id="one").items[0]
    assert (item.status, item.n_categories, item.parameters) == ("suspended", 2, None)


def test_errors_keep_their_correlations() -> None:
    """The covariance of a bank's item is that of the calibration, block by block."""
    rng = np.random.default_rng(5)
    people, answers = rng.standard_normal(400), rng.random((400, 6))
    codes = (answers < 1 / (1 + np.exp(-1.3 * (people[:, None] - np.linspace(-1, 1, 6))))).astype(int)
    calibration = ca.calibrate(codes, "2PL", standard_errors="oakes")
    bank = ca.ItemBank.from_calibration(calibration, id="small", uncertainty="expected")
    covariances = bank.irt_items().covariances
    assert covariances is not None
    assert calibration.covariance is not None
    for index, found in enumerate(covariances):
        assert found is not None
        expected = calibration.covariance.matrix[2 * index : 2 * index + 2, 2 * index : 2 * index + 2]
        np.testing.assert_allclose(found, expected, rtol=1e-12)
    again = ca.ItemBank.from_dict(bank.to_dict())
    assert again == bank
    plain = ca.ItemBank.from_calibration(calibration, id="small")
    assert plain.irt_items().covariances is None
    assert plain != bank
