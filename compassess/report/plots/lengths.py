"""How long sittings are, and why they ended."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from compassess.report.plots.canvas import (
    HATCHES,
    VERMILION,
    axes_or_new,
    colours,
    height_for,
    legend_below,
    numbered,
    shared,
)
from compassess.report.plots.subject import Study
from compassess.report.words import words_in

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["lengths"]


def lengths(study: Study, language: str, *, ax: Axes | None = None) -> Axes:
    """The share of the sittings of every length, in bars that are parted by the reason of the end.

    The most frequent reason lies at the bottom; the legend tells the share of each. A dashed line marks the
    mean length.

    Raises
    ------
    InputError : a language without words.
    MissingExtra : without matplotlib.
    """
    words = words_in(language)
    counts = Counter(study.reasons).most_common()
    axes = axes_or_new(ax, height=height_for(len(counts) + 1))
    n_people = len(study.n_items)
    reasons = np.array(study.reasons)
    span = np.arange(int(study.n_items.min()), int(study.n_items.max()) + 1)
    bottom = np.zeros(len(span))
    for place, ((reason, count), colour) in enumerate(zip(counts, colours(len(counts)), strict=True)):
        own = study.n_items[reasons == reason]
        share = np.bincount(own - span[0], minlength=len(span)) / n_people
        label = words.say("plot-ended", reason=words.ending(reason), share=words.share(count / n_people, 1))
        axes.bar(
            span,
            share,
            0.9,
            bottom,
            color=colour,
            hatch=HATCHES[place % len(HATCHES)],
            edgecolor="white",
            linewidth=0.0,
            label=label,
        )
        bottom += share
    mean = float(study.n_items.mean())
    told = words.say("plot-mean-length", mean=words.number(mean, 1))
    axes.axvline(mean, color=VERMILION if len(counts) < 4 else "black", linestyle="--", label=told)
    axes.set_title(
        words.say("plot-lengths-title") + "\n" + words.say("plot-sittings", n=words.number(n_people, 0)),
        fontsize="medium",
    )
    axes.set_xlabel(words.say("plot-length"))
    axes.set_ylabel(words.say("plot-share-of-sittings"))
    axes.locator_params(axis="x", integer=True)
    axes.set_ylim(0.0, 1.05 * float(bottom.max()))
    numbered(axes.xaxis, words)
    shared(axes.yaxis, words)
    legend_below(axes, columns=1)
    return axes
