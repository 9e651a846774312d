"""compassess.scoring.concluding: conclusions on one person and on a population."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

import banks
import numpy as np
import pytest

import compassess as ca
from compassess.bank import Bands, Scale, ValidityRule
from compassess.irt import simulate_abilities, simulate_responses
from compassess.scoring import ScoreMap, stated_risk_rates
from compassess.scoring.quality import QualityRules, response_quality

AT = "2026-05-04T09:30:00+05:00"
BANKS = [banks.one_block(12), banks.with_options(), banks.three_blocks(4)]


def answered(bank: ca.ItemBank, n_persons: int, seed: int = 3, share: float = 0.7) -> ca.Responses:
    """Answers of people E-0, E-1, … with missing cells."""
    items = bank.irt_items()
    codes = simulate_responses(
        items, simulate_abilities(bank.population, n_persons, seed=seed), seed=seed
    ).codes()
    missing = np.random.default_rng(seed).random(codes.shape) > share
    return ca.Responses.from_array(
        np.ma.masked_array(codes, missing), items=items.ids, persons=[f"E-{p}" for p in range(n_persons)]
    )


def assert_alike(first: Any, second: Any, path: str = "") -> None:
    """Equal values, numbers to 1e-10."""
    if isinstance(first, dict):
        assert first.keys() == second.keys(), path
        for key in first:
            assert_alike(first[key], second[key], f"{path}.{key}")
    elif isinstance(first, float) and not isinstance(first, bool):
        assert first == pytest.approx(second, abs=1e-10), path
    else:
        assert first == second, path


@pytest.mark.parametrize("bank", BANKS, ids=["one block", "options", "three blocks"])
def test_a_population_is_concluded_like_sittings(bank: ca.ItemBank) -> None:
    """conclude() on the answers of sittings equals every sitting's own conclusion to 1e-10."""
    assessment = banks.assessment(bank, length=(1, 9), limits=(1, None))
    rng = np.random.default_rng(5)
    place = {item.id: j for j, item in enumerate(bank.operational)}
    codes = np.full((12, len(place)), np.nan)
    live = []
    for person in range(12):
        session = assessment.start(examinee=f"E-{person}", seed=person)
        while session.pending is not None:
            item = bank.item(session.pending.id)
            if item.options:
                option = item.options[rng.integers(len(item.options))]
                session.answer(item.id, option.id)
                codes[person, place[item.id]] = option.score
            else:
                code = int(rng.integers(item.n_categories))
                session.answer(item.id, code)
                codes[person, place[item.id]] = code
        live.append(session.conclude(at=AT))
    frame = ca.Responses.from_array(codes, items=list(place), persons=[f"E-{p}" for p in range(12)])
    together = ca.conclude(frame, assessment, at=AT)
    for one, other in zip(live, together, strict=True):
        first, second = one.to_dict(), other.to_dict()
        assert first.pop("stop_reason")
        assert second.pop("stop_reason") is None
        assert set(second.pop("flags")) <= set(first.pop("flags"))
        assert_alike(first, second)


@pytest.mark.parametrize("bank", BANKS, ids=["one block", "options", "three blocks"])
def test_single_precision_says_the_same(bank: ca.ItemBank) -> None:
    """In single precision probabilities are those in double to 1e-5, means and errors to 1e-4.

    Means lie on ±6 and carry seven digits; variances lose as many as their cancellation takes. Those who chose
    one end throughout are among the people, and one who chose both ends by turns.
    """
    highest = np.array([item.n_categories - 1 for item in bank.operational])
    ends = np.stack([0 * highest, highest, np.where(np.arange(highest.size) % 2, highest, 0)])
    codes = np.concatenate([answered(bank, 400).codes().astype(np.float64), ends])
    codes[codes < 0] = np.nan
    assessment = banks.assessment(bank)
    double, single = (ca.conclude(codes, assessment, precision=name).summary for name in ("double", "single"))
    for field in fields(double):
        expected, told = getattr(double, field.name), getattr(single, field.name)
        assert told.dtype == np.float64
        tolerance = 1e-4 if field.name.endswith(("theta", "se")) else 1e-5
        np.testing.assert_allclose(told, expected, atol=tolerance, rtol=0, err_msg=field.name)


