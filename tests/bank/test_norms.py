"""compassess.bank.norms: a norm population in the bands file."""

from __future__ import annotations

import copy
import pickle
from dataclasses import replace
from typing import Any

import pytest

from compassess.bank import Bands, Blueprint, Norm, Norms, check_against

from .samples import bands_content, blueprint_content, changed, faults, small_bank, without

NORM = {"mean": 0.2, "standard_deviation": 0.9}
TABLE = NORM | {"theta": [-1.0, 0.0, 1.0], "below": [0.1, 0.4, 0.8]}
NORMS: dict[str, Any] = {
    "population": "heads of departments",
    "date": "2026-03-01",
    "n_persons": 2412,
    "composite": NORM | {"mean_se": 0.02, "standard_deviation_se": 0.015},
    "blocks": {"service": NORM, "transparency": TABLE},
    "competencies": {"consumer_orientation": NORM, "informing": NORM, "ethics": NORM},
}


def _content() -> dict[str, Any]:
    ids = [one.id for one in small_bank().competencies]
    return bands_content() | {"norms": NORMS | {"competencies": dict.fromkeys(ids, NORM)}}


def test_norms_are_typed_values() -> None:
    """What the file holds is there, and survives file, copy and pickle."""
    bands = Bands.from_dict(_content())
    norms = bands.norms
    assert norms is not None
    assert (norms.population, norms.date, norms.n_persons) == ("heads of departments", "2026-03-01", 2412)
    assert norms.composite == Norm(
        mean=0.2, standard_deviation=0.9, mean_se=0.02, standard_deviation_se=0.015
    )
    assert norms.blocks["transparency"].below == (0.1, 0.4, 0.8)
    assert bands.to_dict() == _content()
    assert bands == pickle.loads(pickle.dumps(bands)) == copy.deepcopy(bands)


def test_without_norms_nothing_is_written() -> None:
    """Files without norms keep their hashes; norms are content."""
    plain = Bands.from_dict(bands_content())
    assert plain.norms is None
    assert "norms" not in plain.to_dict()
    assert Bands.from_dict(_content()).content_hash != plain.content_hash


def test_norms_cannot_be_changed() -> None:
    """Their mappings are read-only."""
    norms = Bands.from_dict(_content()).norms
    assert norms is not None
    with pytest.raises(TypeError, match="immutable"):
        norms.blocks["service"] = NORM  # type: ignore[index]


STEPS = ("norms", "blocks", "transparency")


@pytest.mark.parametrize(
    ("steps", "value", "where", "what"),
    [
        (("norms", "date"), "spring", "norms.date", "not an ISO 8601 date"),
        (("norms", "date"), "2026-02-30", "norms.date", "not an ISO 8601 date"),
        (("norms", "n_persons"), 1, "norms.n_persons", "expected 2 or more"),
        (("norms", "population"), " ", "norms.population", "blank"),
        (("norms", "composite", "mean"), "x", "norms.composite.mean", "expected a number"),
        (
            ("norms", "composite", "standard_deviation"),
            0,
            "norms.composite.standard_deviation",
            "above 0",
        ),
        (("norms", "composite", "mean_se"), -1, "norms.composite.mean_se", "not a standard error"),
        ((*STEPS, "theta"), [0, 1], "norms.blocks.transparency.below", "2 θ and 3 ranks"),
        ((*STEPS, "theta", 1), -1, "norms.blocks.transparency.theta[1]", "increases strictly"),
        ((*STEPS, "below", 2), 1, "norms.blocks.transparency.below[2]", "not a share"),
        ((*STEPS, "below", 2), 0.4, "norms.blocks.transparency.below[2]", "more than 0.4"),
        (("norms", "number"), 3, "norms.number", "unknown key"),
    ],
)
def test_faults_have_their_places(steps: tuple[str | int, ...], value: object, where: str, what: str) -> None:
    """Types and rules, each told where it stands."""
    found = faults(Bands.from_dict, changed(_content(), *steps, to=value))
    assert what in str(found[where])


def test_norms_are_for_all_dimensions_of_the_bank() -> None:
    """A missing and an unknown block or competency are told with their places."""
    content = without(_content(), "norms", "blocks", "service")
    content["norms"]["competencies"]["leadership"] = NORM
    del content["norms"]["competencies"]["ethics"]
    problems = check_against(small_bank(), Blueprint.from_dict(blueprint_content()), Bands.from_dict(content))
    assert {problem.where for problem in problems} == {
        "bands.json norms.blocks.service",
        "bands.json norms.competencies.leadership",
        "bands.json norms.competencies.ethics",
    }


def test_norms_built_without_a_file_are_judged_in_bands() -> None:
    """All their faults at once."""
    wrong = Norms(population="", date="", n_persons=0, composite=Norm(mean=0.0, standard_deviation=-1.0))

    def build(norms: object) -> Bands:
        return replace(Bands.from_dict(bands_content()), norms=norms)  # type: ignore[arg-type]

    assert set(faults(build, wrong)) == {
        "norms.population",
        "norms.date",
        "norms.n_persons",
        "norms.composite.standard_deviation",
    }
