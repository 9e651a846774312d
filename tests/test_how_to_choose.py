"""docs/how_to_choose.md against the numbers that are kept, and those against what the script asks."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from references import b300

from compassess.adaptive import CRITERIA, EXPOSURE_CONTROLS

ROOT: Final = Path(__file__).resolve().parents[1]
FOLDER: Final = ROOT / "benchmarks"


@pytest.fixture(scope="module")
def asking() -> Any:
    """The script as a module."""
    with pytest.MonkeyPatch.context() as patched:
        patched.syspath_prepend(str(FOLDER))
        import how_to_choose

        yield how_to_choose
    for name in ("how_to_choose", "how_to_choose_page", "generated_banks", "results"):
        sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def kept() -> dict[str, Any]:
    """The numbers of the last full run."""
    found: dict[str, Any] = json.loads((FOLDER / "how_to_choose.json").read_text(encoding="utf-8"))
    return found


def test_the_page_is_made_of_the_numbers(asking: Any, kept: dict[str, Any]) -> None:
    """The document is, letter by letter, what the template makes of the file of numbers."""
    assert (ROOT / "docs" / "how_to_choose.md").read_text(encoding="utf-8") == asking.page(kept)


def test_another_number_makes_another_page(asking: Any, kept: dict[str, Any]) -> None:
    """What a sentence praises hangs on the numbers."""
    other = json.loads(json.dumps(kept))
    for row in other["controls"]["rows"]:
        row["rmse"] = 0.0123 if row["design"] == "random" else row["rmse"]
    text = asking.page(other)
    assert "`random` (RMSE 0.012" in text
    assert text != asking.page(kept)
    assert "## Which start?" not in asking.page({"lengths": kept["lengths"]})


def test_every_question_and_strategy_was_asked(asking: Any, kept: dict[str, Any]) -> None:
    """The numbers answer the tables of the script, line by line, and the tables know the registered strategies."""
    assert list(kept) == list(asking.QUESTIONS)

    def designs(rows: list[dict[str, Any]], key: str = "design") -> list[str]:
        return [row[key] for row in rows]

    for length in asking.LENGTHS:
        assert designs(kept["criteria"]["lengths"][str(length)]) == list(asking.CRITERIA)
        assert designs(kept["estimates"]["lengths"][str(length)], "estimate") == list(asking.ESTIMATES)
    assert designs(kept["blocks"]["rows"]) == list(asking.BLOCK_CRITERIA)
    assert designs(kept["shipped"]["rows"]) == list(asking.SHIPPED_CRITERIA)
    assert designs(kept["controls"]["rows"]) == list(asking.CONTROLS)
    assert designs(kept["rules"]["precision"]) == list(asking.PRECISION_RULES)
    for cut in asking.CUTS:
        assert designs(kept["rules"]["decisions"][cut]) == list(asking.DECISION_RULES)
    assert designs(kept["starts"]["rows"]) == list(asking.STARTS)
    several = {rule["criterion"] for rule in asking.BLOCK_CRITERIA.values()}
    at_cuts = {"information_at_cut"}  # asked where decisions are
    assert set(asking.CRITERIA) | several | at_cuts == set(CRITERIA)
    told = {re.split(", ", name)[0] for name in asking.CONTROLS}
    assert set(EXPOSURE_CONTROLS) <= told


def test_the_bank_is_b300(asking: Any) -> None:
    """The benchmark's own formula gives the bank of the reference values."""
    for own, other in zip(asking.b300(), b300(), strict=True):
        np.testing.assert_allclose(own, other, rtol=1e-12, atol=1e-12)


def test_a_question_is_asked_anew(asking: Any) -> None:
    """The studies run, and their numbers make a section; few people, so no figure is looked at."""
    found = asking.rounded(asking.starts(20)) | {"asked": 20, "seconds": 0.1, "machine": "any"}
    assert [row["design"] for row in found["rows"]] == list(asking.STARTS)
    assert "## Which start?" in asking.page({"starts": found})


@pytest.mark.slow
def test_every_question_is_asked_anew(asking: Any) -> None:
    """All studies with few people, and the page of them."""
    found = {
        name: asking.rounded(ask(30)) | {"asked": 30, "seconds": 0.1, "machine": "any"}
        for name, ask in asking.QUESTIONS.items()
    }
    text = asking.page(found)
    assert all(f"## {heading}" in text for heading in ("Which criterion?", "How long?"))
