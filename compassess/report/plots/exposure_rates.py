"""How often each item was presented, from the most to the least used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compassess.errors import InputError, Problem
from compassess.report.plots.canvas import BLUE, VERMILION, axes_or_new, legend_below, numbered, shared
from compassess.report.plots.subject import Study
from compassess.report.words import words_in

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["exposure_rates"]


def exposure_rates(
    study: Study, language: str, *, limit: float | None = None, ax: Axes | None = None
) -> Axes:
    """Exposure rates in descending order, with the greatest, the overlap and the share of unused items.

    Parameters
    ----------
    limit : a rate that items should not exceed, drawn as a dashed line, 0 to 1; None for none.

    Raises
    ------
    InputError : a limit that is no rate; a language without words.
    MissingExtra : without matplotlib.
    """
    words = words_in(language)
    if limit is not None and not 0.0 <= limit <= 1.0:
        raise InputError(Problem(where="limit", what="it is no rate", got=str(limit), expected="0 to 1"))
    axes = axes_or_new(ax)
    rates = np.sort(np.array(list(study.exposure_rates.values())))[::-1]
    places = np.arange(1, len(rates) + 1)
    axes.fill_between(places, rates, step="mid", color=BLUE, alpha=0.25, linewidth=0.0)
    axes.step(places, rates, where="mid", color=BLUE)
    row = study.exposure().iloc[0]
    facts = [
        words.say("plot-greatest-rate", rate=words.share(float(row["max_exposure"]), 1)),
        words.say("plot-overlap", share=words.share(float(row["overlap"]), 1)),
        words.say("plot-unused", share=words.share(float(row["unused_share"]), 1)),
    ]
    axes.text(0.98, 0.97, "\n".join(facts), transform=axes.transAxes, ha="right", va="top", fontsize="small")
    if limit is not None:
        told = words.say("plot-limit", limit=words.share(limit, 1))
        axes.axhline(limit, color=VERMILION, linestyle="--", label=told)
        legend_below(axes)
    axes.set_title(
        words.say("plot-exposure-title")
        + "\n"
        + words.say("plot-sittings", n=words.number(len(study.n_items), 0)),
        fontsize="medium",
    )
    axes.set_xlim(0.5, len(rates) + 0.5)
    # A third above the curve is kept for the lines of text; no tick there says that shares go beyond one.
    top = 1.35 * max(float(rates.max()), limit or 0.0)
    axes.set_ylim(0.0, top)
    axes.set_yticks([tick for tick in axes.get_yticks() if 0.0 <= tick <= min(top, 1.0)])
    axes.set_xlabel(words.say("plot-items-by-rate"))
    axes.set_ylabel(words.say("plot-rate"))
    numbered(axes.xaxis, words)
    shared(axes.yaxis, words)
    return axes
