"""The front door: names, signatures and meanings that other people's programs call."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import banks
import numpy as np
import pandas
import polars
import pyarrow
import pytest

import compassess as ca
from compassess.irt import simulate_abilities, simulate_responses

NAMES = {
    "calibrate": "responses, model, blocks, competencies, reverse, standard_errors",
    "score": "responses, items, method, population",
    "simulate": "assessment, n_examinees, seed, responses",
    "conclude": "responses, assessment, at",
    "Responses.from_long": "person, item, response",
    "ItemBank.load": "source",
    "ItemBank.from_calibration": "calibration",
    "ItemBank.save": "self, path",
    "Assessment.load": "source",
    "Assessment.start": "self, examinee, seed, language, at",
    "Session.answer": "self, item_id, response, at, elapsed",
    "Session.replay": "assessment, log",
    "Session.conclude": "self, at",
    "Conclusion.to_dict": "self",
    "Conclusion.to_text": "self, language",
    "Conclusion.to_html": "self, language",
}
POSITIONAL = {
    "calibrate": 2,
    "score": 3,
    "simulate": 2,
    "conclude": 2,
    "Session.answer": 5,
    "Session.replay": 2,
    "Session.conclude": 2,
}


def found(name: str) -> Any:
    """What stands behind a dotted name."""
    thing: Any = ca
    for part in name.split("."):
        thing = getattr(thing, part)
    return thing


@pytest.mark.parametrize("name", NAMES)
def test_signatures(name: str) -> None:
    """Every function of the contract is there with its arguments, in their order; more may have been added."""
    parameters = inspect.signature(found(name)).parameters
    promised = NAMES[name].split(", ")
    assert [one for one in parameters if one in promised] == promised
    kinds = [parameters[one].kind for one in promised[: POSITIONAL.get(name, 0)]]
    assert all(kind is inspect.Parameter.POSITIONAL_OR_KEYWORD for kind in kinds)


@pytest.mark.parametrize("name", ["calibrate", "score"])
def test_the_front_door_knows_what_the_room_knows(name: str) -> None:
    """Every option of the function behind it, with the same default."""
    behind = inspect.signature(getattr(ca.irt, name)).parameters
    front = inspect.signature(found(name)).parameters
    assert list(front) == list(behind)
    assert [one.default for one in front.values()] == [one.default for one in behind.values()]


@pytest.mark.parametrize("option", ["fixed", "start"])
def test_known_items_come_in_any_form(option: str) -> None:
    """A calibration and its items are the same known items; a bank's are in the metric of N(0, 1)."""
    items = ca.ItemBank.load("civil_service").irt_items()
    some = items.select(items.ids[:6])
    responses = simulate_responses(some, simulate_abilities(some.population, 300, seed=1), seed=2)
    places = {
        "blocks": dict(zip(some.ids, some.blocks, strict=True)),
        "competencies": dict(zip(some.ids, some.competencies, strict=True)),
    }
    how: dict[str, Any] = {"loadings": 1.0, "standard_errors": None, "nodes": 21, **places}
    calibration = ca.calibrate(responses, "GRM", **how)
    forms = (calibration, calibration.items)
    values = [ca.calibrate(responses, "GRM", **how, **{option: form}).log_likelihood for form in forms]
    assert values[0] == values[1]
    bank = ca.ItemBank.load("civil_service")
    from_bank, from_items = (
        ca.calibrate(responses, "GRM", **how, **{option: form}) for form in (bank, bank.irt_items())
    )
    assert from_bank.log_likelihood == from_items.log_likelihood


@pytest.mark.parametrize("name", NAMES)
def test_what_was_added_is_optional(name: str) -> None:
    """Arguments beyond the contract have a default, but for those of a bank's identity."""
    parameters = inspect.signature(found(name)).parameters
    added = [one for one in parameters.values() if one.name not in NAMES[name].split(", ")]
    required = [one.name for one in added if one.default is inspect.Parameter.empty]
    assert required == (["id"] if name == "ItemBank.from_calibration" else [])


