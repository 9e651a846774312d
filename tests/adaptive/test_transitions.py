"""compassess.adaptive.transitions: which event is legal in which state."""

from __future__ import annotations

from itertools import product

import pytest

from compassess.adaptive.transitions import TRANSITIONS, EventKind, State, next_state
from compassess.errors import OutOfTurn


@pytest.mark.parametrize(("state", "event"), list(product(State, EventKind)))
def test_the_table_decides(state: State, event: EventKind) -> None:
    """A pair in the table leads where it says; any other is out of turn, and the message says what is legal."""
    if (state, event) in TRANSITIONS:
        assert next_state(state, event) is TRANSITIONS[state, event]
        return
    with pytest.raises(OutOfTurn) as caught:
        next_state(state, event)
    legal = [repr(e.value) for s, e in TRANSITIONS if s is state]
    assert str(caught.value).endswith(" or ".join(legal) or "nothing")


def test_the_end_is_the_end() -> None:
    """From every state the end can be reached, and nothing leaves it."""
    assert not [event for state, event in TRANSITIONS if state is State.FINISHED]
    reached = {State.FINISHED}
    for _ in State:
        reached |= {state for (state, _), following in TRANSITIONS.items() if following in reached}
    assert reached == set(State)


def test_the_table_is_read_only() -> None:
    """Nobody adds a transition."""
    with pytest.raises(TypeError):
        TRANSITIONS[State.FINISHED, EventKind.STARTED] = State.NEW  # type: ignore[index]
