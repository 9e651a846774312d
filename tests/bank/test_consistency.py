"""Bank, blueprint and bands belong together, or every misfit is told."""

from __future__ import annotations

from compassess.bank import Bands, Blueprint, ItemBank, check_against

from .samples import bands_content, bank_content, blueprint_content, small_bank


def test_what_fits_has_no_problems() -> None:
    """The sample's three files fit, and so do the default blueprint and the example bands."""
    bank = small_bank()
    assert (
        check_against(bank, Blueprint.from_dict(blueprint_content()), Bands.from_dict(bands_content())) == []
    )
    assert check_against(bank, Blueprint.default(bank), Bands.illustrative_for(bank)) == []


def test_every_misfit_is_told_with_its_place() -> None:
    """Unknown and missing names, and more items than there are, in both files at once."""
    blueprint, bands = blueprint_content(), bands_content()
    del blueprint["competencies"]["informing"]
    blueprint["competencies"]["leadership"] = {"minimum": 1, "maximum": None}
    blueprint["competencies"]["ethics"]["minimum"] = 2
    blueprint["stopping"]["targets"]["effectiveness"] = 0.3
    blueprint["length"]["minimum"] = 6
    bands["weights"] = {"service": 1, "effectiveness": 1}
    bands["risk"]["thresholds"]["leadership"] = -1
    problems = check_against(small_bank(), Blueprint.from_dict(blueprint), Bands.from_dict(bands))
    found = {problem.where: str(problem) for problem in problems}
    assert len(found) == len(problems)
    assert set(found) == {
        "blueprint.json competencies.leadership",
        "blueprint.json competencies.informing",
        "blueprint.json competencies.ethics.minimum",
        "blueprint.json stopping.targets.effectiveness",
        "blueprint.json length.minimum",
        "bands.json weights.effectiveness",
        "bands.json weights.transparency",
        "bands.json risk.thresholds.leadership",
    }
    assert "unknown competency" in found["blueprint.json competencies.leadership"]
    assert "missing" in found["blueprint.json competencies.informing"]
    assert "expected 1 or less, got 2" in found["blueprint.json competencies.ethics.minimum"]
    assert "expected 5 or less, got 6" in found["blueprint.json length.minimum"]


def test_bands_of_another_bank_are_refused() -> None:
    """Where the file names the bank of its cuts, the names of blocks and competencies are not enough."""
    bank = small_bank()
    named = bands_content() | {"bank": bank.id}
    blueprint = Blueprint.from_dict(blueprint_content())
    assert check_against(bank, blueprint, Bands.from_dict(named)) == []
    (problem,) = check_against(bank, blueprint, Bands.from_dict(named | {"bank": "elsewhere"}))
    assert problem.where == "bands.json bank"
    assert "another bank" in str(problem)
    assert Bands.from_dict(named).to_dict()["bank"] == bank.id


def test_suspending_items_may_break_a_blueprint() -> None:
    """Only operational items count towards a minimum."""
    content = bank_content()
    content["items"][0]["status"] = "suspended"
    (problem,) = check_against(
        ItemBank.from_dict(content),
        Blueprint.from_dict(blueprint_content()),
        Bands.from_dict(bands_content()),
    )
    assert problem.where == "blueprint.json competencies.informing.minimum"
