"""compassess.adaptive.pending: what an examinee sees of an item, and what an answer scores."""

from __future__ import annotations

import dataclasses
from typing import Any

import banks
import numpy as np
import pytest

from compassess.adaptive.pending import pending_item, scored_category
from compassess.errors import InputError

BANK = banks.with_options()
DIFFERENT, ALIKE, WITHOUT = (BANK.item(name) for name in ("c1_0", "c2_0", "c3_0"))


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_the_sittings_language(language: str) -> None:
    """Text and options are in the language of the sitting, in the order of the bank."""
    shown = pending_item(DIFFERENT, language, 2, 30)
    assert shown.text == f"{language}: Question c1_0"
    assert [(one.id, one.text) for one in shown.options] == [
        (letter, f"{language}: Option {letter}") for letter in "abcd"
    ]
    assert (shown.id, shown.step, shown.longest, shown.language) == ("c1_0", 2, 30, language)


def test_texts_kept_elsewhere() -> None:
    """A bank without texts shows ids and empty texts."""
    bare = dataclasses.replace(WITHOUT, text={})
    assert pending_item(bare, None, 1, 30).text == ""


def leaves(value: Any) -> list[Any]:
    """Every value inside nested frozen values."""
    if dataclasses.is_dataclass(value):
        return [leaf for field in dataclasses.fields(value) for leaf in leaves(getattr(value, field.name))]
    if isinstance(value, tuple | list):
        return [leaf for one in value for leaf in leaves(one)]
    return [value]


@pytest.mark.parametrize("item", BANK.items, ids=lambda item: item.id)
def test_no_key_no_score_no_parameter(item: Any) -> None:
    """Fields and repr hold ids, texts and counts: no score of an option, no slope, no threshold, no flag."""
    shown = pending_item(item, "en", 1, 30)
    assert {field.name for field in dataclasses.fields(shown)} == {
        "id", "text", "options", "n_categories", "language", "step", "longest", "seconds",
    }  # fmt: skip
    assert all({field.name for field in dataclasses.fields(one)} == {"id", "text"} for one in shown.options)
    assert not hasattr(shown, "__dict__")
    assert not [leaf for leaf in leaves(shown) if isinstance(leaf, float)]
    assert [leaf for leaf in leaves(shown) if isinstance(leaf, int)] == [item.n_categories, 1, 30]
    for word in (
        "score",
        "parameters",
        "discrimination",
        "thresholds",
        "rationale",
        "key",
        "competency",
        "block",
    ):
        assert word not in repr(shown)
    for number in (item.parameters.discrimination, *item.parameters.thresholds):
        assert f"{number:.4f}"[:6] not in repr(shown)


def test_an_option_scores_what_it_scores() -> None:
    """An option's id scores what the bank says, whatever its position."""
    assert [scored_category(DIFFERENT, letter) for letter in "abcd"] == [2, 0, 3, 1]
    assert [scored_category(ALIKE, letter) for letter in "abcd"] == [1, 0, 2, 1]


def test_an_integer_is_a_category_never_a_position() -> None:
    """Where options score differently, or there are none, an integer is the scored category."""
    assert [scored_category(DIFFERENT, code) for code in range(4)] == [0, 1, 2, 3]
    assert [scored_category(WITHOUT, code) for code in range(3)] == [0, 1, 2]


@pytest.mark.parametrize("code", [0, 1, 2, 3])
def test_an_ambiguous_integer(code: int) -> None:
    """Where options score alike every integer is refused, and the options are named."""
    with pytest.raises(InputError, match="ambiguous") as caught:
        scored_category(ALIKE, code)
    assert caught.value.problems[0].expected == "a or b or c or d"


@pytest.mark.parametrize(
    ("item", "response"),
    [
        (DIFFERENT, "e"),
        (DIFFERENT, ""),
        (DIFFERENT, "A"),
        (DIFFERENT, "2"),
        (DIFFERENT, 4),
        (DIFFERENT, -1),
        (DIFFERENT, True),
        (DIFFERENT, 1.0),
        (DIFFERENT, None),
        (DIFFERENT, ["a"]),
        (WITHOUT, "a"),
        (WITHOUT, 3),
        (WITHOUT, -1),
        (WITHOUT, False),
        (WITHOUT, float("nan")),
        (WITHOUT, np.float64(1)),
    ],
)
def test_no_answers(item: Any, response: Any) -> None:
    """Unknown options, codes beyond the categories, booleans, fractions and nothing are no answers."""
    with pytest.raises(InputError) as caught:
        scored_category(item, response)
    assert item.id in caught.value.problems[0].where


def test_an_error_does_not_tell_the_key() -> None:
    """What a refusal says holds no option's score."""
    with pytest.raises(InputError) as caught:
        scored_category(DIFFERENT, "e")
    assert not set("0123456789") & set(str(caught.value).replace("c1_0", ""))
