"""Why an item was presented: the choice is made again, by the same rules, with somebody listening.

Rule: worths are those that the exposure control is handed, so that an explanation cannot differ from the
choice.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.events import ModuleDone, OwnEvent, Presented
from compassess.adaptive.order import first_best
from compassess.adaptive.plan import Plan
from compassess.adaptive.replaying import before_step
from compassess.adaptive.sitting import Sitting
from compassess.adaptive.snapshot import Snapshot
from compassess.adaptive.starting import Opening
from compassess.adaptive.strategies import PreparedControl
from compassess.adaptive.view import View
from compassess.errors import InputError, Problem
from compassess.scoring import BlockState, Candidate, ChoiceExplained, RouteExplained

__all__ = ["explained"]

Floats = NDArray[np.float64]


@dataclass(slots=True)
class _Listening:
    """An exposure control that remembers what it was handed."""

    control: PreparedControl
    heard: list[Floats] = field(default_factory=list)

    def chosen(self, worth: Floats, view: View) -> NDArray[np.intp]:
        """As the control chooses."""
        control, heard = self.control, worth
        if isinstance(control, Opening) and bool(control.applies(view.progress).all()):
            heard = control.narrowed(worth, view)
        self.heard.append(heard[0].copy())
        return self.control.chosen(worth, view)


def explained(sitting: Sitting, snapshot: Snapshot, step: int | None) -> ChoiceExplained:
    """The choice at a step, from 1; by default the last. InputError where there was no such step."""
    presented = snapshot.presented
    wanted = len(presented) if step is None else step
    if not 1 <= wanted <= len(presented):
        raise InputError(
            Problem(where="step", what="no such step", got=repr(step), expected=f"1 to {len(presented)}")
        )
    event = presented[wanted - 1]
    before = before_step(sitting, snapshot.events, event)
    own = sitting.own_event(before, None)
    by = event.by if event.by is not None else _told(own, event)
    candidates = () if by in ("pilot", "ahead", "module") else _candidates(sitting, before)
    item, plan = sitting.assessment.bank.item(event.item), sitting.plan
    place = next((one.rank for one in candidates if one.item == event.item), None)
    across = plan.criterion.across_blocks or by in ("start", "pilot", "ahead", "module")
    return ChoiceExplained(
        step=event.step,
        item=event.item,
        competency=item.competency,
        block=item.block,
        by=by,
        blocks=_blocks(sitting, before),
        criterion=plan.strategies[0],
        control=_control(sitting),
        owed=_owed(plan, before) if by == "minimum" else (),
        asked=None if across or not candidates else candidates[0].block,
        candidates=candidates,
        rank=_place_in_list(snapshot, event) if by == "ahead" else place,
        draw=event.draw,
        would_choose=_named(own),
        titles=sitting.assessment.bank.titles(),
        route=_route(sitting, before, event.item),
    )


def _named(own: OwnEvent) -> str:
    if isinstance(own, Presented):
        return own.item
    return own.module if isinstance(own, ModuleDone) else own.reason


def _told(own: OwnEvent, event: Presented) -> str | None:
    """The reason of a log from before reasons were kept: the engine's own, where it chooses alike."""
    return own.by if isinstance(own, Presented) and own.item == event.item else None


def _route(sitting: Sitting, before: Snapshot, item: str) -> RouteExplained | None:
    """The module of an item, and what led there; None where the panel has no such item."""
    panels, place = sitting.plan.panels, sitting.places.get(item)
    if panels is None or place is None:
        return None
    number = int(panels.module_of[panels.drawn(sitting.seeds)[0], place])
    if number < 0:
        return None
    view = sitting.view(before.progress, sitting.at_hand(before))
    present = panels.present(before.progress, sitting.seeds)
    left = int(present[0]) != number
    panel, module = panels.names[number]
    routing = panels.multistage.routing
    own = panels.multistage.panel(panel).module(module)
    last = panels.multistage.panel(panel).module(panels.names[int(present[0])][1])
    by_information = left and routing.rule == "maximum_information"
    return RouteExplained(
        panel=panel,
        module=module,
        position=own.items.index(item) + 1,
        n_items=len(own.items),
        before=last.id if left else None,
        rule=routing.rule,
        value=float(panels.value(view, present)[0]) if left and not by_information else None,
        cuts=last.cuts if left else (),
        following=last.next if left else (),
        told=(
            tuple(panels.information(view, panels.following[present])[0][: len(last.next)].tolist())
            if by_information
            else ()
        ),
    )


def _candidates(sitting: Sitting, before: Snapshot) -> tuple[Candidate, ...]:
    listening = _Listening(sitting.plan.exposure)
    sitting.decision(before, replace(sitting.plan, exposure=listening, shortlist=None))
    if not listening.heard:
        return ()
    worth, items = listening.heard[-1], sitting.plan.measurement.items
    people = sitting.plan.lattice.population
    found = []
    for rank, place in enumerate(_in_order(worth), start=1):
        competency = int(items.competency_index[place])
        found.append(
            Candidate(
                item=items.ids[place],
                competency=people.competencies[competency],
                block=people.blocks[people.block_of[competency]],
                worth=float(worth[place]),
                rank=rank,
            )
        )
    return tuple(found)


def _in_order(worth: Floats) -> list[int]:
    """The places that may be chosen, the best first; near-ties in the bank's order, as in a choice."""
    rest, order = worth[None].copy(), []
    for _ in range(int(np.isfinite(worth).sum())):
        best = int(first_best(rest)[0])
        order.append(best)
        rest[0, best] = -np.inf
    return order


def _blocks(sitting: Sitting, before: Snapshot) -> tuple[BlockState, ...]:
    now, plan = sitting.for_stops(before), sitting.plan
    rows = zip(plan.lattice.population.blocks, now.block_theta[0], now.block_se[0], plan.targets, strict=True)
    return tuple(
        BlockState(id=name, theta=float(theta), se=float(se), target=float(target))
        for name, theta, se, target in rows
    )


def _owed(plan: Plan, before: Snapshot) -> tuple[str, ...]:
    """Competencies below their minimum that have an item left."""
    progress = before.progress
    left = set(plan.pool.competency[progress.open_items[0]].tolist())
    short = np.flatnonzero(progress.by_competency[0] < plan.minimum).tolist()
    return tuple(plan.lattice.population.competencies[c] for c in short if c in left)


def _control(sitting: Sitting) -> str:
    """The exposure control by name: that of the file, or the draw among the best."""
    selection = sitting.assessment.blueprint.selection
    if selection.exposure is None:
        return f"randomesque({selection.randomesque})"
    return next(
        (name for name in sitting.plan.strategies if name.startswith(f"{selection.exposure.name}@")),
        selection.exposure.name,
    )


def _place_in_list(snapshot: Snapshot, event: Presented) -> int:
    """How many items of the list came up to this one."""
    upto = snapshot.presented[: event.step]
    others = [index for index, one in enumerate(upto) if one.by != "ahead"]
    return len(upto) - 1 - others[-1]
