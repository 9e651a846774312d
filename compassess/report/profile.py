"""The profile picture as places: where every row, interval, mark and label of the SVG stands.

Rule: numbers and strings only; the tags are in ``templates/profile.html.j2``. All lengths are in
units of the SVG's view box.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from compassess.report.scale import ReportingScale
from compassess.report.words import Words, title_of
from compassess.scoring.conclusion import Conclusion

__all__ = ["CutLine", "Label", "Picture", "Row", "Stripe", "picture"]

_WIDTH: Final = 760.0
_PLOT_LEFT: Final = 232.0
_PLOT_RIGHT: Final = 588.0
_WORD_LEFT: Final = 604.0
_LETTER: Final = 6.8  # mean advance of a letter at 11 units; Cyrillic runs wider than Latin
_LABEL_LETTERS: Final = 35
_WORD_LETTERS: Final = 25
_LABEL_LINES: Final = 3  # what is cut off here stands whole in the tables
_LINE: Final = 13.0
_ROW_PADDING: Final = 7.0
_GROUP_GAP: Final = 6.0
_LABEL_ROW: Final = 14.0
_LABEL_INSET: Final = 3.0
_LABEL_ASCENT: Final = 9.0
_BREATH: Final = 8.0  # the least space between two labels on one line


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A word or number at a place; ``anchor`` is SVG's text-anchor."""

    text: str
    x: float
    y: float
    anchor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CutLine:
    """A vertical line between two bands, from the name of the upper one downwards."""

    x: float
    top: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stripe:
    """A faint ground under every other band."""

    x: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A result: its label in lines, the interval, the mark, the threshold, and the verdict in a word.

    ``kind`` is "overall", "block" or a risk and chooses the shape of the mark. ``low_open`` and
    ``high_open`` tell that the interval runs beyond the scale.
    """

    kind: str
    y: float
    label: tuple[Label, ...]
    word: tuple[Label, ...]
    x: float
    low: float
    high: float
    low_open: bool
    high_open: bool
    threshold: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The whole profile."""

    width: float
    height: float
    plot_left: float
    plot_right: float
    plot_top: float
    plot_bottom: float
    stripes: tuple[Stripe, ...]
    cuts: tuple[CutLine, ...]
    band_labels: tuple[Label, ...]
    score_labels: tuple[Label, ...]
    separators: tuple[float, ...]
    rows: tuple[Row, ...]


def picture(conclusion: Conclusion, words: Words) -> Picture:
    """Lay out the profile of a conclusion."""
    return _Drawing(conclusion, words).picture()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Result:
    """What a row shows, before it has a place."""

    kind: str
    title: str
    word: str
    theta: float
    se: float
    risk_threshold: float | None = None


