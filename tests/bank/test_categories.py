"""compassess.bank.categories: what is judged otherwise for some posts."""

from __future__ import annotations

from typing import Any

import pytest

from compassess.bank import Bands, Blueprint, Category, check_against
from compassess.errors import InputError

from .samples import bands_content, blueprint_content, changed, faults, small_bank
from .test_norms import _content as normed_content

LEADING: dict[str, Any] = {
    "title": {"en": "Leading posts"},
    "cuts": [-2.5, -1.0, 1.0],
    "norms": normed_content()["norms"],
    "risk": {"threshold": -1.2, "thresholds": {"informing": -1.0}},
    "weights": {"service": 2.0, "transparency": 1.0},
    "programme": "leading",
}


def _content() -> dict[str, Any]:
    return bands_content() | {"categories": {"leading": LEADING, "other": {}}}


def test_what_a_category_names_overrides() -> None:
    """Cuts, norms, thresholds and weights are its own; everything else, and single thresholds, stay."""
    bands = Bands.from_dict(_content())
    own = bands.for_category("leading")
    assert own.cuts == (-2.5, -1.0, 1.0)
    assert own.norms is not None
    assert own.norms.population == "heads of departments"
    assert own.weights == {"service": 2.0, "transparency": 1.0}
    thresholds = [own.risk.threshold_for(name) for name in ("informing", "ethics", "consumer_orientation")]
    assert thresholds == [-1.0, -1.5, -1.2]
    assert (own.category, own.programme) == ("leading", "leading")
    assert (own.bands, own.policy, own.confirmation) == (bands.bands, bands.policy, bands.confirmation)
    assert own.risk.minimum_items == bands.risk.minimum_items


def test_what_it_leaves_out_stays() -> None:
    """An empty category has the rules for everybody, and still its own name and hash."""
    bands = Bands.from_dict(_content())
    other = bands.for_category("other")
    assert (other.cuts, other.norms, other.weights) == (bands.cuts, bands.norms, bands.weights)
    assert (other.risk, other.category, other.programme) == (bands.risk, "other", None)
    hashes = {bands.content_hash, other.content_hash, bands.for_category("leading").content_hash}
    assert len(hashes) == 3


def test_resolved_bands_are_bands_like_others() -> None:
    """They survive their file, and asked for their own category they are themselves."""
    own = Bands.from_dict(_content()).for_category("leading")
    assert Bands.from_dict(own.to_dict()) == own == own.for_category("leading")
    with pytest.raises(InputError, match="expected 'leading'"):
        own.for_category("other")


def test_files_survive() -> None:
    """Content to value to content changes nothing, and without categories nothing is written."""
    assert Bands.from_dict(_content()).to_dict() == _content()
    assert not {"categories", "category", "programme"} & set(Bands.from_dict(bands_content()).to_dict())


def test_an_unknown_category_is_told_the_known_ones() -> None:
    """So that it can be mended; bands without categories say that."""
    with pytest.raises(InputError, match="'leading' or 'other', got 'chief'"):
        Bands.from_dict(_content()).for_category("chief")
    with pytest.raises(InputError, match="no categories"):
        Bands.from_dict(bands_content()).for_category("leading")


@pytest.mark.parametrize(
    ("steps", "value", "where", "what"),
    [
        (("cuts",), [-1, 1], "cuts", "expected 3, got 2"),
        (("cuts", 1), -3, "cuts[1]", "cuts increase strictly"),
        (("cuts", 1), "x", "cuts[1]", "expected a number"),
        (("norms", "n_persons"), 0, "norms.n_persons", "too few"),
        (("norms", "date"), None, "norms.date", "expected a text"),
        (("weights", "service"), -1, "weights.service", "not a weight"),
        (("risk", "threshold"), float("nan"), "risk.threshold", "finite"),
        (("risk", "clear_probability"), 0.1, "risk.clear_probability", "unknown key"),
        (("programme",), " ", "programme", "blank"),
        (("validity_days",), 30, "validity_days", "unknown key"),
    ],
)
def test_faults_have_their_places(steps: tuple[str | int, ...], value: object, where: str, what: str) -> None:
    """Inside the category that they are in."""
    found = faults(Bands.from_dict, changed(_content(), "categories", "leading", *steps, to=value))
    assert what in str(found[f"categories.leading.{where}"])


def test_a_category_in_force_is_one_of_the_file() -> None:
    """``category`` names an entry of ``categories``."""
    found = faults(Bands.from_dict, bands_content() | {"category": "leading"})
    assert "unknown category" in str(found["category"])


def test_categories_fit_the_bank() -> None:
    """Unknown and missing blocks and competencies in any category are told."""
    content = changed(_content(), "categories", "leading", "weights", to={"service": 1, "work": 1})
    content["categories"]["leading"]["risk"] = {"thresholds": {"leadership": -1}}
    content["categories"]["leading"]["norms"] = content["categories"]["leading"]["norms"] | {"blocks": {}}
    problems = check_against(small_bank(), Blueprint.from_dict(blueprint_content()), Bands.from_dict(content))
    assert {problem.where.removeprefix("bands.json categories.leading.") for problem in problems} == {
        "weights.work",
        "weights.transparency",
        "risk.thresholds.leadership",
        "norms.blocks.service",
        "norms.blocks.transparency",
    }


def test_a_category_built_without_a_file() -> None:
    """It holds what it is given, detached."""
    thresholds = {"ethics": -1.0}
    category = Category(risk_thresholds=thresholds)
    thresholds["ethics"] = 0.0
    assert category.risk_thresholds == {"ethics": -1.0}
    assert category.to_dict() == {"risk": {"thresholds": {"ethics": -1.0}}}
