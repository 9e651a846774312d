"""One content, one hash."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compassess.bank import ItemBank
from compassess.bank.content_hash import content_hash

from .samples import bank_content, changed

_VALUES = st.recursive(
    st.none()
    | st.integers(-(10**6), 10**6)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text("aé"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc"), inner, max_size=3),
    max_leaves=8,
)


def test_it_is_sha256_over_canonical_json() -> None:
    """Anybody can compute it: sorted keys, no white space, UTF-8, whole numbers without a point."""
    canonical = '{"a":[1,0.5,null],"ә":"б"}'.encode()
    content = {"ә": "б", "a": [1.0, 0.5, None]}
    assert content_hash(content) == f"sha256:{hashlib.sha256(canonical).hexdigest()}"


@given(value=_VALUES)
def test_spelling_does_not_matter(value: object) -> None:
    """Key order, tuples for lists, and 1.0 for 1 leave the hash alone."""

    def respelt(one: object) -> object:
        if isinstance(one, dict):
            return {key: respelt(one[key]) for key in reversed(one)}
        if isinstance(one, list):
            return tuple(respelt(member) for member in one)
        return float(one) if isinstance(one, int) else one

    assert content_hash({"v": value}) == content_hash({"v": respelt(value)})
    assert content_hash({"v": value}) == content_hash(json.loads(json.dumps({"v": value})))


def test_zero_has_no_sign() -> None:
    """-0.0 equals 0, so it hashes alike."""
    assert content_hash({"a": -0.0}) == content_hash({"a": 0})


@pytest.mark.parametrize(
    ("steps", "value"),
    [
        (("version",), "2026.2"),
        (("illustrative",), False),
        (("items", 0, "parameters", "a"), 0.9300000000000002),
        (("items", 0, "text", "kk"), "басқа"),
        (("items", 0, "options", 0, "score"), 1),
        (("items", 0, "status"), "retired"),
        (("items", 0, "provenance", "date"), "2026-01-01"),
        (("population", "correlations"), [[1, 0.61], [0.61, 1]]),
    ],
)
def test_any_change_of_content_changes_the_hash(steps: tuple[str | int, ...], value: object) -> None:
    """Parameters to the last bit, texts, keys, statuses, provenance: all of it is pinned."""
    before, after = bank_content(), changed(bank_content(), *steps, to=value)
    assert ItemBank.from_dict(before).content_hash != ItemBank.from_dict(after).content_hash


def test_the_order_of_items_counts() -> None:
    """The order of items decides ties in the selection, so it is content."""
    content = bank_content()
    content["items"] = content["items"][::-1]
    assert ItemBank.from_dict(content) != ItemBank.from_dict(bank_content())


def test_what_json_does_not_know_is_refused() -> None:
    """No NaN, no infinity."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        content_hash({"a": float("nan")})
