"""compassess.irt.read_only: arrays that callers share."""

from __future__ import annotations

import numpy as np
import pytest

from compassess.irt.read_only import read_only


def test_it_is_the_array_itself() -> None:
    """No copy is made, and whoever holds the array already cannot write to it either."""
    array = np.zeros(2)
    assert read_only(array) is array
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1.0