def test_everything_public_is_listed() -> None:
    """``__all__`` names what there is, sorted, and nothing twice."""
    assert all(hasattr(ca, name) for name in ca.__all__)
    assert len(set(ca.__all__)) == len(ca.__all__)
    promised = (
        "Responses ItemBank Assessment Session Conclusion InputError OutOfTurn ReplayMismatch CompassessError"
    )
    assert set(promised.split()) <= set(ca.__all__)


def test_errors() -> None:
    """One tree; an InputError is a ValueError and holds every problem with its place."""
    assert issubclass(ca.InputError, ca.CompassessError)
    assert issubclass(ca.InputError, ValueError)
    assert issubclass(ca.OutOfTurn, ca.CompassessError)
    assert issubclass(ca.ReplayMismatch, ca.CompassessError)
    with pytest.raises(ca.InputError) as caught:
        ca.calibrate(pandas.DataFrame({"x": ["a", "1"], "y": [0, -4]}))
    assert len(caught.value.problems) >= 2
    assert all(problem.where and problem.what for problem in caught.value.problems)


# ---- the researcher ----------------------------------------------------------------------------------------

BANK = banks.one_block(8)
IDS = [item.id for item in BANK.operational]
CODES = simulate_responses(BANK.irt_items(), simulate_abilities(BANK.population, 300, seed=1), seed=2).codes()
MISSING = np.random.default_rng(3).random(CODES.shape) < 0.2
FLOATS = np.where(MISSING, np.nan, CODES)


def arrow() -> pyarrow.Table:
    """The answers as an Arrow table."""
    columns = [pyarrow.array(CODES[:, j], mask=MISSING[:, j]) for j in range(len(IDS))]
    return pyarrow.table(columns, names=IDS)


def long_table() -> ca.Responses:
    """The answers as a long table, sparse."""
    rows, columns = np.nonzero(~MISSING)
    people = [f"{row:03d}" for row in rows]
    return ca.Responses.from_long(people, [IDS[j] for j in columns], CODES[rows, columns], items=IDS)


KINDS: dict[str, Callable[[], object]] = {
    "array": lambda: FLOATS,
    "masked array": lambda: np.ma.masked_array(CODES, MISSING),
    "object array": lambda: np.where(MISSING, None, CODES.astype(object)),
    "pandas": lambda: pandas.DataFrame(FLOATS, columns=IDS),
    "pandas, Int64 with NA": lambda: pandas.DataFrame(FLOATS, columns=IDS).astype("Int64"),
    "pandas, other order": lambda: pandas.DataFrame(FLOATS, columns=IDS)[IDS[::-1]],
    "polars": lambda: polars.DataFrame(arrow().to_pydict()),
    "Arrow": arrow,
    "Responses": lambda: ca.Responses.from_array(FLOATS, items=IDS),
    "long": long_table,
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_table(kind: str) -> None:
    """score, conclude and simulate take arrays, masked arrays and every frame, with the same results."""
    responses, assessment = KINDS[kind](), banks.assessment(BANK)
    plain = ca.Responses.from_array(FLOATS, items=IDS)
    np.testing.assert_allclose(ca.score(responses, BANK).theta, ca.score(plain, BANK).theta, atol=1e-12)
    told, expected = ca.conclude(responses, assessment), ca.conclude(plain, assessment)
    np.testing.assert_allclose(told.summary.bands, expected.summary.bands, atol=1e-12)
    assert (
        ca.simulate(assessment, responses=responses).items == ca.simulate(assessment, responses=plain).items
    )


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "pandas, other order"])
def test_calibrating_every_kind_of_table(kind: str) -> None:
    """calibrate takes them too, and finds the same log-likelihood."""
    told = ca.calibrate(KINDS[kind](), standard_errors=None)
    expected = ca.calibrate(ca.Responses.from_array(FLOATS, items=IDS), standard_errors=None)
    assert told.log_likelihood == pytest.approx(expected.log_likelihood, abs=1e-9)


def test_rooms_of_scoring_need_no_import_of_their_own() -> None:
    """``ca.scoring.ranking.k_best`` is there for whoever imported the front door alone, in a fresh process."""
    rooms = "classification, passing, quality, ranking, standards"
    code = f"import compassess as ca; [getattr(ca.scoring, room) for room in {rooms.split(', ')!r}]"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("kind", KINDS)