class _Drawing:
    def __init__(self, conclusion: Conclusion, words: Words) -> None:
        self.conclusion = conclusion
        self.words = words
        self.scale = ReportingScale.of(conclusion)

    def picture(self) -> Picture:
        band_labels = self._band_labels()
        top = max((label.y for label in band_labels), default=0.0) + 8.0
        rows, separators, bottom = self._rows(top)
        score_labels = self._score_labels(bottom)
        edges = [_PLOT_LEFT, *(self._x(cut) for cut in self._cut_scores()), _PLOT_RIGHT]
        grounds = list(pairwise(edges))[::2]
        return Picture(
            width=_WIDTH,
            height=round(max(label.y for label in score_labels) + 6.0, 1),
            plot_left=_PLOT_LEFT,
            plot_right=_PLOT_RIGHT,
            plot_top=top,
            plot_bottom=bottom,
            stripes=tuple(Stripe(x=left, width=round(right - left, 1)) for left, right in grounds),
            cuts=tuple(self._cut_lines(band_labels)),
            band_labels=band_labels,
            score_labels=score_labels,
            separators=separators,
            rows=rows,
        )

    def _x(self, score: float) -> float:
        share = (self.scale.within(score) - self.scale.lowest) / (self.scale.highest - self.scale.lowest)
        return round(_PLOT_LEFT + share * (_PLOT_RIGHT - _PLOT_LEFT), 1)

    def _inside(self, cut: float) -> bool:
        return self.scale.lowest < cut < self.scale.highest

    def _cut_scores(self) -> list[float]:
        return [cut for cut in self.conclusion.scale_cuts if self._inside(cut)]

    def _cut_lines(self, band_labels: tuple[Label, ...]) -> Iterator[CutLine]:
        for cut, label in zip(self.conclusion.scale_cuts, band_labels[1:], strict=True):
            if self._inside(cut):
                yield CutLine(x=self._x(cut), top=label.y - _LABEL_ASCENT)

    def _band_labels(self) -> tuple[Label, ...]:
        """Every band's name where the band begins, lowest first, on as many lines as keep them apart."""
        starts = [self.scale.lowest, *self.conclusion.scale_cuts]
        wanted = [
            (self.words.name("band", band), self._x(start) + _LABEL_INSET)
            for band, start in zip(self.conclusion.bands, starts, strict=True)
        ]
        return tuple(_staggered(wanted, "start", _LABEL_ROW))

    def _score_labels(self, bottom: float) -> tuple[Label, ...]:
        """The cuts and the ends of the scale under the axis."""
        scores = [self.scale.lowest, *self._cut_scores(), self.scale.highest]
        wanted = [(self._tidy(score), self._x(score)) for score in scores]
        return tuple(_staggered(wanted, "middle", bottom + _LABEL_ROW))

    def _tidy(self, score: float) -> str:
        return self.words.number(score, 0 if float(score).is_integer() else 1)

    def _rows(self, top: float) -> tuple[tuple[Row, ...], tuple[float, ...], float]:
        rows, separators, y = [], [], top
        for position, group in enumerate(self._groups()):
            if position:
                separators.append(round(y + _GROUP_GAP / 2, 1))
                y += _GROUP_GAP
            for result in group:
                row, y = self._row(result, y)
                rows.append(row)
        return tuple(rows), tuple(separators), round(y, 1)

    def _groups(self) -> Iterator[list[_Result]]:
        """The composite, then every block with its competencies."""
        conclusion = self.conclusion
        yield [
            _Result(
                kind="overall",
                title=self.words.say("overall"),
                word=self.words.name("band", conclusion.band),
                theta=conclusion.theta,
                se=conclusion.se,
            )
        ]
        owners = [*conclusion.blocks, *(result.block for result in conclusion.competencies.values())]
        for block in dict.fromkeys(owners):
            yield [*self._block(block), *self._competencies(block)]

    def _block(self, name: str) -> Iterator[_Result]:
        block = self.conclusion.blocks.get(name)
        if block is not None:
            yield _Result(
                kind="block",
                title=self._title(name),
                word=self.words.name("band", block.band),
                theta=block.theta,
                se=block.se,
            )

    def _competencies(self, block: str) -> Iterator[_Result]:
        for result in self.conclusion.competencies.values():
            if result.block == block:
                yield _Result(
                    kind=result.risk,
                    title=self._title(result.id),
                    word=self.words.name("risk", result.risk),
                    theta=result.theta,
                    se=result.se,
                    risk_threshold=result.risk_threshold,
                )

    def _title(self, name: str) -> str:
        return title_of(self.conclusion.titles, name, self.words.language)

    def _row(self, result: _Result, top: float) -> tuple[Row, float]:
        """The row that begins at ``top``, and where the next one begins."""
        summary = result.kind in ("overall", "block")
        indent = 0.0 if summary else 12.0
        titles = _lines(result.title, _LABEL_LETTERS - (4 if summary else 2))
        words = _lines(result.word, _WORD_LETTERS)
        height = _LINE * max(len(titles), len(words)) + _ROW_PADDING
        middle = round(top + height / 2, 1)
        scale = self.scale
        low, high = scale.interval(result.theta, result.se)
        threshold = None if result.risk_threshold is None else self._x(scale.score(result.risk_threshold))
        row = Row(
            kind=result.kind,
            y=middle,
            label=_block_of_lines(titles, indent, middle),
            word=_block_of_lines(words, _WORD_LEFT, middle),
            x=self._x(scale.score(result.theta)),
            low=self._x(low),
            high=self._x(high),
            low_open=low <= scale.lowest,
            high_open=high >= scale.highest,
            threshold=threshold,
        )
        return row, top + height


def _lines(text: str, letters: int) -> list[str]:
    return textwrap.wrap(text, letters, max_lines=_LABEL_LINES, placeholder="…") or [""]


def _block_of_lines(lines: list[str], x: float, middle: float) -> tuple[Label, ...]:
    """Lines of text around ``middle``; a baseline stands about 4 units below the middle of its line."""
    first = middle - _LINE * (len(lines) - 1) / 2 + 4.0
    return tuple(
        Label(text=line, x=x, y=round(first + _LINE * position, 1), anchor="start")
        for position, line in enumerate(lines)
    )


def _staggered(wanted: Iterable[tuple[str, float]], anchor: str, top: float) -> Iterator[Label]:
    """Labels from left to right, each one line below the lowest label that reaches over its beginning.

    So neither another label nor the cut line that comes down from another label runs through one.
    """
    taken: list[tuple[float, int]] = []
    for text, x in sorted(wanted, key=lambda label: label[1]):
        width = len(text) * _LETTER + _BREATH
        left = x - width / 2 if anchor == "middle" else x
        line = 1 + max((line for right, line in taken if right > left), default=-1)
        taken.append((left + width, line))
        yield Label(text=text, x=round(x, 1), y=round(top + line * _LABEL_ROW, 1), anchor=anchor)
