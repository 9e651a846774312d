"""What was not answered, from words beside the answers to scores, counts, flags and withheld verdicts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import banks
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import compassess as ca
from compassess.bank import CODES, MinimumAttempts, UnansweredPolicy
from compassess.irt import Items
from compassess.scoring import Left, lowest_categories
from compassess.scoring.ranking import k_best

BANK = banks.three_blocks(4)
IDS = [item.id for item in BANK.operational]


def assessment(**policy: Any) -> ca.Assessment:
    """The bank with a policy, and bands that are given at any probability."""
    rules = banks.bands(BANK, confirmation={}, illustrative=False)
    return banks.assessment(BANK, rules=rules, unanswered=policy)


def answers(n: int = 4, seed: int = 3) -> pd.DataFrame:
    """Answers of n persons to every item."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(rng.integers(0, 4, (n, len(IDS))).astype(float), columns=IDS)


def test_the_lowest_category_of_each_model() -> None:
    """0; the highest code under a negative slope; of a nominal item the smallest slope, wherever it stands."""
    nan = np.nan
    items = Items.create(
        ids=["up", "down", "graded", "turned", "nominal"],
        models=["2PL", "2PL", "GRM", "GPCM", "NRM"],
        a=[1.2, -0.7, 1.0, -0.4, nan],
        b=[[0.3], [0.1], [-1.0, 1.0], [0.5, -0.5], [nan, nan]],
        slopes=np.array([[nan] * 3] * 4 + [[0.1, -0.9, 0.8]]),
        intercepts=np.array([[nan] * 3] * 4 + [[0.5, -0.2, -0.3]]),
    )
    assert lowest_categories(items).tolist() == [0, 1, 0, 2, 1]


def test_omitted_is_scored_as_the_lowest_answer() -> None:
    """Under the defaults omitted, timed out and not reached are what a 0 would be; lost is as if not presented."""
    full = answers()
    for word, same_as in (
        ("omitted", 0.0),
        ("timed_out", 0.0),
        ("not_reached", 0.0),
        ("technically_lost", np.nan),
        ("not_presented", np.nan),
    ):
        told, alike = full.copy(), full.copy()
        told.iloc[1, 5], alike.iloc[1, 5] = np.nan, same_as
        words = np.full(full.shape, None, dtype=object)
        words[1, 5] = word
        found = ca.conclude(told, assessment(), unanswered=words)[1]
        expected = ca.conclude(alike, assessment())[1]
        assert found.theta == pytest.approx(expected.theta, abs=1e-12)
        assert found.p_above_risk_zones == pytest.approx(expected.p_above_risk_zones, abs=1e-12)
        assert found.n_items == len(IDS) - 1
        assert found.unanswered == {word: 1}
        assert (f"{word}_items" in found.flags) is (word != "not_presented")


@st.composite
def items_and_answers(
    draw: st.DrawFn, models: tuple[str, ...] = ("2PL", "3PL", "GRM", "GPCM")
) -> tuple[Items, np.ndarray, int]:
    """Up to six items of several models, answers to all of them, and the item that is left."""
    n = draw(st.integers(2, 6))
    named = draw(st.lists(st.sampled_from(models), min_size=n, max_size=n))
    graded = np.array([model in ("GRM", "GPCM") for model in named])
    first = draw(arrays(np.float64, n, elements=st.floats(-3, 3)))
    gap = draw(arrays(np.float64, n, elements=st.floats(0.1, 2)))
    items = Items.create(
        ids=[f"i{j}" for j in range(n)],
        models=named,
        a=draw(arrays(np.float64, n, elements=st.floats(0.3, 2.5))),
        b=[[low, low + more] if two else [low] for low, more, two in zip(first, gap, graded, strict=True)],
        c=[0.2 if model == "3PL" else 0.0 for model in named],
    )
    answers = np.array([draw(st.integers(0, 2 if two else 1)) for two in graded], dtype=float)
    return items, answers, draw(st.integers(0, n - 1))


