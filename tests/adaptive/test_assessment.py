"""compassess.adaptive.assessment: bank, blueprint and bands together; immutable and shared."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import banks
import numpy as np
import pytest

import compassess as ca
from compassess.adaptive import Plan, Pool
from compassess.bank import Period, RetakeRule, ValidityRule
from compassess.scoring import current_result, may_retake

BANK = banks.three_blocks(4)


def test_defaults() -> None:
    """Without a blueprint and bands: two items a competency, SE 0.40, thirty items; illustrative bands."""
    made = ca.Assessment.create(BANK)
    assert made.plan.minimum.tolist() == [2] * 6
    assert made.plan.targets.tolist() == [0.4] * 3
    assert (made.plan.shortest, made.plan.longest) == (1, 30)
    assert made.bands.illustrative


def test_every_fault_at_once() -> None:
    """Names that the bank does not know are refused with every place, of blueprint and bands alike."""
    other = banks.one_block(5)
    with pytest.raises(ca.InputError) as caught:
        ca.Assessment.create(BANK, ca.Blueprint.default(other), ca.Bands.illustrative_for(other))
    places = {problem.where.split()[0] for problem in caught.value.problems}
    assert places == {"blueprint.json", "bands.json"}
    assert len(caught.value.problems) > 8


@pytest.mark.parametrize("name", ["rule", "criterion"])
def test_unknown_strategies(name: str) -> None:
    """A strategy that is not registered is refused when the assessment is made, not during a sitting."""
    with pytest.raises(ca.InputError, match="unknown strategy"):
        banks.assessment(BANK, **{name: "guessing"})


def test_saved_and_loaded(tmp_path: Path) -> None:
    """A saved assessment loads with the same hashes, and its sittings are the same."""
    made = banks.assessment(banks.with_options(), randomesque=2)
    again = ca.Assessment.load(made.save(tmp_path / "new" / "folder"))
    assert again.provenance == made.provenance
    assert sitting(again, 5) == sitting(made, 5)


def test_provenance() -> None:
    """Results name bank, version and every file by its hash."""
    made = banks.assessment(BANK)
    told = made.provenance
    assert (told.bank, told.bank_version) == ("generated", "1")
    assert (told.bank_hash, told.blueprint_hash, told.bands_hash) == (
        made.bank.content_hash,
        made.blueprint.content_hash,
        made.bands.content_hash,
    )
    assert made.strategies == ("maximum_information@1", "standard_error@1")


def test_nothing_can_be_changed() -> None:
    """Fields cannot be set and arrays cannot be written to."""
    made = banks.assessment(BANK)
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.bank = BANK  # type: ignore[misc]
    parts = [(made.plan, Plan), (made.plan.pool, Pool)]
    arrays = [getattr(part, field.name) for part, kind in parts for field in dataclasses.fields(kind)]
    arrays = [array for array in arrays if isinstance(array, np.ndarray)]
    assert len(arrays) == 13
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def sitting(assessment: ca.Assessment, seed: int) -> tuple[tuple[dict[str, object], ...], dict[str, object]]:
    """The log and the conclusion of a sitting with answers that hang on the seed."""
    session, rng = assessment.start(seed=seed, examinee=f"E-{seed}"), np.random.default_rng(seed)
    while (item := session.pending) is not None:
        answer = (
            item.options[rng.integers(len(item.options))].id
            if item.options
            else int(rng.integers(item.n_categories))
        )
        session.answer(item.id, answer)
    return session.log, session.conclude().to_dict()


def test_threads() -> None:
    """Sittings in eight threads on one assessment are those of one thread, to the last bit."""
    made = banks.assessment(BANK, randomesque=3, length=(1, 15))
    serial = [sitting(made, seed) for seed in range(48)]
    with ThreadPoolExecutor(max_workers=8) as pool:
        assert list(pool.map(lambda seed: sitting(made, seed), range(48))) == serial


def test_populations_in_threads() -> None:
    """conclude() from several threads at once gives everybody's numbers as from one."""
    made = banks.assessment(BANK)
    codes = np.random.default_rng(1).integers(0, 4, (300, len(BANK.operational)))
    alone = ca.conclude(codes, made).summary
    with ThreadPoolExecutor(max_workers=4) as pool:
        for told in pool.map(lambda _: ca.conclude(codes, made).summary, range(8)):
            np.testing.assert_array_equal(told.bands, alone.bands)
            np.testing.assert_array_equal(told.risk, alone.risk)