def test_flags_of_response_quality() -> None:
    """What was found on how people answered is said in each conclusion, and changes nothing else."""
    bank = BANKS[0]
    answers = answered(bank, 12, share=1.0)
    rules = QualityRules(n_draws=99, unusual_answers=0.5)  # so that some are flagged
    quality = response_quality(answers, bank.irt_items(), seed=3, rules=rules)
    assessment = banks.assessment(bank)
    plain, told = ca.conclude(answers, assessment), ca.conclude(answers, assessment, quality=quality)
    assert any(one.flags for one in quality)
    for one, other, found in zip(plain, told, quality, strict=True):
        assert other == replace(one, flags=(*one.flags, *found.flags))
    with pytest.raises(ca.InputError, match="not the findings on these persons"):
        ca.conclude(answers, assessment, quality=quality[:4])


def test_an_unknown_precision() -> None:
    """What posteriors may be summed in is said."""
    with pytest.raises(ca.InputError, match="'double' or 'single'"):
        ca.conclude(np.zeros((1, 12)), banks.assessment(banks.one_block(12)), precision="half")


def test_a_sequence() -> None:
    """Conclusions have a length, indices from both ends, slices and an order."""
    conclusions = ca.conclude(answered(BANKS[0], 5), banks.assessment(BANKS[0]))
    assert len(conclusions) == 5
    assert [one.examinee for one in conclusions] == ["E-0", "E-1", "E-2", "E-3", "E-4"]
    assert conclusions[-1] == conclusions[4] == conclusions[np.int64(4)]  # type: ignore[index]
    assert [one.examinee for one in conclusions[1:4:2]] == ["E-1", "E-3"]
    assert conclusions[9:] == ()
    for index in (5, -6):
        with pytest.raises(IndexError):
            conclusions[index]
    assert conclusions.bands == tuple(one.band for one in conclusions)


@pytest.mark.parametrize("bank", BANKS, ids=["one block", "options", "three blocks"])
def test_the_frame_says_what_the_conclusions_say(bank: ca.ItemBank) -> None:
    """A row a person with band, probabilities, blocks, competencies and risks as in each conclusion."""
    conclusions = ca.conclude(answered(bank, 6), banks.assessment(bank))
    frame = conclusions.to_frame()
    assert len(frame) == 6
    assert frame.columns.is_unique
    for row, one in zip(frame.to_dict("records"), conclusions, strict=True):
        assert row["person"] == one.examinee
        assert (row["theta"], row["se"], row["band"]) == (one.theta, one.se, one.band)
        assert row["p_above_risk_zones"] == one.p_above_risk_zones
        for name, p in one.band_probabilities.items():
            assert row[f"p_{name}"] == p
        for name, block in one.blocks.items():
            assert (row[f"theta_{name}"], row[f"se_{name}"], row[f"band_{name}"]) == (
                block.theta,
                block.se,
                block.band,
            )
        for name, part in one.competencies.items():
            assert (row[f"competency_{name}"], row[f"competency_se_{name}"]) == (part.theta, part.se)
            assert (row[f"risk_{name}"], row[f"p_risk_{name}"]) == (part.risk, part.risk_probability)


def test_people_without_labels() -> None:
    """Without labels there is no person column and no examinee."""
    conclusions = ca.conclude(np.ones((2, 12)), banks.assessment(BANKS[0]))
    assert "person" not in conclusions.to_frame()
    assert conclusions[0].examinee is None


