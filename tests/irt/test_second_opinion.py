"""girth beside us: they agree on complete answers, and girth is not asked where it would be wrong."""

from __future__ import annotations

import pathlib

import numpy as np
import pytest
from golden.test_response_quality import complete_rows
from reference import values_of

import compassess as ca
from compassess.errors import InputError
from compassess.irt import Items, calibrate, log_likelihood, simulate_responses
from compassess.irt.second_opinion import second_opinion
from compassess.responses import Responses


def made(model: str, n_categories: int, n_items: int = 15) -> Responses:
    """Answers of 1,000 people."""
    rng = np.random.default_rng(1)
    items = Items.create(
        ids=[f"i{j:02d}" for j in range(n_items)],
        models=[model] * n_items,
        a=np.ones(n_items)
        if model == "Rasch"
        else np.full(n_items, 1.3)
        if model == "1PL"
        else rng.uniform(0.8, 1.7, n_items),
        b=np.sort(rng.normal(0, 1, (n_items, n_categories - 1)), axis=1) + 0.3 * np.arange(n_categories - 1),
    )
    people = ca.irt.simulate_abilities(items.population, 1000, seed=2)
    return simulate_responses(items, people, seed=3)


@pytest.mark.parametrize(
    ("model", "n_categories", "n", "near"),
    [
        ("Rasch", 2, 15, 0.1),
        ("1PL", 2, 30, 0.1),
        ("2PL", 2, 30, 0.1),
        ("GRM", 4, 60, 0.3),
        ("GPCM", 4, 60, 0.7),
    ],
)
def test_two_engines_agree(model: str, n_categories: int, n: int, near: float) -> None:
    """Every parameter within a tenth of its standard error; of more categories as near as girth goes.

    Its thresholds are off by a common shift there, because it stops early. Whose estimates are better the likelihood tells.
    """
    responses = made(model, n_categories)
    fit = calibrate(responses, model, check="girth")
    found = fit.agreement
    assert found is not None
    assert len(found.items) == n
    assert not found.at_bound.any()
    assert found.largest < near
    if model == "GPCM":
        theirs = found.theirs.reshape(15, 4)
        other = Items.create(ids=fit.items.ids, models=fit.items.models, a=theirs[:, 0], b=theirs[:, 1:])
        assert log_likelihood(responses, other).sum() < fit.log_likelihood - 0.3
    table = found.to_frame()
    assert abs(table["difference"].iloc[0]) == np.abs(found.difference).max()
    assert set(table["parameter"]) <= {"a", "b", "b1", "b2", "b3"}


def test_conditional_difficulties_are_erm_s(reference: pathlib.Path) -> None:
    """Rasch items are asked for by conditional maximum likelihood: eRm's difficulties to 1e-3."""
    codes = complete_rows(reference, "LSAT6_Rasch", 10**6)
    responses = Responses.from_array(codes, items=[f"i{k}" for k in range(5)])
    found = calibrate(responses, "Rasch", check="girth").agreement
    assert found is not None
    told = values_of(reference, "other_packages")["eRm_RM_LSAT6"]["difficulty"]
    np.testing.assert_allclose(found.theirs, np.array(told) - np.mean(told), atol=1e-3)


def test_classical_statistics_by_hand() -> None:
    """Means, the correlation with the others' mean, Cronbach's alpha of the others."""
    responses = made("2PL", 2, 6)
    found = calibrate(responses, "2PL", standard_errors=None, check="girth").agreement
    assert found is not None
    assert np.isnan(found.standard_errors).all()
    assert found.largest == np.abs(found.difference).max()
    codes = np.array(responses.codes(responses.items), dtype=float)
    others = np.delete(codes, 0, axis=1)
    np.testing.assert_allclose(found.classical["mean"], codes.mean(axis=0))
    assert found.classical["item_rest"][0] == pytest.approx(
        np.corrcoef(codes[:, 0], others.sum(axis=1))[0, 1]
    )
    k = others.shape[1]
    alpha = k / (k - 1) * (1 - others.var(axis=0, ddof=1).sum() / others.sum(axis=1).var(ddof=1))
    assert found.classical["alpha_without"][0] == pytest.approx(alpha)


def test_it_is_not_asked_where_it_would_be_wrong() -> None:
    """Missing answers, several dimensions, models it has not: told before anything is fitted."""
    responses = made("2PL", 2, 6)
    codes = np.array(responses.codes(responses.items), dtype=float)
    codes[0, 0] = np.nan
    calls: list[object] = []
    holes = Responses.from_array(codes, items=responses.items)
    for kind, more, said in (
        ("2PL", {}, "adaptive or two-stage"),
        ("3PL", {}, "fails on numpy"),
        ("2PL", {"blocks": dict(zip(responses.items, "aaabbb", strict=True))}, "one dimension"),
    ):
        with pytest.raises(InputError, match=said):
            calibrate(holes, kind, check="girth", progress=lambda *state: calls.append(state), **more)
    assert calls == []
    mixed = dict(zip(responses.items, ["Rasch", "2PL"] * 3, strict=True))
    with pytest.raises(InputError, match="several models at once"):
        calibrate(responses, mixed, check="girth")
    with pytest.raises(InputError, match="unknown engine"):
        calibrate(responses, "2PL", check="mirt")
    with pytest.raises(InputError, match="knows nothing of it"):
        calibrate(responses, "2PL", check="girth", weights=np.ones(1000))
    with pytest.raises(InputError, match="calibrate GPCM"):
        calibrate(made("GRM", 3, 6), "PCM", check="girth")
    with pytest.raises(InputError, match="too few items"):
        calibrate(Responses.from_array(codes[1:, :2], items=responses.items[:2]), "2PL", check="girth")


def test_a_fit_is_not_lost_for_an_opinion() -> None:
    """Where girth cannot go on after the fit, the status says so and the fit is there."""
    codes = np.array(made("GRM", 3, 3).codes(["i00", "i01", "i02"]), dtype=float)
    found = calibrate(Responses.from_array(codes), "GRM", n_categories=4, check="girth")
    assert found.agreement is None
    assert "No second opinion" in found.status
    assert found.items.usable.all()


def test_what_stands_at_a_bound_is_told() -> None:
    """girth's slopes end at .25 and 4: steeper ones are marked, and not compared."""
    responses = made("2PL", 2, 8)
    codes = np.array(responses.codes(responses.items))
    codes[:, 7] = (np.random.default_rng(4).random(len(codes)) < 0.5).astype(codes.dtype)
    noise = Responses.from_array(codes, items=responses.items)
    fit = calibrate(noise, "2PL")
    found = second_opinion(noise, fit.items, errors=fit.standard_errors)
    marked = {(i, p) for i, p, at in zip(found.items, found.parameters, found.at_bound, strict=True) if at}
    assert ("i07", "a") in marked