def test_a_bank_without_operational_items() -> None:
    """Where nothing can be presented, the assessment says so; a least length of 0 gives an empty sitting."""
    bank = banks.bank({"theta": ("theta", 1.0)}, [banks.item("i", "theta", "theta", 1, [0], status="pilot")])
    with pytest.raises(ca.InputError):
        ca.Assessment.create(bank)
    session = banks.assessment(bank, length=(0, 5)).start()
    assert session.pending is None
    assert session.stop_reason == "pool_exhausted"
    assert "no_answers" in session.conclude().flags


def _for_categories() -> ca.Assessment:
    """An assessment with a category that has rules and a programme of its own, and one that has cuts alone."""
    bank = banks.with_options()
    categories = {
        "leading": {
            "title": banks.texts("Leading posts"),
            "cuts": [-2.0, -1.0, 1.0],
            "risk": {"threshold": -1.0},
            "weights": {"p": 2, "q": 1},
            "programme": "long",
        },
        "other": {"cuts": [-2.0, -1.0, 1.0]},
    }
    return banks.assessment(bank, rules=banks.bands(bank, categories=categories))


def test_a_category_of_posts_has_its_own_rules() -> None:
    """Cuts, thresholds and weights are those of the category, and conclusions say which it was."""
    assessment = _for_categories()
    other = assessment.for_category("other")
    assert other.bands == assessment.bands.for_category("other")
    assert (other.bank, other.blueprint) == (assessment.bank, assessment.blueprint)
    assert other.provenance.bands_hash != assessment.provenance.bands_hash
    conclusion = other.start().conclude()
    assert (conclusion.category, conclusion.category_title) == ("other", {})
    assert conclusion.cuts == (-2.0, -1.0, 1.0)
    assert assessment.start().conclude().category is None


def test_a_category_sits_its_programme() -> None:
    """Another blueprint than the assessment's own is handed over; without it, or with another, it is refused."""
    assessment = _for_categories()
    programme = replace(banks.blueprint(assessment.bank, length=(6, 12)), id="long")
    leading = assessment.for_category("leading", programme)
    assert leading.blueprint == programme
    conclusion = leading.start().conclude()
    assert conclusion.category_title["en"] == "en: Leading posts"
    assert {one.risk_threshold for one in conclusion.competencies.values()} == {-1.0}
    assert "en: Leading posts" in conclusion.to_text("en")
    for blueprint in (None, assessment.blueprint):
        with pytest.raises(ca.InputError, match=r"expected 'long'.*Blueprint\.load"):
            assessment.for_category("leading", blueprint)


def test_an_unknown_category_is_refused() -> None:
    """The known ones are told."""
    with pytest.raises(ca.InputError, match="'leading' or 'other'"):
        _for_categories().for_category("chief")


def test_a_log_of_a_category_is_replayed_by_its_assessment() -> None:
    """The hash of the bands pins the category: the assessment for everybody refuses the log."""
    assessment = _for_categories()
    other = assessment.for_category("other")
    session = other.start(seed=3)
    pending = session.pending
    assert pending is not None
    session.answer(pending.id, pending.options[0].id if pending.options else 0)
    assert ca.Session.replay(other, session.log).conclude() == session.conclude()
    with pytest.raises(ca.ReplayMismatch):
        ca.Session.replay(assessment, session.log)


def test_results_and_retakes_go_by_its_bands() -> None:
    """Which result stands, and who may sit again, are asked of the assessment and answered by its bands."""
    rules = dataclasses.replace(
        ca.Bands.illustrative_for(BANK),
        validity=ValidityRule(stands="best"),
        retakes=RetakeRule(wait=Period(months=3)),
    )
    made = ca.Assessment.create(BANK, bands=rules)
    taken = ["2026-05-04T09:30:00+05:00", "2026-08-10T09:30:00+05:00"]
    concluded = [made.start(at=at).conclude(at=at) for at in taken]
    history = [
        replace(one, band="effective").attempt(name) for name, one in zip("ab", concluded, strict=True)
    ]
    now = "2026-08-11T00:00:00+05:00"
    assert made.current_result(history, now) == current_result(history, now, rules.validity)
    assert made.current_result(history, now).statuses == {"a": "valid", "b": "valid"}
    assert made.may_retake(history, now) == may_retake(history, now, rules.retakes)
    assert made.may_retake(history, now).reasons == ("wait",)