def test_validity() -> None:
    """A conclusion is valid until its time plus the days of the bands file; without a time there is none."""
    assessment = banks.assessment(BANKS[0], rules=banks.bands(BANKS[0], validity_days=30))
    dated = ca.conclude(np.ones((1, 12)), assessment, at=AT)[0]
    assert (dated.concluded_at, dated.valid_until) == (AT, "2026-06-03T09:30:00+05:00")
    assert assessment.start().conclude(at=AT).valid_until == "2026-06-03T09:30:00+05:00"
    undated = ca.conclude(np.ones((1, 12)), assessment)[0]
    assert (undated.concluded_at, undated.valid_until) == (None, None)
    assert (undated.tested_at, undated.validity) == (None, None)


def test_a_year_on_the_calendar() -> None:
    """With a section on validity a conclusion is valid until the same day next year begins in the hall."""
    rules = replace(banks.bands(BANKS[0]), validity=ValidityRule(zone="+05:00"))
    assessment = banks.assessment(BANKS[0], rules=rules)
    evening = ca.conclude(np.ones((1, 12)), assessment, at="2023-05-03T22:00:00+00:00")[0]
    assert evening.valid_until == "2024-05-04T00:00:00+05:00"
    span = replace(evening, band="effective").validity
    assert span is not None
    assert [
        span.status(at) for at in ("2023-05-03T21:59:59Z", "2024-05-03T18:59:59Z", evening.valid_until)
    ] == [
        "not_yet",
        "valid",
        "expired",
    ]
    assert span.days_left(evening.tested_at or "") == 366
    withheld = replace(evening, band="needs_more_evidence").validity
    assert withheld is not None
    assert withheld.status("2023-06-01T00:00:00Z") == "withheld"


def test_validity_is_counted_from_the_test() -> None:
    """A sitting that is concluded on, or replayed, months later is valid no longer for that."""
    assessment = banks.assessment(BANKS[0], rules=banks.bands(BANKS[0], validity_days=30))
    session = assessment.start(at=AT)
    at_once, later = session.conclude(at=AT), session.conclude(at="2026-09-01T12:00:00+05:00")
    assert at_once.valid_until == later.valid_until == "2026-06-03T09:30:00+05:00"
    assert (later.tested_at, later.concluded_at) == (AT, "2026-09-01T12:00:00+05:00")
    again = ca.Session.replay(assessment, session.log).conclude(at="2026-09-01T12:00:00+05:00")
    assert again == later
    untold = assessment.start().conclude(at=AT)
    assert (untold.tested_at, untold.valid_until) == (AT, at_once.valid_until)
    undated = session.conclude()
    assert (undated.tested_at, undated.valid_until, undated.validity) == (AT, None, None)


@pytest.mark.parametrize("at", [datetime(2026, 5, 4), "2026-05-04T09:30:00", "soon", "9999-12-31T00:00:00Z"])
def test_impossible_times_are_refused_at_once(at: datetime | str) -> None:
    """A time without a zone is refused when a population is concluded on, not when a row is looked at."""
    assessment = banks.assessment(BANKS[0])
    with pytest.raises(ca.InputError):
        ca.conclude(np.ones((1, 12)), assessment, at=at)
    with pytest.raises(ca.InputError):
        assessment.start().conclude(at=at)


def test_unusable_responses() -> None:
    """Nobody, columns that are all strangers, and codes that no item has are refused; nobody gets a band."""
    assessment = banks.assessment(BANKS[0])
    strangers = ca.Responses.from_array(np.ones((2, 3)), items=["x", "y", "z"])
    nobody = answered(BANKS[0], 2).select_persons(slice(0, 0))
    for responses in (strangers, nobody, np.full((2, 12), 2)):
        with pytest.raises(ca.InputError):
            ca.conclude(responses, assessment)


def test_only_operational_items_count() -> None:
    """Answers to items that are not operational, and columns of other tests, change nothing."""
    items = [banks.item(f"i{j}", "theta", "theta", 1.5, [j / 2 - 1]) for j in range(5)]
    retired = banks.item("old", "theta", "theta", 2.0, [0], status="retired")
    bank = banks.bank({"theta": ("theta", 1.0)}, [*items, retired])
    assessment = banks.assessment(bank)
    ids = [f"i{j}" for j in range(5)]
    plain = ca.Responses.from_array([[1, 0, 1, 1, 0]], items=ids)
    more = ca.Responses.from_array([[1, 0, 1, 1, 0, 1, 7]], items=[*ids, "old", "other"])
    assert ca.conclude(plain, assessment)[0] == ca.conclude(more, assessment)[0]


