"""True against given bands as a heat map, with κ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from compassess.report.plots.canvas import axes_or_new, shared
from compassess.report.plots.subject import Study
from compassess.report.words import words_in

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["band_table"]

_DARK: Final = 0.55  # from this share of a row on the cell is so dark that its text is white


def band_table(study: Study, language: str, *, ax: Axes | None = None) -> Axes:
    """Who belongs into a band (rows) and who was put there (columns), lowest band at the bottom left.

    A cell's shade and percentage are its share of the row, so that a small band is seen as well as a large
    one; the number of people stands beneath. The title tells κ ± its standard error and the share on the
    diagonal. For real answers the band from all answers takes the place of the true one.

    Raises
    ------
    InputError : a language without words.
    MissingExtra : without matplotlib.
    """
    words = words_in(language)
    axes = axes_or_new(ax, height=5.2, width=8.0)
    table = study.confusion
    counts = table.counts
    of_row = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, of_row, out=np.full(counts.shape, np.nan), where=of_row > 0)
    image = axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0, origin="lower", aspect="auto")
    for (i, j), share in np.ndenumerate(shares):
        known = np.isfinite(share)
        text = f"{words.share(float(share), 1)}\n({words.number(float(counts[i, j]), 0)})" if known else "—"
        colour = "white" if known and share >= _DARK else "black"
        axes.text(j, i, text, ha="center", va="center", color=colour, fontsize="small")
    names = [words.name("band", band) for band in study.assessment.bands.bands]
    places = list(range(len(names)))
    axes.set_xticks(places, names, fontsize="small")
    axes.set_yticks(places, names, fontsize="small")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel(words.say("plot-given-band"))
    axes.set_ylabel(words.say("plot-true-band" if study.theta_true is not None else "plot-all-band"))
    agreement = words.say(
        "plot-kappa",
        kappa=words.number(table.kappa, 2),
        error=words.number(table.kappa_se, 2),
        share=words.share(table.accuracy, 1),
    )
    axes.set_title(words.say("plot-bands-title") + "\n" + agreement, fontsize="medium")
    bar = axes.figure.colorbar(image, ax=axes, label=words.say("plot-share-of-row"), pad=0.02)
    shared(bar.ax.yaxis, words)
    return axes
