"""A blueprint over a pool of items: limits as arrays, strategies looked up and prepared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.content import ContentControl, Rows
from compassess.adaptive.exposure.capacity import capacity_problems
from compassess.adaptive.exposure.from_record import PreparedFromRecord
from compassess.adaptive.item_sets import ItemSets
from compassess.adaptive.panels import ROUTING_VERSION, Panels
from compassess.adaptive.pool import Pool
from compassess.adaptive.registry import SHIPPED, Registry
from compassess.adaptive.shortlist import FewBest, Ranked, Shortlist
from compassess.adaptive.starting import START, Opening
from compassess.adaptive.stopping import StandardError
from compassess.adaptive.strategies import (
    HoldingBack,
    PreparedControl,
    PreparedCriterion,
    PreparedRule,
    StoppingRule,
)
from compassess.bank import Blueprint, Limits, Stopping
from compassess.errors import InputError, Problem, raise_if_any
from compassess.irt.lattice import Lattice
from compassess.irt.measurement import Measurement
from compassess.irt.read_only import read_only

__all__ = ["REASONS", "Plan", "Stop"]

Floats = NDArray[np.float64]

#: Reasons to stop that every plan knows, by code; those of its own rules follow. Code 0 means "go on".
REASONS: Final = ("", "length", "precision", "pool_exhausted", "path_complete")
_NO_MAXIMUM: Final = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stop:
    """A stopping rule over the pool, and the code of the reason that it gives."""

    rule: PreparedRule
    reason: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """What the rules of a sitting look up at every step; read-only.

    Attributes
    ----------
    pool : the operational items.
    minimum, maximum : items of each competency, (n_competencies,).
    shortest, longest : length of a sitting.
    members : 1 where a competency belongs to a block, (n_competencies, n_blocks).
    targets : standard error wanted in each block, (n_blocks,); need is measured by it.
    criterion, exposure : what an item is worth, and which of the good ones it is.
    stops : stopping rules in the order of their priority.
    reasons : why a sitting may end, by code.
    strategies : name@version of every strategy, for the log.
    holding : the exposure control, where it holds items back; None otherwise.
    placing : the exposure control, where it takes one of the few best by its place; None otherwise.
    content : constraints on what a test is made of; None for none beyond the limits of competencies.
    panels : of a multistage test; all items come from them, and no stopping rule is asked. None otherwise.
    shortlist : finds the best items without judging all; None where criterion or control want to see them.
    """

    pool: Pool
    minimum: NDArray[np.int64]
    maximum: NDArray[np.int64]
    shortest: int
    longest: int
    members: Floats
    targets: Floats
    criterion: PreparedCriterion
    exposure: PreparedControl
    stops: tuple[Stop, ...]
    reasons: tuple[str, ...]
    strategies: tuple[str, ...]
    holding: HoldingBack | None = None
    placing: FewBest | None = None
    content: ContentControl | None = None
    panels: Panels | None = None
    shortlist: Shortlist | None = None

    @property
    def n_items(self) -> int:
        """Operational items."""
        return self.pool.n_items

    @property
    def measurement(self) -> Measurement:
        """Items, lattice and log-probabilities."""
        return self.pool.measurement

    @property
    def lattice(self) -> Lattice:
        """The population on the grid."""
        return self.pool.lattice

    @classmethod
    def create(
        cls,
        measurement: Measurement,
        blueprint: Blueprint,
        registry: Registry = SHIPPED,
        rows: Rows | None = None,
        category: str | None = None,
        sets: ItemSets | None = None,
        composite: Floats | None = None,
    ) -> Plan:
        """Lay out ``blueprint`` over the measurement's items; names of strategies are looked up here.

        ``rows`` are its content constraints over the same items, where it has any. ``category`` is the
        category of posts, for a start at a θ of its own. ``sets`` are items that come together;
        ``composite`` the weights of blocks to which routing refers.
        """
        people = measurement.items.population
        limits = [blueprint.competencies[name] for name in people.competencies]
        maxima = [_NO_MAXIMUM if one.maximum is None else one.maximum for one in limits]
        multistage = blueprint.multistage
        keeps_codes = multistage is not None and multistage.routing.rule == "number_correct"
        pool = Pool.create(measurement, sets, keeps_codes=keeps_codes)
        selection = blueprint.selection
        criterion = registry.criterion(selection.criterion, selection.parameters)
        exposure = registry.exposure_control(*_exposure(blueprint))
        judge, control = criterion.prepared(pool), exposure.prepared(pool)
        control_over: PreparedControl = control
        if isinstance(control, PreparedFromRecord):
            raise_if_any(_capacity(pool, control, limits, blueprint.length.maximum, people.competencies))
        start = blueprint.conduct.start
        if start is not None:
            control_over = Opening.around(control, start, pool, category)
        rules = _rules(blueprint.stopping, registry)
        reasons = tuple(dict.fromkeys([*REASONS, *(rule.reason for rule in rules)]))
        named = [criterion, *(part for rule in rules for part in _with_parts(rule))]
        if selection.exposure is not None:  # the draw among the best goes with the criterion
            named.append(exposure)
        content = None
        if blueprint.content is not None and rows is not None and multistage is None:
            method = registry.content_method(blueprint.content.method, blueprint.content.parameters)
            content = ContentControl(rows=rows, method=method.prepared(rows))
            named.append(method)
        return cls(
            pool=pool,
            minimum=read_only(np.array([one.minimum for one in limits], dtype=np.int64)),
            maximum=read_only(np.array(maxima, dtype=np.int64)),
            shortest=blueprint.length.minimum,
            longest=blueprint.length.maximum,
            members=read_only(np.eye(len(people.blocks))[people.block_of]),
            targets=read_only(np.array([blueprint.stopping.target_for(name) for name in people.blocks])),
            criterion=judge,
            exposure=control_over,
            stops=tuple(Stop(rule=rule.prepared(pool), reason=reasons.index(rule.reason)) for rule in rules),
            reasons=reasons,
            strategies=(
                tuple(f"{one.name}@{one.version}" for one in named) + ((START,) if start else ())
                if multistage is None
                else (f"multistage_{multistage.routing.rule}@{ROUTING_VERSION}",)
            ),
            holding=control if isinstance(control, HoldingBack) else None,
            placing=control_over if isinstance(control_over, FewBest) else None,
            content=content,
            panels=None if multistage is None else Panels.create(pool, multistage, composite),
            shortlist=(
                None if content is not None or sets is not None else _shortlist(pool, judge, control_over)
            ),
        )


def _capacity(
    pool: Pool, control: PreparedFromRecord, limits: Sequence[Limits], longest: int, names: Sequence[str]
) -> list[Problem]:
    """Why the pool, or the items of a competency, are too few for the limit on their rates."""
    where = "blueprint.json selection.exposure.parameters"
    problems = capacity_problems(pool.n_items, longest, control.limit, where)
    for index, limit in enumerate(limits):
        n_own = int(np.sum(pool.competency == index))
        problems += capacity_problems(n_own, limit.minimum, control.limit, f"{where}, {names[index]}")
    return problems


def _shortlist(pool: Pool, criterion: PreparedCriterion, exposure: PreparedControl) -> Shortlist | None:
    """Where the criterion ranks items by information and the control takes one of the few best."""
    if not isinstance(criterion, Ranked) or not isinstance(exposure, FewBest):
        return None
    return Shortlist.create(pool, criterion, exposure.depth, across_blocks=criterion.across_blocks)


def _exposure(blueprint: Blueprint) -> tuple[str, Mapping[str, Any]]:
    """Name and parameters of the exposure control: a section of its own, or the draw among the best."""
    own = blueprint.selection.exposure
    if own is None:
        return "randomesque", {"size": blueprint.selection.randomesque}
    return own.name, own.parameters


def _rules(stopping: Stopping, registry: Registry) -> list[StoppingRule]:
    """The stopping rules in the order of the file."""
    parameters = dict(stopping.parameters)
    if stopping.rule == StandardError.name:  # its parameters have places of their own in the file
        parameters = {"target": stopping.target, "targets": dict(stopping.targets)} | parameters
    first = registry.stopping_rule(stopping.rule, parameters, "stopping")
    rules = [
        first,
        *(
            registry.stopping_rule(one.name, one.parameters, f"stopping.also[{index}]")
            for index, one in enumerate(stopping.also)
        ),
    ]
    if all(getattr(rule, "secondary", False) for rule in rules):
        raise InputError(
            Problem(
                where="blueprint.json stopping.rule",
                what="a secondary rule cannot stand alone",
                got=" and ".join(repr(rule.name) for rule in rules),
                remedy="Put another rule first, or both into all_of.",
            )
        )
    return rules


def _with_parts(rule: StoppingRule) -> list[StoppingRule]:
    """The rule and the rules that it is made of, so that the log names the versions of all."""
    return [rule, *(part for one in getattr(rule, "rules", ()) for part in _with_parts(one))]
