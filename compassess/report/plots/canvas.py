"""What plots are drawn on: axes of one's own or handed in, colours, and ticks as a language writes them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle, islice
from typing import TYPE_CHECKING, Final

from compassess.errors import MissingExtra
from compassess.report.words import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

__all__ = [
    "BLACK",
    "BLUE",
    "GREEN",
    "HATCHES",
    "MARKERS",
    "ORANGE",
    "PURPLE",
    "SKY",
    "VERMILION",
    "axes_or_new",
    "colours",
    "height_for",
    "legend_below",
    "new_figure",
    "numbered",
    "shared",
]

# Okabe & Ito (2008), Color Universal Design: told apart by people with any kind of colour vision. Their
# yellow is left out: on white paper it can hardly be seen.
BLACK: Final = "#000000"
ORANGE: Final = "#E69F00"
SKY: Final = "#56B4E9"
GREEN: Final = "#009E73"
BLUE: Final = "#0072B2"
VERMILION: Final = "#D55E00"
PURPLE: Final = "#CC79A7"

_ORDER: Final = (BLUE, ORANGE, GREEN, VERMILION, SKY, PURPLE, BLACK)
#: Seven colours and eight markers: 56 designs before a pair of them comes back.
MARKERS: Final = ("o", "s", "^", "D", "v", "P", "X", "*")
#: On a print without colours areas are told apart by these.
HATCHES: Final = ("", "///", "...", "xxx", "\\\\\\", "+++", "ooo", "---")

_WIDTH: Final = 7.0  # inches: a column of a printed page
_HEIGHT: Final = 4.6
_ABOVE: Final = 3.9  # of them without a legend
_LINE: Final = 0.19  # a line of it
_BENEATH: Final = 0.5  # inches under the axes: the numbers of the ticks and the label stand above


def new_figure(height: float = _HEIGHT, width: float = _WIDTH) -> Figure:
    """An empty figure of its own, with room for its labels.

    Raises
    ------
    MissingExtra : without matplotlib.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtra("matplotlib", "plot", "a plot") from None
    return Figure(figsize=(width, height), layout="constrained")


def axes_or_new(ax: Axes | None, height: float = _HEIGHT, width: float = _WIDTH) -> Axes:
    """The axes that were handed in, or those of a new figure."""
    chosen = new_figure(height, width).add_subplot() if ax is None else ax
    chosen.spines[["top", "right"]].set_visible(False)
    return chosen


def height_for(n_lines: int) -> float:
    """The height of a figure whose legend has so many lines, in inches."""
    return max(_ABOVE + _LINE * n_lines, _HEIGHT)


def colours(n: int) -> tuple[str, ...]:
    """``n`` colours in their order, from the beginning again where they do not suffice."""
    return tuple(islice(cycle(_ORDER), n))


def legend_below(ax: Axes, columns: int = 2) -> None:
    """The legend under the axes, where it covers no data, however long the words are."""
    from matplotlib.transforms import ScaledTranslation

    figure = ax.get_figure(root=True)
    assert figure is not None
    beneath = ax.transAxes + ScaledTranslation(0.0, -_BENEATH, figure.dpi_scale_trans)
    ax.legend(
        loc="upper center",
        bbox_to_anchor=(0.5, 0.0),
        bbox_transform=beneath,
        ncols=columns,
        frameon=False,
        fontsize="small",
    )


def numbered(axis: Axis, words: Words) -> None:
    """Ticks as numbers of the language, with the decimals that their distance asks for."""
    _written(axis, lambda value, decimals: words.number(value, decimals), 0)


def shared(axis: Axis, words: Words) -> None:
    """Ticks that are shares, as percentages of the language."""
    _written(axis, lambda value, decimals: words.share(value, decimals), 2)


def _written(axis: Axis, write: Callable[[float, int], str], free: int) -> None:
    """``free``: decimals that the writing takes up by itself, two by a percentage."""
    from matplotlib.ticker import FuncFormatter

    def told(value: float, _: object = None) -> str:
        ticks = axis.get_majorticklocs()
        decimals = max((_decimals(float(tick)) for tick in ticks), default=0)
        return write(value, max(decimals - free, 0))

    axis.set_major_formatter(FuncFormatter(told))


def _decimals(value: float) -> int:
    """How many decimals write a tick; ticks are round numbers, so that six are beyond any of them."""
    return len(f"{value:.6f}".rstrip("0").partition(".")[2])