def test_flags() -> None:
    """Illustrative banks, missing answers and coarse grids are said in the conclusion."""
    real = banks.bands(BANKS[0], illustrative=False)
    answers = np.array([[1] * 12, [np.nan] * 12])
    full, empty = ca.conclude(answers, banks.assessment(BANKS[0], rules=real))
    assert full.flags == ()
    assert empty.flags == ("no_answers",)
    assert not full.illustrative
    example = banks.assessment(BANKS[0]).start().conclude()
    assert example.illustrative
    assert example.flags == ("illustrative_bank", "no_answers", "incomplete")
    coarse = ca.conclude(np.ones((1, 12)), banks.assessment(BANKS[0], rules=real, nodes=9))[0]
    assert coarse.flags == ("coarse_grid",)


def test_too_few_items_are_insufficient() -> None:
    """With one item of a competency its risk is "insufficient", nothing is said above zones, nothing named."""
    bank = BANKS[1]
    ids = [item.id for item in bank.operational]
    row = [0 if name in ("c1_0", "c2_0", "c2_1", "c3_0", "c3_1") else None for name in ids]
    one = ca.conclude(ca.Responses.from_array([row], items=ids), banks.assessment(bank))[0]
    assert [part.n_items for part in one.competencies.values()] == [1, 2, 2]
    assert one.competencies["c1"].risk == "insufficient"
    assert one.competencies["c2"].risk != "insufficient"
    assert one.above_risk_zones is None
    assert "c1" not in one.strengths + one.weaknesses
    assert (one.blocks["p"].n_items, one.blocks["q"].n_items, one.n_items) == (3, 2, 5)


def test_the_lowest_band_needs_confirmation() -> None:
    """Of people whose most probable band is the lowest only those at 0.95 or more get it, in blocks as well."""
    bank = banks.one_block(30)
    rules = banks.bands(bank, cuts=(-0.5, 0.5, 1.5))
    conclusions = ca.conclude(answered(bank, 300, share=0.4), banks.assessment(bank, rules=rules))
    said = set()
    for one in conclusions:
        for result in (one, *one.blocks.values()):
            p = result.band_probabilities
            if max(p, key=p.__getitem__) == "minimal":
                assert result.band == ("minimal" if p["minimal"] >= 0.95 else "needs_more_evidence")
                said.add(result.band)
    assert said == {"minimal", "needs_more_evidence"}


def test_a_conclusion_is_plain_json() -> None:
    """to_dict() survives JSON, names its format, and carries provenance and titles."""
    assessment = banks.assessment(BANKS[2])
    content = ca.conclude(answered(BANKS[2], 1), assessment, at=AT)[0].to_dict()
    again = json.loads(json.dumps(content, allow_nan=False))
    assert again["format"] == "compassess/conclusion/1"
    assert again["provenance"]["bank_hash"] == assessment.bank.content_hash
    assert again["provenance"]["blueprint_hash"] == assessment.blueprint.content_hash
    assert again["provenance"]["bands_hash"] == assessment.bands.content_hash
    assert again["titles"]["p1"] == {"kk": "kk: p1", "ru": "ru: p1", "en": "en: p1"}


def test_every_competency_says_what_its_evidence_can_carry() -> None:
    """Sensitivity and false alarms stand beside the zone, and grow and shrink with the standard error."""
    bank = banks.three_blocks(6)
    assessment = banks.assessment(bank)
    items = bank.irt_items()
    answers = simulate_responses(items, simulate_abilities(items.population, 3, seed=5), seed=6)
    for result in (
        one for conclusion in ca.conclude(answers, assessment) for one in conclusion.competencies.values()
    ):
        stated = stated_risk_rates(result.se, result.risk_threshold, assessment.bands.risk)
        assert result.risk_sensitivity == pytest.approx(float(stated.sensitivity), abs=1e-12)
        assert result.risk_false_alarm == pytest.approx(float(stated.false_alarm), abs=1e-12)
        assert result.risk_false_alarm < result.risk_sensitivity < 1


