"""The item bank as a value."""

from __future__ import annotations

import copy
import json
import pickle
import tempfile
from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from compassess.bank import BankItem, CompetencyEntry, ItemBank, Option, Parameters, StandardErrors, Titled
from compassess.errors import InputError

from .samples import bank_content, bank_contents, changed, faults, small_bank


def test_its_parts_are_typed_values() -> None:
    """What a file holds is there as values, in the order of the file."""
    bank = small_bank()
    assert (bank.id, bank.version, bank.illustrative) == ("small", "2026.1", True)
    assert bank.languages == ("kk", "ru", "en")
    assert bank.title["en"] == "Small bank"
    assert bank.description == "Servants of corps B"
    assert bank.blocks[0] == Titled(id="service", title=bank_content()["blocks"][0]["title"])
    assert isinstance(bank.competencies[0], CompetencyEntry)
    assert bank.competencies[0].loading == 0.8
    item = bank.item("in_01")
    assert isinstance(item, BankItem)
    assert item.parameters == Parameters(discrimination=0.93, thresholds=(-2.9, -1.5, 0.1))
    assert item.standard_errors == StandardErrors(discrimination=0.05, thresholds=(0.2, 0.1, 0.05))
    assert item.provenance == {"method": "pilot", "n_answers": 2400, "date": None}
    assert item.option("c") == Option(id="c", score=3, text=item.options[2].text)


def test_operational_items_alone_are_operational() -> None:
    """A pilot item is in the bank, and is not presented."""
    bank = small_bank()
    assert [item.id for item in bank.operational] == ["in_01", "in_02", "co_01", "co_02", "et_02"]
    assert not bank.item("et_01").is_operational


def test_irt_items_are_the_operational_items_as_arrays() -> None:
    """The arrays follow the bank's order; a boundary never observed is NaN."""
    items = small_bank().irt_items()
    assert items.ids == ("in_01", "in_02", "co_01", "co_02", "et_02")
    assert items.models == ("GRM", "GRM", "2PL", "GRM", "GRM")
    assert items.competencies == ("informing", "informing", "cooperation", "cooperation", "ethics")
    assert items.blocks == ("service", "service", "service", "service", "transparency")
    np.testing.assert_array_equal(items.n_categories, [4, 4, 2, 4, 4])
    np.testing.assert_array_equal(items.a, [0.93, 0.93, 1.5, 2.0, 0.93])
    np.testing.assert_array_equal(items.b[3], [-1.0, np.nan, 1.0])
    np.testing.assert_array_equal(items.b[2], [0.25, np.nan, np.nan])
    assert items.status == ("ok", "sparse_category", "ok", "ok", "ok")


def test_what_is_derived_is_made_once() -> None:
    """Asking for arrays, population or hash again costs nothing, and nobody can change them."""
    bank = small_bank()
    assert bank.irt_items() is bank.irt_items()
    assert bank.population is bank.irt_items().population
    assert bank.content_hash is bank.content_hash
    for array in (bank.irt_items().a, bank.irt_items().b, bank.irt_items().n_categories):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_the_population_is_standard_normal_with_the_banks_correlations() -> None:
    """Blocks are N(0, R), competencies hang on them with the loadings of the file."""
    population = small_bank().population
    assert population.blocks == ("service", "transparency")
    assert population.competencies == ("informing", "cooperation", "ethics")
    np.testing.assert_array_equal(population.block_of, [0, 0, 1])
    np.testing.assert_array_equal(population.loadings, [0.8, 1.0, 0.7])
    np.testing.assert_array_equal(population.correlation, [[1, 0.6], [0.6, 1]])
    np.testing.assert_array_equal(population.mean, [0, 0])


