"""compassess.report.plots: the figures of a study on axes, in three languages."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import banks
import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

import compassess as ca
from compassess.adaptive import STOPPING_RULES
from compassess.errors import InputError, MissingExtra
from compassess.irt import simulate_abilities, simulate_responses
from compassess.report import plots
from compassess.report.words import Words, words_in

BANK: Final = banks.three_blocks(4)
REASONS: Final = (
    "length",
    "precision",
    "pool_exhausted",
    "path_complete",
    *dict.fromkeys(rule.reason for rule in STOPPING_RULES.values() if rule.reason != "precision"),
    "a_rule_of_ones_own",
)


@cache
def studied() -> ca.SimulationStudy:
    """Sittings of several lengths that end for two reasons."""
    return ca.simulate(banks.assessment(BANK, length=(4, 14), limits=(0, None), target=0.72), 300, seed=5)


@cache
def played_again() -> ca.SimulationStudy:
    """Real answers, so that nobody knows the truth."""
    people = simulate_abilities(BANK.population, 60, seed=1)
    answers = simulate_responses(BANK.irt_items(), people, seed=2)
    return ca.simulate(banks.assessment(BANK, length=(4, 8), limits=(0, None)), responses=answers)


@cache
def compared() -> ca.DesignComparison:
    """Two designs of unlike length."""
    designs = {
        name: banks.assessment(BANK, length=(n, n), limits=(0, None), target=0.001)
        for name, n in (("six", 6), ("twelve", 12))
    }
    return ca.compare_designs(designs, 150, seed=2)


class EveryReason:
    """A study whose sittings end for every reason in turn."""

    reasons = tuple(REASONS[person % len(REASONS)] for person in range(300))

    def __getattr__(self, name: str) -> Any:
        return getattr(studied(), name)


PLOTS: Final[dict[str, Callable[[str], Axes | Figure]]] = {
    "error": lambda language: plots.conditional_error(studied(), language, block="q"),
    "lengths": lambda language: plots.lengths(studied(), language),
    "every reason": lambda language: plots.lengths(EveryReason(), language),  # type: ignore[arg-type]
    "exposure": lambda language: plots.exposure_rates(studied(), language, limit=0.4),
    "bands": lambda language: plots.band_table(studied(), language),
    "bands, real answers": lambda language: plots.band_table(played_again(), language),
    "designs by length": lambda language: plots.error_by_length(compared(), language),
    "designs by exposure": lambda language: plots.error_by_exposure(compared(), language),
    "designs": lambda language: plots.designs(compared(), language),
}


def every_plot(language: str) -> None:
    """Draw all of them; tests of the catalogues call it."""
    for draw in PLOTS.values():
        draw(language)


def figure_of(drawn: Axes | Figure) -> Figure:
    """The whole picture."""
    root = drawn.get_figure(root=True)
    assert isinstance(root, Figure)
    return root


def texts(drawn: Axes | Figure) -> list[Text]:
    """Everything that can be read when the picture is drawn; of the ticks those within the axes.

    A letter that the font lacks is a warning, and warnings are errors.
    """
    found: dict[int, Text] = {}
    draw = Text.draw

    def noted(self: Text, renderer: Any) -> None:
        if self.get_visible() and self.get_text().strip():
            found[id(self)] = self
        draw(self, renderer)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Text, "draw", noted)
        FigureCanvasAgg(figure_of(drawn)).draw()
    assert len(found) > 5
    return list(found.values())


@pytest.fixture(params=list(PLOTS))
def draw(request: pytest.FixtureRequest) -> Callable[[str], Axes | Figure]:
    """Each plot."""
    return PLOTS[request.param]


# ---- what the axes show -----------------------------------------------------------------------------------


def line(axes: Axes, label: str) -> Any:
    """The container of error bars with that name in the legend."""
    (found,) = [one for one in axes.containers if one.get_label() == label]
    return found


def test_conditional_errors_are_the_study_s(language: str) -> None:
    """Bias, RMSE, SD of the errors and mean SE of the block stand at the mean θ of each interval."""
    words = words_in(language)
    axes = plots.conditional_error(studied(), language, block="r")
    table = studied().conditional()
    rows = table[(table["block"] == "r") & (table["n"] > 0)]
    for column in ("bias", "rmse", "error_sd", "mean_se"):
        data, _, bars = line(axes, words.say(f"plot-{column}"))
        np.testing.assert_array_equal(data.get_xdata(), rows["theta"])
        np.testing.assert_array_equal(data.get_ydata(), rows[column])
        if f"{column}_error" in rows:
            ends = np.array([segment[:, 1] for segment in bars[0].get_segments()])
            half = np.nan_to_num(1.96 * rows[f"{column}_error"].to_numpy())
            np.testing.assert_allclose(np.diff(ends).ravel(), 2 * half, atol=1e-12)
    assert "r" in axes.get_title()


def test_intervals_may_be_named() -> None:
    """Edges part the people as conditional() parts them."""
    axes = plots.conditional_error(studied(), "en", block="p", edges=[0.0])
    data, *_ = axes.containers[0]
    assert len(data.get_xdata()) == 2


def test_lines_are_told_apart_without_colour() -> None:
    """No two lines share a style or a marker, no two reasons a hatch."""
    axes = plots.conditional_error(studied(), "en", block="p")
    drawn = [one[0] for one in axes.containers]
    assert len({one.get_linestyle() for one in drawn}) == len(drawn) == 4
    assert len({one.get_marker() for one in drawn}) == 4
    bars = plots.lengths(studied(), "en").containers
    assert len({bar[0].get_hatch() for bar in bars}) == len(bars) == len(set(studied().reasons))


def test_lengths_are_the_study_s() -> None:
    """Bars of one length sum to the share of sittings of that length, and each reason to its share."""
    study = studied()
    assert len(set(study.reasons)) > 1
    axes = plots.lengths(study, "en")
    by_length: dict[float, float] = {}
    for container in axes.containers:
        for bar in container:
            place = bar.get_x() + bar.get_width() / 2
            by_length[round(place)] = by_length.get(round(place), 0.0) + bar.get_height()
    for length, share in by_length.items():
        assert share == pytest.approx(np.mean(study.n_items == length))
    assert sum(by_length.values()) == pytest.approx(1.0)
    words = words_in("en")
    for reason in set(study.reasons):
        share = study.reasons.count(reason) / len(study.reasons)
        label = words.say("plot-ended", reason=words.ending(reason), share=words.share(share, 1))
        (bars,) = [one for one in axes.containers if one.get_label() == label]
        assert sum(bar.get_height() for bar in bars) == pytest.approx(share)
    (mean,) = [one for one in axes.lines if one.get_linestyle() == "--"]
    assert mean.get_xdata()[0] == study.n_items.mean()


def test_exposure_rates_are_the_study_s() -> None:
    """In descending order; the limit lies where it was said; the figures are those of exposure()."""
    study = studied()
    axes = plots.exposure_rates(study, "en", limit=0.4)
    steps, limit = axes.lines
    np.testing.assert_array_equal(steps.get_ydata(), sorted(study.exposure_rates.values(), reverse=True))
    assert limit.get_ydata()[0] == 0.4
    told = "\n".join(one.get_text() for one in axes.texts)
    row, words = study.exposure().iloc[0], words_in("en")
    for column in ("max_exposure", "overlap", "unused_share"):
        assert words.share(row[column], 1) in told
    assert max(axes.get_yticks()) <= 1.0
    assert len(plots.exposure_rates(study, "en").lines) == 1


def test_band_table_is_the_study_s() -> None:
    """Shades are shares of the row, numbers the counts, the title κ and the accuracy."""
    table, words = studied().confusion, words_in("en")
    axes = plots.band_table(studied(), "en")
    shades = np.ma.filled(axes.images[0].get_array(), np.nan)
    with np.errstate(invalid="ignore"):
        np.testing.assert_allclose(shades, table.counts / table.counts.sum(axis=1, keepdims=True))
    for cell in axes.texts:
        j, i = (int(place) for place in cell.get_position())
        if table.counts[i].sum():
            assert f"({table.counts[i, j]:.0f})" in cell.get_text()
        else:
            assert cell.get_text() == "—"
    for number in (words.number(table.kappa, 2), words.number(table.kappa_se, 2)):
        assert number in axes.get_title()
    assert words.share(table.accuracy, 1) in axes.get_title()
    assert axes.get_ylabel() != plots.band_table(played_again(), "en").get_ylabel()


def test_designs_are_the_comparison_s() -> None:
    """A point a design: RMSE over mean length, and over the greatest rate."""
    table = compared().to_frame()
    for across, drawn in (
        ("length", plots.error_by_length(compared(), "en")),
        ("max_exposure", plots.error_by_exposure(compared(), "en")),
    ):
        assert [one.get_label() for one in drawn.containers] == list(table["design"])
        for container, row in zip(drawn.containers, table.to_dict("records"), strict=True):
            assert (*container[0].get_xdata(), *container[0].get_ydata()) == (row[across], row["rmse"])
        assert len({one[0].get_marker() for one in drawn.containers}) == len(table)
    one_block = plots.error_by_length(compared(), "en", block="q")
    found = [one[0].get_ydata()[0] for one in one_block.containers]
    assert found == list(compared().to_frame("q")["rmse"])
    both = plots.designs(compared(), "en")
    assert [axes.get_xlabel() for axes in both.axes] == [
        words_in("en").say("plot-mean-length-axis"),
        words_in("en").say("plot-greatest-rate-axis"),
    ]


# ---- how it is drawn ------------------------------------------------------------------------------------


def test_axes_are_given_back() -> None:
    """A plot is an Axes; on axes that were handed in it is these very ones."""
    study, axes = studied(), Figure().subplots(2, 3).ravel()
    assert plots.conditional_error(study, "en", block="p", ax=axes[0]) is axes[0]
    for plot, own in zip((plots.lengths, plots.exposure_rates, plots.band_table), axes[1:4], strict=True):
        assert plot(study, "en", ax=own) is own
    for plot, own in zip((plots.error_by_length, plots.error_by_exposure), axes[4:], strict=True):
        assert plot(compared(), "en", ax=own) is own
    assert isinstance(plots.lengths(study, "en"), Axes)
    assert isinstance(plots.designs(compared(), "en"), Figure)


def test_every_word_is_the_catalogue_s(
    draw: Callable[[str], Axes | Figure], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With messages in brackets nothing is left outside of them but names of blocks and designs, and numbers."""
    say = Words.say
    monkeypatch.setattr(Words, "say", lambda self, message, **told: f"⟦{say(self, message, **told)}⟧")
    for text in texts(draw("en")):
        outside = re.sub(r"⟦.*⟧", "", text.get_text(), flags=re.DOTALL)
        assert not re.search("[A-Za-z]", outside) or outside in compared().studies


