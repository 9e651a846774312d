"""Every fault of a bank's content is told with its place, and all at once."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from compassess.bank import ItemBank
from compassess.bank.places import place
from compassess.errors import InputError

from .samples import bank_content, changed, faults, without

ITEM = ("items", 0)
PARAMETERS = ("items", 0, "parameters")

#: A place to change, what to put there, and where and what the fault is told to be.
FAULTS: list[tuple[tuple[str | int, ...], object, str, str]] = [
    # types
    (("id",), 3, "id", "expected a text, got 3"),
    (("id",), " ", "id", "blank"),
    (("version",), 2026.1, "version", "expected a text"),
    (("illustrative",), "yes", "illustrative", 'expected true or false, got "yes"'),
    (("title",), "Bank", "title", "expected an object"),
    (("title", "en"), None, "title.en", "expected a text, got null"),
    (("languages",), "kk", "languages", "expected a list"),
    (("population",), [], "population", "expected an object, got a list of 0"),
    (("blocks",), {}, "blocks", "expected a list, got an object"),
    (("blocks", 0), "service", "blocks[0]", "expected an object"),
    (("items",), None, "items", "expected a list, got null"),
    (("items", 3), [], "items[3]", "expected an object"),
    ((*PARAMETERS, "a"), "0.93", "items[0].parameters.a", 'expected a number, got "0.93"'),
    ((*PARAMETERS, "a"), True, "items[0].parameters.a", "expected a number, got true"),
    ((*PARAMETERS, "a"), 10**400, "items[0].parameters.a", "expected a number, got a number of many digits"),
    ((*PARAMETERS, "b", 2), "x", "items[0].parameters.b[2]", 'expected a number, got "x"'),
    ((*PARAMETERS, "b", 1), float("nan"), "items[0].parameters.b[1]", "expected a finite number, got NaN"),
    ((*PARAMETERS, "a"), float("inf"), "items[0].parameters.a", "expected a finite number, got Infinity"),
    ((*ITEM, "n_categories"), 4.5, "items[0].n_categories", "expected a whole number, got 4.5"),
    ((*ITEM, "n_categories"), "4", "items[0].n_categories", "expected a whole number"),
    ((*ITEM, "status"), "active", "items[0].status", "expected 'operational', 'pilot', 'suspended'"),
    ((*ITEM, "options", 1, "score"), None, "items[0].options[1].score", "expected a whole number"),
    ((*ITEM, "text", "en"), "", "items[0].text.en", "blank"),
    ((*ITEM, "text", "en"), "\ud800", "items[0].text.en", "surrogate"),
    ((*ITEM, "text", "two words"), 1, "items[0].text['two words']", "expected a text"),
    # unknown keys
    (("author",), "me", "author", "unknown key"),
    ((*ITEM, "diffculty"), 1, "items[0].diffculty", "unknown key"),
    ((*PARAMETERS, "c"), 0.2, "items[0].parameters.c", "the model GRM has no such asymptote"),
    ((*ITEM, "options", 0, "key"), 1, "items[0].options[0].key", "unknown key"),
    (("population", "mean"), [0, 0], "population.mean", "unknown key"),
    # ids
    (("items", 3, "id"), "in_01", "items[3].id", "the id of items[0] too"),
    ((*ITEM, "options", 3, "id"), "a", "items[0].options[3].id", "another option of this item"),
    (("languages", 2), "kk", "languages[2]", "stands here twice"),
    ((*ITEM, "flags"), ["dif", "dif"], "items[0].flags[1]", "stands here twice"),
    # references
    (("competencies", 0, "block"), "x", "competencies[0].block", "unknown block; expected service or"),
    ((*ITEM, "block"), "x", "items[0].block", 'unknown block; expected service or transparency, got "x"'),
    ((*ITEM, "competency"), "x", "items[0].competency", "unknown competency; expected informing or"),
    ((*ITEM, "block"), "transparency", "items[0].block", "its competency informing stands in another block"),
    # the model and its parameters
    ((*ITEM, "model"), "NRM", "items[0].model", "unknown model; expected 2PL or 3PL or 4PL or GRM or GPCM"),
    ((*ITEM, "parameters"), None, "items[0].parameters", "an operational item needs parameters"),
    ((*PARAMETERS, "a"), 0, "items[0].parameters.a", "expected a number above 0, got 0.0"),
    ((*PARAMETERS, "a"), -0.9, "items[0].parameters.a", "expected a number above 0"),
    ((*PARAMETERS, "b"), [-1, -1, 0], "items[0].parameters.b[1]", "increase strictly; expected more than -1"),
    ((*PARAMETERS, "b"), [-1, 1, 0], "items[0].parameters.b[2]", "increase strictly"),
    ((*PARAMETERS, "b"), [1, None, 0], "items[0].parameters.b[2]", "increase strictly"),
    ((*PARAMETERS, "b"), [None, None, None], "items[0].parameters.b", "at least one threshold"),
    ((*PARAMETERS, "b"), [-1, 0], "items[0].parameters.b", "GRM with 4 categories; expected 3, got 2"),
    (("items", 2, "parameters", "b"), [0, 1], "items[2].parameters.b", "2PL with 2 categories; expected 1"),
    (("items", 2, "parameters", "b"), [], "items[2].parameters.b", "expected 1, got 0"),
    (("items", 2, "n_categories"), 3, "items[2].n_categories", "the model 2PL does not admit"),
    (("items", 4, "n_categories"), 1, "items[4].n_categories", "at least two categories"),
    ((*ITEM, "standard_errors", "a"), -0.1, "items[0].standard_errors.a", "not a standard error"),
    ((*ITEM, "standard_errors", "b", 1), -1, "items[0].standard_errors.b[1]", "0 or more, got -1.0"),
    ((*ITEM, "standard_errors", "b"), [0.1], "items[0].standard_errors.b", "expected 3, got 1"),
    ((*ITEM, "options", 2, "score"), 4, "items[0].options[2].score", "expected 0 to 3, got 4"),
    ((*ITEM, "options", 2, "score"), -1, "items[0].options[2].score", "expected 0 to 3, got -1"),
    ((*ITEM, "provenance", "by"), ["a"], "items[0].provenance.by", "a text, a finite number or null"),
    ((*ITEM, "provenance", "n"), float("nan"), "items[0].provenance.n", "got NaN"),
    ((*ITEM, "provenance", "ok"), True, "items[0].provenance.ok", "got true"),
    ((*ITEM, "provenance", "by"), "\udcff", "items[0].provenance.by", "a text"),
    # the population
    (("competencies", 0, "loading"), 1.01, "competencies[0].loading", "expected a number in (-1, 1]"),
    (("competencies", 0, "loading"), -1, "competencies[0].loading", "a loading is a correlation"),
    (("population", "correlations"), [[1, 0.6], [0.5, 1]], "population.correlations", "not symmetric"),
    (("population", "correlations"), [[2, 0.6], [0.6, 1]], "population.correlations", "diagonal must be 1"),
    (("population", "correlations"), [[1, 1], [1, 1]], "population.correlations", "not positive definite"),
    (("population", "correlations"), [[1]], "population.correlations", "expected 2, got 1 rows"),
    (("population", "correlations", 1), [1], "population.correlations[1]", "expected 2, got 1 numbers"),
]


@pytest.mark.parametrize(("steps", "value", "where", "message"), FAULTS)
def test_a_fault_is_told_with_its_place(
    steps: tuple[str | int, ...], value: object, where: str, message: str
) -> None:
    """One change for the worse is one problem, at the place of the change."""
    found = faults(ItemBank.from_dict, changed(bank_content(), *steps, to=value))
    assert set(found) == {where}
    assert message in str(found[where])


@pytest.mark.parametrize(
    ("steps", "value", "message"),
    [
        (("blocks", 1, "id"), "service", "the id of blocks[0] too"),
        (("competencies", 2, "id"), "informing", "the id of competencies[0] too"),
        (("competencies", 0, "id"), "transparency", "the id of a block"),
    ],
)
def test_blocks_and_competencies_have_ids_of_their_own(
    steps: tuple[str | int, ...], value: str, message: str
) -> None:
    """One id names one thing; what belonged to the lost name is told as well."""
    found = faults(ItemBank.from_dict, changed(bank_content(), *steps, to=value))
    assert message in str(found[place(*steps)])
    assert len(found) > 1


@pytest.mark.parametrize(
    ("steps", "where"),
    [
        (("format",), "format"),
        (("version",), "version"),
        (("population",), "population"),
        (("blocks",), "blocks"),
        (("items",), "items"),
        (("items", 1, "parameters"), "items[1].parameters"),
        (("items", 1, "options", 0, "id"), "items[1].options[0].id"),
        (("competencies", 1, "loading"), "competencies[1].loading"),
    ],
)
def test_a_missing_key_is_told(steps: tuple[str | int, ...], where: str) -> None:
    """Nothing is guessed for a key that is not there, and its absence is no other fault."""
    found = faults(ItemBank.from_dict, without(bank_content(), *steps))
    assert set(found) == {where}
    assert "missing" in str(found[where])


@pytest.mark.parametrize(
    "steps",
    [
        ("title", "kk"),
        ("blocks", 1, "title", "ru"),
        ("competencies", 0, "title", "en"),
        ("items", 2, "text", "kk"),
        ("items", 2, "options", 1, "text", "ru"),
    ],
)
def test_a_text_in_every_language_of_the_bank(steps: tuple[str | int, ...]) -> None:
    """A title or a text that lacks a declared language is a fault."""
    (problem,) = faults(ItemBank.from_dict, without(bank_content(), *steps)).values()
    assert problem.where.endswith(f".{steps[-1]}")
    assert "the bank declares this language" in problem.what


def test_options_of_a_worded_item_are_worded() -> None:
    """An item with a text cannot have options without one."""
    found = faults(ItemBank.from_dict, changed(bank_content(), "items", 0, "options", 0, "text", to={}))
    assert set(found) == {f"items[0].options[0].text.{language}" for language in ("kk", "ru", "en")}


@pytest.mark.parametrize("form", ["compassess/bank/2", "compassess/blueprint/1", 1, None])
def test_another_format_is_told_alone(form: object) -> None:
    """A file of another format is not judged by the rules of this one."""
    found = faults(ItemBank.from_dict, {"format": form, "nonsense": 1})
    assert set(found) == {"format"}
    assert '"compassess/bank/1"' in str(found["format"])


@pytest.mark.parametrize("content", [None, 3, "bank", [], [bank_content()]])
def test_what_is_no_object_is_refused(content: object) -> None:
    """A document must be an object."""
    (problem,) = faults(ItemBank.from_dict, content).values()
    assert "expected an object" in str(problem)


@pytest.mark.parametrize("key", ["blocks", "competencies"])
def test_a_bank_measures_something(key: str) -> None:
    """A bank without blocks or competencies is refused."""
    found = faults(ItemBank.from_dict, bank_content() | {key: [], "items": []})
    assert "at least one" in str(found[key])


def test_all_faults_come_at_once() -> None:
    """Wrong types in one place do not hide broken rules in another."""
    content = bank_content()
    content["version"] = 1
    content["auhtor"] = "x"
    content["population"]["correlations"] = [[1, 2], [2, 1]]
    content["blocks"][0]["title"] = 3
    content["items"][0]["parameters"]["a"] = "x"
    content["items"][1]["id"] = "et_02"
    content["items"][1]["parameters"]["b"][2] = -2
    content["items"][3]["block"] = "nowhere"
    del content["items"][5]["text"]["kk"]
    assert set(faults(ItemBank.from_dict, content)) == {
        "version",
        "auhtor",
        "population.correlations",
        "blocks[0].title",
        "items[0].parameters.a",
        "items[1].parameters.b[2]",
        "items[3].block",
        "items[5].id",
        "items[5].text.kk",
    }


def test_a_broken_entry_is_still_known() -> None:
    """A block or competency with a fault is not unknown to the items that belong to it."""
    content = bank_content()
    content["blocks"][0]["title"] = None
    content["competencies"][0]["loading"] = "high"
    assert set(faults(ItemBank.from_dict, content)) == {"blocks[0].title", "competencies[0].loading"}


def test_an_unreadable_id_makes_nobody_unknown() -> None:
    """Where a block's id cannot be read, nothing is said about those that may have meant it."""
    content = changed(bank_content(), "blocks", 0, "id", to=7)
    assert set(faults(ItemBank.from_dict, content)) == {"blocks[0].id"}


def test_whole_numbers_may_have_a_point() -> None:
    """4.0 categories are 4: JSON has one kind of number."""
    content: dict[str, Any] = copy.deepcopy(bank_content())
    content["items"][0]["n_categories"] = 4.0
    content["items"][0]["options"][0]["score"] = 2.0
    assert ItemBank.from_dict(content) == ItemBank.from_dict(bank_content())
    assert isinstance(ItemBank.from_dict(content).items[0].n_categories, int)


def test_the_message_lists_every_fault() -> None:
    """The exception reads as a list of places."""
    content = changed(changed(bank_content(), "id", to=1), "items", 0, "parameters", "b", 2, to="x")
    with pytest.raises(InputError, match=r"2 faults(.|\n)*- id: (.|\n)*- items\[0\]\.parameters\.b\[2\]: "):
        ItemBank.from_dict(content)
