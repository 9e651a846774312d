"""Contents of files for the tests of this room, and strategies that make more of them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import strategies as st

from compassess.bank import ItemBank
from compassess.errors import InputError, Problem

Content = dict[str, Any]


def _texts(text: str) -> dict[str, str]:
    return {"kk": f"{text} (қаз)", "ru": f"{text} (рус)", "en": text}


def _options(*scores: int) -> list[Content]:
    return [
        {"id": letter, "score": score, "text": _texts(f"Option {letter}")}
        for letter, score in zip("abcdef", scores, strict=False)
    ]


def _item(item_id: str, block: str, competency: str, **changes: Any) -> Content:
    return {
        "id": item_id,
        "block": block,
        "competency": competency,
        "model": "GRM",
        "status": "operational",
        "n_categories": 4,
        "parameters": {"a": 0.93, "b": [-2.9, -1.5, 0.1]},
        "standard_errors": {"a": 0.05, "b": [0.2, 0.1, 0.05]},
        "provenance": {"method": "pilot", "n_answers": 2400, "date": None},
        "flags": [],
        "text": _texts(f"Question {item_id}"),
        "options": _options(2, 0, 3, 1),
        "rationale": "Telling people early is worth most.",
    } | changes


def bank_content() -> Content:
    """A bank of two blocks, three competencies and six items; every call makes a new one."""
    two = {"model": "2PL", "n_categories": 2, "options": _options(0, 1)}
    return {
        "format": "compassess/bank/1",
        "id": "small",
        "version": "2026.1",
        "illustrative": True,
        "title": _texts("Small bank"),
        "languages": ["kk", "ru", "en"],
        "population": {"description": "Servants of corps B", "correlations": [[1, 0.6], [0.6, 1]]},
        "blocks": [
            {"id": "service", "title": _texts("Service")},
            {"id": "transparency", "title": _texts("Transparency")},
        ],
        "competencies": [
            {"id": "informing", "block": "service", "loading": 0.8, "title": _texts("Informing")},
            {"id": "cooperation", "block": "service", "loading": 1, "title": _texts("Cooperation")},
            {"id": "ethics", "block": "transparency", "loading": 0.7, "title": _texts("Ethics")},
        ],
        "items": [
            _item("in_01", "service", "informing"),
            _item("in_02", "service", "informing", flags=["sparse_category"]),
            _item(
                "co_01",
                "service",
                "cooperation",
                parameters={"a": 1.5, "b": [0.25]},
                standard_errors=None,
                **two,
            ),
            _item("co_02", "service", "cooperation", parameters={"a": 2, "b": [-1, None, 1]}),
            _item("et_01", "transparency", "ethics", status="pilot", parameters=None, standard_errors=None),
            _item("et_02", "transparency", "ethics"),
        ],
    }


def blueprint_content() -> Content:
    """A blueprint for :func:`bank_content`."""
    return {
        "format": "compassess/blueprint/1",
        "id": "small",
        "competencies": {
            "informing": {"minimum": 2, "maximum": None},
            "cooperation": {"minimum": 1, "maximum": 2},
            "ethics": {"minimum": 1, "maximum": None},
        },
        "length": {"minimum": 1, "maximum": 30},
        "stopping": {"rule": "standard_error", "target": 0.40, "targets": {"service": 0.35}},
        "selection": {"criterion": "maximum_information", "randomesque": 1},
    }


def bands_content() -> Content:
    """Bands for :func:`bank_content`."""
    return {
        "format": "compassess/bands/1",
        "id": "small",
        "illustrative": True,
        "source": "an example",
        "bands": ["minimal", "satisfactory", "effective", "excellent"],
        "cuts": [-3.010, -1.843, 0.568],
        "policy": "highest_probability",
        "confirmation": {"minimal": 0.95},
        "scale": {"mean": 50, "standard_deviation": 10, "minimum": 0, "maximum": 100, "decimals": 0},
        "weights": {"service": 1, "transparency": 1},
        "risk": {
            "threshold": -1.65,
            "thresholds": {"ethics": -1.5},
            "risk_probability": 0.5,
            "clear_probability": 0.1,
            "minimum_items": 2,
            "above_all_probability": 0.5,
        },
        "contrast_probability": 0.9,
        "validity_days": 365,
    }


def small_bank() -> ItemBank:
    """The bank of :func:`bank_content`."""
    return ItemBank.from_dict(bank_content())


def changed(content: Content, *steps: str | int, to: object) -> Content:
    """A copy of ``content`` with the value at ``steps`` replaced (or added)."""
    result = copy.deepcopy(content)
    parent: Any = result
    for step in steps[:-1]:
        parent = parent[step]
    parent[steps[-1]] = to
    return result


def without(content: Content, *steps: str | int) -> Content:
    """A copy of ``content`` without the value at ``steps``."""
    result = copy.deepcopy(content)
    parent: Any = result
    for step in steps[:-1]:
        parent = parent[step]
    del parent[steps[-1]]
    return result


def faults(build: Callable[[Any], object], content: object) -> dict[str, Problem]:
    """The problems that building from ``content`` raises, by place; no place may be told twice."""
    with pytest.raises(InputError) as caught:
        build(content)
    found = {problem.where: problem for problem in caught.value.problems}
    assert len(found) == len(caught.value.problems), caught.value
    return found


# ---- strategies -------------------------------------------------------------------------------------

_NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8).filter(str.strip)
_NUMBERS = st.floats(-30, 30) | st.integers(-5, 5)
_ERRORS = st.none() | st.floats(0, 5)
_SCALARS = st.none() | _NAMES | st.integers() | st.floats(allow_nan=False, allow_infinity=False)


def _parameters(n_thresholds: int) -> st.SearchStrategy[Content]:
    def with_gaps(values: list[float], gaps: list[bool]) -> list[float | None]:
        ordered: list[float | None] = [*sorted(values)]
        kept = [None if gap else value for value, gap in zip(ordered, gaps, strict=True)]
        return ordered if all(value is None for value in kept) else kept

    thresholds = st.builds(
        with_gaps,
        st.lists(_NUMBERS, min_size=n_thresholds, max_size=n_thresholds, unique_by=float),
        st.lists(st.booleans(), min_size=n_thresholds, max_size=n_thresholds),
    )
    return st.fixed_dictionaries({"a": st.floats(0.01, 9), "b": thresholds})


@st.composite
def bank_contents(draw: st.DrawFn) -> Content:
    """Contents that are valid banks: any unicode, any numbers, with and without texts."""
    languages = draw(st.lists(_NAMES, max_size=2, unique=True))
    texts = st.fixed_dictionaries(dict.fromkeys(languages, _NAMES))
    blocks = draw(st.lists(_NAMES, min_size=1, max_size=3, unique=True))
    factor = draw(st.lists(st.floats(-0.95, 0.95), min_size=len(blocks), max_size=len(blocks)))
    names = draw(
        st.lists(_NAMES.filter(lambda name: name not in blocks), min_size=1, max_size=4, unique=True)
    )
    homes: Mapping[str, str] = {name: draw(st.sampled_from(blocks)) for name in names}
    return {
        "format": "compassess/bank/1",
        "id": draw(_NAMES),
        "version": draw(_NAMES),
        "illustrative": draw(st.booleans()),
        "title": draw(texts),
        "languages": languages,
        "population": {
            "description": draw(st.just("") | _NAMES),
            "correlations": [
                [1 if i == j else x * y for j, y in enumerate(factor)] for i, x in enumerate(factor)
            ],
        },
        "blocks": [{"id": block, "title": draw(texts)} for block in blocks],
        "competencies": [
            {"id": name, "block": home, "loading": draw(st.floats(-0.99, 1)), "title": draw(texts)}
            for name, home in homes.items()
        ],
        "items": [
            draw(_items(name, homes, texts)) for name in draw(st.lists(_NAMES, max_size=4, unique=True))
        ],
    }


@st.composite
def _items(
    draw: st.DrawFn, name: str, homes: Mapping[str, str], texts: st.SearchStrategy[dict[str, str]]
) -> Content:
    n_categories = draw(st.integers(2, 5))
    competency = draw(st.sampled_from(sorted(homes)))
    n_thresholds = n_categories - 1
    errors = {"a": _ERRORS, "b": st.lists(_ERRORS, min_size=n_thresholds, max_size=n_thresholds)}
    options = st.fixed_dictionaries({"id": _NAMES, "score": st.integers(0, n_thresholds), "text": texts})
    item = {
        "id": name,
        "block": homes[competency],
        "competency": competency,
        "model": draw(st.sampled_from(["GRM", "2PL"] if n_categories == 2 else ["GRM"])),
        "status": draw(st.sampled_from(["operational", "pilot", "suspended", "retired"])),
        "n_categories": n_categories,
        "parameters": draw(_parameters(n_thresholds)),
        "standard_errors": draw(st.none() | st.fixed_dictionaries(errors)),
        "provenance": draw(st.dictionaries(_NAMES, _SCALARS, max_size=3)),
        "flags": draw(st.lists(_NAMES, max_size=2, unique=True)),
        "text": draw(texts),
        "options": draw(st.lists(options, max_size=3, unique_by=lambda option: option["id"])),
    }
    return item | draw(st.just({}) | st.fixed_dictionaries({"rationale": _NAMES}))