def normed(bank: ca.ItemBank, **changes: Any) -> Bands:
    """Bands with a norm for every dimension, each another one."""

    def norm(place: int) -> dict[str, Any]:
        table = {"theta": [-1.0, 0.0, 1.0], "below": [0.1, 0.45, 0.9]} if place == 1 else {}
        return {"mean": 0.1 * place, "standard_deviation": 1.0 - 0.05 * place, **table}

    norms = {
        "population": "the others",
        "date": "2026-03-01",
        "n_persons": 812,
        "composite": norm(2),
        "blocks": {block.id: norm(place) for place, block in enumerate(bank.blocks)},
        "competencies": {one.id: norm(place + 1) for place, one in enumerate(bank.competencies)},
    }
    return banks.bands(bank, norms=norms, **changes)


@pytest.mark.parametrize("scale", [Scale.t(decimals=1), Scale.percentile(decimals=1)])
def test_scores_are_relative_to_the_norms(scale: Scale) -> None:
    """Composite, blocks and competencies each to their own norm; bands, risks and θ are as without norms."""
    bank = BANKS[2]
    answers = answered(bank, 3)
    rules = normed(bank, scale=scale.to_dict())
    assert rules.norms is not None
    told = ca.conclude(answers, banks.assessment(bank, rules=rules))
    plain = ca.conclude(answers, banks.assessment(bank))
    for one, other in zip(told, plain, strict=True):
        assert (one.theta, one.band, one.cuts) == (other.theta, other.band, other.cuts)
        assert {name: part.risk for name, part in one.competencies.items()} == {
            name: part.risk for name, part in other.competencies.items()
        }
        pairs = [
            (one, rules.norms.composite),
            *((one.blocks[name], norm) for name, norm in rules.norms.blocks.items()),
            *((one.competencies[name], norm) for name, norm in rules.norms.competencies.items()),
        ]
        for result, norm in pairs:
            scores = ScoreMap.one(scale, norm)
            assert [result.scale_score] == scores.scale_scores(result.theta, result.se)
        for name, part in one.competencies.items():
            scores = ScoreMap.one(scale, rules.norms.competencies[name])
            assert part.scale_threshold == scores.score(part.risk_threshold)
        assert one.norms is not None
        assert (one.norms.population, one.norms.date, one.norms.n_persons) == (
            "the others",
            "2026-03-01",
            812,
        )
        assert one.scale == scale
        assert one.scale_cuts == tuple(ScoreMap.one(scale, rules.norms.composite).score(one.cuts).tolist())
        assert other.norms is None
        json.dumps(one.to_dict(), allow_nan=False)
        assert "the others" in one.to_text("en")


def test_the_frame_offers_scores() -> None:
    """What each conclusion reports, in columns, where they are asked for."""
    bank = BANKS[2]
    conclusions = ca.conclude(answered(bank, 4), banks.assessment(bank, rules=normed(bank)))
    frame = conclusions.to_frame(scores=True)
    assert frame.columns.is_unique
    assert list(frame.columns[: len(conclusions.to_frame().columns)]) == list(conclusions.to_frame().columns)
    for row, one in zip(frame.to_dict("records"), conclusions, strict=True):
        results = {"": one}
        results |= {f"_{name}": part for name, part in one.blocks.items()}  # type: ignore[misc]
        for ending, result in results.items():
            score = result.scale_score
            assert row[f"score{ending}"] == score.value
            assert row[f"score_se{ending}"] == score.se
            assert row[f"percentile{ending}"] == score.percentile
        for name, part in one.competencies.items():
            assert row[f"competency_score_{name}"] == part.scale_score.value
            assert row[f"competency_score_se_{name}"] == part.scale_score.se
            assert row[f"competency_percentile_{name}"] == part.scale_score.percentile