@given(drawn=items_and_answers())
def test_posteriors_and_likelihoods_never_rise_by_leaving(drawn: tuple[Items, np.ndarray, int]) -> None:
    """EAP, MAP and ML of an item scored as left are no higher than of one that was not presented, in any model."""
    items, answers, place = drawn
    left, not_presented = answers.copy(), answers.copy()
    left[place], not_presented[place] = 0.0, np.nan
    for method, tolerance in (("EAP", 1e-3), ("MAP", 1e-6), ("ML", 1e-6)):  # grids refine to .001 SD
        found = ca.score(np.array([left, not_presented]), items, method=method).theta
        assert np.isnan(found).any() or found[0] <= found[1] + tolerance, method


@given(drawn=items_and_answers(models=("2PL", "GRM", "GPCM")))
def test_no_method_rewards_leaving_over_answering(drawn: tuple[Items, np.ndarray, int]) -> None:
    """WLE and Jeffreys, too, are never higher for an item that was left than for one that was answered."""
    items, answers, place = drawn
    left = answers.copy()
    left[place] = 0.0
    for method in ("EAP", "MAP", "WLE", "Jeffreys"):
        found = ca.score(np.array([left, answers]), items, method=method).theta
        assert found[0] <= found[1] + 1e-3, method


def test_warm_and_jeffreys_may_rise_by_leaving() -> None:
    """A hard item that was left adds information up there: WLE goes from 1.157 to 2.286, and Jeffreys up, EAP down."""
    items = Items.create(ids=list("abcd"), a=[0.57, 1.79, 1.41, 2.05], b=[[-2.54], [0.47], [-1.97], [2.89]])
    table = np.array([[1, 1, 1, np.nan], [1, 1, 1, 0]])
    warm = ca.score(table, items, method="WLE").theta
    np.testing.assert_allclose(warm, [1.157, 2.286], atol=5e-4)
    jeffreys = ca.score(table, items, method="Jeffreys").theta
    assert jeffreys[1] > jeffreys[0] + 0.5
    for method in ("EAP", "MAP"):
        bayes = ca.score(table, items, method=method).theta
        assert bayes[1] < bayes[0]


def test_another_policy_scores_otherwise() -> None:
    """What the file ignores adds nothing, what it scores lowest lowers."""
    told = answers()
    told.iloc[0, :3] = np.nan
    words = np.full(told.shape, "", dtype=object)
    words[0, :3] = ["omitted", "technically_lost", "timed_out"]
    usual = ca.conclude(told, assessment(), unanswered=words)[0]
    lenient = ca.conclude(told, assessment(omitted="ignore", timed_out="ignore"), unanswered=words)[0]
    strict = ca.conclude(told, assessment(technically_lost="lowest"), unanswered=words)[0]
    assert lenient.theta == ca.conclude(told, assessment())[0].theta
    assert strict.theta < usual.theta < lenient.theta


def test_words_come_in_any_table_and_spelling() -> None:
    """Arrays, pandas and polars frames, some of the columns only, capitals and blanks, and blank cells of any kind."""
    told = answers()
    told.iloc[2, 4] = np.nan
    array = np.full(told.shape, None, dtype=object)
    array[2, 4] = " Omitted "
    some = pd.DataFrame({IDS[4]: [None, np.nan, "omitted", pd.NA], IDS[0]: ["", None, None, "NA"]})
    polars = pl.DataFrame({IDS[4]: [None, None, "omitted", None]})
    expected = ca.conclude(told, assessment(), unanswered=array)[2]
    assert expected.unanswered == {"omitted": 1}
    for words in (some, polars, array.tolist()):
        assert ca.conclude(told, assessment(), unanswered=words)[2] == expected


def test_words_may_stand_among_the_answers() -> None:
    """With unanswered="in_cells" a table holds both, in a frame or in an array of the bank's width."""
    told = answers()
    cells = told.astype(object)
    told.iloc[2, 4] = np.nan
    cells.iloc[2, 4] = "timed_out"
    words = np.full(told.shape, None, dtype=object)
    words[2, 4] = "timed_out"
    expected = list(ca.conclude(told, assessment(), unanswered=words))
    assert list(ca.conclude(cells, assessment(), unanswered="in_cells")) == expected
    assert list(ca.conclude(cells.to_numpy(), assessment(), unanswered="in_cells")) == expected
    cells.iloc[0, 0] = "forgotten"
    with pytest.raises(ca.InputError, match="forgotten"):
        ca.conclude(cells, assessment(), unanswered="in_cells")


