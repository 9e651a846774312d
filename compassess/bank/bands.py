"""The bands file: where the cuts on θ lie, the reporting scale, the risk zones, how sure is sure.

None of this is code: an agency sets its own. What is made here from published counts is an example.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from compassess.bank.band_policy import Losses, Policy, squared_distances
from compassess.bank.band_rules import bands_problems
from compassess.bank.bank import ItemBank
from compassess.bank.categories import Category, RawCategory
from compassess.bank.content_hash import content_hash
from compassess.bank.counts_of_2017 import COUNTS, SOURCE, cuts_from
from compassess.bank.files import read, write
from compassess.bank.norms import Norms, RawNorms
from compassess.bank.periods import Period
from compassess.bank.reader import Reader
from compassess.bank.readonly import freeze
from compassess.bank.retakes import RawRetakes, RetakeRule
from compassess.bank.risk_zones import RawRisk, RiskZones
from compassess.bank.scale import RawScale, Scale
from compassess.bank.schema import (
    NAME,
    NAMES,
    NUMBER,
    NUMBERS,
    NUMBERS_BY_NAME,
    TEXT,
    TRUTH,
    adapter,
)
from compassess.bank.validity import ValidityRule, validity_content, validity_from
from compassess.errors import InputError, Problem, raise_if_any

__all__ = ["Bands"]

_FILE: Final = "bands.json"
_FORMAT: Final = "compassess/bands/1"

_POLICY: Final = adapter(Policy)
_LOSSES: Final = adapter(list[list[float]])
_NO_LIMITS: Final = RetakeRule()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bands:
    """How a posterior becomes bands, scores and risk zones.

    Two values are equal where their content is; building one checks it. Whether it fits a bank is for
    :func:`compassess.bank.check_against` to say.

    Attributes
    ----------
    source : where the cuts come from.
    bank : id of the bank on whose θ the cuts lie; None where the file does not say, and then any bank of
        these blocks and competencies is taken for it.
    bands : ids, lowest first; ``cuts`` are the θ between them, a band is half-open [cut, next cut).
    policy : "highest_probability": the band with the highest posterior probability; "point_estimate": the
        band of the posterior mean; "least_expected_loss": the band with the least Σ_k P(k) loss(k, band).
    losses : loss by true and given band, for the last policy; None stands for squared distances.
    confirmation : a band that is given only from this posterior probability on.
    weights : of the blocks in the composite Σ w θ, 0 or more.
    contrast_probability : posterior probability from which on a strength or a weakness is named.
    validity : how long a result is valid, and which of several stands.
    retakes : when somebody may sit again; without limits where a file has no such section, and content and
        hash do not mention it then.
    norms : the population that scores are relative to; None for the bank's reference population.
    categories : what is otherwise for some categories of posts (:meth:`for_category`), by id.
    category, programme : the category that these bands are for, and the id of the blueprint that its
        people sit; None for everybody, and for any blueprint.

    Raises
    ------
    InputError : every fault, with its place as in ``bands.json``.
    """

    id: str
    illustrative: bool
    source: str
    bands: tuple[str, ...]
    cuts: tuple[float, ...]
    policy: Policy
    confirmation: Mapping[str, float]
    scale: Scale
    weights: Mapping[str, float]
    risk: RiskZones
    contrast_probability: float
    validity: ValidityRule
    bank: str | None = None
    losses: Losses | None = None
    norms: Norms | None = None
    categories: Mapping[str, Category] = field(default_factory=dict)
    category: str | None = None
    programme: str | None = None
    retakes: RetakeRule = _NO_LIMITS
    _content_hash: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        raise_if_any(
            bands_problems(
                bands=self.bands,
                cuts=self.cuts,
                confirmation=self.confirmation,
                scale=self.scale,
                weights=self.weights,
                risk=self.risk,
                contrast_probability=self.contrast_probability,
                validity=self.validity,
                retakes=self.retakes,
                losses=self.losses,
                policy=self.policy,
                norms=self.norms,
                categories=self.categories,
                category=self.category,
            )
        )
        freeze(self, confirmation=self.confirmation, weights=self.weights, categories=self.categories)
        object.__setattr__(self, "_content_hash", content_hash(self.to_dict()))

    def __eq__(self, other: object) -> bool:
        return self._content_hash == other._content_hash if isinstance(other, Bands) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._content_hash)

    @property
    def content_hash(self) -> str:
        """``"sha256:…"`` over the content: the same for every spelling of the same bands."""
        return self._content_hash

    @classmethod
    def illustrative_for(cls, bank: ItemBank) -> Bands:
        """An example for ``bank``: cuts that reproduce the band shares published for 2017.

        cut_k = Φ⁻¹(share of all that lie below band k); about −3.010, −1.843, 0.568.
        """
        return cls(
            id=bank.id,
            illustrative=True,
            source=SOURCE,
            bank=bank.id,
            bands=tuple(COUNTS),
            cuts=cuts_from(COUNTS),
            policy="highest_probability",
            confirmation={"minimal": 0.95},
            scale=Scale(mean=50.0, standard_deviation=10.0, minimum=0.0, maximum=100.0, decimals=0),
            weights={block.id: 1.0 for block in bank.blocks},
            risk=RiskZones(
                threshold=-1.65,
                risk_probability=0.5,
                clear_probability=0.1,
                minimum_items=2,
                above_all_probability=0.5,
            ),
            contrast_probability=0.9,
            validity=ValidityRule(period=Period(years=1), ends="same_time"),
        )

    @classmethod
    def load(cls, source: str | os.PathLike[str]) -> Bands:
        """Shipped bands by their name (a str), or a folder or file by its ``pathlib.Path``.

        Raises
        ------
        InputError : every fault of the file with its place.
        """
        return read(source, _FILE, cls.from_dict)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write ``bands.json`` into a folder, or write a ``.json`` file; returns the file's path."""
        return write(path, _FILE, self.to_dict())

    @classmethod
    def from_dict(cls, content: object) -> Bands:
        """The bands that a ``bands.json`` of this content describes.

        Raises
        ------
        InputError : every fault with its place.
        """
        reader = Reader(content, form=_FORMAT)
        name = reader.field("id", NAME, instead="")
        illustrative = reader.field("illustrative", TRUTH, instead=True)
        source = reader.field("source", TEXT, instead="")
        bands = reader.field("bands", NAMES, instead=None)
        cuts = reader.field("cuts", NUMBERS, instead=None)
        policy: Policy | None = reader.field("policy", _POLICY, instead=None)
        confirmation = reader.field("confirmation", NUMBERS_BY_NAME, instead={})
        scale = reader.part("scale", RawScale)
        weights = reader.field("weights", NUMBERS_BY_NAME, instead=None)
        risk = reader.part("risk", RawRisk)
        contrast = reader.field("contrast_probability", NUMBER, instead=0.5)
        validity = validity_from(reader)
        bank = reader.optional("bank", NAME)
        losses = reader.optional("losses", _LOSSES)
        norms = reader.optional_part("norms", RawNorms)
        categories = reader.optional_each_named("categories", RawCategory)
        category = reader.optional("category", NAME)
        programme = reader.optional("programme", NAME)
        retakes = reader.optional_part("retakes", RawRetakes) or _NO_LIMITS
        problems = reader.close()
        if (
            problems
            or bands is None
            or cuts is None
            or policy is None
            or weights is None
            or scale is None
            or risk is None
            or validity is None
        ):
            problems += bands_problems(
                bands=bands,
                cuts=cuts,
                confirmation=confirmation,
                scale=scale,
                weights=weights,
                risk=risk,
                contrast_probability=contrast,
                validity=validity,
                retakes=retakes,
                losses=losses,
                policy=policy,
                norms=norms,
                categories=categories,
                category=None,  # the categories may be unreadable; what is read is judged when built
            )
            raise InputError(problems)
        return cls(
            id=name,
            illustrative=illustrative,
            source=source,
            bands=tuple(bands),
            cuts=tuple(cuts),
            policy=policy,
            confirmation=confirmation,
            scale=scale,
            weights=weights,
            risk=risk,
            contrast_probability=contrast,
            validity=validity,
            retakes=retakes,
            bank=bank,
            losses=None if losses is None else tuple(tuple(row) for row in losses),
            norms=norms,
            categories=categories,
            category=category,
            programme=programme,
        )

    def for_category(self, name: str) -> Bands:
        """The bands for one category of posts: its cuts, norms, thresholds and weights where it has any.

        What the category leaves out is as in these bands; risk thresholds of single competencies are kept
        beside its own. ``category`` and ``programme`` of the result say which it is, and so does its hash.

        Raises
        ------
        InputError : a category that these bands do not know.
        """
        if name not in self.categories:
            known = "none: these bands have no categories"
            raise InputError(
                Problem(
                    where="category",
                    what="unknown category of posts",
                    got=repr(name),
                    expected=" or ".join(map(repr, self.categories)) or known,
                )
            )
        own = self.categories[name]
        common = self.risk.threshold if own.risk_threshold is None else own.risk_threshold
        thresholds = {**self.risk.thresholds, **own.risk_thresholds}
        return replace(
            self,
            cuts=self.cuts if own.cuts is None else own.cuts,
            norms=self.norms if own.norms is None else own.norms,
            weights=self.weights if own.weights is None else own.weights,
            risk=replace(self.risk, threshold=common, thresholds=thresholds),
            categories={name: own},  # the others override the bands for everybody, not these
            category=name,
            programme=own.programme,
        )

    @property
    def loss_table(self) -> Losses:
        """What the errors cost: ``losses``, or squared distances where the file states none."""
        return squared_distances(len(self.bands)) if self.losses is None else self.losses

    def to_dict(self) -> dict[str, Any]:
        """The content of ``bands.json`` in plain JSON types, detached from the bands."""
        content: dict[str, Any] = {
            "format": _FORMAT,
            "id": self.id,
            "illustrative": self.illustrative,
            "source": self.source,
            "bands": list(self.bands),
            "cuts": list(self.cuts),
            "policy": self.policy,
            "confirmation": dict(self.confirmation),
            "scale": self.scale.to_dict(),
            "weights": dict(self.weights),
            "risk": self.risk.to_dict(),
            "contrast_probability": self.contrast_probability,
            **validity_content(self.validity),
        }
        # What a file may leave out stands there only where it says something, so that hashes stay.
        if self.bank is not None:
            content["bank"] = self.bank
        if self.losses is not None:
            content["losses"] = [list(row) for row in self.losses]
        if self.norms is not None:
            content["norms"] = self.norms.to_dict()
        if self.categories:
            content["categories"] = {name: own.to_dict() for name, own in self.categories.items()}
        if self.category is not None:
            content["category"] = self.category
        if self.programme is not None:
            content["programme"] = self.programme
        if self.retakes != _NO_LIMITS:
            content["retakes"] = self.retakes.to_dict()
        return content
