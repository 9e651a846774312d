"""The bookmark method: judges mark in the ordered booklet where a person at the cut stops to succeed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import InputError, Problem, raise_if_any
from compassess.scoring.standards.booklet import Booklet
from compassess.scoring.standards.centres import STATISTICS, centre, centre_covariance
from compassess.scoring.standards.cut_scores import CutScores, problems_of_bands

__all__ = ["PLACES", "bookmark"]

Floats = NDArray[np.float64]

#: Where a bookmark cuts: at the last page that is mastered, at the bookmarked one, or between the two.
PLACES: Final = ("last_mastered", "bookmarked", "midpoint")


def bookmark(
    placements: ArrayLike,
    booklet: Booklet,
    *,
    statistic: str = "mean",
    place: str = "last_mastered",
    tables: Sequence[object] | None = None,
    bands: Sequence[str] = (),
) -> CutScores:
    """Cuts on θ from the pages that judges marked.

    Parameters
    ----------
    placements : (n_judges,) or (n_judges, n_cuts): the first page, from 1, on which a person at the cut would
        succeed with less than the response probability.
    statistic : "mean" or "median" of the judges' cuts on θ.
    place : a bookmark on page p cuts at θ of page p − 1 ("last_mastered"), of page p ("bookmarked") or half
        way ("midpoint", which takes the booklet's gap out of the bias).
    tables : the table of each judge, (n_judges,). Judges of a table talk to each other: the cut is then the
        mean over the m tables of their means or medians.
    bands : names of the bands, lowest first.

    SE over other judges: S / √n for the mean, √(π / 2) S / √n for the median of n judges whose cuts are
    normal; with tables S_tables / √m for either, S_tables the SD of the tables' cuts.

    Returns
    -------
    CutScores with ``details``: ``judge_cuts`` (n_judges, n_cuts); with tables ``table_cuts`` (m, n_cuts) in
    the order in which they are first named, the correlation ``intraclass`` r of judges within tables, by cut,
    and ``clustered_standard_errors`` √(S² / n (1 + (k̄ − 1) r)), S² = σ²_between + σ²_within, k̄ = n / m. For
    means of tables of one size and r > 0 the two errors are the same number.

    Limits: locations are taken as known, and a bookmark lies between two pages, which ``place`` does not take
    back. The median's error is the limit of many judges, 1.5 % too large for 15. Few tables tell their spread
    poorly: with three, SE itself has a coefficient of variation of about one half.

    Raises
    ------
    InputError : pages that are not in the booklet, no page to cut at, unknown options, tables that do not
        fit, a table alone, names of bands that do not fit; cuts that do not increase.

    References
    ----------
    Lewis, Mitzel & Green (1996); Mitzel, Lewis, Patz & Green (2001), in Setting Performance Standards, ch. 9;
    Reckase (2006), Educational Measurement 25, 4-18, on the bias of the place; Kish (1965), Survey Sampling,
    §5.4, for the design effect; Cizek & Bunch (2007), Standard Setting, ch. 10.
    """
    pages = np.asarray(placements, dtype=np.float64)
    pages = pages[:, None] if pages.ndim == 1 else pages
    names = None if tables is None else list(tables)
    _refuse(pages, booklet, statistic, place, names, bands)
    judges = _thetas(pages.astype(np.intp), booklet, place)
    values, n_of, details = judges, "judges", {"judge_cuts": judges}
    if names is not None:
        members = [np.array([name == one for name in names]) for one in dict.fromkeys(names)]
        values, n_of = np.stack([centre(judges[rows], statistic) for rows in members]), "tables"
        details |= {"table_cuts": values, **_clusters(judges, members)}
        statistic = "mean"
    return CutScores.create(
        method="bookmark",
        cuts=centre(values, statistic),
        covariance=centre_covariance(values, statistic),
        bands=bands,
        n=len(values),
        n_of=n_of,
        details=details,
    )


def _thetas(pages: NDArray[np.intp], booklet: Booklet, place: str) -> Floats:
    """The θ that each bookmark stands for."""
    ends = np.concatenate([[np.nan], booklet.locations, [np.nan]])
    before, at = ends[pages - 1], ends[pages]
    return {"last_mastered": before, "bookmarked": at, "midpoint": (before + at) / 2}[place]


def _clusters(judges: Floats, members: Sequence[NDArray[np.bool_]]) -> dict[str, Floats]:
    """Intraclass correlation by one-way analysis, and the error of the mean with Kish's design effect."""
    n, m = len(judges), len(members)
    sizes = np.array([rows.sum() for rows in members])
    means = np.stack([judges[rows].mean(axis=0) for rows in members])
    between = (sizes[:, None] * (means - judges.mean(axis=0)) ** 2).sum(axis=0) / (m - 1)
    inside = ((judges - means[np.argmax(members, axis=0)]) ** 2).sum(axis=0)
    within = inside / (n - m) if n > m else np.zeros(judges.shape[1])
    size = (n - (sizes**2).sum() / n) / (m - 1)  # of tables that are not all alike (Searle 1971, ch. 9)
    table = np.maximum((between - within) / size, 0.0)
    total = table + within
    r = np.where(total > 0, table / np.where(total > 0, total, 1.0), 0.0)
    return {
        "intraclass": r,
        "clustered_standard_errors": np.sqrt(total / n * (1 + (n / m - 1) * r)),
    }


def _refuse(
    pages: Floats,
    booklet: Booklet,
    statistic: str,
    place: str,
    tables: Sequence[object] | None,
    bands: Sequence[str],
) -> None:
    """Raise for everything that keeps placements from being cuts."""
    problems = [
        Problem(where=where, what="unknown", got=repr(got), expected=" or ".join(known))
        for where, got, known in (("statistic", statistic, STATISTICS), ("place", place, PLACES))
        if got not in known
    ]
    if pages.ndim != 2 or pages.size == 0:
        shapes = "(n_judges,) or (n_judges, n_cuts)"
        wrong = Problem(where="placements", what="wrong shape", got=str(pages.shape), expected=shapes)
        raise InputError([*problems, wrong])
    first = 1 if place == "bookmarked" else 2
    last = booklet.n_pages + (place == "last_mastered")
    bad = ~((pages >= first) & (pages <= last) & (pages == np.round(pages)))
    problems += [
        Problem(
            where=f"placements, judge {judge + 1}, cut {cut + 1}",
            what="no page to cut at",
            got=f"{pages[judge, cut]:g}",
            expected=f"a page from {first} to {last}",
            remedy="A standard below the first or above the last page needs easier or harder items.",
        )
        for judge, cut in np.argwhere(bad).tolist()
    ]
    if tables is not None and (len(tables) != len(pages) or len(set(tables)) < 2):
        problems.append(
            Problem(
                where="tables",
                what="every judge has a table, and there are two or more",
                got=f"{len(tables)} names of {len(set(tables))} tables for {len(pages)} judges",
            )
        )
    raise_if_any(problems + problems_of_bands(bands, pages.shape[1], "bookmark"))
