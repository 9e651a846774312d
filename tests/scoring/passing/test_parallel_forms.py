"""compassess.scoring.passing.parallel_forms: forms under one rule, and minima that make them alike."""

from __future__ import annotations

import numpy as np
import pytest

from compassess.errors import InputError
from compassess.irt import Items, expected_total, theta_at_total
from compassess.scoring.passing import PassRule, compare_forms, pass_probability, pass_quality

from .forms import legislation, legislation_rule, two_abilities


def two_forms() -> tuple[Items, dict[str, PassRule]]:
    """Form A, and form B whose items are all 0.3 harder."""
    first, second = legislation(1), legislation(1, difficulty=-0.4, name="j")
    bank = Items.create(
        ids=first.ids + second.ids,
        a=np.concatenate([first.a, second.a]),
        b=np.concatenate([first.b, second.b]),
    )
    return bank, {"A": legislation_rule(first), "B": legislation_rule(second)}


def test_curves_and_rates_are_those_of_each_form() -> None:
    """P(pass | θ), pass rates and the largest difference are each form's own."""
    bank, rules = two_forms()
    found = compare_forms(bank, rules)
    assert (found.forms, found.reference) == (("A", "B"), "A")
    for at, rule in enumerate(rules.values()):
        np.testing.assert_array_equal(found.passing[at], pass_probability(bank, rule, found.theta).passing)
        assert found.pass_rate[at] == pytest.approx(pass_quality(bank, rule).rule.pass_rate, abs=1e-9)
    gaps = np.abs(found.passing[1] - found.passing[0])
    assert found.largest_difference.tolist() == [0.0, gaps.max()]
    assert found.at_theta[1] == found.theta[gaps.argmax()]
    # All is 0.3 harder: what one form does at θ the other does at θ + 0.3, six steps of the default θ.
    np.testing.assert_allclose(found.passing[1, 6:], found.passing[0, :-6], atol=1e-12)


def test_the_suggested_minimum_is_the_nearest() -> None:
    """No other minimum total brings the pass rate nearer, nor the true score."""
    bank, rules = two_forms()
    found = compare_forms(bank, rules)
    rates = np.array([pass_quality(bank, rules["B"].with_total(m)).rule.pass_rate for m in range(22, 34)])
    off = np.abs(rates - found.pass_rate[0])
    best = 22 + int(np.flatnonzero(off <= off.min() + 1e-9)[-1])
    assert found.by_pass_rate.tolist() == [30, best]
    assert found.rate_by_pass_rate[1] == pytest.approx(rates[best - 22], abs=1e-9)
    cut = theta_at_total(bank.select(rules["A"].items), 30)
    equivalent = expected_total(bank.select(rules["B"].items), cut)[0]
    assert found.true_score_equivalent == pytest.approx([30.0, equivalent], abs=1e-8)
    assert found.by_true_score.tolist() == [30, round(equivalent)]
    adopted = compare_forms(bank, {**rules, "B": rules["B"].with_total(best)})
    assert abs(adopted.pass_rate[1] - adopted.pass_rate[0]) < abs(found.pass_rate[1] - found.pass_rate[0])


def test_without_parts_a_shifted_form_is_equated() -> None:
    """Without parts the pass rate comes within half a point's worth of the reference's."""
    bank, rules = two_forms()
    plain = {
        name: PassRule.create(dict.fromkeys(rule.parts), minimum_total=30) for name, rule in rules.items()
    }
    found = compare_forms(bank, plain)
    step = pass_quality(bank, plain["B"].with_total(int(found.by_pass_rate[1]) - 1)).rule.pass_rate
    assert abs(found.rate_by_pass_rate[1] - found.pass_rate[0]) <= abs(step - found.pass_rate[0])
    assert abs(int(found.by_pass_rate[1]) - found.by_true_score[1]) <= 1


def test_the_same_form_twice_is_alike_everywhere() -> None:
    """Nothing differs, and the minimum stays."""
    bank, rules = two_forms()
    found = compare_forms(
        bank, {"B": rules["B"], "again": rules["B"]}, reference="again", theta=[-1.0, 0.0, 1.0]
    )
    assert found.largest_difference.tolist() == [0.0, 0.0]
    assert found.by_pass_rate.tolist() == found.by_true_score.tolist() == [30, 30]
    assert found.to_frame()["form"].tolist() == ["B", "again"]
    assert found.curves().columns.tolist() == ["theta", "B", "again"]


def test_a_half_goes_down() -> None:
    """A true-score equivalent of exactly 1.5 asks for 1 point, in favour of the person."""
    one = Items.create(ids=list("abcde"), a=[1.0] * 5, b=[[0.0]] * 5)
    rules = {
        "two": PassRule.create(dict.fromkeys("ab"), minimum_total=1),
        "three": PassRule.create(dict.fromkeys("cde"), minimum_total=1),
    }
    found = compare_forms(one, rules)
    assert found.true_score_equivalent[1] == pytest.approx(1.5, abs=1e-9)
    assert found.by_true_score[1] == 1


def test_faults() -> None:
    """No form, an unknown reference, other parts, several dimensions and θ out of order are refused."""
    bank, rules = two_forms()
    with pytest.raises(InputError, match="no form"):
        compare_forms(bank, {})
    with pytest.raises(InputError, match="one of A, B"):
        compare_forms(bank, rules, reference="C")
    other = PassRule.create(dict.fromkeys(rules["B"].items), minimum_total=30)
    with pytest.raises(InputError, match=r"rules\['B'\]"):
        compare_forms(bank, {**rules, "B": other})
    with pytest.raises(InputError, match="theta"):
        compare_forms(bank, rules, theta=[1.0, 0.0])
    items = two_abilities()
    rule = PassRule.create(
        dict.fromkeys(items.ids),
        minimum_total=1,
        highest={name: 2 if name == "x" else 1 for name in items.ids},
    )
    with pytest.raises(InputError, match="one dimension"):
        compare_forms(items, {"A": rule})
