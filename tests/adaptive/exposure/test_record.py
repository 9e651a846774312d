"""Exposure controls that draw from a record: which items are closed, what is counted, and what is kept."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import banks
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import compassess as ca
from compassess.adaptive.exposing import record_of_logs
from compassess.adaptive.exposure import ExposureRecord, PreparedFromRecord
from compassess.adaptive.exposure.counts import Counts
from compassess.simulation import exposure_rates
from compassess.simulation import study as study_module
from compassess.simulation.answering import DrawnAnswers
from compassess.simulation.study import _seeds

BANK = banks.one_block(40)
THREE = banks.three_blocks(8)
CONTROLS: list[tuple[str, dict[str, Any]]] = [
    ("item_eligibility", {"maximum_rate": 0.4}),
    ("item_eligibility", {"maximum_rate": 0.5, "maximum_overlap": 0.4, "edges": [-0.5, 0.5]}),
    ("restricted_rate", {"maximum_rate": 0.4}),
]


def assessment(
    control: str, parameters: dict[str, Any], bank: ca.ItemBank = BANK, **more: Any
) -> ca.Assessment:
    """Sittings of eight items under the control."""
    plain = banks.assessment(bank, **({"length": (8, 8), "target": 1e-3, "limits": (1, None)} | more))
    return ca.Assessment.create(plain.bank, plain.blueprint.with_exposure(control, parameters), plain.bands)


def control_of(rules: ca.Assessment) -> PreparedFromRecord:
    """The prepared control."""
    assert isinstance(rules.plan.holding, PreparedFromRecord)
    return rules.plan.holding


def sit(rules: ca.Assessment, record: ExposureRecord, seed: int) -> ca.Session:
    """A sitting with answers that hang on the seed, counted at its end."""
    session, rng = rules.start(seed=seed, exposure=record), np.random.default_rng(seed)
    while session.pending is not None:
        session.answer(session.pending.id, int(rng.integers(0, session.pending.n_categories)))
    record.add(session.exposure())
    return session


@pytest.mark.parametrize(("control", "parameters"), CONTROLS)
def test_rates_of_a_hall_come_down_to_the_limit(control: str, parameters: dict[str, Any]) -> None:
    """One sitting after the other: no rate is beyond the limit by more than the start of the record explains."""
    rules = assessment(control, parameters)
    record = ExposureRecord(parameters.get("edges", ()))
    sessions = [sit(rules, record, seed) for seed in range(150)]
    shown = [e["item"] for s in sessions for e in s.log if e["event"] == "presented"]
    greatest = max(shown.count(name) for name in set(shown)) / 150
    assert greatest <= 0.4 + 0.08
    first = sessions[0].log[0]
    assert first["ineligible"] == [[]] * record.n_segments
    assert any(sessions[-1].log[0]["ineligible"])


@pytest.mark.parametrize(("control", "parameters"), CONTROLS)
def test_a_replay_hangs_on_no_record(control: str, parameters: dict[str, Any]) -> None:
    """The header holds what was closed; records from logs are those that were kept."""
    rules = assessment(control, parameters, THREE)
    record = ExposureRecord(parameters.get("edges", ()))
    sessions = [sit(rules, record, seed) for seed in range(30)]
    for session in sessions[-5:]:
        again = ca.Session.replay(rules, json.loads(json.dumps(session.log)))
        assert again.log == session.log
        assert again.divergences == ()
    found = record_of_logs(rules, [session.log for session in sessions], record.edges)
    assert found.to_dict() == record.to_dict()


@pytest.mark.parametrize(("control", "parameters"), CONTROLS)
def test_a_hall_and_a_simulation_decide_alike(
    control: str, parameters: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first rounds of a study, played live with its answers, seeds and record: the same items."""
    rules, made = assessment(control, parameters, THREE), []

    def recording(*arguments: Any) -> DrawnAnswers:
        made.append(DrawnAnswers(*arguments))
        return made[-1]

    monkeypatch.setattr(study_module, "DrawnAnswers", recording)
    study = ca.simulate(rules, 60, seed=21)
    seeds = _seeds(21, np.arange(60)).tolist()
    place = {name: j for j, name in enumerate(rules.plan.pool.ids)}
    record, person = ExposureRecord(parameters.get("edges", ())), 0
    for answers in made:  # a round each
        n = len(answers.competencies)
        finished = []
        for row in range(n):
            session = rules.start(seed=seeds[person], exposure=record)
            while (item := session.pending) is not None:
                code = answers.to(np.array([row]), np.array([place[item.id]]))
                session.answer(item.id, int(code[0]))
            presented = tuple(e["item"] for e in session.log if e["event"] == "presented")
            assert presented == study.items[person]
            finished.append(session.exposure())
            person += 1
        for one in finished:
            record.add(one)
    assert person == 60


