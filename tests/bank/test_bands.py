"""The bands: their values, their file, their faults, the illustrative example."""

from __future__ import annotations

import copy
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from compassess.bank import Bands, Period, RiskZones, Scale, ValidityRule
from compassess.errors import InputError

from .samples import bands_content, changed, faults, small_bank, without


def _small() -> Bands:
    return Bands.from_dict(bands_content())


def test_its_parts_are_typed_values() -> None:
    """What the file holds is there as values."""
    bands = _small()
    assert (bands.id, bands.illustrative, bands.source) == ("small", True, "an example")
    assert bands.bands == ("minimal", "satisfactory", "effective", "excellent")
    assert bands.cuts == (-3.010, -1.843, 0.568)
    assert bands.policy == "highest_probability"
    assert bands.confirmation == {"minimal": 0.95}
    assert bands.scale == Scale(mean=50, standard_deviation=10, minimum=0, maximum=100, decimals=0)
    assert bands.weights == {"service": 1.0, "transparency": 1.0}
    assert bands.risk == RiskZones(
        threshold=-1.65,
        thresholds={"ethics": -1.5},
        risk_probability=0.5,
        clear_probability=0.1,
        minimum_items=2,
        above_all_probability=0.5,
    )
    assert bands.contrast_probability == 0.9
    assert bands.validity == ValidityRule(period=Period(days=365), ends="same_time")


def test_a_competency_may_have_a_risk_threshold_of_its_own() -> None:
    """Without one it has the common threshold."""
    assert _small().risk.threshold_for("ethics") == -1.5
    assert _small().risk.threshold_for("informing") == -1.65


def test_saved_and_loaded_again_they_are_equal(tmp_path: Path) -> None:
    """Bands survive their file, their copies and their pickles, with the same hash."""
    bands = _small()
    again = Bands.load(bands.save(tmp_path))
    assert again == bands == pickle.loads(pickle.dumps(bands)) == copy.deepcopy(bands)
    assert again.content_hash == bands.content_hash
    assert again.to_dict() == bands_content()


@given(
    cuts=st.lists(st.floats(-8, 8), min_size=1, max_size=6, unique=True).map(sorted),
    probability=st.floats(0.01, 0.99),
    weight=st.floats(0, 100),
    mean=st.floats(-1000, 1000),
)
def test_all_valid_bands_survive_their_content(
    cuts: list[float], probability: float, weight: float, mean: float
) -> None:
    """Content to value to content changes nothing."""
    content = bands_content() | {
        "bands": [f"band {k}" for k in range(len(cuts) + 1)],
        "cuts": cuts,
        "confirmation": {"band 0": probability},
        "weights": {"service": weight, "transparency": 1},
        "contrast_probability": probability,
    }
    content["scale"]["mean"] = mean
    assert Bands.from_dict(content).to_dict() == content


def test_equal_is_what_has_equal_content() -> None:
    """Any number counts, and nothing else is equal."""
    assert len({_small(), Bands.from_dict(bands_content())}) == 1
    assert replace(_small(), validity=ValidityRule()) != _small()
    assert _small() != bands_content()


def test_nothing_of_them_can_be_changed() -> None:
    """Mappings are read-only."""
    for mapping in (_small().weights, _small().confirmation, _small().risk.thresholds):
        with pytest.raises(TypeError, match="immutable"):
            mapping["service"] = 0.5  # type: ignore[index]


def test_thresholds_may_be_left_out() -> None:
    """Risk zones without overrides have none."""
    assert Bands.from_dict(without(bands_content(), "risk", "thresholds")).risk.thresholds == {}


