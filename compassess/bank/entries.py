"""What a bank consists of, as immutable values.

Units: discriminations per unit of θ, thresholds on θ (the logistic metric, D = 1), scores are
categories 0 … K − 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from compassess.bank.readonly import freeze
from compassess.errors import InputError, Problem

__all__ = [
    "Attribute",
    "BankItem",
    "CompetencyEntry",
    "Option",
    "Parameters",
    "Scalar",
    "StandardErrors",
    "Status",
    "Texts",
    "Titled",
    "Uncertainty",
]

Texts = Mapping[str, str]
Scalar = str | int | float | None
Attribute = str | int | float
Status = Literal["operational", "pilot", "suspended", "retired"]
#: Whether estimates of parameters count as true, or answers are judged by expected probabilities.
Uncertainty = Literal["ignored", "expected"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Titled:
    """A block: its id and its title by language."""

    id: str
    title: Texts

    def __post_init__(self) -> None:
        freeze(self, title=self.title)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompetencyEntry:
    """A competency, the block it stands in, and its loading λ on that block, in (−1, 1]."""

    id: str
    block: str
    loading: float
    title: Texts

    def __post_init__(self) -> None:
        freeze(self, title=self.title)


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """What the examinee can choose: its text by language, and the category that it scores."""

    id: str
    score: int
    text: Texts

    def __post_init__(self) -> None:
        freeze(self, text=self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """The discrimination, the K − 1 thresholds, and the asymptotes of a 3PL or 4PL item.

    A threshold is None where the boundary was never observed; 0 and 1 are no asymptotes.
    """

    discrimination: float
    thresholds: tuple[float | None, ...]
    guessing: float = 0.0
    upper_asymptote: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardErrors:
    """Standard errors of :class:`Parameters`, None where there is none.

    ``correlations`` of the errors, rows of the lower triangle without its diagonal, in the order
    discrimination, thresholds that were observed, guessing, upper asymptote; the last two only for 3PL and
    4PL. None where they are unknown.
    """

    discrimination: float | None
    thresholds: tuple[float | None, ...]
    guessing: float | None = None
    upper_asymptote: float | None = None
    correlations: tuple[tuple[float, ...], ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BankItem:
    """One item: what it measures, its parameters and where they come from, what the examinee sees.

    Attributes
    ----------
    block, competency : ids; answers depend on the competency's θ alone.
    model : the response model, one of :data:`compassess.bank.rules.BANK_MODELS`.
    status : only "operational" items are presented and scored.
    n_categories : K; the answers are scored 0 … K − 1.
    parameters, standard_errors : None where unknown; an operational item has parameters.
    provenance : how the parameters came about: texts and numbers by name.
    flags : remarks of the calibration, "sparse_category" for one.
    text : the question by language; empty where texts are kept elsewhere.
    options : empty where the answer is the scored category itself.
    rationale : why the options score as they do.
    attributes : what content constraints may ask of it: texts and numbers by name.
    enemies : ids of items that should not stand beside it in a test.
    stimulus : id of the set that it shares a stimulus with; None for an item that stands alone.
    """

    id: str
    block: str
    competency: str
    model: str
    status: Status
    n_categories: int
    parameters: Parameters | None
    standard_errors: StandardErrors | None = None
    provenance: Mapping[str, Scalar]
    flags: tuple[str, ...] = ()
    text: Texts
    options: tuple[Option, ...] = ()
    rationale: str | None = None
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    enemies: tuple[str, ...] = ()
    stimulus: str | None = None

    def __post_init__(self) -> None:
        freeze(self, provenance=self.provenance, text=self.text, attributes=self.attributes)

    @property
    def is_operational(self) -> bool:
        """Whether the item may be presented and scored."""
        return self.status == "operational"

    def option(self, option_id: str) -> Option:
        """The option of that id.

        Raises
        ------
        InputError : the item has no such option.
        """
        for option in self.options:
            if option.id == option_id:
                return option
        raise InputError(
            Problem(
                where=f"item {self.id!r}",
                what="no such option",
                got=repr(option_id),
                expected=" or ".join(option.id for option in self.options) or "an item without options",
            )
        )
