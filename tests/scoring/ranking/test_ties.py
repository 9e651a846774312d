"""compassess.scoring.ranking.ties: equal values, places, and who is selected."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.stats import rankdata

from compassess.bank import Scale
from compassess.errors import InputError
from compassess.scoring import ScoreMap
from compassess.scoring.ranking import TieBreak, competition_ranks, lottery, select_best, tied_classes


def test_equal_values_share_a_rank() -> None:
    """Competition ranks: 1, 2, 2, 4."""
    np.testing.assert_array_equal(competition_ranks([3.0, 9.0, 7.0, 7.0]), [4, 1, 2, 2])
    np.testing.assert_array_equal(competition_ranks([5.0, 5.0, 5.0]), [1, 1, 1])


def test_last_bits_never_decide() -> None:
    """Sums that differ by rounding are equal, also where they lie on a border of the rounding."""
    one, other = 0.1 + 0.2, 0.3
    assert one != other
    np.testing.assert_array_equal(competition_ranks([one, other, 0.1]), [1, 1, 3])
    border = 0.5 * (0.1 + 0.2)  # half of a step of 0.1, from either side
    values = [np.nextafter(border, 1), border, np.nextafter(border, 0), 0.15, 0.2, 0.1]
    np.testing.assert_array_equal(tied_classes(values, step=0.1), [0, 0, 0, 0, 0, 1])


def test_steps_make_ties_that_no_chain_undoes() -> None:
    """Values .4 of a step apart go by the step that each is rounded to, not by who is near to whom."""
    np.testing.assert_array_equal(tied_classes([2.0, 1.6, 1.2, 0.8, 0.4], step=1.0), [0, 0, 1, 1, 2])


def test_a_half_goes_to_the_even_multiple() -> None:
    """49.5 is 50 and 50.5 is 50, as in reports, whichever end is best."""
    assert tied_classes([50.0, 49.5, 50.5, 51.0], step=1.0).tolist() == [1, 1, 1, 0]
    assert tied_classes([50.0, 50.5, 49.5, 49.0], step=1.0, highest_first=False).tolist() == [1, 1, 1, 0]


@given(st.lists(st.integers(-300, 300), min_size=2, max_size=30), st.sampled_from([0, 1, 2]))
@example([20, 25], 0)
@example([25, 35, 45], 0)
def test_equal_reports_share_a_rank_and_unequal_ones_do_not(hundredths: list[int], decimals: int) -> None:
    """On the T scale θ .20 and .25 are both reported as 52: whoever ranks scores by their step ranks reports."""
    scale = ScoreMap.one(Scale.t(decimals=decimals))
    theta = np.array(hundredths) / 100
    report = scale.reported(theta)
    ranks = competition_ranks(scale.limited(theta), step=10.0**-decimals)
    np.testing.assert_array_equal(ranks, rankdata(-report, method="min"))
    on_theta = competition_ranks(np.clip(theta, -3, 3), step=10.0 ** -(decimals + 1))
    np.testing.assert_array_equal(on_theta, ranks)


def test_large_values_with_small_steps_still_tie() -> None:
    """A billionth of the step may be less than the last bit; then some last bits are a tie."""
    assert tied_classes([1e6, np.nextafter(1e6, 0)], step=1e-6).tolist() == [0, 0]


@given(st.lists(st.integers(-20, 20), min_size=1, max_size=40), st.floats(-1e-10, 1e-10))
def test_ranks_are_those_of_counting(values: list[int], noise: float) -> None:
    """1 + how many are higher, and noise far below the tolerance changes no rank."""
    exact = np.array(values, dtype=float)
    noisy = exact + noise * np.resize([1, 0, -1], len(values))
    expected = rankdata(-exact, method="min")
    np.testing.assert_array_equal(competition_ranks(exact), expected)
    np.testing.assert_array_equal(competition_ranks(noisy), expected)
    np.testing.assert_array_equal(competition_ranks(noisy, step=1.0), expected)


@given(
    st.lists(st.floats(-5, 5), min_size=1, max_size=40), st.floats(0.01, 2), st.randoms(use_true_random=False)
)
def test_ties_do_not_hang_on_the_order_of_rows(values: list[float], step: float, random: object) -> None:
    """Ranks belong to values: shuffled rows have the same, a higher value never a worse one."""
    order = list(range(len(values)))
    random.shuffle(order)  # type: ignore[attr-defined]
    ranks = competition_ranks(values, step=step)
    np.testing.assert_array_equal(competition_ranks(np.array(values)[order], step=step), ranks[order])
    by_value = ranks[np.argsort(values)]
    assert np.all(np.diff(by_value) <= 0)


def test_tie_breaks_are_asked_in_their_order() -> None:
    """The first column that tells two apart decides; later ones order who is still equal."""
    years = TieBreak(name="years", values=[3, 3, 8, 1])
    errors = TieBreak(name="errors", values=[5, 2, 9, 0], highest_first=False)
    estimate = [1.0, 1.0, 1.0, 2.0]
    np.testing.assert_array_equal(competition_ranks(estimate, tie_breaks=[years]), [3, 3, 2, 1])
    np.testing.assert_array_equal(competition_ranks(estimate, tie_breaks=[years, errors]), [4, 3, 2, 1])
    np.testing.assert_array_equal(competition_ranks(estimate, tie_breaks=[errors]), [3, 2, 4, 1])


@pytest.mark.parametrize(("policy", "selected"), [("include", [1, 1, 1, 1, 0]), ("exclude", [1, 0, 0, 0, 0])])
def test_the_boundary_goes_by_policy(policy: str, selected: list[int]) -> None:
    """Three on the second place of two: all of them or none, told either way."""
    found = select_best(np.array([1, 2, 2, 2, 5]), 2, policy)  # type: ignore[arg-type]
    np.testing.assert_array_equal(found.selected, np.array(selected, dtype=bool))
    np.testing.assert_array_equal(found.tied_at_boundary, [False, True, True, True, False])


def test_refusing_says_who_to_ask() -> None:
    """A shared last place raises with the way out; one that is not shared does not."""
    with pytest.raises(InputError, match="3 persons share a place") as raised:
        select_best(np.array([1, 2, 2, 2, 5]), 2, "refuse")
    assert "tie-break" in raised.value.problems[0].remedy
    assert select_best(np.array([1, 2, 2, 2, 5]), 4, "refuse").selected.sum() == 4


@given(st.lists(st.integers(0, 6), min_size=1, max_size=20), st.integers(1, 20))
def test_policies_surround_k(values: list[int], k: int) -> None:
    """Including takes at least k (or everybody), excluding at most k; they differ by those who tie."""
    ranks = competition_ranks(np.array(values, dtype=float))
    many, few = select_best(ranks, k), select_best(ranks, k, "exclude")
    assert few.selected.sum() <= k
    assert many.selected.sum() >= min(k, len(values))
    np.testing.assert_array_equal(many.selected & ~few.selected, many.tied_at_boundary)


def test_lots_can_be_drawn_again_by_hand() -> None:
    """A lot is the head of a SHA-256 of seed and id: it does not hang on who else is there."""
    lots = lottery(7, ["anna", "berik"])
    by_hand = int(hashlib.sha256(b"7:berik").hexdigest()[:16], 16) / 2**64
    assert lots[1] == pytest.approx(by_hand, abs=2.0**-52)  # the last eleven bits are left out
    assert lottery(7, ["berik"])[0] == lots[1]
    assert lottery(8, ["berik"])[0] != lots[1]


def test_lots_are_fair() -> None:
    """Of 20,000 ids the lots are uniform: their deciles hold a tenth each, within five standard errors."""
    shares = np.histogram(lottery(1, [str(one) for one in range(20_000)]), bins=10, range=(0, 1))[0] / 20_000
    np.testing.assert_allclose(shares, 0.1, atol=5 * np.sqrt(0.09 / 20_000))


def test_every_fault_is_told_at_once() -> None:
    """Values, step and columns of tie-breaks are checked together."""
    bad = TieBreak(name="years", values=[1.0, np.nan], step=-1.0)
    with pytest.raises(InputError) as raised:
        competition_ranks([1.0, np.nan], step=0.0, tie_breaks=[bad])
    assert [one.where for one in raised.value.problems] == [
        "values",
        "step",
        "tie_breaks['years']",
        "tie_breaks['years'].step",
    ]
    with pytest.raises(InputError, match="at least 1"):
        select_best(np.array([1, 2]), 0)