NAN = float("nan")
FAULTS: list[tuple[tuple[str | int, ...], object, str, str]] = [
    (("illustrative",), 1, "illustrative", "expected true or false"),
    (("source",), None, "source", "expected a text"),
    (("bands", 1), 3, "bands[1]", "expected a text"),
    (("bands", 1), "minimal", "bands[1]", "stands here twice"),
    (("bands", 1), "needs_more_evidence", "bands[1]", "reserved"),
    (("cuts",), None, "cuts", "expected a list"),
    (("cuts", 1), "x", "cuts[1]", 'expected a number, got "x"'),
    (("cuts", 1), NAN, "cuts[1]", "expected a finite number"),
    (("cuts", 1), -3.01, "cuts[1]", "cuts increase strictly; expected more than -3.01, got -3.01"),
    (("cuts", 2), -4, "cuts[2]", "cuts increase strictly"),
    (("cuts",), [-1, 1], "cuts", "one cut between every two bands; expected 3, got 2"),
    (("policy",), "most_likely", "policy", "expected 'highest_probability'"),
    (("confirmation", "minimal"), 1, "confirmation.minimal", "above 0 and below 1, got 1.0"),
    (("confirmation", "poor"), 0.9, "confirmation.poor", "unknown band; expected minimal or"),
    (("scale", "standard_deviation"), 0, "scale.standard_deviation", "expected a number above 0"),
    (("scale", "minimum"), 100, "scale.maximum", "expected more than 100.0, got 100.0"),
    (("scale", "decimals"), -1, "scale.decimals", "expected 0 to 6"),
    (("scale", "decimals"), 0.5, "scale.decimals", "expected a whole number"),
    (("scale", "mean"), None, "scale.mean", "expected a number"),
    (("scale", "sd"), 10, "scale.sd", "unknown key"),
    (("weights", "service"), -1, "weights.service", "expected 0 or more"),
    (("weights", "service"), NAN, "weights.service", "expected a finite number"),
    (("weights",), {"service": 0}, "weights", "no block has a weight above 0"),
    (("weights",), {}, "weights", "no block has a weight above 0"),
    (("risk", "threshold"), "low", "risk.threshold", "expected a number"),
    (("risk", "thresholds", "ethics"), None, "risk.thresholds.ethics", "expected a number"),
    (("risk", "risk_probability"), 1.5, "risk.risk_probability", "above 0 and below 1"),
    (("risk", "clear_probability"), 0, "risk.clear_probability", "above 0 and below 1"),
    (("risk", "clear_probability"), 0.6, "risk.clear_probability", "at most the risk_probability 0.5"),
    (("risk", "above_all_probability"), 1, "risk.above_all_probability", "above 0 and below 1"),
    (("risk", "minimum_items"), -1, "risk.minimum_items", "0 or more"),
    (("contrast_probability",), 1, "contrast_probability", "above 0 and below 1"),
    (("validity_days",), 0, "validity_days", "for a day at least"),
    (("validity_days",), None, "validity_days", "expected a whole number"),
    (("valid_days",), 1, "valid_days", "unknown key"),
    (("format",), "compassess/bands/2", "format", "another format, or another version of it"),
]


@pytest.mark.parametrize(("steps", "value", "where", "message"), FAULTS)
def test_a_fault_is_told_with_its_place(
    steps: tuple[str | int, ...], value: object, where: str, message: str
) -> None:
    """One change for the worse is one problem with its place."""
    found = faults(Bands.from_dict, changed(bands_content(), *steps, to=value))
    assert set(found) == {where}
    assert message in str(found[where])


def test_one_band_tells_nobody_apart() -> None:
    """There are at least two bands."""
    content = bands_content() | {"bands": ["all"], "cuts": [], "confirmation": {}}
    assert "2 or more" in str(faults(Bands.from_dict, content)["bands"])


def test_all_faults_come_at_once() -> None:
    """Wrong types in one place do not hide broken rules in another."""
    content = bands_content()
    content["id"] = 1
    content["cuts"] = [0, -1]
    content["confirmation"]["poor"] = 0.5
    content["scale"] = None
    content["weights"]["service"] = -1
    content["risk"]["risk_probability"] = 7
    content["validity_days"] = 0
    assert set(faults(Bands.from_dict, content)) == {
        "id",
        "cuts",
        "cuts[1]",
        "confirmation.poor",
        "scale",
        "weights.service",
        "risk.risk_probability",
        "validity_days",
    }


def test_those_built_without_a_file_are_held_to_the_same_rules() -> None:
    """Replacing a part checks the new bands, NaN included."""
    with pytest.raises(InputError) as caught:
        replace(
            _small(),
            cuts=(-3.0, NAN, 0.5),
            contrast_probability=NAN,
            weights={"service": NAN, "transparency": 1.0},
            scale=Scale(mean=NAN, standard_deviation=NAN, minimum=NAN, maximum=100, decimals=0),
            risk=replace(_small().risk, threshold=NAN),
        )
    assert {problem.where for problem in caught.value.problems} == {
        "cuts[1]",
        "contrast_probability",
        "weights.service",
        "scale.mean",
        "scale.standard_deviation",
        "scale.maximum",
        "risk.threshold",
    }


