"""Where the iteration starts."""

from __future__ import annotations

import numpy as np

from compassess.irt.estimation.groups import Groups
from compassess.irt.estimation.starting import starting_slopes
from compassess.irt.estimation.variants import variants_of
from compassess.irt.models import Floats
from compassess.responses import Responses
from irt.builders import answers, one_block


def slopes_of(responses: Responses) -> Floats:
    """Starting slopes of items of one carrier."""
    variants = variants_of(responses.items, Groups.single(responses.n_persons), ())
    return starting_slopes((responses,), variants, np.zeros(responses.n_items, dtype=np.intp), 1)


def test_starting_slopes_have_the_signs_of_the_answers() -> None:
    """Items that were turned start with negative slopes; sizes stay between .4 and 2.5."""
    slopes = slopes_of(answers(one_block(8), 500).reversed(["i2", "i5"], highest=1))
    assert np.flatnonzero(slopes < 0).tolist() == [2, 5]
    assert np.all((np.abs(slopes) >= 0.4) & (np.abs(slopes) <= 2.5))


def test_items_without_spread_start_somewhere() -> None:
    """Columns that are empty or constant give finite starting slopes."""
    codes = np.array([[0, 1, np.nan], [0, 0, np.nan], [0, 1, np.nan]])
    assert np.all(np.isfinite(slopes_of(Responses.from_array(codes))))
