"""M2, M2* and C2 with their indices against values of mirt 1.45.

Left out: GPCM and PCM with M2*, and GPCM with C2, where mirt's slopes of the margins are not those of its own
probabilities (ours are held against finite differences in tests/irt/fit/test_model_fit.py); bfi with its missing
cells, which mirt does not take by complete cases; TLI and CFI of M2* with more than two categories, where mirt
counts every category of the independent items although only their means are margins.
"""

from __future__ import annotations

import pathlib

import pytest
from reference import FITTED, fitted_items, population_of, values_of

from compassess.irt import ModelFit, model_fit
from compassess.responses import Responses
from golden.test_response_quality import complete_rows

BOTH = (
    *("LSAT6_1PL", "LSAT6_2PL", "LSAT6_Rasch", "VerbAgg_2PL", "VerbAgg_Rasch"),
    *("Science_graded", "VerbAggPoly_graded"),
)
ONLY_C2 = ("Science_Rasch", "Science_rsm", "VerbAggPoly_PCM")
CASES = [*((n, s) for n in BOTH for s in ("M2*", "C2")), *((n, "C2") for n in ONLY_C2)]


def fitted(reference: pathlib.Path, name: str, statistic: str) -> tuple[ModelFit, dict[str, float | str]]:
    """Ours and mirt's."""
    found = values_of(reference, name)
    items, people = fitted_items(found), population_of(found)
    codes = complete_rows(reference, name, 10**6)
    responses = Responses.from_array(codes, items=items.ids, lowest=FITTED[name])
    return model_fit(responses, items, statistic=statistic, population=people), found["M2"][statistic]


@pytest.mark.parametrize(("name", "statistic"), CASES)
def test_it_is_mirt_s(name: str, statistic: str, reference: pathlib.Path) -> None:
    """The value to 1e-2, its degrees of freedom, RMSEA with its interval, SRMSR, TLI and CFI."""
    ours, told = fitted(reference, name, statistic)
    if "error" in told:
        assert ours.status == "no_degrees_of_freedom"
        return
    free_variance = not name.endswith(("PL", "graded"))  # mirt's nodes end at ±6, here nearer than ±6 SDs
    assert ours.value == pytest.approx(told["M2"], abs=1e-2, rel=4e-3 if free_variance else 0)
    assert ours.df == told["df"]
    near = 6e-4 if free_variance else 1e-5
    assert ours.rmsea == pytest.approx(told["RMSEA"], abs=near)
    assert ours.rmsea_interval == pytest.approx((told["RMSEA_5"], told["RMSEA_95"]), abs=1e-3)
    assert ours.srmsr == pytest.approx(told["SRMSR"], abs=near)
    if statistic == "C2" or not name.startswith("VerbAggPoly"):
        # mirt fits the independent items by its own steps, to some 1e-5.
        assert ours.tli == pytest.approx(told["TLI"], abs=max(near, 5e-5))
        assert ours.cfi == pytest.approx(told["CFI"], abs=max(near, 5e-5))
