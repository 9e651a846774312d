"""Which item stands where: from the caller's mappings to competencies, blocks and fixed loadings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from compassess.errors import Problem, raise_if_any

__all__ = ["DEFAULT_BLOCK", "Structure", "structure_of"]

DEFAULT_BLOCK = "theta"


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """Blocks in order of appearance; competencies with their block; the competency of each item."""

    blocks: tuple[str, ...]
    block_of_competency: Mapping[str, str]
    competency_of_item: tuple[str, ...]


def structure_of(
    items: Sequence[str],
    blocks: Mapping[str, str] | None,
    competencies: Mapping[str, str] | None,
) -> Structure:
    """Check ``{item: block}`` and ``{item: competency}`` against the items.

    Raises
    ------
    InputError : items without a block or competency, and competencies that stand in two blocks.
    """
    problems = [
        Problem(
            where=f"item {item!r}",
            what=f"it has no {kind}",
            expected=f"an entry in {name}=",
            remedy="Name its place, or leave the column out of the responses.",
        )
        for kind, name, mapping in (
            ("block", "blocks", blocks),
            ("competency", "competencies", competencies),
        )
        if mapping is not None
        for item in items
        if not mapping.get(item)
    ]
    block_of = {item: blocks.get(item, "") if blocks else DEFAULT_BLOCK for item in items}
    competency_of = {item: competencies.get(item, "") if competencies else block_of[item] for item in items}
    home: dict[str, str] = {}
    for item in items:
        if not block_of[item] or not competency_of[item]:
            continue  # told above
        first = home.setdefault(competency_of[item], block_of[item])
        if first != block_of[item]:
            problems.append(
                Problem(
                    where=f"item {item!r}",
                    what=f"competency {competency_of[item]!r} stands in two blocks",
                    got=repr(block_of[item]),
                    expected=repr(first),
                )
            )
    raise_if_any(problems)
    return Structure(
        blocks=tuple(dict.fromkeys(block_of[item] for item in items)),
        block_of_competency=home,
        competency_of_item=tuple(competency_of[item] for item in items),
    )
