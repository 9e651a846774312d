"""compassess.scoring.ranking.k_best: places, selection and probabilities of whole competitions."""

from __future__ import annotations

import numpy as np
import pytest

from compassess.errors import InputError
from compassess.irt import Grid
from compassess.scoring.ranking import (
    DrawnPosteriors,
    GridPosteriors,
    NormalPosteriors,
    RankingRules,
    TieBreak,
    among_best,
    k_best,
    k_best_of,
    lottery,
    rank_moments,
)

THETA = [1.4, 0.9, 0.9, 0.2, np.nan, -0.6]
SE = [0.2, 0.3, 0.3, 0.3, np.nan, 0.3]


def test_selection_goes_by_estimates_and_probabilities_say_what_it_is_worth() -> None:
    """Places, selection, probabilities and moments are those of the parts, put together by person."""
    found = k_best(THETA, SE, 2)
    rows = [0, 1, 2, 3, 5]
    known = NormalPosteriors.of(np.array(THETA)[rows], np.array(SE)[rows])
    np.testing.assert_array_equal(found.rank, [1, 2, 2, 4, np.nan, 5])
    np.testing.assert_array_equal(found.selected, [True, True, True, False, False, False])
    np.testing.assert_array_equal(found.tied_at_boundary, [False, True, True, False, False, False])
    np.testing.assert_array_equal(found.probability[rows], among_best(known, 2))
    np.testing.assert_array_equal(found.expected_rank[rows], rank_moments(known).mean)
    np.testing.assert_array_equal(found.rank_sd[rows], rank_moments(known).sd)
    assert found.method == "integrated"
    assert found.ids == ("1", "2", "3", "4", "5", "6")


def test_who_has_no_estimate_keeps_a_status() -> None:
    """NaN is no place, no probability and no selection, and says so."""
    found = k_best(THETA, SE, 2)
    assert found.statuses[4] == "no_estimate"
    assert not found.selected[4]
    for column in (found.estimate, found.rank, found.probability, found.expected_rank, found.rank_sd):
        assert np.isnan(column[4])


def test_statuses_go_by_the_stated_probabilities() -> None:
    """Somebody is "in" from .95 on, "out" up to .05, "border" between; limits of the caller move it."""
    found = k_best(THETA, SE, 2)
    p = found.probability
    assert found.statuses == ("in", "border", "border", "out", "no_estimate", "out")
    assert p[0] > 0.95
    assert p[3] < 0.05
    strict = k_best(THETA, SE, 2, rules=RankingRules(in_probability=0.999, out_probability=1e-4))
    assert strict.statuses[0] == "border"
    assert strict.outside_and_possible.tolist() == [False, False, False, True, False, False]
    np.testing.assert_array_equal(strict.too_close_to_call, [True, True, True, True, False, False])


def test_limits_are_reached_in_spite_of_rounding() -> None:
    """Four as good people have .5 for two places, and .5 is enough where .5 is asked for."""
    rules = RankingRules(in_probability=0.5, out_probability=0.1)
    assert k_best([0.3] * 4, 0.2, 2, rules=rules).statuses == ("in",) * 4
    rules = RankingRules(in_probability=0.6, out_probability=0.5)
    assert k_best([0.3] * 4, 0.2, 2, rules=rules).statuses == ("out",) * 4


def test_competitions_do_not_know_of_each_other() -> None:
    """Everybody is compared with those of the same label alone, each with places of its own."""
    rng = np.random.default_rng(3)
    theta, se = rng.normal(size=12), rng.uniform(0.2, 0.4, 12)
    labels = ["north", "south", "north"] * 4
    found = k_best(theta, se, {"north": 3, "south": 1}, competitions=labels)
    for name, k in (("north", 3), ("south", 1)):
        rows = np.flatnonzero(np.array(labels) == name)
        alone = k_best(theta[rows], se[rows], k)
        np.testing.assert_array_equal(found.rank[rows], alone.rank)
        np.testing.assert_array_equal(found.probability[rows], alone.probability)
        np.testing.assert_array_equal(found.selected[rows], alone.selected)
    assert [one.competition for one in found.by_competition] == ["north", "south"]


def test_precision_is_the_mean_of_the_selected() -> None:
    """Expected number of truly best, its mean, and a sum that is the number of places."""
    found = k_best(THETA, SE, 2)
    (whole,) = found.by_competition
    chosen = found.probability[[0, 1, 2]]
    assert whole.expected_truly_best == pytest.approx(chosen.sum())
    assert whole.precision == pytest.approx(chosen.mean())
    assert whole.sum_of_probabilities == pytest.approx(2, abs=1e-9)
    assert (whole.n, whole.n_ranked, whole.k, whole.n_selected, whole.n_tied_at_boundary) == (6, 5, 2, 3, 2)
    assert whole.n_border == 2
    nobody = k_best([0.5, 0.5], 0.2, 1, rules=RankingRules(at_boundary="exclude"))
    assert np.isnan(nobody.by_competition[0].precision)


def test_a_step_makes_ties_and_tie_breaks_end_them() -> None:
    """.91 and .94 are one reported score; experience, then lots, decide where the caller says so."""
    theta, rules = [1.4, 0.91, 0.94, 0.2], RankingRules(step=0.1)
    assert k_best(theta, 0.3, 2, rules=rules).rank.tolist() == [1, 2, 2, 4]
    years = TieBreak(name="years", values=[1, 9, 4, 4])
    assert k_best(theta, 0.3, 2, rules=rules, tie_breaks=[years]).rank.tolist() == [1, 2, 3, 4]
    lots = lottery(11, ["all:2", "all:3"])
    by_lot = k_best(theta, 0.3, 2, rules=rules, seed=11)
    assert by_lot.rank.tolist() == ([1, 2, 3, 4] if lots[0] > lots[1] else [1, 3, 2, 4])
    assert by_lot.selected.sum() == 2


