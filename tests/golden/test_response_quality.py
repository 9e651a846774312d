"""Person fit and response times against values of textbooks and of mirt 1.45.

mirt's Zh is lz at the EAP on 121 nodes (its scores of patterns are on 61), of complete cases where a data set
has holes.
"""

from __future__ import annotations

import csv
import pathlib
from typing import Any, Final

import numpy as np
import pytest
import references
from reference import FITTED, fitted_items, population_of, values_of
from scipy.stats import norm

from compassess.irt import Items, person_fit, score
from compassess.responses import Responses
from compassess.scoring.quality import TimeModel, time_fit

PRINTED: Final = 5.1e-7  # six decimals are printed
SAME_SUMS: Final = 1e-9  # the same sums over the same nodes
#: Names of data files that differ from the stem of the values.
DATA: Final = {"VerbAggPoly": "VerbAgg_poly", "bfiA": "bfi_A"}


def twenty_items() -> Items:
    """B300's slopes, thresholds Φ⁻¹((i + .5) / 20)."""
    slopes, _ = references.b300(20)
    return Items.create(
        ids=[f"i{i}" for i in range(20)], a=slopes, b=norm.ppf((np.arange(20) + 0.5) / 20)[:, None]
    )


def test_lz_and_lz_star_of_the_textbook(reference: pathlib.Path) -> None:
    """θ̂, lz and lz* of two patterns by ML, WLE and MAP, to the printed digits."""
    told = values_of(reference, "textbook")["person_fit_T20"]
    items, compared = twenty_items(), 0
    for pattern, by_method in told.items():
        if not set(pattern) <= set("01"):
            continue
        responses = Responses.from_array(np.array([[int(code) for code in pattern]]), items=items.ids)
        for method, expected in by_method.items():
            found = person_fit(responses, items, method=method)
            values = [found.dimensions.theta[0, 0], found.lz[0], found.lz_star[0]]
            np.testing.assert_allclose(values, expected, rtol=0, atol=PRINTED)
            compared += 1
    assert compared >= 4


def complete_rows(folder: pathlib.Path, name: str, n: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The first persons who answered everything, codes as in the file."""
    data = name.split("_")[0]
    with (folder / "data" / f"{DATA.get(data, data)}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return np.array([[float(cell) for cell in row] for row in rows if "NA" not in row][:n])


@pytest.mark.parametrize("name", FITTED)
def test_lz_is_mirt_s_zh(name: str, reference: pathlib.Path) -> None:
    """lz of thirty persons at their EAP, for ten models."""
    found = values_of(reference, name)
    expected = [row["Zh"] for row in found["personfit_EAP_first30"]]
    items, people = fitted_items(found), population_of(found)
    codes = complete_rows(reference, name, len(expected))
    responses = Responses.from_array(codes, items=items.ids, lowest=FITTED[name])
    known = score(responses, items, "EAP", population=people, nodes=121, limit=6.0)
    fit = person_fit(responses, items, known, population=people)
    np.testing.assert_allclose(fit.lz, expected, rtol=0, atol=SAME_SUMS)


def test_speed_of_the_textbook(reference: pathlib.Path) -> None:
    """τ̂, its SE and the residuals of four lognormal times, to the printed digits."""
    told = values_of(reference, "textbook")["lognormal_response_times"]
    model = TimeModel.create([f"i{j}" for j in range(len(told["alpha"]))], told["alpha"], told["beta"])
    found = time_fit([told["t"]], model)
    np.testing.assert_allclose(found.tau, [told["tau"]], rtol=0, atol=5.1e-9)
    np.testing.assert_allclose(found.se, [told["se"]], rtol=0, atol=5.1e-8)
    np.testing.assert_allclose(found.z, [told["residual_z"]], rtol=0, atol=PRINTED)
