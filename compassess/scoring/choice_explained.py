"""Why an item was presented, as an immutable value without a word of prose.

Rule: this file holds values only. How they come about is for the room of the sittings; how they read is for
``report/``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from compassess.scoring.route_explained import RouteExplained

__all__ = ["BlockState", "Candidate", "ChoiceExplained"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockState:
    """What was known of a block: posterior mean and SD, and the SD that is wanted."""

    id: str
    theta: float
    se: float
    target: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An item that could have come, its worth, and its place by worth, from 1."""

    item: str
    competency: str
    block: str
    worth: float
    rank: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceExplained:
    """One choice of a sitting, at the moment before it.

    Attributes
    ----------
    step, item : what was presented, and when.
    competency, block : what the item measures.
    by : "minimum", "criterion", "start", "pilot", "ahead" or "module"; None where the log is from before it
        was kept and the engine would choose otherwise.
    blocks : what was known.
    criterion, control : names of the strategies, with version.
    owed : competencies below their minimum, which alone counted; empty where none was.
    asked : the block that was furthest from its target among those that counted; None where items of all
        blocks were compared, or none were.
    candidates : by worth, the best first; empty for pilot items and for the list of a hall without the
        engine.
    rank : the place of the item among them, or in that list; None where there is none.
    draw : the number in [0, 1) that was at hand; None where nothing was drawn.
    would_choose : what the engine chooses here today: an item, or a reason to end.
    titles : of blocks and competencies, by language.
    route : in a multistage test the item's module, and what chose it; None otherwise, and for pilot items.
    """

    step: int
    item: str
    competency: str
    block: str
    by: str | None
    blocks: tuple[BlockState, ...]
    criterion: str
    control: str
    owed: tuple[str, ...]
    asked: str | None
    candidates: tuple[Candidate, ...]
    rank: int | None
    draw: float | None
    would_choose: str
    titles: Mapping[str, Mapping[str, str]]
    route: RouteExplained | None = None

    @property
    def diverges(self) -> bool:
        """Whether the engine would choose otherwise."""
        return self.would_choose != self.item