def test_every_fault_of_the_words_is_told_at_once() -> None:
    """Unknown words, and words beside an answer, each with its place and what there is."""
    told = answers()
    told.iloc[0, 0] = np.nan
    words = np.full(told.shape, None, dtype=object)
    words[0, 0], words[1, 1], words[2, 3], words[3, 2] = "skipped", 7, "omitted", "not_reached"
    with pytest.raises(ca.InputError) as caught:
        ca.conclude(told, assessment(), unanswered=words)
    faults = {problem.where: problem for problem in caught.value.problems}
    assert list(faults) == [
        f"unanswered, row {row}, item {IDS[column]!r}" for row, column in ((0, 0), (1, 1), (2, 3), (3, 2))
    ]
    unknown, number, conflict, _ = faults.values()
    assert (unknown.got, unknown.expected) == ("'skipped'", ", ".join(CODES))
    assert number.got == "7"
    assert "omitted" in conflict.what


def test_tables_that_do_not_fit() -> None:
    """Columns that the responses do not have, and another number of persons."""
    words = pd.DataFrame({IDS[0]: [None], "stranger": ["omitted"]})
    with pytest.raises(ca.InputError) as caught:
        ca.conclude(answers(), assessment(), unanswered=words)
    assert {problem.where for problem in caught.value.problems} == {
        "unanswered, column 'stranger'",
        "unanswered",
    }


def test_many_faults_are_cut_short() -> None:
    """Twenty of a kind, and how many more there are."""
    words = np.full((4, len(IDS)), "omitted", dtype=object)
    with pytest.raises(ca.InputError) as caught:
        ca.conclude(answers(), assessment(), unanswered=words)
    assert len(caught.value.problems) == 21
    assert caught.value.problems[-1].what.startswith(f"{4 * len(IDS) - 20} more")


# ---- minimum attempts ----------------------------------------------------------------------------------


def left_by(n_answered: int, n_omitted: int, *, word: str = "omitted", **policy: Any) -> ca.Conclusion:
    """The conclusion on somebody who answered some items well, left others, and was not shown the rest."""
    row = np.full((1, len(IDS)), np.nan)
    row[0, :n_answered] = 3
    words = np.full(row.shape, None, dtype=object)
    words[0, n_answered : n_answered + n_omitted] = word
    return ca.conclude(row, assessment(**policy), unanswered=words)[0]


def test_half_of_what_was_presented() -> None:
    """Ten of twenty answered give a band, nine of nineteen do not; what was lost counts as not presented."""
    assert left_by(10, 10).band != "needs_more_evidence"
    assert "too_few_attempts" not in left_by(10, 10).flags
    assert left_by(9, 11).band == "needs_more_evidence"
    assert left_by(9, 11, word="technically_lost").band != "needs_more_evidence"
    assert left_by(9, 11, word="not_presented").band != "needs_more_evidence"


def test_below_the_minimum_no_verdict_is_given() -> None:
    """Bands, zones, the joint statement, strengths and weaknesses are withheld; numbers stay."""
    few = left_by(9, 11)
    assert "too_few_attempts" in few.flags
    assert {few.band, *(block.band for block in few.blocks.values())} == {"needs_more_evidence"}
    assert {one.risk for one in few.competencies.values()} == {"insufficient"}
    assert few.above_risk_zones is None
    assert (few.strengths, few.weaknesses) == ((), ())
    scored = left_by(9, 11, minimum_attempts={"sitting": {}})
    assert (few.theta, few.se, few.band_probabilities) == (scored.theta, scored.se, scored.band_probabilities)
    assert scored.band != "needs_more_evidence"


