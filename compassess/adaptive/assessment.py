"""An assessment: bank, blueprint and bands, checked against each other and laid out for sittings."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compassess.adaptive.content import Rows, clash_problems, rows_of
from compassess.adaptive.item_sets import ItemSets
from compassess.adaptive.path_check import path_problems
from compassess.adaptive.plan import Plan
from compassess.adaptive.registry import SHIPPED, Registry
from compassess.bank import Bands, Blueprint, ItemBank, check_against
from compassess.errors import InputError, Problem, gathering, raise_if_any
from compassess.scoring import (
    Attempt,
    CurrentResult,
    Interpretation,
    Provenance,
    Retake,
    current_result,
    may_retake,
)
from compassess.version import engine_version

if TYPE_CHECKING:
    from compassess.adaptive.exposure import ExposureRecord
    from compassess.adaptive.session import Session

__all__ = ["Assessment"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Assessment:
    """All that a sitting needs, pinned by content hash; immutable, and shared by threads.

    Attributes
    ----------
    bank, blueprint, bands : the values behind the three files.
    interpretation : the bank and the bands on the grid.
    plan : the blueprint over the operational items, in arrays.
    registry : the strategies that the blueprint may name.
    """

    bank: ItemBank
    blueprint: Blueprint
    bands: Bands
    interpretation: Interpretation
    plan: Plan
    registry: Registry

    @classmethod
    def create(
        cls,
        bank: ItemBank,
        blueprint: Blueprint | None = None,
        bands: Bands | None = None,
        *,
        nodes: int | None = None,
        registry: Registry = SHIPPED,
    ) -> Assessment:
        """Check the three against each other and lay them out on ``nodes`` nodes a block.

        Defaults: two items a competency, then SE ≤ 0.40 in every block, at most 30; illustrative
        bands. ``registry`` holds the strategies that the blueprint may name; a caller's own are added by
        :meth:`compassess.adaptive.Registry.with_own`.

        Raises
        ------
        InputError : every fault: unknown names, minima that the bank or the length cannot serve,
            weights that do not fit, unknown strategies, content constraints that no test satisfies.
        """
        chosen = blueprint or Blueprint.default(bank)
        rules = bands or Bands.illustrative_for(bank)
        raise_if_any(check_against(bank, chosen, rules))
        rows = _content_rows(bank, chosen)
        raise_if_any(list(path_problems(bank, chosen)))
        interpretation = Interpretation.create(bank, rules, nodes=nodes)
        return cls(
            bank=bank,
            blueprint=chosen,
            bands=rules,
            interpretation=interpretation,
            plan=Plan.create(
                interpretation.measurement,
                chosen,
                registry,
                rows,
                rules.category,
                ItemSets.create(bank, chosen, interpretation.measurement.items.ids),
                interpretation.composite,
            ),
            registry=registry,
        )

    @classmethod
    def load(
        cls, source: str | os.PathLike[str], *, nodes: int | None = None, registry: Registry = SHIPPED
    ) -> Assessment:
        """A shipped assessment by its name (a str), or a folder by its ``pathlib.Path``.

        Raises
        ------
        InputError : every fault of the three files, each with its place.
        """
        problems: list[Problem] = []
        with gathering(problems):
            bank = ItemBank.load(source)
        with gathering(problems):
            blueprint = Blueprint.load(source)
        with gathering(problems):
            bands = Bands.load(source)
        raise_if_any(list(dict.fromkeys(problems)))
        return cls.create(bank, blueprint, bands, nodes=nodes, registry=registry)

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write bank.json, blueprint.json and bands.json into a folder; returns the folder."""
        path = Path(folder)
        path.mkdir(parents=True, exist_ok=True)
        self.bank.save(path)
        self.blueprint.save(path)
        self.bands.save(path)
        return path

    def for_category(self, name: str, blueprint: Blueprint | None = None) -> Assessment:
        """The assessment for one category of posts: its own rules, and the programme that it sits.

        Parameters
        ----------
        name : a category of the bands (:meth:`compassess.bank.Bands.for_category`).
        blueprint : the category's programme; may be left out where it has none, or where it is this
            assessment's blueprint.

        Raises
        ------
        InputError : a category that the bands do not know; a programme that was not handed over; a blueprint
            that is another one; whatever does not fit the bank.
        """
        rules = self.bands.for_category(name)
        chosen = blueprint or self.blueprint
        if rules.programme is not None and chosen.id != rules.programme:
            raise InputError(
                Problem(
                    where="blueprint",
                    what=f"the category {name!r} sits another programme",
                    got=repr(chosen.id),
                    expected=repr(rules.programme),
                    remedy="Hand over its blueprint: for_category(name, blueprint=Blueprint.load(…)).",
                )
            )
        nodes = self.interpretation.lattice.grid.n_nodes
        own = chosen.for_category(name)
        return Assessment.create(self.bank, own, rules, nodes=nodes, registry=self.registry)

    def current_result(self, history: Sequence[Attempt], at: datetime | str) -> CurrentResult:
        """Which of a person's results stands at a time, by the validity of the bands.

        See :func:`compassess.scoring.current_result`; ``Conclusion.attempt`` makes the members of a history.

        Raises
        ------
        InputError : every fault of the history and of the time.
        """
        return current_result(history, at, self.bands.validity)

    def may_retake(self, history: Sequence[Attempt], at: datetime | str) -> Retake:
        """Whether a person with these sittings may sit at a time, by the bands' rule for retakes.

        :meth:`start` does not ask: who sits, and how often, is for the hall to know. See
        :func:`compassess.scoring.may_retake`.

        Raises
        ------
        InputError : every fault of the history and of the time.
        """
        return may_retake(history, at, self.bands.retakes)

    @property
    def provenance(self) -> Provenance:
        """What results stand on, by content hash."""
        return Provenance(
            bank=self.bank.id,
            bank_version=self.bank.version,
            bank_hash=self.bank.content_hash,
            blueprint_hash=self.blueprint.content_hash,
            bands_hash=self.bands.content_hash,
            engine_version=engine_version(),
        )

    @property
    def strategies(self) -> tuple[str, ...]:
        """The strategies with their versions, for the log."""
        return self.plan.strategies

    def start(
        self,
        *,
        examinee: str | None = None,
        seed: int = 0,
        language: str | None = None,
        at: datetime | str | None = None,
        confirms: Session | Sequence[dict[str, Any]] | None = None,
        time_factor: float | None = None,
        prior: Mapping[str, Sequence[float]] | None = None,
        exposure: ExposureRecord | None = None,
    ) -> Session:
        """Begin a sitting; its first item is then pending.

        Parameters
        ----------
        examinee : a pseudonym.
        seed : an integer in [0, 2⁶³); the same seed and answers give the same items.
        language : one of the bank's; default its first.
        at : the time, with a zone; the engine reads no clock.
        confirms : a finished first sitting of the same examinee on the same files, or its log. This one then
            begins with its posterior, presents none of its items, and is concluded on with both.
        time_factor : what the blueprint's limits of time are multiplied by for this examinee, from 1 on.
        prior : ``{block: (mean, SD)}`` of θ from an earlier result or a regression on the person's group.
            Items are chosen from it; θ, stops and the conclusion keep the population's prior, so that
            nobody's result hangs on the group. Blocks left out have mean 0 and SD 1.
        exposure : the record from which the blueprint's exposure control draws the items that are closed to
            this sitting, where it is one that draws (``item_eligibility``, ``restricted_rate``). When the
            sitting is over: ``record.add(session.exposure())``.

        Raises
        ------
        InputError : a seed, language, time, time factor or prior that is none; a record that the exposure
            control lacks, or has no use for; with ``confirms`` every reason
            why that sitting cannot be confirmed here, and what to do.
        """
        from compassess.adaptive.session import Session

        return Session.begin(
            self,
            examinee=examinee,
            seed=seed,
            language=language,
            at=at,
            confirms=confirms,
            time_factor=time_factor,
            prior=prior,
            exposure=exposure,
        )


def _content_rows(bank: ItemBank, blueprint: Blueprint) -> Rows | None:
    """Its content constraints laid out; InputError where no test satisfies them, for whatever category."""
    content = blueprint.content
    if content is None:
        return None
    raise_if_any(
        [
            problem
            for category in (None, *content.categories)
            for problem in clash_problems(rows_of(bank, blueprint.for_category(category)), category)
        ]
    )
    return rows_of(bank, blueprint)