def test_titles_of_blocks_and_competencies() -> None:
    """Titles are found by id; a competency that is its block has the block's title."""
    content = bank_content()
    titles = ItemBank.from_dict(content).titles()
    assert set(titles) == {"service", "transparency", "informing", "cooperation", "ethics"}
    assert titles["ethics"]["ru"] == "Ethics (рус)"
    content["competencies"][1]["id"] = "service"
    for item in content["items"][2:4]:
        item["competency"] = "service"
    assert ItemBank.from_dict(content).titles()["service"]["en"] == "Service"


def test_an_unknown_item_or_option_is_refused() -> None:
    """The message names what was asked for and what there is."""
    bank = small_bank()
    with pytest.raises(InputError, match="'in_99': not in the bank 'small'"):
        bank.item("in_99")
    with pytest.raises(InputError, match=r"item 'co_01': no such option; expected a or b, got 'z'"):
        bank.item("co_01").option("z")


def test_nothing_of_it_can_be_changed() -> None:
    """Fields, texts and provenance are read-only: the hash stays true."""
    bank = small_bank()
    with pytest.raises(FrozenInstanceError):
        bank.id = "other"  # type: ignore[misc]
    for mapping in (bank.title, bank.items[0].text, bank.items[0].provenance, bank.blocks[0].title):
        with pytest.raises(TypeError, match="immutable"):
            mapping["en"] = "changed"  # type: ignore[index]
        with pytest.raises(TypeError, match="immutable"):
            mapping.update(en="changed")  # type: ignore[attr-defined]


def test_changing_the_source_changes_nothing() -> None:
    """The bank is detached from the dict that it was made of, and from those that it gives away."""
    content = bank_content()
    bank = ItemBank.from_dict(content)
    content["items"][0]["text"]["en"] = "changed"
    bank.to_dict()["items"][0]["text"]["en"] = "changed"
    assert bank == small_bank()
    assert bank.items[0].text["en"] == "Question in_01"


def test_it_can_be_copied_and_sent_to_another_process() -> None:
    """Pickling and copying give an equal bank."""
    bank = small_bank()
    assert pickle.loads(pickle.dumps(bank)) == bank
    assert copy.deepcopy(bank) == bank
    assert hash(copy.deepcopy(bank)) == hash(bank)


def test_equal_is_what_has_equal_content() -> None:
    """Banks differ by any content, and from anything that is no bank."""
    bank = small_bank()
    assert bank == small_bank()
    assert bank != replace(bank, version="2026.2")
    assert bank != "small"
    assert len({bank, small_bank(), replace(bank, version="2026.2")}) == 2


def test_a_bank_built_without_a_file_is_held_to_the_same_rules() -> None:
    """Replacing parts checks the new bank, with the places of the file."""
    bank = small_bank()
    worse = replace(
        bank.items[0], parameters=Parameters(discrimination=float("nan"), thresholds=(0.0, 0.0, float("inf")))
    )
    with pytest.raises(InputError) as caught:
        replace(bank, items=(worse, *bank.items[1:]), languages=("kk", "de"))
    places = {problem.where for problem in caught.value.problems}
    assert {"items[0].parameters.a", "items[0].parameters.b[1]", "items[0].parameters.b[2]"} < places
    assert "title.de" in places


def test_suspending_an_item_makes_another_bank() -> None:
    """Derived values follow the items."""
    bank = small_bank()
    fewer = replace(bank, items=(replace(bank.items[0], status="suspended"), *bank.items[1:]))
    assert fewer.irt_items().ids == ("in_02", "co_01", "co_02", "et_02")
    assert fewer.content_hash != bank.content_hash


def test_a_bank_without_texts_is_valid() -> None:
    """A researcher's bank needs no languages, options or titles; its answers are the categories."""
    content = bank_content() | {"languages": [], "title": {}}
    for entry in content["blocks"] + content["competencies"]:
        entry["title"] = {}
    for item in content["items"]:
        item |= {"text": {}, "options": []}
    content["items"][0] |= {
        "n_categories": 6,
        "parameters": {"a": 1, "b": [-2, -1, 0, 1, 2]},
        "standard_errors": None,
    }
    bank = ItemBank.from_dict(content)
    assert bank.items[0].options == ()
    assert bank.irt_items().b.shape == (5, 5)