def test_nothing_is_cut_off_or_covered(draw: Callable[[str], Axes | Figure], language: str) -> None:
    """Every text lies within the figure, no two lie on one another, and the font has every letter."""
    drawn = draw(language)
    whole = figure_of(drawn).bbox
    places = [(one.get_text(), one.get_window_extent()) for one in texts(drawn)]
    for text, place in places:
        assert whole.x0 - 1 <= place.x0, text
        assert place.x1 <= whole.x1 + 1, text
        assert whole.y0 - 1 <= place.y0, text
        assert place.y1 <= whole.y1 + 1, text
    for (text, place), (other, beside) in combinations(places, 2):
        width = min(place.x1, beside.x1) - max(place.x0, beside.x0)
        height = min(place.y1, beside.y1) - max(place.y0, beside.y0)
        assert width < 1 or height < 1, f"{text!r} lies on {other!r}"


@pytest.mark.parametrize("written", plots.FORMATS)
def test_the_same_study_gives_the_same_bytes(written: str) -> None:
    """No date and no random mark in a picture, and what is global is as it was."""
    before = dict(mpl.rcParams)
    first = plots.study_pictures(played_again(), "kk", format=written)
    assert first == plots.study_pictures(played_again(), "kk", format=written)
    assert dict(mpl.rcParams) == before
    assert tuple(first) == plots.picture_names(0, written)


