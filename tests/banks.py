"""Small generated banks for tests of scoring, sittings and simulations; every call makes the same ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from references import b300

from compassess import Assessment, Bands, Blueprint, ItemBank

Content = dict[str, Any]
LANGUAGES = ("kk", "ru", "en")
CORRELATIONS = ((1.0, 0.6, 0.5), (0.6, 1.0, 0.55), (0.5, 0.55, 1.0))


def texts(text: str) -> dict[str, str]:
    """A text in all languages, told apart by its prefix."""
    return {language: f"{language}: {text}" for language in LANGUAGES}


def item(
    item_id: str,
    competency: str,
    block: str,
    slope: float,
    thresholds: Sequence[float],
    scores: Sequence[int] = (),
    **changes: Any,
) -> Content:
    """A bank entry; ``scores`` makes options a, b, c … that score so."""
    return {
        "id": item_id,
        "block": block,
        "competency": competency,
        "model": "2PL" if len(thresholds) == 1 else "GRM",
        "status": "operational",
        "n_categories": len(thresholds) + 1,
        "parameters": {"a": float(slope), "b": [float(b) for b in thresholds]},
        "standard_errors": None,
        "provenance": {"method": "generated"},
        "flags": [],
        "text": texts(f"Question {item_id}"),
        "options": [
            {"id": letter, "score": score, "text": texts(f"Option {letter}")}
            for letter, score in zip("abcdefgh", scores, strict=False)
        ],
    } | changes


def bank(
    competencies: Mapping[str, tuple[str, float]],
    items: Sequence[Content],
    correlations: Sequence[Sequence[float]] | None = None,
    *,
    illustrative: bool = False,
) -> ItemBank:
    """A bank of ``{competency: (block, λ)}``; blocks in order of appearance."""
    blocks = list(dict.fromkeys(block for block, _ in competencies.values()))
    r = np.eye(len(blocks)) if correlations is None else np.asarray(correlations)
    return ItemBank.from_dict(
        {
            "format": "compassess/bank/1",
            "id": "generated",
            "version": "1",
            "illustrative": illustrative,
            "title": texts("Generated bank"),
            "languages": list(LANGUAGES),
            "population": {"description": "generated", "correlations": r.tolist()},
            "blocks": [{"id": block, "title": texts(block)} for block in blocks],
            "competencies": [
                {"id": name, "block": block, "loading": loading, "title": texts(name)}
                for name, (block, loading) in competencies.items()
            ],
            "items": list(items),
        }
    )


def one_block(n_items: int = 40, seed: int = 3, *, slope: float = 1.5) -> ItemBank:
    """One block, its own competency, two-category items without options."""
    rng = np.random.default_rng(seed)
    slopes, difficulties = slope * rng.lognormal(0.0, 0.2, n_items), rng.normal(0.0, 1.2, n_items)
    items = [item(f"i{j:02d}", "theta", "theta", slopes[j], [difficulties[j]]) for j in range(n_items)]
    return bank({"theta": ("theta", 1.0)}, items)


def three_blocks(
    per_competency: int = 8, seed: int = 4, *, loading: float = 0.8, n_thresholds: int = 3
) -> ItemBank:
    """Three correlated blocks of two competencies each; graded items without options."""
    rng = np.random.default_rng(seed)
    competencies = {f"{block}{k}": (block, loading) for block in ("p", "q", "r") for k in (1, 2)}
    items = [
        item(
            f"{name}_{j:02d}",
            name,
            block,
            1.4 * rng.lognormal(0.0, 0.2),
            np.sort(rng.normal(-0.5, 1.2, n_thresholds)) + np.arange(n_thresholds) * 0.1,
        )
        for name, (block, _) in competencies.items()
        for j in range(per_competency)
    ]
    return bank(competencies, items, CORRELATIONS)


def with_options(per_competency: int = 6, seed: int = 5) -> ItemBank:
    """Two blocks, three competencies; options in a shuffled order, some items with options that score alike.

    ``c1`` has four options that all score differently, ``c2`` four of which two score alike, ``c3`` none.
    """
    rng = np.random.default_rng(seed)
    competencies = {"c1": ("p", 0.8), "c2": ("p", 0.7), "c3": ("q", 1.0)}
    keys: Mapping[str, Sequence[int]] = {"c1": (2, 0, 3, 1), "c2": (1, 0, 2, 1), "c3": ()}
    items = []
    for name, (block, _) in competencies.items():
        n_thresholds = {"c1": 3, "c2": 2, "c3": 2}[name]
        for j in range(per_competency):
            thresholds = np.sort(rng.normal(-0.5, 1.0, n_thresholds)) + np.arange(n_thresholds) * 0.2
            items.append(item(f"{name}_{j}", name, block, rng.uniform(0.9, 1.8), thresholds, keys[name]))
    return bank(competencies, items, ((1.0, 0.5), (0.5, 1.0)), illustrative=True)


def with_pilots(bank: ItemBank, n_pilots: int = 6) -> ItemBank:
    """The same bank with pilot items, without parameters, that look like its own."""
    content = bank.to_dict()
    likes = [entry for entry in content["items"] if entry["status"] == "operational"]
    for index in range(n_pilots):
        like = likes[index * len(likes) // n_pilots]
        content["items"].append(
            {**like, "id": f"new_{index}", "status": "pilot", "parameters": None, "standard_errors": None}
        )
    return ItemBank.from_dict(content)


def with_sets(n_sets: int = 5, size: int = 4, n_alone: int = 10, seed: int = 6) -> ItemBank:
    """Two blocks; sets of items of both competencies, and items that stand alone."""
    rng = np.random.default_rng(seed)
    homes = {"p1": ("p", 1.0), "q1": ("q", 1.0)}
    items = []
    for j in range(n_sets * size + n_alone):
        competency = ("p1", "q1")[j % 2]
        stimulus = f"s{j // size}" if j < n_sets * size else None
        items.append(
            item(f"i{j:02d}", competency, homes[competency][0], 1.5, [rng.normal()], stimulus=stimulus)
        )
    return bank(homes, items, [[1.0, 0.5], [0.5, 1.0]])


def textbook_bank(n_items: int = 300) -> ItemBank:
    """Bank B300 of textbook.json by its definition, or a smaller one by the same formulae.

    The formulae are those of :func:`references.b300`.
    """
    slopes, difficulties = b300(n_items)
    items = [item(f"i{j:03d}", "theta", "theta", slopes[j], [difficulties[j]]) for j in range(n_items)]
    return bank({"theta": ("theta", 1.0)}, items)


def equal_items(n_items: int, *, slope: float = 1.0, difficulty: float = 0.0) -> ItemBank:
    """One block of two-category items that are all alike."""
    items = [item(f"i{j:03d}", "theta", "theta", slope, [difficulty]) for j in range(n_items)]
    return bank({"theta": ("theta", 1.0)}, items)


#: A section ``unanswered`` under which every verdict is given, however little was answered.
SCORE_ANYTHING: Content = {"minimum_attempts": {"sitting": {}}, "incomplete": "score"}


def blueprint(bank: ItemBank, **changes: Any) -> Blueprint:
    """The default blueprint of a bank; ``length``, ``target``, ``randomesque``, ``limits`` … changed.

    ``unanswered``, ``content``, ``start``, ``pilot``, ``review``, ``time_limits``, ``item_sets`` and ``multistage`` are those
    sections of the file; ``parameters`` and ``exposure`` belong to the selection,
    ``rule``, ``rule_parameters`` and ``also`` to the stopping.

    ``limits`` is (minimum, maximum) for all competencies or by id.
    """
    content = Blueprint.default(bank).to_dict()
    limits = changes.pop("limits", None)
    if limits is not None:
        by_id = limits if isinstance(limits, Mapping) else dict.fromkeys(content["competencies"], limits)
        for name, (minimum, maximum) in by_id.items():
            content["competencies"][name] = {"minimum": minimum, "maximum": maximum}
    if "length" in changes:
        content["length"] = dict(zip(("minimum", "maximum"), changes.pop("length"), strict=True))
    for name in ("target", "targets", "rule", "rule_parameters", "also"):
        content["stopping"] |= {name.removeprefix("rule_"): changes.pop(name)} if name in changes else {}
    for name in ("randomesque", "criterion", "parameters", "exposure"):
        if name in changes:
            content["selection"][name] = changes.pop(name)
    for name in (
        "unanswered",
        "content",
        "start",
        "pilot",
        "review",
        "time_limits",
        "item_sets",
        "multistage",
    ):
        content |= {name: changes.pop(name)} if name in changes else {}
    assert not changes, changes
    return Blueprint.from_dict(content)


def bands(bank: ItemBank, **changes: Any) -> Bands:
    """The illustrative bands with some values changed; ``risk`` and ``confirmation`` are merged."""
    content = Bands.illustrative_for(bank).to_dict()
    if "validity_days" in changes:  # the short spelling in the place of the section
        del content["validity"]
    for name, value in changes.items():
        merged = content[name] | value if name == "risk" else value
        content[name] = list(merged) if isinstance(merged, tuple) else merged
    return Bands.from_dict(content)


def assessment(
    bank: ItemBank, *, rules: Bands | None = None, nodes: int | None = None, **changes: Any
) -> Assessment:
    """An assessment on a bank; ``changes`` as in :func:`blueprint`."""
    return Assessment.create(bank, blueprint(bank, **changes), rules, nodes=nodes)
