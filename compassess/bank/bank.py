"""The item bank: what is asked, what it measures and how well, pinned by a content hash."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from compassess.bank.content_hash import content_hash
from compassess.bank.entries import BankItem, CompetencyEntry, Scalar, Texts, Titled, Uncertainty
from compassess.bank.error_covariance import covariance_of
from compassess.bank.files import read, write
from compassess.bank.from_calibration import ADMITTED, CalibrationLike, bank_parts
from compassess.bank.reader import Reader
from compassess.bank.readonly import ReadOnly, freeze
from compassess.bank.rules import BankParts, bank_problems
from compassess.bank.schema import (
    NAME,
    NAMES,
    TEXTS,
    TRUTH,
    RawBlock,
    RawCompetency,
    RawItem,
    RawPopulation,
    adapter,
    written_item,
)
from compassess.errors import InputError, Problem, raise_if_any
from compassess.irt.items import Items
from compassess.irt.population import Population

__all__ = ["ItemBank"]

_FILE: Final = "bank.json"
_FORMAT: Final = "compassess/bank/1"
_UNCERTAINTY: Final = adapter(Uncertainty)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ItemBank:
    """Items with their parameters, and the population that the parameters refer to.

    Two banks are equal where their content is; building one checks it, with or without a file.

    Attributes
    ----------
    id, version : the bank's name and edition, free text.
    title : by language.
    languages : those in which every title and every text exists; empty for a bank without texts.
    illustrative : True for an example that must not decide about people.
    description : who the reference population is; θ is N(0, 1) there in every block and competency.
    correlations : R of the blocks, in the order of ``blocks``.
    blocks, competencies, items : in the order of the file.
    uncertainty : "ignored": estimates of parameters count as true. "expected": answers are judged by their
        expected probabilities under the errors of the calibration, with slopes shrunk
        (:mod:`compassess.irt.expected_responses`), in every choice and every conclusion.

    Raises
    ------
    InputError : every fault of the parts, with its place as in ``bank.json``.
    """

    id: str
    version: str
    title: Texts
    languages: tuple[str, ...]
    illustrative: bool
    description: str
    correlations: tuple[tuple[float, ...], ...]
    blocks: tuple[Titled, ...]
    competencies: tuple[CompetencyEntry, ...]
    items: tuple[BankItem, ...]
    uncertainty: Uncertainty = "ignored"
    _population: Population = field(init=False, repr=False)
    _operational: tuple[BankItem, ...] = field(init=False, repr=False)
    _item_by_id: Mapping[str, BankItem] = field(init=False, repr=False)
    _irt_items: Items = field(init=False, repr=False)
    _content_hash: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        raise_if_any(bank_problems(_parts_of(self)))
        freeze(self, title=self.title)
        operational = tuple(item for item in self.items if item.is_operational)
        derived = {
            "correlations": _tidied(self.correlations),
            "_operational": operational,
            "_item_by_id": ReadOnly({item.id: item for item in self.items}),
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)
        object.__setattr__(self, "_population", _population_of(self))
        object.__setattr__(self, "_irt_items", _irt_items_of(operational, self._population, self.uncertainty))
        object.__setattr__(self, "_content_hash", content_hash(self.to_dict()))

    def __eq__(self, other: object) -> bool:
        return self._content_hash == other._content_hash if isinstance(other, ItemBank) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._content_hash)

    @property
    def content_hash(self) -> str:
        """``"sha256:…"`` over the content: the same for every spelling of the same bank."""
        return self._content_hash

    @property
    def population(self) -> Population:
        """The reference population: blocks N(0, R), and the competencies' loadings."""
        return self._population

    @property
    def operational(self) -> tuple[BankItem, ...]:
        """The items that may be presented, in the bank's order."""
        return self._operational

    def item(self, item_id: str) -> BankItem:
        """The item of that id, operational or not.

        Raises
        ------
        InputError : the bank has no such item.
        """
        if item_id not in self._item_by_id:
            raise InputError(Problem(where=f"item {item_id!r}", what=f"not in the bank {self.id!r}"))
        return self._item_by_id[item_id]

    def irt_items(self) -> Items:
        """The operational items as arrays, in the order of :attr:`operational`; the same object each time.

        ``status`` is the flag with which calibration admitted the item, "ok" without one.
        """
        return self._irt_items

    def titles(self) -> dict[str, Texts]:
        """``{id: {language: title}}`` of blocks and competencies.

        A competency that is its block, of the same id, has the block's title.
        """
        of_competencies = {one.id: one.title for one in self.competencies}
        return of_competencies | {block.id: block.title for block in self.blocks}

    @classmethod
    def load(cls, source: str | os.PathLike[str]) -> ItemBank:
        """A shipped bank by its name (a str), or a folder or file by its ``pathlib.Path``.

        Raises
        ------
        InputError : every fault of the file with its place, ``bank.json items[14].parameters.b[2]``.
        """
        return read(source, _FILE, cls.from_dict)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write ``bank.json`` into a folder, or write a ``.json`` file; returns the file's path.

        The old file stays whole until the new one is.
        """
        return write(path, _FILE, self.to_dict())

    @classmethod
    def from_dict(cls, content: object) -> ItemBank:
        """The bank that a ``bank.json`` of this content describes.

        Raises
        ------
        InputError : every fault with its place.
        """
        reader = Reader(content, form=_FORMAT)
        name = reader.field("id", NAME, instead="")
        version = reader.field("version", NAME, instead="")
        illustrative = reader.field("illustrative", TRUTH, instead=True)
        title = reader.field("title", TEXTS, instead=None)
        languages = reader.field("languages", NAMES, instead=[])
        population = reader.part("population", RawPopulation)
        uncertainty: Uncertainty = reader.optional("uncertainty", _UNCERTAINTY) or "ignored"
        parts = BankParts(
            languages=languages,
            title=title,
            correlations=None if population is None else population[1],
            blocks=reader.each("blocks", RawBlock),
            competencies=reader.each("competencies", RawCompetency),
            items=reader.each("items", RawItem),
            block_ids=reader.ids("blocks"),
            competency_ids=reader.ids("competencies"),
            uncertainty=uncertainty,
            item_ids=reader.ids("items"),
        )
        problems = reader.close()
        if problems or title is None or population is None:
            raise InputError(problems + bank_problems(parts))
        return cls(
            id=name,
            version=version,
            title=title,
            languages=tuple(languages),
            illustrative=illustrative,
            description=population[0],
            correlations=population[1],
            blocks=tuple(parts.blocks.values()),
            competencies=tuple(parts.competencies.values()),
            items=tuple(parts.items.values()),
            uncertainty=uncertainty,
        )

    def to_dict(self) -> dict[str, Any]:
        """The content of ``bank.json`` in plain JSON types, detached from the bank."""
        return {
            "format": _FORMAT,
            "id": self.id,
            "version": self.version,
            "illustrative": self.illustrative,
            "title": dict(self.title),
            "languages": list(self.languages),
            "population": {
                "description": self.description,
                "correlations": [list(row) for row in self.correlations],
            },
            "blocks": [{"id": block.id, "title": dict(block.title)} for block in self.blocks],
            "competencies": [
                {"id": one.id, "block": one.block, "loading": one.loading, "title": dict(one.title)}
                for one in self.competencies
            ],
            "items": [written_item(item) for item in self.items],
            **({} if self.uncertainty == "ignored" else {"uncertainty": self.uncertainty}),
        }

    @classmethod
    def from_calibration(
        cls,
        calibration: CalibrationLike,
        *,
        id: str,  # noqa: A002 - the name of the field
        version: str = "1",
        title: Texts | None = None,
        languages: Sequence[str] = (),
        description: str = "",
        illustrative: bool = False,
        titles: Mapping[str, Texts] | None = None,
        texts: Mapping[str, Mapping[str, object]] | None = None,
        provenance: Mapping[str, Scalar] | None = None,
        uncertainty: Uncertainty = "ignored",
    ) -> ItemBank:
        """A bank of calibrated items, referring to the reference population N(0, R) of the calibration.

        An item becomes operational where its status is "ok" or names no more than thin data
        ("unused_category", "sparse_category", "few_answers") and its slope is positive; otherwise it is
        suspended. A status other than "ok" stands among the item's flags.

        Parameters
        ----------
        calibration : has ``items``, ``standard_errors`` (or None), ``n_answers``, ``method``, ``n_persons``.
        titles : by id of a block or competency, ``{language: title}``.
        texts : by item id, an object with any of ``text``, ``options`` and ``rationale`` as in the file.
        provenance : added to every item's, for example ``{"date": "2026-03-01"}``.
        uncertainty : "expected" for a small pilot: what the errors of its parameters cost is then counted.

        Raises
        ------
        InputError : texts that belong to no item, or a content that no bank may have.
        """
        parts = bank_parts(calibration, titles=titles or {}, texts=texts or {}, provenance=provenance or {})
        correlations = calibration.items.population.correlation
        return cls.from_dict(
            {
                "format": _FORMAT,
                "id": id,
                "version": version,
                "illustrative": illustrative,
                "title": dict(title or {}),
                "languages": list(languages),
                "population": {
                    "description": description,
                    "correlations": [list(row) for row in _tidied(correlations)],
                },
                **parts,
                "uncertainty": uncertainty,
            }
        )


def _parts_of(bank: ItemBank) -> BankParts:
    return BankParts(
        languages=bank.languages,
        title=bank.title,
        correlations=bank.correlations,
        blocks=dict(enumerate(bank.blocks)),
        competencies=dict(enumerate(bank.competencies)),
        items=dict(enumerate(bank.items)),
        block_ids=[block.id for block in bank.blocks],
        competency_ids=[competency.id for competency in bank.competencies],
        uncertainty=bank.uncertainty,
        item_ids=[item.id for item in bank.items],
    )


def _tidied(correlations: ArrayLike) -> tuple[tuple[float, ...], ...]:
    """Exactly symmetric with an exact diagonal, so that what is saved is what is loaded again."""
    matrix = np.asarray(correlations, dtype=np.float64)
    matrix = (matrix + matrix.T) / 2.0
    np.fill_diagonal(matrix, 1.0)
    return tuple(tuple(row) for row in matrix.tolist())


def _population_of(bank: ItemBank) -> Population:
    return Population.create(
        [block.id for block in bank.blocks],
        correlation=bank.correlations,
        competencies={one.id: one.block for one in bank.competencies},
        loadings={one.id: one.loading for one in bank.competencies},
    )


def _irt_items_of(items: Sequence[BankItem], population: Population, uncertainty: Uncertainty) -> Items:
    known = [item.parameters for item in items if item.parameters is not None]  # all of them have some
    arrays = Items.create(
        ids=[item.id for item in items],
        models=[item.model for item in items],
        competencies=[item.competency for item in items],
        n_categories=[item.n_categories for item in items],
        a=[parameters.discrimination for parameters in known],
        b=[[math.nan if b is None else b for b in parameters.thresholds] for parameters in known],
        c=[parameters.guessing for parameters in known],
        d=[parameters.upper_asymptote for parameters in known],
        status=[next((flag for flag in item.flags if flag in ADMITTED), "ok") for item in items],
        population=population,
    )
    arrays.n_categories.flags.writeable = False  # everybody who asks gets this one object
    if uncertainty == "ignored":
        return arrays
    return replace(arrays, covariances=tuple(covariance_of(item) for item in items))