def test_texts_may_be_kept_elsewhere() -> None:
    """An item without any text is no fault in a bank with languages, nor are its options'."""
    content = changed(bank_content(), "items", 0, "text", to={})
    content["items"][0]["options"][0]["text"] = {}
    assert ItemBank.from_dict(content).items[0].text == {}


def test_natural_defaults_may_be_left_out() -> None:
    """An item needs no flags, texts, options, standard errors or rationale; it has a provenance."""
    content = bank_content()
    for key in ("flags", "text", "options", "standard_errors", "rationale"):
        del content["items"][0][key]
    item = ItemBank.from_dict(content).items[0]
    assert (item.flags, item.text, item.options) == ((), {}, ())
    assert (item.standard_errors, item.rationale) == (None, None)
    del content["items"][0]["provenance"]
    assert "items[0].provenance" in faults(ItemBank.from_dict, content)


def test_a_bank_without_operational_items_is_valid() -> None:
    """A bank may be all pilot items, or still be empty."""
    content = bank_content()
    for item in content["items"]:
        item["status"] = "pilot"
    assert ItemBank.from_dict(content).irt_items().n_items == 0
    assert ItemBank.from_dict(content | {"items": []}).operational == ()


def test_an_item_that_is_not_in_use_may_have_any_parameters() -> None:
    """A negative slope and disordered thresholds are kept with a suspended item, and told nowhere else."""
    content = bank_content()
    content["items"][0] |= {"status": "suspended", "parameters": {"a": -0.4, "b": [1, -1, None]}}
    item = ItemBank.from_dict(content).items[0]
    assert item.parameters == Parameters(discrimination=-0.4, thresholds=(1.0, -1.0, None))


def test_numpy_numbers_are_written_as_numbers() -> None:
    """A value built with NumPy's floats saves and hashes as one built with Python's."""
    bank = small_bank()
    parameters = Parameters(discrimination=np.float64(0.93), thresholds=tuple(np.array([-2.9, -1.5, 0.1])))
    same = replace(bank, items=(replace(bank.items[0], parameters=parameters), *bank.items[1:]))
    assert same == bank
    assert json.dumps(same.to_dict()) == json.dumps(bank.to_dict())


@settings(deadline=None, max_examples=60)
@given(content=bank_contents())
def test_saved_and_loaded_again_it_is_equal(content: dict[str, object]) -> None:
    """A bank loaded, saved and loaded again is equal, has the same hash, and is saved alike."""
    bank = ItemBank.from_dict(content)
    with tempfile.TemporaryDirectory() as folder:
        path = bank.save(Path(folder))
        again = ItemBank.load(path)
        twice = again.save(Path(folder) / "twice.json")
        assert path.read_bytes() == twice.read_bytes()
    assert again == bank
    assert again.content_hash == bank.content_hash
    assert again.to_dict() == bank.to_dict()
    np.testing.assert_array_equal(again.irt_items().b, bank.irt_items().b)
    np.testing.assert_array_equal(again.population.covariance, bank.population.covariance)


@settings(deadline=None, max_examples=30)
@given(content=bank_contents())
def test_every_spelling_of_a_bank_has_one_hash(content: dict[str, object]) -> None:
    """White space, escapes and the order of keys leave the hash alone."""
    spelt = json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    assert ItemBank.from_dict(json.loads(spelt)).content_hash == ItemBank.from_dict(content).content_hash


def test_correlations_are_made_exactly_symmetric() -> None:
    """Rounding in a file's last digits does not make another bank when it is saved again."""
    content = changed(bank_content(), "population", "correlations", to=[[1 + 1e-10, 0.6], [0.6 + 1e-10, 1]])
    bank = ItemBank.from_dict(content)
    assert bank.correlations[0][1] == bank.correlations[1][0]
    assert ItemBank.from_dict(bank.to_dict()) == bank