def test_an_item_that_is_closed_comes_where_nothing_else_may() -> None:
    """Eight items for sittings of eight: all come, whatever the record says."""
    rules = assessment("restricted_rate", {"maximum_rate": 1.0}, banks.one_block(8))
    record = ExposureRecord()
    for seed in range(4):
        assert sit(rules, record, seed).n_answered == 8
    assert set(record.rates().values()) == {(1.0,)}


def test_the_chance_of_an_item() -> None:
    """By hand: 100 sittings; free in 50 and presented in 30, never presented, presented in 10."""
    rules = assessment("item_eligibility", {"maximum_rate": 0.25}, banks.one_block(32))
    eligible, presented = np.full((1, 32), 50), np.zeros((1, 32), dtype=int)
    presented[0, :3] = 30, 0, 10
    counts = Counts(sittings=np.full((1, 32), 100), eligible=eligible, presented=presented)
    control = control_of(rules)
    chance = control.chance(counts, control.limit)[0, :3]
    np.testing.assert_allclose(chance, [(0.5 - 0.3) * 50 / 30, 1.0, 1.0])
    seeds = np.arange(20_000, dtype=np.uint64)
    closed = control.drawn(counts, seeds)[:, 0, :3].mean(axis=0)
    np.testing.assert_allclose(closed, 1.0 - chance, atol=4 * np.sqrt(0.25 / 20_000))
    strict = control_of(assessment("restricted_rate", {"maximum_rate": 0.25}, banks.one_block(32)))
    np.testing.assert_array_equal(strict.chance(counts, strict.limit)[0, :3], [0.0, 1.0, 1.0])


@settings(max_examples=30)
@given(
    rates=st.lists(st.floats(0.0, 1.0), min_size=2, max_size=30).filter(lambda r: sum(r) > 0),
)
def test_the_overlap_is_no_more_than_the_greatest_rate(rates: list[float]) -> None:
    """Σ r_i² / Σ r_i ≤ max r_i: why a limit of the overlap is one of the rates."""
    shares = np.array(rates)
    assert (shares @ shares) / shares.sum() <= shares.max() + 1e-12