def test_the_example_reproduces_the_published_shares() -> None:
    """The normal probabilities between the cuts are the shares of 2017; the cuts are those known."""
    bands = Bands.illustrative_for(small_bank())
    below = norm.cdf([-np.inf, *bands.cuts, np.inf])
    shares = np.array([87, 2_089, 45_422, 18_982]) / 66_580
    np.testing.assert_allclose(np.diff(below), shares, rtol=1e-10)  # Φ(Φ⁻¹(p)) in double precision
    np.testing.assert_allclose(bands.cuts, [-3.010, -1.843, 0.568], atol=5e-4)  # published to 3 decimals


def test_the_example_says_that_it_is_one() -> None:
    """Illustrative bands are marked, weigh all blocks alike, and are plain Python numbers."""
    bands = Bands.illustrative_for(small_bank())
    assert bands.illustrative
    assert bands.source.startswith("Illustrative")
    assert bands.weights == {"service": 1.0, "transparency": 1.0}
    assert all(type(cut) is float for cut in bands.cuts)
    assert Bands.from_dict(bands.to_dict()) == bands


def test_losses_and_the_largest_standard_error_may_be_left_out() -> None:
    """A file without them is the file that it was; with them they are content."""
    plain = _small()
    assert "losses" not in plain.to_dict()
    assert "maximum_se" not in plain.to_dict()["risk"]
    assert plain.loss_table[0] == (0.0, 1.0, 4.0, 9.0)
    content = bands_content() | {
        "policy": "least_expected_loss",
        "losses": [[0, 1, 3, 3], [2, 0, 1, 3], [5, 2, 0, 1], [9, 5, 2, 0]],
    }
    content["risk"]["maximum_se"] = 0.6
    bands = Bands.from_dict(content)
    assert bands.to_dict() == content
    assert bands.loss_table[1] == (2.0, 0.0, 1.0, 3.0)
    assert bands.content_hash != plain.content_hash


@pytest.mark.parametrize(
    ("losses", "where", "what"),
    [
        ([[0, 1], [1, 0]], "losses", "a row for every band"),
        ([[0, 1, 4, 9], [1, 0, 1], [4, 1, 0, 1], [9, 4, 1, 0]], "losses[1]", "a loss for every band"),
        ([[0, 1, 4, 9], [1, 0, -1, 4], [4, 1, 0, 1], [9, 4, 1, 0]], "losses[1][2]", "not a loss"),
        (
            [[0, 1, 4, 9], [1, 0, 1, 4], [4, 1, 2, 2], [9, 4, 1, 0]],
            "losses[2][2]",
            "the true band costs nothing",
        ),
        ([[0, 2, 1, 9], [1, 0, 1, 4], [4, 1, 0, 1], [9, 4, 1, 0]], "losses[0][2]", "less than for a band"),
        ([[0, 1, 4, 9], [1, 0, 1, 4], [1, 4, 0, 1], [9, 4, 1, 0]], "losses[2][0]", "less than for a band"),
    ],
)
def test_losses_that_cannot_be_meant(losses: list[list[float]], where: str, what: str) -> None:
    """Losses are a square table, 0 for the true band, never less for a band further off."""
    content = bands_content() | {"policy": "least_expected_loss", "losses": losses}
    assert faults(Bands.from_dict, content)[where].what.startswith(what)


def test_losses_without_their_policy_are_a_fault() -> None:
    """A table that nothing would read is told."""
    content = bands_content() | {"losses": [[0, 1], [1, 0]], "bands": ["low", "high"], "cuts": [0.0]}
    content["confirmation"] = {}
    (fault,) = faults(Bands.from_dict, content).values()
    assert fault.what == "the policy highest_probability asks for no losses"


def test_a_largest_standard_error_is_above_zero() -> None:
    """Evidence cannot be held to a standard error of nothing."""
    assert list(faults(Bands.from_dict, changed(bands_content(), "risk", "maximum_se", to=0))) == [
        "risk.maximum_se"
    ]
