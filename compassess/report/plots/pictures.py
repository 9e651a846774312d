"""Plots as the bytes of a picture, the same for the same values."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Final

from compassess.errors import InputError, Problem
from compassess.report.plots.band_table import band_table
from compassess.report.plots.conditional_error import conditional_error
from compassess.report.plots.exposure_rates import exposure_rates
from compassess.report.plots.lengths import lengths
from compassess.report.plots.subject import Study

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["FORMATS", "picture", "picture_names", "study_pictures"]

FORMATS: Final = ("svg", "png")
_DPI: Final = 150  # a page's column of 7 inches has 1,050 pixels


def picture(drawn: Axes | Figure, format: str = "svg") -> bytes:  # noqa: A002 - matplotlib's name
    """The figure as SVG or PNG: without a date, with the same marks inside, letters as outlines.

    The same versions of this library and of matplotlib give the same bytes. What matplotlib knows of this by
    global settings only is set while the picture is written and put back.

    Raises
    ------
    InputError : a format that is none of ``FORMATS``.
    """
    if format not in FORMATS:
        raise InputError(
            Problem(where="format", what="unknown", got=repr(format), expected=" or ".join(FORMATS))
        )
    from matplotlib import rc_context

    root = drawn.get_figure(root=True)
    assert root is not None
    stream = BytesIO()
    metadata = {"Date": None} if format == "svg" else {"Software": None}
    with rc_context({"svg.hashsalt": "compassess", "svg.fonttype": "path"}):
        root.savefig(stream, format=format, dpi=_DPI, metadata=metadata)
    return stream.getvalue()


def picture_names(n_blocks: int, format: str = "svg") -> tuple[str, ...]:  # noqa: A002
    """The files that :func:`study_pictures` fills; ``n_blocks`` is 0 where nobody knows the truth."""
    errors = (f"error_{number}" for number in range(1, n_blocks + 1))
    return tuple(f"{name}.{format}" for name in ("lengths", "exposure", "bands", *errors))


def study_pictures(
    study: Study,
    language: str,
    *,
    format: str = "svg",  # noqa: A002
    limit: float | None = None,
) -> dict[str, bytes]:
    """Every plot of one study, by the name of its file.

    ``lengths``, ``exposure`` and ``bands``, and for people whose truth is known ``error_1``, ``error_2`` …
    for the blocks in the bank's order: ids never become names of files. ``limit`` is the exposure rate that
    items should not exceed.

    Raises
    ------
    InputError : an unknown format; a language without words; a limit that is no rate.
    MissingExtra : without matplotlib.
    """
    blocks = () if study.theta_true is None else study.assessment.bank.blocks
    drawn = [
        lengths(study, language),
        exposure_rates(study, language, limit=limit),
        band_table(study, language),
        *(conditional_error(study, language, block=block.id) for block in blocks),
    ]
    names = picture_names(len(blocks), format)
    return {name: picture(axes, format) for name, axes in zip(names, drawn, strict=True)}
