"""The plots of a study as files; what would keep them from being written is told before it is played."""

from __future__ import annotations

from pathlib import Path

import compassess as ca
from compassess.cli.files import new_file_problems, place_problems, write_pictures
from compassess.errors import Problem
from compassess.report import plots
from compassess.report.plots.canvas import new_figure

__all__ = ["plot_problems", "write_plots"]


def plot_problems(
    folder: Path | None,
    assessment: ca.Assessment | None,
    *,
    truth: bool,
    picture_format: str,
    replace: bool,
) -> list[Problem]:
    """A folder that cannot be, and pictures that are there already; MissingExtra without matplotlib.

    ``truth`` is whether the study knows true abilities.
    """
    if folder is None:
        return []
    new_figure()  # it asks for matplotlib, and the hour of a long study is not lost
    problems = place_problems(folder, "--plots")
    if problems or assessment is None:
        return problems
    blocks = len(assessment.bank.blocks) if truth else 0
    for name in plots.picture_names(blocks, picture_format):
        problems += new_file_problems(folder / name, "--plots", replace=replace) if folder.is_dir() else []
    return problems


def write_plots(
    study: ca.SimulationStudy, folder: Path, language: str, picture_format: str, limit: float | None
) -> int:
    """Every plot of the study into the folder; how many they are."""
    pictures = plots.study_pictures(study, language, format=picture_format, limit=limit)
    write_pictures(folder, pictures)
    return len(pictures)
