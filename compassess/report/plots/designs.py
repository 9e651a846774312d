"""Designs side by side: what an error costs in items, and in the use of the bank."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from compassess.report.plots.canvas import (
    MARKERS,
    axes_or_new,
    colours,
    height_for,
    legend_below,
    new_figure,
    numbered,
    shared,
)
from compassess.report.plots.subject import Comparison
from compassess.report.words import Words, clean, words_in

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["designs", "error_by_exposure", "error_by_length"]

_Z: Final = 1.96  # bars are 95 % intervals of the Monte-Carlo error


def error_by_length(
    comparison: Comparison, language: str, *, block: str | None = None, ax: Axes | None = None
) -> Axes:
    """RMSE of every design over the mean length of its sittings; down and left is better.

    Bars are 95 % intervals of the Monte-Carlo errors of both.

    Parameters
    ----------
    block : RMSE of one block; by default of all, as ``to_frame`` of the comparison has it.

    Raises
    ------
    InputError : a block that there is not; a language without words.
    MissingExtra : without matplotlib.
    """
    words = words_in(language)
    axes = _points(comparison, words, "length", block, _axes(comparison, ax))
    axes.set_title(words.say("plot-error-by-length"), fontsize="medium")
    axes.set_xlabel(words.say("plot-mean-length-axis"))
    numbered(axes.xaxis, words)
    legend_below(axes)
    return axes


def error_by_exposure(
    comparison: Comparison, language: str, *, block: str | None = None, ax: Axes | None = None
) -> Axes:
    """RMSE of every design over its greatest exposure rate; down and left is better.

    Bars are 95 % intervals of the Monte-Carlo error of RMSE. Parameters and errors as in
    :func:`error_by_length`.
    """
    words = words_in(language)
    axes = _points(comparison, words, "max_exposure", block, _axes(comparison, ax))
    axes.set_title(words.say("plot-error-by-exposure"), fontsize="medium")
    axes.set_xlabel(words.say("plot-greatest-rate-axis"))
    shared(axes.xaxis, words)
    legend_below(axes)
    return axes


def designs(comparison: Comparison, language: str, *, block: str | None = None) -> Figure:
    """:func:`error_by_length` and :func:`error_by_exposure` beside each other, with one legend."""
    figure = new_figure(height_for(-(-len(comparison.studies) // 3)), width=9.5)
    left, right = figure.subplots(1, 2, sharey=True)
    error_by_length(comparison, language, block=block, ax=left)
    error_by_exposure(comparison, language, block=block, ax=right)
    right.set_ylabel("")
    handles, labels = left.get_legend_handles_labels()
    for axes in (left, right):
        told = axes.get_legend()
        assert told is not None
        told.remove()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False, fontsize="small")
    return figure


def _axes(comparison: Comparison, ax: Axes | None) -> Axes:
    """With room for the names of all designs in two columns."""
    return axes_or_new(ax, height=height_for(-(-len(comparison.studies) // 2)))


def _points(comparison: Comparison, words: Words, across: str, block: str | None, axes: Axes) -> Axes:
    """A point a design, with a colour and a marker of its own."""
    table = comparison.to_frame(block)
    error = f"{across}_error"
    for place, (row, colour) in enumerate(zip(table.to_dict("records"), colours(len(table)), strict=True)):
        axes.errorbar(
            [row[across]],
            [row["rmse"]],
            xerr=[_Z * row[error]] if error in row else None,
            yerr=[_Z * row["rmse_error"]],
            label=clean(str(row["design"])),
            color=colour,
            marker=MARKERS[place % len(MARKERS)],
            linestyle="none",
            capsize=2.0,
            elinewidth=0.8,
        )
    axes.set_ylabel(words.say("plot-rmse-axis"))
    numbered(axes.yaxis, words)
    axes.grid(color="0.9")
    axes.set_axisbelow(True)
    return axes
