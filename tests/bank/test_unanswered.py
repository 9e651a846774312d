"""The policy for what was not answered: its section of the blueprint, its defaults, its faults."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compassess.bank import CODES, Blueprint, MinimumAttempts, UnansweredPolicy

from .samples import blueprint_content, faults

#: The hash of the sample blueprint before there was a policy for what was not answered.
HASH_WITHOUT = "sha256:34ca2c66e81dd715faeb58a78c6f7c59fd4ec00b6dcb385cb33cc03c3d906c09"


def with_section(section: object) -> Blueprint:
    """The sample blueprint with a section ``unanswered``."""
    return Blueprint.from_dict({**blueprint_content(), "unanswered": section})


def test_the_defaults() -> None:
    """What the examinee leaves scores lowest, what the hall loses is ignored, a broken sitting is withheld."""
    policy = UnansweredPolicy()
    assert [code for code in CODES if policy.scores_lowest(code)] == ["not_reached", "omitted", "timed_out"]
    assert policy.incomplete == "withhold"
    assert policy.sitting == MinimumAttempts(count=1, share=0.5)
    assert policy.competency == MinimumAttempts(count=0, share=0.0)


def test_what_was_not_presented_is_never_scored() -> None:
    """No policy can score an item that nobody saw."""
    everything = UnansweredPolicy(technically_lost="lowest")
    assert not everything.scores_lowest("not_presented")
    assert everything.scores_lowest("technically_lost")


def test_a_file_without_the_section_has_the_defaults_and_its_hash() -> None:
    """Absent, empty and spelt-out defaults are one blueprint, whose content does not mention the section."""
    plain = Blueprint.from_dict(blueprint_content())
    assert plain.content_hash == HASH_WITHOUT
    assert plain.unanswered == UnansweredPolicy()
    for section in ({}, UnansweredPolicy().to_dict(), {"omitted": "lowest"}):
        same = with_section(section)
        assert same == plain
        assert same.content_hash == HASH_WITHOUT
        assert "unanswered" not in same.to_dict()


attempts = st.builds(MinimumAttempts, count=st.integers(0, 15), share=st.floats(0, 1))
treatments = st.sampled_from(["lowest", "ignore"])
policies = st.builds(
    UnansweredPolicy,
    not_reached=treatments,
    omitted=treatments,
    timed_out=treatments,
    technically_lost=treatments,
    sitting=attempts,
    competency=attempts,
    incomplete=st.sampled_from(["withhold", "score"]),
)


@given(policy=policies)
def test_every_policy_survives_its_content(policy: UnansweredPolicy) -> None:
    """A blueprint with any policy is read back equal; its hash is its own unless the policy is the default."""
    blueprint = replace(Blueprint.from_dict(blueprint_content()), unanswered=policy)
    again = Blueprint.from_dict(blueprint.to_dict())
    assert again.unanswered == policy
    assert again == blueprint
    assert (again.content_hash == HASH_WITHOUT) is (policy == UnansweredPolicy())


def test_what_the_section_leaves_out_has_its_default() -> None:
    """Each key alone."""
    assert with_section({"technically_lost": "lowest"}).unanswered == UnansweredPolicy(
        technically_lost="lowest"
    )
    one = with_section({"minimum_attempts": {"competency": {"count": 2}}}).unanswered
    assert one == UnansweredPolicy(competency=MinimumAttempts(count=2))


@pytest.mark.parametrize(
    ("section", "places"),
    [
        (None, ["unanswered"]),
        ([], ["unanswered"]),
        ({"omited": "lowest"}, ["unanswered.omited"]),
        ({"not_presented": "lowest"}, ["unanswered.not_presented"]),
        (
            {"omitted": "chance", "timed_out": 0, "incomplete": True},
            ["unanswered.omitted", "unanswered.timed_out", "unanswered.incomplete"],
        ),
        ({"minimum_attempts": {"sitting": None}}, ["unanswered.minimum_attempts.sitting"]),
        ({"minimum_attempts": {"sitting": {"count": -1}}}, ["unanswered.minimum_attempts.sitting.count"]),
        ({"minimum_attempts": {"sitting": {"count": 31}}}, ["unanswered.minimum_attempts.sitting.count"]),
        (
            {"minimum_attempts": {"sitting": {"share": 1.5}, "competency": {"share": -0.1, "count": 99}}},
            [
                "unanswered.minimum_attempts.competency.count",
                "unanswered.minimum_attempts.sitting.share",
                "unanswered.minimum_attempts.competency.share",
            ],
        ),
    ],
)
def test_every_fault_has_its_place(section: object, places: list[str]) -> None:
    """Unknown keys and words, negative counts, shares that are none, counts that no sitting reaches."""
    assert sorted(faults(with_section, section)) == sorted(places)


def test_faults_are_told_with_those_of_the_rest() -> None:
    """A fault of the section hides no other fault of the file, and no other hides it."""
    content: dict[str, Any] = {
        **blueprint_content(),
        "unanswered": {"minimum_attempts": {"sitting": {"share": 2}}},
    }
    content["selection"] = {"criterion": "maximum_information", "randomesque": 0}
    assert sorted(faults(Blueprint.from_dict, content)) == [
        "selection.randomesque",
        "unanswered.minimum_attempts.sitting.share",
    ]


def test_values_built_in_python_are_held_to_the_same_rules() -> None:
    """A word that no policy has, and a share that is no number."""
    blueprint = Blueprint.from_dict(blueprint_content())
    wrong = UnansweredPolicy(
        omitted="chance",  # type: ignore[arg-type]
        competency=MinimumAttempts(share=float("nan")),
    )
    assert sorted(faults(lambda policy: replace(blueprint, unanswered=policy), wrong)) == [
        "unanswered.minimum_attempts.competency.share",
        "unanswered.omitted",
    ]