def test_matplotlib_is_asked_for_when_something_is_drawn() -> None:
    """Importing the room and the command does without it, and nothing ever loads its state machine."""
    code = (
        "import sys, compassess.cli.app, compassess.report.plots as p\n"
        "assert not any(name.startswith('matplotlib') for name in sys.modules)\n"
        "import io; p.picture(p.canvas.axes_or_new(None), 'png')\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for path in Path(plots.__file__).parent.glob("*.py"):
        assert "pyplot" not in path.read_text(encoding="utf-8")


def test_without_matplotlib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what to install."""
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtra, match=r"compassess\[plot\]"):
        plots.lengths(studied(), "en")


@pytest.mark.parametrize(
    ("draw_it", "where"),
    [
        (lambda: plots.conditional_error(studied(), "en"), "block"),
        (lambda: plots.conditional_error(studied(), "en", block="z"), "block"),
        (lambda: plots.conditional_error(played_again(), "en", block="p"), "study"),
        (lambda: plots.exposure_rates(studied(), "en", limit=1.5), "limit"),
        (lambda: plots.error_by_length(compared(), "en", block="z"), "block"),
        (lambda: plots.lengths(studied(), "de"), "language"),
        (lambda: plots.picture(plots.lengths(studied(), "en"), "gif"), "format"),
    ],
)
def test_what_cannot_be_drawn(draw_it: Callable[[], object], where: str) -> None:
    """The error names the argument at fault."""
    with pytest.raises(InputError) as caught:
        draw_it()
    assert [problem.where for problem in caught.value.problems] == [where]