def test_a_count_of_attempts() -> None:
    """The number itself is enough, one fewer is not."""
    rule = {"minimum_attempts": {"sitting": {"count": 7}}}
    assert left_by(7, 0, **rule).band != "needs_more_evidence"
    assert left_by(6, 0, **rule).band == "needs_more_evidence"


def test_nobody_is_judged_on_nothing() -> None:
    """Without a single answer there is no band; "no_answers" says why."""
    nothing = left_by(0, 0)
    assert nothing.band == "needs_more_evidence"
    assert nothing.flags == ("no_answers",)
    assert "no_answers" in left_by(0, 5).flags


def test_attempts_of_a_competency() -> None:
    """A competency with too few attempts loses its zone, the joint statement and its place among strengths."""
    rule = {"minimum_attempts": {"competency": {"share": 0.75}, "sitting": {}}}
    person = left_by(6, 2, **rule)  # four of four in p1, two of four in p2
    assert person.competencies["p1"].risk != "insufficient"
    assert person.competencies["p2"].risk == "insufficient"
    assert person.above_risk_zones is None
    assert "p2" not in (*person.strengths, *person.weaknesses)
    assert "too_few_attempts" in person.flags
    assert person.band != "needs_more_evidence"


def test_shares_are_not_spoilt_by_rounding() -> None:
    """0.7 of ten items is seven, 0.1 of thirty is three."""
    for share, presented in ((0.7, 10), (0.1, 30), (0.6, 5)):
        enough = round(share * presented)
        policy = UnansweredPolicy(sitting=MinimumAttempts(share=share))
        for attempts, short in ((enough, False), (enough - 1, True)):
            counts = np.zeros((1, 1, len(CODES)), dtype=np.intp)
            counts[0, 0, CODES.index("omitted")] = presented - attempts
            left = Left(attempts=np.array([[attempts]]), counts=counts)
            assert left.too_few(policy).tolist() == [short]


def test_the_frame_says_what_the_conclusions_say() -> None:
    """Withheld bands and zones, and a column of counts for every code, as in each conclusion."""
    rng = np.random.default_rng(8)
    told = answers(8)
    words = np.full(told.shape, None, dtype=object)
    gone = rng.random(told.shape) < np.linspace(0, 0.9, 8)[:, None]
    words[gone] = rng.choice(CODES, gone.sum())
    told = told.mask(gone)
    policy = {"minimum_attempts": {"competency": {"count": 2}}}
    conclusions = ca.conclude(told, assessment(**policy), unanswered=words)
    assert conclusions.bands == tuple(one.band for one in conclusions)
    assert {"needs_more_evidence"} < set(conclusions.bands)
    for row, one in zip(conclusions.to_frame().to_dict("records"), conclusions, strict=True):
        assert row["band"] == one.band
        assert all(row[f"band_{name}"] == block.band for name, block in one.blocks.items())
        assert all(row[f"risk_{name}"] == part.risk for name, part in one.competencies.items())
        assert {code: row[f"n_{code}"] for code in CODES if row[f"n_{code}"]} == one.unanswered
        assert one.to_dict()["unanswered"] == one.unanswered


def test_nobody_is_selected_on_nothing() -> None:
    """Whose verdict is withheld is told of a whole population, and has no place among the k best."""
    told = answers(5) * 0
    told.iloc[2] = np.nan  # the prior's mean, far above the others
    conclusions = ca.conclude(told, assessment())
    assert conclusions.withheld.tolist() == [False, False, True, False, False]
    known = np.where(conclusions.withheld, np.nan, conclusions.summary.theta)
    found = k_best(known, conclusions.summary.se, 2)
    assert found.statuses[2] == "no_estimate"
    assert not found.selected[2]


def test_sittings_that_were_broken_off_are_withheld_alike() -> None:
    """The arrays, the frame and each conclusion take back the same verdicts."""
    conclusions = ca.conclude(answers(3), assessment())
    broken = replace(conclusions, context=replace(conclusions.context, incomplete=True))
    assert broken.withheld.all()
    assert broken.bands == tuple(one.band for one in broken) == ("needs_more_evidence",) * 3
    assert set(broken.to_frame().filter(regex="^risk_").to_numpy().ravel()) == {"insufficient"}
