"""The types of the files' parts as pydantic sees them; private to loading.

Rule: this file knows *types* only (step one, raw). What the values must satisfy among themselves is in
``rules.py`` (step two), which also guards values that were built without any file.

The letters ``a`` and ``b`` of the files become words here, and letters again in
:func:`written_item`; nowhere else.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter
from pydantic_core import PydanticCustomError

from compassess.bank.entries import BankItem, CompetencyEntry, Option, Parameters, StandardErrors, Titled

__all__ = [
    "NAME",
    "NAMES",
    "NUMBER",
    "NUMBERS",
    "NUMBERS_BY_NAME",
    "TEXT",
    "TEXTS",
    "TRUTH",
    "WHOLE",
    "Name",
    "RawBlock",
    "RawCompetency",
    "RawItem",
    "RawPopulation",
    "Strict",
    "Whole",
    "adapter",
    "written_item",
]

_STRICT: Final = ConfigDict(strict=True, allow_inf_nan=False)


def _encodable(text: str) -> str:
    """Refuse half of a surrogate pair: JSON can spell it, UTF-8 cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise PydanticCustomError("text", "half of a surrogate pair, which is no character") from None
    return text


def _not_blank(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("blank", "blank")
    return text


def _whole(value: object) -> object:
    """4.0 is 4: JSON has one kind of number."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Text = Annotated[str, AfterValidator(_encodable)]
Name = Annotated[Text, AfterValidator(_not_blank)]
Texts = dict[Name, Name]
Whole = Annotated[int, BeforeValidator(_whole)]


class Strict(BaseModel):
    """A part of a file: no unknown keys, no conversions, no NaN."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False, extra="forbid", frozen=True)


def adapter(kind: Any) -> TypeAdapter[Any]:
    """An adapter for a type that is no model, with the strictness of :class:`Strict`."""
    return TypeAdapter(kind, config=_STRICT)


NAME: Final[TypeAdapter[str]] = adapter(Name)
TEXT: Final[TypeAdapter[str]] = adapter(Text)
TEXTS: Final[TypeAdapter[dict[str, str]]] = adapter(Texts)
NAMES: Final[TypeAdapter[list[str]]] = adapter(list[Name])
TRUTH: Final[TypeAdapter[bool]] = adapter(bool)
NUMBER: Final[TypeAdapter[float]] = adapter(float)
NUMBERS: Final[TypeAdapter[list[float]]] = adapter(list[float])
NUMBERS_BY_NAME: Final[TypeAdapter[dict[str, float]]] = adapter(dict[Name, float])
WHOLE: Final[TypeAdapter[int]] = adapter(Whole)


class RawPopulation(Strict):
    """Who the bank's θ refers to, and R."""

    description: Text
    correlations: list[list[float]]

    def entry(self) -> tuple[str, tuple[tuple[float, ...], ...]]:
        """The description and R."""
        return self.description, tuple(tuple(row) for row in self.correlations)


class RawBlock(Strict):
    """A block of competencies."""

    id: Name
    title: Texts

    def entry(self) -> Titled:
        """The value."""
        return Titled(id=self.id, title=self.title)


class RawCompetency(Strict):
    """A competency of a block."""

    id: Name
    block: Name
    loading: float
    title: Texts

    def entry(self) -> CompetencyEntry:
        """The value."""
        return CompetencyEntry(id=self.id, block=self.block, loading=self.loading, title=self.title)


class _RawParameters(Strict):
    a: float
    b: list[float | None]
    c: float = 0.0
    d: float = 1.0

    def entry(self) -> Parameters:
        return Parameters(
            discrimination=self.a, thresholds=tuple(self.b), guessing=self.c, upper_asymptote=self.d
        )


class _RawStandardErrors(Strict):
    a: float | None
    b: list[float | None]
    c: float | None = None
    d: float | None = None
    correlations: list[list[float]] | None = None

    def entry(self) -> StandardErrors:
        rows = self.correlations
        return StandardErrors(
            discrimination=self.a,
            thresholds=tuple(self.b),
            guessing=self.c,
            upper_asymptote=self.d,
            correlations=None if rows is None else tuple(tuple(row) for row in rows),
        )


class _RawOption(Strict):
    id: Name
    score: Whole
    text: Texts = Field(default_factory=dict)

    def entry(self) -> Option:
        return Option(id=self.id, score=self.score, text=self.text)


class RawItem(Strict):
    """An item of the bank; its provenance and attributes are judged in ``rules.py``."""

    id: Name
    block: Name
    competency: Name
    model: Name
    status: Literal["operational", "pilot", "suspended", "retired"]
    n_categories: Whole
    parameters: _RawParameters | None
    standard_errors: _RawStandardErrors | None = None
    provenance: dict[Name, Any]
    flags: list[Name] = Field(default_factory=list)
    text: Texts = Field(default_factory=dict)
    options: list[_RawOption] = Field(default_factory=list)
    rationale: Text | None = None
    attributes: dict[Name, Any] = Field(default_factory=dict)
    enemies: list[Name] = Field(default_factory=list)
    stimulus: Name | None = None

    def entry(self) -> BankItem:
        """The value."""
        return BankItem(
            id=self.id,
            block=self.block,
            competency=self.competency,
            model=self.model,
            status=self.status,
            n_categories=self.n_categories,
            parameters=None if self.parameters is None else self.parameters.entry(),
            standard_errors=None if self.standard_errors is None else self.standard_errors.entry(),
            provenance=self.provenance,
            flags=tuple(self.flags),
            text=self.text,
            options=tuple(option.entry() for option in self.options),
            rationale=self.rationale,
            attributes=self.attributes,
            enemies=tuple(self.enemies),
            stimulus=self.stimulus,
        )


def written_item(item: BankItem) -> dict[str, Any]:
    """An item as the file spells it, in the file's order of keys."""
    content: dict[str, Any] = {
        "id": item.id,
        "block": item.block,
        "competency": item.competency,
        "model": item.model,
        "status": item.status,
        "n_categories": item.n_categories,
        "parameters": _letters(item.parameters),
        "standard_errors": _letters(item.standard_errors),
        "provenance": dict(item.provenance),
        "flags": list(item.flags),
        "text": dict(item.text),
        "options": [{"id": o.id, "score": o.score, "text": dict(o.text)} for o in item.options],
    }
    # What a file may leave out stands there only where it says something, so that hashes stay.
    said = {
        "rationale": item.rationale,
        "attributes": dict(item.attributes) or None,
        "enemies": list(item.enemies) or None,
        "stimulus": item.stimulus,
    }
    return content | {name: value for name, value in said.items() if value is not None}


def _letters(values: Parameters | StandardErrors | None) -> dict[str, Any] | None:
    """The file's letters; asymptotes only where there are any, so that other items stay as they were."""
    if values is None:
        return None
    letters: dict[str, Any] = {"a": values.discrimination, "b": list(values.thresholds)}
    letters |= {"c": values.guessing} if values.guessing not in (0.0, None) else {}
    letters |= {"d": values.upper_asymptote} if values.upper_asymptote not in (1.0, None) else {}
    rows = values.correlations if isinstance(values, StandardErrors) else None
    return letters if rows is None else letters | {"correlations": [list(row) for row in rows]}