def test_the_posterior_behind_conclusions(kind: str) -> None:
    """joint_posterior takes every kind of table; what it says is what the conclusions say."""
    assessment = banks.assessment(BANK)
    posterior = ca.joint_posterior(KINDS[kind](), assessment)
    told = ca.conclude(KINDS[kind](), assessment).summary
    np.testing.assert_allclose(posterior.moments().mean[:, 0], told.theta, atol=1e-10)
    low = ca.scoring.Event(composite=(-np.inf, assessment.bands.cuts[0]))
    np.testing.assert_allclose(posterior.probability(low), told.bands[:, 0], atol=1e-6)


@pytest.mark.parametrize("policy", [{}, {"omitted": "ignore"}])
def test_the_posterior_takes_what_was_not_answered_as_conclusions_do(policy: dict[str, str]) -> None:
    """What is left counts by the blueprint's policy, from a table of words or from words in the cells."""
    assessment = banks.assessment(BANK, unanswered=policy)
    cells = FLOATS[:4].astype(object)
    cells[1, 3:] = "omitted"
    words = np.where(cells == "omitted", "omitted", None)
    answers = np.where(cells == "omitted", None, cells)
    told = ca.conclude(answers, assessment, unanswered=words).summary
    for posterior in (
        ca.joint_posterior(answers, assessment, unanswered=words),
        ca.joint_posterior(cells, assessment, unanswered="in_cells"),
    ):
        np.testing.assert_allclose(posterior.moments().mean[:, 0], told.theta, atol=1e-10)
    blank = ca.joint_posterior(answers, assessment).moments().mean[1, 0]
    assert (blank == pytest.approx(told.theta[1])) == bool(policy)  # ignored is as if not presented


def test_the_researchers_road() -> None:
    """From a frame to a calibration, scores, a bank and a conclusion."""
    frame = pandas.DataFrame(FLOATS, columns=IDS)
    calibration = ca.calibrate(frame, model="2PL")
    table = calibration.to_frame()
    assert list(table["item"]) == IDS
    assert {"block", "competency", "model", "status", "a", "b", "se_a", "se_b"} <= set(table.columns)
    assert np.isfinite(calibration.log_likelihood)
    assert calibration.converged
    assert calibration.n_persons == 300
    assert calibration.aic > 0
    assert calibration.bic > calibration.aic
    assert calibration.n_parameters == 16
    assert calibration.n_iterations > 0
    assert calibration.items.population.blocks
    for items in (calibration, calibration.items):
        scores = ca.score(frame, items, method="EAP")
        assert scores.theta.shape == scores.se.shape == (300,)
        assert len(scores.status) == len(scores.to_frame()) == 300
    bank = ca.ItemBank.from_calibration(calibration, id="mine")
    assert [item.id for item in bank.operational] == IDS
    np.testing.assert_allclose(ca.score(frame, bank).theta, ca.score(frame, calibration).theta, atol=1e-10)
    assert len(ca.conclude(frame, ca.Assessment.create(bank))) == 300


def test_blocks_and_competencies() -> None:
    """With blocks θ is (persons, blocks), and competencies stand beside them."""
    bank = banks.three_blocks(3)
    codes = simulate_responses(bank.irt_items(), simulate_abilities(bank.population, 40, seed=1), seed=2)
    scores = ca.score(codes, bank)
    assert scores.theta.shape == (40, 3)
    assert scores.competencies.names == ("p1", "p2", "q1", "q2", "r1", "r2")
    assert scores.competencies.theta.shape == scores.competencies.se.shape == (40, 6)


@pytest.mark.parametrize("items", ["civil_service", None, 7])
def test_what_are_no_items(items: object) -> None:
    """Names and numbers are no items."""
    with pytest.raises(ca.InputError):
        ca.score(FLOATS, items)  # type: ignore[arg-type]


def test_an_array_of_another_width() -> None:
    """An array without names must have a column for every item."""
    with pytest.raises(ca.InputError, match="a column for every item"):
        ca.conclude(FLOATS[:, :5], banks.assessment(BANK))


# ---- the testing hall ---------------------------------------------------------------------------------------