def test_many_sittings_at_once_lose_no_count() -> None:
    """Eight threads add the same sitting a hundred times each."""
    rules, record = assessment(*CONTROLS[0]), ExposureRecord()
    told = sit(rules, ExposureRecord(), 1).exposure()
    threads = [threading.Thread(target=lambda: [record.add(told) for _ in range(100)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert record.counts(BANK_IDS).sittings.tolist() == [[800] * 40]
    assert int(record.counts(BANK_IDS).presented.sum()) == 800 * 8


BANK_IDS = [item.id for item in BANK.items]


def test_records_of_several_servers() -> None:
    """A merged record is that of all sittings; a file brings it back; unknown items count 0."""
    rules = assessment(*CONTROLS[1])
    edges = CONTROLS[1][1]["edges"]
    one, other, both = (ExposureRecord(edges) for _ in range(3))
    for seed in range(6):
        session = sit(rules, one if seed % 2 else other, seed)
        both.add(session.exposure())
    one.merge(other)
    assert one.to_dict() == both.to_dict()
    assert ExposureRecord.from_dict(json.loads(json.dumps(one.to_dict()))).to_dict() == both.to_dict()
    assert not one.counts(["nobody"]).sittings.any()


def test_a_file_is_whole_or_refused(tmp_path: Path) -> None:
    """Saved and loaded; every fault with its place."""
    record = ExposureRecord()
    sit(assessment(*CONTROLS[0]), record, 3)
    path = record.save(tmp_path)
    assert path.name == "exposure.json"
    assert ExposureRecord.load(tmp_path).to_dict() == record.to_dict()
    content = record.to_dict()
    content["items"]["i00"] = {"sittings": [1], "eligible": [2], "presented": [-1]}
    content["items"]["i01"] = {"sittings": [1]}
    with pytest.raises(ca.InputError, match=r"(?s)items\.i00\.presented.*items\.i01") as caught:
        ExposureRecord.from_dict(content)
    assert len(caught.value.problems) == 2
    content["items"] = {"i00": {"sittings": [1], "eligible": [2], "presented": [0]}}
    with pytest.raises(ca.InputError, match="more than there were sittings"):
        ExposureRecord.from_dict(content)
    for wrong in ({"format": "other"}, {"format": "compassess/exposure/1", "edges": [1, 0], "items": {}}, 3):
        with pytest.raises(ca.InputError):
            ExposureRecord.from_dict(wrong)


def test_what_does_not_fit_is_refused() -> None:
    """A control without its record, a record without its control, other segments, a sitting that goes on."""
    rules, plain = assessment(*CONTROLS[0]), banks.assessment(BANK, length=(8, 8))
    with pytest.raises(ca.InputError, match="draws from a record"):
        rules.start()
    with pytest.raises(ca.InputError, match="draws from no record"):
        plain.start(exposure=ExposureRecord())
    with pytest.raises(ca.InputError, match="other segments"):
        rules.start(exposure=ExposureRecord([0.0]))
    session = rules.start(exposure=ExposureRecord())
    with pytest.raises(ca.OutOfTurn, match="goes on"):
        session.exposure()
    told = sit(rules, ExposureRecord(), 2).exposure()
    with pytest.raises(ca.InputError, match="other segments"):
        ExposureRecord([0.0]).add(told)
    record = ExposureRecord()
    with pytest.raises(ca.InputError, match="itself"):
        record.merge(record)
    done = plain.start()
    done.break_off()
    with pytest.raises(ca.InputError, match="draws from no record"):
        done.exposure()


def test_a_log_that_closes_items_elsewhere_is_refused() -> None:
    """Without the header's list, with another number of segments, or with what is no list."""
    rules = assessment(*CONTROLS[0])
    log = [dict(entry) for entry in sit(rules, ExposureRecord(), 2).log]
    for wrong in ([[], []], [], "i00", [[3]], [["i00"], 3]):
        log[0]["ineligible"] = wrong
        with pytest.raises(ca.ReplayMismatch, match="ineligible"):
            ca.Session.replay(rules, log)
    del log[0]["ineligible"]
    with pytest.raises(ca.ReplayMismatch, match="ineligible"):
        ca.Session.replay(rules, log)


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({}, "a limit is needed"),
        ({"maximum_rate": 0.0}, "not a rate"),
        ({"maximum_overlap": 1.5}, "not a rate"),
        ({"maximum_rate": 0.15}, r"do not fill sittings.*0\.2 or more"),
        ({"maximum_rate": 0.5, "edges": [2, 1]}, "not where segments"),
    ],
)
@pytest.mark.parametrize("control", ["item_eligibility", "restricted_rate"])
def test_limits_that_are_none(control: str, parameters: dict[str, Any], told: str) -> None:
    """One error before the first examinee."""
    with pytest.raises(ca.InputError, match=told):
        assessment(control, parameters)


def test_a_minimum_that_the_limit_does_not_leave() -> None:
    """Four of eight items of every competency cannot be presented at a rate of .4."""
    with pytest.raises(ca.InputError, match=r"p1.*0\.5 or more"):
        assessment("item_eligibility", {"maximum_rate": 0.4}, THREE, limits=(4, None), length=(24, 24))


@pytest.mark.slow
@pytest.mark.parametrize("control", ["item_eligibility", "restricted_rate"])
def test_the_textbook_bank_keeps_its_rate(control: str) -> None:
    """B300, 20 items, r = .20, 5,000 people: no rate and no overlap beyond .22, in segments none beyond .26."""
    rules = assessment(control, {"maximum_rate": 0.2}, banks.textbook_bank(), length=(20, 20))
    exposure = ca.simulate(rules, 5000, seed=3).exposure()
    assert exposure["max_exposure"][0] <= 0.22
    assert exposure["overlap"][0] <= 0.2
    by_segment = {"maximum_rate": 0.2, "edges": [-1.0, 0.0, 1.0]}
    study = ca.simulate(assessment(control, by_segment, banks.textbook_bank(), length=(20, 20)), 5000, seed=3)
    segments = np.searchsorted([-1.0, 0.0, 1.0], study.theta, side="right")
    assert np.nanmax(exposure_rates(study.played.items, 300, strata=segments)) <= 0.26
