"""compassess.scoring.standards.booklet: pages in the order of what they need of θ."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from irt.test_sum_scores import some_items

from compassess.errors import InputError
from compassess.irt import Items, probability
from compassess.scoring.standards import RP67, Booklet, ordered_item_booklet


def at_least(items: Items, booklet: Booklet) -> np.ndarray:
    """P(X ≥ k) of each page at its location."""
    found = []
    for name, k, theta in zip(booklet.items, booklet.categories, booklet.locations, strict=True):
        one = items.select([name])
        mapped = one.category_map()[0, : one.n_categories[0]]
        lowest = [int(np.flatnonzero(mapped == m)[0]) for m in range(mapped.max() + 1)]
        found.append(sum(probability(one, [theta])[0, c, 0] for c in lowest if c >= k))
    return np.array(found)


def test_locations_by_hand() -> None:
    """Rasch items stand at b + log 2, in order; two equal ones in the order of the form."""
    items = Items.create(ids=["c", "a", "b"], a=[1.0, 1.0, 2.0], b=[[0.5], [-1.0], [0.5 + np.log(2) / 2]])
    found = ordered_item_booklet(items)
    assert found.items == ("a", "c", "b")
    np.testing.assert_allclose(found.locations, [-1 + np.log(2), 0.5 + np.log(2), 0.5 + np.log(2)])
    assert (found.n_pages, found.response_probability, found.adjusted) == (3, RP67, False)
    assert found.to_frame().to_dict("list")["page"] == [1, 2, 3]
    twins = Items.create(ids=["z", "y"], a=[1.0, 1.0], b=[[0.0], [0.0]])
    assert ordered_item_booklet(twins).items == ("z", "y")


def test_nominal_categories_in_order_have_pages() -> None:
    """The best answers of a nominal item, and all but its worst, each stand where RP is reached."""
    nominal = Items.create(
        ids=["n"],
        models=["NRM"],
        a=[np.nan],
        b=[[np.nan] * 2],
        slopes=[[-1, 0.2, 0.8]],
        intercepts=[[0.1, 0.4, -0.5]],
    )
    found = ordered_item_booklet(nominal)
    assert found.categories.tolist() == [1, 2]
    np.testing.assert_allclose(at_least(nominal, found), RP67, atol=1e-9)


def test_half_is_the_difficulty() -> None:
    """With RP = ½ an item of two categories stands at b."""
    items = Items.create(ids=["x", "y"], a=[0.7, 1.9], b=[[0.3], [1.1]])
    np.testing.assert_allclose(ordered_item_booklet(items, response_probability=0.5).locations, [0.3, 1.1])


def test_guessing_can_be_taken_out() -> None:
    """P = c + (1 − c) RP means that RP of them know: the page stands where it would without guessing."""
    items = Items.create(ids=["x"], models=["3PL"], a=[1.5], b=[[0.2]], c=[0.25])
    known = ordered_item_booklet(items, adjust_guessing=True)
    assert known.locations[0] == pytest.approx(0.2 + np.log(2) / 1.5)
    plain = ordered_item_booklet(items)
    core = (RP67 - 0.25) / 0.75
    assert plain.locations[0] == pytest.approx(0.2 + np.log(core / (1 - core)) / 1.5)


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1), rp=st.floats(0.4, 0.9))
def test_each_page_has_the_response_probability(seed: int, rp: float) -> None:
    """P(X ≥ k) = RP at every location, for every model; pages ascend, and every step is a page or omitted."""
    items = some_items(seed)
    assume(np.any(items.direction > 0))
    found = ordered_item_booklet(items, response_probability=rp)
    np.testing.assert_allclose(at_least(items, found), rp, atol=1e-9)
    assert np.all(np.diff(found.locations) >= 0)
    told = {*found.items, *(name.partition(" ≥")[0] for name in found.omitted)}
    assert told == set(items.ids)


def test_what_has_no_page_is_told() -> None:
    """Guessing above RP, an upper asymptote below it, negative slopes, no parameters, categories out of order."""
    nothing = np.nan
    items = Items.create(
        ids=["guess", "slip", "falls", "empty", "mixed", "fine"],
        models=["3PL", "4PL", "2PL", "2PL", "NRM", "GRM"],
        a=[1, 1, -1, nothing, nothing, 1],
        b=[[0, nothing], [0, nothing], [0, nothing], [nothing] * 2, [nothing] * 2, [-1, 1]],
        c=[0.7, 0, 0, 0, 0, 0],
        d=[1, 0.6, 1, 1, 1, 1],
        slopes=[[nothing] * 3] * 4 + [[-1, 1.2, -0.2], [nothing] * 3],
        intercepts=[[nothing] * 3] * 4 + [[0, 0.5, -0.5], [nothing] * 3],
        n_categories=[2, 2, 2, 2, 3, 3],
    )
    found = ordered_item_booklet(items)
    assert dict(found.omitted) == {
        "guess": "likelier than RP everywhere",
        "slip": "never as likely as RP",
        "falls": "negative slope",
        "empty": "no parameters",
        "mixed": "categories out of order",
    }
    assert (found.items, found.categories.tolist()) == (("fine", "fine"), [1, 2])


def test_categories_that_count_as_one_have_one_page() -> None:
    """Where the boundary between 1 and 2 was never seen, codes 1 and 2 are reached together."""
    items = Items.create(ids=["x"], models=["GRM"], a=[1.0], b=[[-1.0, np.nan, 1.0]], n_categories=[4])
    found = ordered_item_booklet(items)
    assert found.categories.tolist() == [1, 3]
    np.testing.assert_allclose(found.locations, np.array([-1, 1]) + np.log(2))


def test_bad_input_is_refused() -> None:
    """A response probability that is none, and a form without any page."""
    items = Items.create(ids=["x"], a=[-1.0], b=[[0.0]])
    for rp in (0.0, 1.0, np.nan):
        with pytest.raises(InputError, match="response_probability"):
            ordered_item_booklet(items, response_probability=rp)
    with pytest.raises(InputError, match="negative slope"):
        ordered_item_booklet(items)
