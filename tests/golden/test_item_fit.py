"""S-X², infit, outfit, Zh, Q3 and LD-X² against values of mirt 1.45.

mirt takes θ̂ as EAP on 121 nodes, and complete cases where a data set has holes (for Q3, infit and outfit it does
not). Counts of parameters differ for RSM, where mirt fixes one.
"""

from __future__ import annotations

import pathlib

import numpy as np
import pytest
from reference import FITTED, fitted_items, population_of, values_of

from compassess.irt import item_fit, local_dependence, score
from compassess.responses import Responses
from golden.test_response_quality import complete_rows

COMPLETE = [name for name in FITTED if not name.startswith("bfiA")]


@pytest.mark.parametrize("name", FITTED)
def test_s_x2_is_mirt_s(name: str, reference: pathlib.Path) -> None:
    """The statistic to 1e-2, degrees of freedom, p to .02; with cells collapsed and without."""
    found = values_of(reference, name)
    items, people = fitted_items(found), population_of(found)
    codes = complete_rows(reference, name, 10**6)
    responses = Responses.from_array(codes, items=items.ids, lowest=FITTED[name])
    fit = item_fit(responses, items, population=people)
    told = found["itemfit_S_X2"]
    np.testing.assert_allclose(fit.s_x2, [row["S_X2"] for row in told], rtol=0, atol=1e-2)
    if name.endswith("rsm"):
        return
    assert fit.df.tolist() == [row["df.S_X2"] for row in told]
    np.testing.assert_allclose(fit.p_value, [row["p.S_X2"] for row in told], rtol=0, atol=0.02)
    np.testing.assert_allclose(fit.rmsea, [row["RMSEA.S_X2"] for row in told], rtol=0, atol=1e-4)
    plain = item_fit(responses, items, population=people, least_expected=0.0)
    assert (plain.df >= fit.df).all()


@pytest.mark.parametrize("name", COMPLETE)
def test_mean_squares_and_zh_are_mirt_s(name: str, reference: pathlib.Path) -> None:
    """At EAP to 1e-3."""
    found = values_of(reference, name)
    items, people = fitted_items(found), population_of(found)
    codes = complete_rows(reference, name, 10**6)
    responses = Responses.from_array(codes, items=items.ids, lowest=FITTED[name])
    known = score(responses, items, "EAP", population=people, nodes=121, limit=6.0)
    fit = item_fit(responses, items, known, population=people)
    for column in ("outfit", "infit", "z.infit"):
        told = [row[column] for row in found["itemfit_infit"]]
        ours = getattr(fit, {"z.infit": "z_infit"}.get(column, column))
        np.testing.assert_allclose(ours, told, rtol=0, atol=3e-3 if column == "z.infit" else 1e-3)
    np.testing.assert_allclose(fit.zh, [row["Zh"] for row in found["itemfit_Zh"]], rtol=0, atol=1e-3)


@pytest.mark.parametrize("name", COMPLETE)
def test_pairs_are_mirt_s(name: str, reference: pathlib.Path) -> None:
    """Q3 and LD-X² to 1e-3, and the size of Cramér's V."""
    found = values_of(reference, name)
    items, people = fitted_items(found), population_of(found)
    codes = complete_rows(reference, name, 10**6)
    responses = Responses.from_array(codes, items=items.ids, lowest=FITTED[name])
    known = score(responses, items, "EAP", population=people, nodes=121, limit=6.0)
    pairs = local_dependence(responses, items, known, population=people)
    i, j = np.tril_indices(items.n_items, -1)
    q3, x2 = np.array(found["Q3"], dtype=float), np.array(found["LD_X2"], dtype=float)
    np.testing.assert_allclose(pairs.q3[i, j], q3[i, j], rtol=0, atol=1e-3)
    truncated = people.covariance[0, 0] > 1.2  # mirt's nodes end at ±6, here 4.3 SDs; ours at ±6 SDs
    np.testing.assert_allclose(pairs.x2[i, j], np.abs(x2[i, j]), rtol=5e-4 if truncated else 0, atol=1e-3)
    np.testing.assert_allclose(np.abs(pairs.v[i, j]), np.abs(x2[j, i]), rtol=0, atol=1e-3)
