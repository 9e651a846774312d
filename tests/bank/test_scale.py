"""compassess.bank.scale: kinds of reporting scales and the numbers that each fixes."""

from __future__ import annotations

import math
from typing import Any

import pytest

from compassess.bank import Bands, Scale
from compassess.errors import InputError

from .samples import bands_content, faults

Content = dict[str, Any]


def _with(scale: Content) -> Content:
    return bands_content() | {"scale": scale}


@pytest.mark.parametrize(
    ("scale", "numbers"),
    [
        (Scale.t(), ("T", 50, 10, 20, 80)),
        (Scale.sten(), ("sten", 5.5, 2, 1, 10)),
        (Scale.percentile(), ("percentile", 50, 100 / math.sqrt(12), 1, 99)),
        (Scale.zero_to_hundred(lowest=-4, highest=1), ("zero_to_hundred", 80, 20, 0, 100)),
    ],
)
def test_each_kind_has_its_numbers(scale: Scale, numbers: tuple[object, ...]) -> None:
    """Constructors fill in what the kind fixes."""
    found = (scale.kind, scale.mean, scale.standard_deviation, scale.minimum, scale.maximum)
    assert found == numbers
    assert Bands.from_dict(_with(scale.to_dict())).scale == scale


@pytest.mark.parametrize(
    ("content", "scale"),
    [
        ({"kind": "T", "minimum": 20, "maximum": 80, "decimals": 0}, Scale.t()),
        ({"kind": "sten", "decimals": 0}, Scale.sten()),
        ({"kind": "percentile", "minimum": 1, "maximum": 99, "decimals": 0}, Scale.percentile()),
        ({"kind": "zero_to_hundred", "decimals": 1}, Scale.zero_to_hundred(decimals=1)),
    ],
)
def test_a_file_may_leave_out_what_the_kind_says(content: Content, scale: Scale) -> None:
    """The short spelling and the long one are the same scale, with one hash."""
    short, long = Bands.from_dict(_with(content)), Bands.from_dict(_with(scale.to_dict()))
    assert short.scale == scale
    assert short.content_hash == long.content_hash


def test_a_linear_scale_is_spelled_as_before() -> None:
    """Files without a kind keep their content, and so their hash; "linear" may be said."""
    plain = Bands.from_dict(bands_content())
    said = Bands.from_dict(_with(bands_content()["scale"] | {"kind": "linear"}))
    assert "kind" not in plain.to_dict()["scale"]
    assert said.content_hash == plain.content_hash


T_SCALE: Content = {"kind": "T", "minimum": 20, "maximum": 80, "decimals": 0}


@pytest.mark.parametrize(
    ("content", "where", "what"),
    [
        (T_SCALE | {"mean": 100}, "scale.mean", "expected 50.0, got 100.0"),
        (T_SCALE | {"standard_deviation": 15}, "scale.standard_deviation", "expected 10.0, got 15.0"),
        ({"kind": "sten", "decimals": 0, "maximum": 9}, "scale.maximum", "expected 10.0, got 9.0"),
        (
            {"kind": "percentile", "minimum": -1, "maximum": 99, "decimals": 0},
            "scale.minimum",
            "not a percentile rank",
        ),
        ({"kind": "zero_to_hundred", "decimals": 0, "minimum": 10}, "scale.minimum", "expected 0.0"),
        (T_SCALE | {"kind": "stanine"}, "scale.kind", "unknown value"),
        ({"kind": "T", "decimals": 0}, "scale.minimum", "missing"),
        ({"minimum": 0, "maximum": 100, "decimals": 0}, "scale.mean", "missing"),
    ],
)
def test_a_kind_is_held_to_its_numbers(content: Content, where: str, what: str) -> None:
    """Another number, or one that nothing says, is a fault at its place."""
    assert what in str(faults(Bands.from_dict, _with(content))[where])


def test_a_scale_built_without_a_file_is_held_to_them_too() -> None:
    """Bands refuse it when they are built."""
    wrong = Scale(kind="T", mean=0, standard_deviation=1, minimum=-3, maximum=3, decimals=1)
    with pytest.raises(InputError) as caught:
        Bands.from_dict(_with(wrong.to_dict()))
    assert {problem.where for problem in caught.value.problems} == {"scale.mean", "scale.standard_deviation"}
