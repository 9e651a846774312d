"""A conclusion as plain text for a terminal or a printer with one width of letters."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from compassess.report.sheet import BandLine, Fact, Sheet, sheet
from compassess.report.words import words_in
from compassess.scoring.conclusion import Conclusion

__all__ = ["conclusion_text"]

_WIDTH: Final = 78  # fits the narrowest terminal in use, 80 columns
_INDENT: Final = "  "
_GAP: Final = "  "
_LABEL: Final = 42  # the longest label of the catalogues on one line


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    header: str
    width: int
    right: bool = False

    def lines(self, text: str) -> list[str]:
        return _wrap(text, self.width)

    def pad(self, line: str) -> str:
        return line.rjust(self.width) if self.right else line.ljust(self.width)


def conclusion_text(conclusion: Conclusion, language: str) -> str:
    """The conclusion as plain text in ``"kk"``, ``"ru"`` or ``"en"``.

    Lines have at most 78 columns and end in a newline; there are no control characters but that.

    Raises
    ------
    InputError
        An unknown language, or a time in the conclusion that is not ISO 8601.
    """
    return "\n".join(line.rstrip() for line in _lines(sheet(conclusion, words_in(language)))) + "\n"


def _lines(page: Sheet) -> Iterator[str]:
    say = page.words.say
    yield from _title(say("title"))
    yield from _warnings(say("warning"), page.warnings)
    yield ""
    yield from _facts(page.facts)

    yield from _heading(say("overall-heading"))
    yield from _facts((Fact(label=say("overall-band"), value=page.band_with_probability), *page.results))
    yield ""
    yield from _overall_bands(page)
    yield from _note(page.evidence)

    if page.blocks:
        yield from _heading(say("blocks-heading"))
        yield from _blocks(page)
    yield from _note(page.evidence_explained)
    if page.groups:
        yield from _heading(say("competencies-heading"))
        yield from _competencies(page)
        yield from _note(page.risk_threshold)
        yield from _note(page.risk_evidence)

    yield from _heading(say("above-heading"))
    yield from _paragraphs((page.above, page.above_probability))
    yield from _heading(say("contrast-heading"))
    yield from _contrasts(page)

    if page.remarks:
        yield from _heading(say("remarks-heading"))
        yield from _bullets(page.remarks)
    yield from _heading(say("ending-heading"))
    yield from _paragraphs(page.ending)
    yield from _heading(say("meaning-heading"))
    yield from _bullets(page.meaning)
    yield from _heading(say("notice-heading"))
    yield from _bullets(page.notice)
    yield from _heading(say("decision-heading"))
    yield from _decision(page)
    yield from _heading(say("provenance-heading"))
    yield from _facts([Fact(label=entry.label, value=entry.short) for entry in page.hashes])
    yield from _facts((page.engine,))


def _wrap(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_on_hyphens=False) or [""]


def _paragraphs(sentences: Iterable[str], indent: str = _INDENT) -> Iterator[str]:
    for sentence in sentences:
        for line in _wrap(sentence, _WIDTH - len(indent)):
            yield indent + line


def _bullets(sentences: Iterable[str]) -> Iterator[str]:
    for sentence in sentences:
        first, *others = _wrap(sentence, _WIDTH - 2 * len(_INDENT))
        yield f"{_INDENT}– {first}"
        for line in others:
            yield 2 * _INDENT + line


def _title(title: str) -> Iterator[str]:
    lines = _wrap(title.upper(), _WIDTH)
    yield from lines
    yield "=" * max(map(len, lines))


def _heading(heading: str) -> Iterator[str]:
    lines = _wrap(heading.upper(), _WIDTH)
    yield ""
    yield from lines
    yield "-" * max(map(len, lines))


def _warnings(word: str, warnings: Iterable[str]) -> Iterator[str]:
    for warning in warnings:
        yield ""
        for line in _wrap(f"{word.upper()}! {warning}", _WIDTH - 4):
            yield f"!!  {line}"


def _note(sentence: str | None) -> Iterator[str]:
    if sentence is not None:
        yield ""
        yield from _paragraphs((sentence,))


def _facts(facts: Iterable[Fact]) -> Iterator[str]:
    columns = (
        _Column(header="", width=_LABEL),
        _Column(header="", width=_WIDTH - _LABEL - len(_INDENT + _GAP)),
    )
    for fact in facts:
        yield from _row(columns, (fact.label, fact.value))


def _row(columns: Sequence[_Column], cells: Sequence[str]) -> Iterator[str]:
    wrapped = [column.lines(cell) for column, cell in zip(columns, cells, strict=True)]
    for parts in zip_longest(*wrapped, fillvalue=""):
        yield _INDENT + _GAP.join(column.pad(part) for column, part in zip(columns, parts, strict=True))


def _head(columns: Sequence[_Column]) -> Iterator[str]:
    yield from _row(columns, [column.header for column in columns])
    yield _INDENT + _GAP.join("-" * column.width for column in columns)


def _overall_bands(page: Sheet) -> Iterator[str]:
    say = page.words.say
    columns = (
        _Column(header=say("column-band"), width=_LABEL),
        _Column(header=say("column-scores"), width=12, right=True),
        _Column(header=say("column-probability"), width=12, right=True),
    )
    yield from _head(columns)
    for band in page.bands:
        yield from _row(columns, (band.name, band.scores, band.probability))


def _blocks(page: Sheet) -> Iterator[str]:
    say = page.words.say
    columns = (
        _Column(header=say("column-block"), width=32),
        _Column(header=say("column-score"), width=13, right=True),
        _Column(header=say("column-band"), width=27),
    )
    yield from _head(columns)
    for block in page.blocks:
        yield from _row(columns, (block.title, block.score, block.band))
        yield from _band_probabilities(block.bands)
        if block.evidence is not None:
            yield from _paragraphs((block.evidence,), indent=2 * _INDENT)


def _band_probabilities(bands: Iterable[BandLine]) -> Iterator[str]:
    pairs = (f"{band.name} {band.probability}" for band in bands)
    # A band and its probability stay on one line.
    joined = "; ".join(pair.replace(" ", "\u00a0") for pair in pairs)
    for line in _wrap(joined, _WIDTH - 2 * len(_INDENT)):
        yield 2 * _INDENT + line


def _competencies(page: Sheet) -> Iterator[str]:
    say = page.words.say
    columns = (
        _Column(header=say("column-competency"), width=24),
        _Column(header=say("column-score"), width=11, right=True),
        _Column(header=say("column-items"), width=8, right=True),
        _Column(header=say("column-risk-probability"), width=11, right=True),
        _Column(header=say("column-risk"), width=14),
    )
    yield from _head(columns)
    for group in page.groups:
        yield from _wrap(f"{_INDENT}[{group.title}]", _WIDTH)
        for line in group.competencies:
            cells = (line.title, line.score, line.n_items, line.risk_probability, line.risk_word)
            yield from _row(columns, cells)


def _contrasts(page: Sheet) -> Iterator[str]:
    say = page.words.say
    yield from _paragraphs((page.contrast,))
    if not page.strengths and not page.weaknesses:
        return
    for heading, facts in (("strengths", page.strengths), ("weaknesses", page.weaknesses)):
        yield from _paragraphs((f"{say(heading)}:",))
        yield from _bullets([f"{fact.label}: {fact.value}" for fact in facts] or [say("contrast-none-here")])


def _decision(page: Sheet) -> Iterator[str]:
    say = page.words.say
    yield from _paragraphs((say("decision-explained"),))
    for message in ("decision-text", "decision-name", "decision-signature", "decision-date"):
        yield ""
        label = say(message)
        yield f"{_INDENT}{label}: " + "_" * (_WIDTH - len(_INDENT) - len(label) - 2)
