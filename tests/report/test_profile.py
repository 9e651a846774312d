"""Where everything stands in the profile picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import combinations

import pytest

from compassess.report.profile import Label, Picture, picture
from compassess.report.words import words_in
from compassess.scoring.conclusion import Conclusion

LETTER = 6.0  # a little under the drawing's own estimate of a letter's width


def draw(conclusion: Conclusion, language: str = "en") -> Picture:
    """The picture of a conclusion."""
    return picture(conclusion, words_in(language))


def score_at(drawn: Picture, x: float) -> float:
    """The score (0 … 100) at a place of the plot."""
    return 100 * (x - drawn.plot_left) / (drawn.plot_right - drawn.plot_left)


def span(label: Label) -> tuple[float, float]:
    """About from where to where a label reaches."""
    width = len(label.text) * LETTER
    left = label.x - (width / 2 if label.anchor == "middle" else 0)
    return left, left + width


def test_there_is_a_row_for_every_result(usual: Conclusion) -> None:
    """The composite, then every block with its competencies, from top to bottom."""
    rows = draw(usual).rows
    assert [row.kind for row in rows[:2]] == ["overall", "block"]
    assert len(rows) == 1 + 3 + 12
    assert [row.y for row in rows] == sorted(row.y for row in rows)
    risks = [row.kind for row in rows if row.kind not in ("overall", "block")]
    assert risks == [result.risk for result in usual.competencies.values()]


def test_marks_and_intervals_stand_at_their_scores(usual: Conclusion) -> None:
    """A mark is at 50 + 10 θ, its interval 19.6 SE to either side; a tenth of a unit is the drawing's grain."""
    drawn = draw(usual)
    marks = {row.label[0].text: row for row in drawn.rows}
    row, result = marks["Cooperation"], usual.competencies["cooperation"]
    assert score_at(drawn, row.x) == pytest.approx(50 + 10 * result.theta, abs=0.05)
    assert score_at(drawn, row.low) == pytest.approx(50 + 10 * result.theta - 19.6 * result.se, abs=0.05)
    assert score_at(drawn, row.high) == pytest.approx(50 + 10 * result.theta + 19.6 * result.se, abs=0.05)
    assert row.threshold is not None
    assert score_at(drawn, row.threshold) == pytest.approx(33.5, abs=0.05)


def test_cut_lines_stand_at_the_cuts(usual: Conclusion) -> None:
    """One line for each cut, with its score under it and the name of the band that begins there."""
    drawn = draw(usual)
    assert [score_at(drawn, cut.x) for cut in drawn.cuts] == pytest.approx(usual.scale_cuts, abs=0.05)
    assert [label.text for label in drawn.score_labels] == ["0", "19.9", "31.6", "55.7", "100"]
    assert [label.text for label in drawn.band_labels] == [
        "minimal",
        "satisfactory",
        "effective",
        "excellent",
    ]
    assert all(row.threshold is None for row in drawn.rows if row.kind in ("overall", "block"))


def test_nothing_leaves_the_picture(conclusion: Conclusion, language: str) -> None:
    """Marks, intervals and thresholds stay in the plot, labels in the view box."""
    drawn = draw(conclusion, language)
    for row in drawn.rows:
        for x in (row.x, row.low, row.high):
            assert drawn.plot_left <= x <= drawn.plot_right
        assert drawn.plot_top < row.y < drawn.plot_bottom
        for label in row.label:
            assert span(label)[1] <= drawn.plot_left
    for label in (*drawn.band_labels, *drawn.score_labels):
        assert span(label)[0] >= 0
        assert span(label)[1] <= drawn.width
        assert 0 < label.y < drawn.height


def test_labels_do_not_touch(conclusion: Conclusion, language: str) -> None:
    """Labels on one line leave room for each other."""
    drawn = draw(conclusion, language)
    for labels in (drawn.band_labels, drawn.score_labels):
        for one, other in combinations(labels, 2):
            if one.y == other.y:
                assert span(one)[1] < span(other)[0] or span(other)[1] < span(one)[0]


def test_no_cut_line_runs_through_a_band_label(conclusion: Conclusion, language: str) -> None:
    """A line that begins above a label passes it at the side."""
    drawn = draw(conclusion, language)
    for label in drawn.band_labels:
        left, right = span(label)
        for cut in drawn.cuts:
            assert not (left < cut.x < right and cut.top < label.y)


def test_an_interval_beyond_the_scale_is_marked_open(cases: Mapping[str, Callable[[], Conclusion]]) -> None:
    """Scores at the limits stand at the edge, and an arrow says that the interval goes on."""
    drawn = draw(cases["extreme"]())
    rows = {row.label[0].text: row for row in drawn.rows}
    top, bottom = rows["Service to the people"], rows["Effectiveness of work"]
    assert (top.x, top.high_open, top.low_open) == (drawn.plot_right, True, False)
    assert (bottom.x, bottom.high_open, bottom.low_open) == (drawn.plot_left, False, True)


def test_a_long_title_is_wrapped_and_shortened(usual: Conclusion) -> None:
    """Three lines at most; an ellipsis tells that more stands in the table."""
    titles = {**usual.titles, "informing": {"en": "Informing " * 40}, "ethics": {"en": "Ж" * 300}}
    rows = draw(replace(usual, titles=titles)).rows
    (row,) = (row for row in rows if row.label[0].text.startswith("Informing Informing"))
    assert len(row.label) == 3
    assert row.label[-1].text.endswith("…")
    assert all(len(line.text) <= 35 for row in rows for line in row.label)


def test_cuts_beyond_the_scale_are_not_drawn(usual: Conclusion) -> None:
    """A scale that begins above the lowest cut shows only the cuts that lie on it."""
    drawn = draw(replace(usual, scale_range=(25.0, 100.0)))
    assert len(drawn.cuts) == 2
    assert [label.text for label in drawn.score_labels] == ["25", "31.6", "55.7", "100"]