def test_the_halls_road(tmp_path: Path) -> None:
    """Save, load, start, answer, log, replay, conclude: the whole road through files."""
    ca.Assessment.create(banks.with_options()).save(tmp_path)
    assert ca.ItemBank.load(tmp_path) == banks.with_options()
    assessment = ca.Assessment.load(tmp_path)
    session = assessment.start(examinee="E-0017", seed=7, language="kk", at=None)
    while session.pending is not None:
        item = session.pending
        assert item.id
        assert item.text.startswith("kk: ")
        response = item.options[0].id if item.options else 0
        session.answer(item.id, response, at="2026-05-04T09:30:00+05:00", elapsed=3.5)
    assert isinstance(session.log, tuple)
    assert all(type(entry) is dict for entry in session.log)
    again = ca.Session.replay(assessment, json.loads(json.dumps(session.log)))
    assert again.log == session.log
    conclusion = session.conclude(at="2026-05-04T10:00:00+05:00")
    assert conclusion == again.conclude(at="2026-05-04T10:00:00+05:00")
    block = conclusion.blocks["p"]
    assert all(np.isfinite([block.theta, block.se, block.scale_score.value]))
    assert block.band in (*assessment.bands.bands, "needs_more_evidence")
    assert sum(block.band_probabilities.values()) == pytest.approx(1)
    part = conclusion.competencies["c1"]
    assert part.risk in ("clear", "watch", "risk", "insufficient")
    assert 0 <= part.risk_probability <= 1
    assert np.isfinite([part.theta, part.se]).all()
    assert conclusion.band in (*assessment.bands.bands, "needs_more_evidence")
    assert list(conclusion.band_probabilities) == list(assessment.bands.bands)
    assert conclusion.above_risk_zones in (True, False, None)
    assert 0 <= conclusion.p_above_risk_zones <= 1
    assert isinstance(conclusion.strengths, tuple)
    assert isinstance(conclusion.weaknesses, tuple)
    assert conclusion.valid_until == "2027-05-04T10:00:00+05:00"
    assert "illustrative_bank" in conclusion.flags


def test_the_shipped_assessment() -> None:
    """The shipped bank loads by its name, sits in each of its languages, and its grid is fine enough for it."""
    assessment = ca.Assessment.load("civil_service")
    assert ca.ItemBank.load("civil_service") == assessment.bank
    for language in assessment.bank.languages:
        session = assessment.start(examinee="E-0017", seed=7, language=language)
        while session.pending is not None:
            assert session.pending.text
            session.answer(session.pending.id, session.pending.options[0].id)
        conclusion = session.conclude()
        assert list(conclusion.blocks) == ["service", "effectiveness", "transparency"]
        assert "decision_making" in conclusion.competencies
        assert "illustrative_bank" in conclusion.flags
        assert "coarse_grid" not in conclusion.flags


@pytest.mark.parametrize("name", ["../civil_service", "/etc/passwd", "nobody", "", "."])
def test_a_name_is_never_a_path(name: str) -> None:
    """A str is a shipped assessment's name; what is no such name is refused, whatever it looks like."""
    for load in (ca.ItemBank.load, ca.Assessment.load):
        with pytest.raises(ca.InputError):
            load(name)


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_reading_a_conclusion(language: str) -> None:
    """A conclusion reads as a dict, as text and as a page in every language."""
    conclusion = banks.assessment(banks.three_blocks(3)).start().conclude()
    assert json.loads(json.dumps(conclusion.to_dict()))["format"]
    assert conclusion.to_text(language).strip()
    assert "<html" in conclusion.to_html(language)


# ---- the benchmark script -----------------------------------------------------------------------------------


def test_a_study() -> None:
    """A simulation tells truth, estimates, lengths, bands, exposure and a summary."""
    study = ca.simulate(banks.assessment(BANK, length=(1, 4)), n_examinees=40, seed=1)
    assert study.theta_true is not None
    assert study.theta_true.shape == study.theta.shape == study.se.shape == study.n_items.shape == (40,)
    assert len(study.bands) == 40
    assert set(study.exposure_rates) == set(IDS)
    assert len(study.summary()) == 1
