"""Bias, RMSE and standard error over true θ, with the standard error that the model reports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import InputError, Problem
from compassess.report.plots.canvas import (
    BLACK,
    BLUE,
    GREEN,
    VERMILION,
    axes_or_new,
    legend_below,
    numbered,
)
from compassess.report.plots.subject import Study
from compassess.report.words import title_of, words_in

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["conditional_error"]

#: Column, message, colour, line and marker: no two lines share either of the last two.
_LINES: Final = (
    ("bias", "plot-bias", BLUE, "-", "o"),
    ("rmse", "plot-rmse", VERMILION, "--", "s"),
    ("error_sd", "plot-error_sd", GREEN, ":", "^"),
    ("mean_se", "plot-mean_se", BLACK, "-.", "D"),
)
_Z: Final = 1.96  # bars are 95 % intervals of the Monte-Carlo error


def conditional_error(
    study: Study,
    language: str,
    *,
    block: str | None = None,
    edges: Sequence[float] | ArrayLike | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Errors of θ̂ among people of like true θ, in units of θ.

    Each point stands at the mean true θ of an interval and shows what
    :func:`compassess.simulation.conditional_recovery` finds there: bias, RMSE, the standard deviation of the
    errors (the conditional standard error as it was) and the mean of the standard errors that were reported.
    Bars are 95 % intervals of the Monte-Carlo error. Intervals with nobody have no point.

    Parameters
    ----------
    block : which block; may be left out where there is one only.
    edges : where the intervals of true θ meet; by default every half from −2 to 2.
    ax : axes to draw on; by default those of a new figure.

    Raises
    ------
    InputError : real answers, of which nobody knows the truth; a block that is not there, or none named of
        several; a language without words.
    MissingExtra : without matplotlib.
    """
    words = words_in(language)
    table = study.conditional() if edges is None else study.conditional(edges)
    name = _chosen(tuple(dict.fromkeys(table["block"])), block)
    rows = table[(table["block"] == name) & (table["n"] > 0)]
    axes = axes_or_new(ax)
    theta = rows["theta"].to_numpy(dtype=float)
    axes.axhline(0.0, color="0.6", linewidth=0.8)
    for column, message, colour, line, marker in _LINES:
        values = rows[column].to_numpy(dtype=float)
        error = f"{column}_error"
        bars = _bars(rows[error].to_numpy(dtype=float)) if error in rows else np.zeros(len(values))
        axes.errorbar(
            theta,
            values,
            yerr=bars,
            label=words.say(message),
            color=colour,
            linestyle=line,
            marker=marker,
            markersize=4.5,
            capsize=2.0,
            elinewidth=0.8,
        )
    title = title_of(study.assessment.bank.titles(), name, language)
    axes.set_title(
        words.say("plot-conditional-title", block=title)
        + "\n"
        + words.say("plot-sittings", n=words.number(float(rows["n"].sum()), 0)),
        fontsize="medium",
    )
    axes.set_xlabel(words.say("plot-true-theta"))
    axes.set_ylabel(words.say("plot-error"))
    numbered(axes.xaxis, words)
    numbered(axes.yaxis, words)
    legend_below(axes)
    return axes


def _bars(errors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Half lengths; of one person alone nobody knows the error, and there is no bar."""
    return _Z * np.nan_to_num(errors, nan=0.0)


def _chosen(blocks: tuple[str, ...], block: str | None) -> str:
    if block is None and len(blocks) == 1:
        return blocks[0]
    if block not in blocks:
        what = "one of several is to be named" if block is None else "there is none of this name"
        got = "" if block is None else repr(block)
        raise InputError(Problem(where="block", what=what, got=got, expected=", ".join(map(repr, blocks))))
    return block