def test_probabilities_do_not_hang_on_rules_for_ties() -> None:
    """Steps, tie-breaks and lots move places, never probabilities."""
    plain = k_best(THETA, SE, 2)
    other = k_best(THETA, SE, 2, rules=RankingRules(step=0.5, at_boundary="exclude"), seed=3)
    np.testing.assert_array_equal(plain.probability, other.probability)


def test_fewer_with_an_estimate_than_places() -> None:
    """Then all of them are in for sure."""
    found = k_best([0.3, np.nan, np.nan, 0.1], 0.3, 3)
    np.testing.assert_array_equal(found.selected, [True, False, False, True])
    assert found.statuses == ("in", "no_estimate", "no_estimate", "in")
    nobody = k_best([np.nan, np.nan], 0.3, 1)
    assert nobody.statuses == ("no_estimate",) * 2


def test_posteriors_of_any_kind() -> None:
    """Masses and draws say what the normal does, draws with their Monte-Carlo error; scores can give places."""
    theta, se = np.array([1.0, 0.4, 0.3, -0.5]), np.array([0.3, 0.4, 0.3, 0.3])
    normal = k_best(theta, se, 2)
    grid = Grid.create(121)
    masses = np.exp(-0.5 * ((grid.theta - theta[:, None]) / se[:, None]) ** 2)
    on_grid = k_best_of(GridPosteriors.of(grid, masses), 2)
    np.testing.assert_allclose(on_grid.probability, normal.probability, atol=1e-10)
    draws = theta + se * np.random.default_rng(6).standard_normal((4_000, 4))
    drawn = k_best_of(DrawnPosteriors.of(draws), 2, estimate=[60, 52, 52, 45])
    assert drawn.method == "draws"
    assert drawn.rank.tolist() == [1, 2, 2, 4]
    assert np.all(np.abs(drawn.probability - normal.probability) < 4.5 * drawn.probability_se)
    np.testing.assert_array_equal(normal.probability_se, 0)


def test_frames_have_a_row_a_person_and_a_row_a_competition() -> None:
    """Columns of the answer by name, statuses as words."""
    found = k_best(THETA, SE, 2, ids="abcdef", competitions=["x"] * 6)
    frame = found.to_frame()
    assert frame["person"].tolist() == list("abcdef")
    assert frame["status"].tolist() == list(found.statuses)
    np.testing.assert_array_equal(frame["probability"], found.probability)
    whole = found.competitions_frame()
    assert whole["competition"].tolist() == ["x"]
    assert whole["precision"][0] == found.by_competition[0].precision


def test_refused_ties_name_their_competitions() -> None:
    """Under "refuse" every competition with a shared last place is told, at once."""
    with pytest.raises(InputError) as raised:
        k_best(
            [1, 1, 0, 2, 2, 0, 3, 1],
            0.3,
            1,
            competitions=list("aaabbbcc"),
            rules=RankingRules(at_boundary="refuse"),
        )
    assert [one.where for one in raised.value.problems] == [
        "competition 'a', rank 1",
        "competition 'b', rank 1",
    ]


def test_every_fault_is_told_at_once() -> None:
    """Estimates, errors, places, names, rules and tie-breaks, each with its place."""
    with pytest.raises(InputError) as raised:
        k_best(
            [0.1, np.inf, 0.3],
            [0.1, 0.1, -0.1],
            {"a": 4, "c": 1},
            ids=["p", "p", "q"],
            competitions=["a", "a", "b"],
            rules=RankingRules(step=-1, in_probability=0.2, out_probability=0.5, at_boundary="all"),  # type: ignore[arg-type]
            tie_breaks=[TieBreak(name="years", values=[1, 2])],
        )
    assert [one.where for one in raised.value.problems] == [
        "theta, person 2",
        "se, person 3",
        "rules",
        "rules.step",
        "rules.at_boundary",
        "tie_breaks['years']",
        "ids[1]",
        "k of competition 'a'",
        "k of competition 'b'",
        "k of competition 'c'",
    ]


@pytest.mark.parametrize("k", [0, -1, 4, 1.5, True])
def test_places_are_a_whole_number_of_persons(k: object) -> None:
    """Fewer than one, more than there are, half a place and True are refused."""
    with pytest.raises(InputError, match="k: not a number of places"):
        k_best([0.1, 0.2, 0.3], 0.2, k)  # type: ignore[arg-type]


def test_columns_have_one_entry_a_person() -> None:
    """Lengths that differ are told, and an estimate that is missing where something is known."""
    with pytest.raises(InputError) as raised:
        k_best([0.1, 0.2, 0.3], 0.2, 1, ids=["a"], competitions=["x", "y"])
    assert [one.where for one in raised.value.problems][:2] == ["ids", "competitions"]
    with pytest.raises(InputError, match="estimate, person 2"):
        k_best_of(NormalPosteriors.of([0.1, 0.2], 0.1), 1, estimate=[50, np.nan])
    with pytest.raises(InputError, match="estimate: wrong number"):
        k_best_of(NormalPosteriors.of([0.1, 0.2], 0.1), 1, estimate=[50])
