"""Where the iteration starts."""

from __future__ import annotations

import numpy as np

from compassess.irt import simulate_abilities, simulate_responses
from compassess.irt.estimation.groups import Groups
from compassess.irt.estimation.starting import Start, starting_values
from compassess.irt.estimation.variants import variants_of
from compassess.irt.models import Floats
from compassess.responses import Responses
from irt.builders import answers, one_block


def start_of(responses: Responses) -> Start:
    """Starting values of items of one carrier."""
    variants = variants_of(responses.items, Groups.single(responses.n_persons), ())
    return starting_values((responses,), variants, np.zeros(responses.n_items, dtype=np.intp))


def slopes_of(responses: Responses) -> Floats:
    """Their slopes."""
    return start_of(responses).slopes


def test_starting_slopes_have_the_signs_of_the_answers() -> None:
    """Items that were turned start with negative slopes; sizes stay between .4 and 2.5."""
    slopes = slopes_of(answers(one_block(8), 500).reversed(["i2", "i5"], highest=1))
    assert np.flatnonzero(slopes < 0).tolist() == [2, 5]
    assert np.all((np.abs(slopes) >= 0.4) & (np.abs(slopes) <= 2.5))


def test_items_without_spread_start_somewhere() -> None:
    """Columns that are empty or constant give finite starting slopes."""
    codes = np.array([[0, 1, np.nan], [0, 0, np.nan], [0, 1, np.nan]])
    assert np.all(np.isfinite(slopes_of(Responses.from_array(codes))))


def test_who_answered_what_is_told_where_cells_are_empty() -> None:
    """In adaptive answers hard items were seen by able persons; nobody's company is told in a full table."""
    items, rng = one_block(40), np.random.default_rng(2)
    order = np.argsort(items.b[:, 0])
    people = simulate_abilities(items.population, 2000, seed=1)
    codes = simulate_responses(items, people, seed=2).codes().astype(np.float64)
    assert not start_of(Responses.from_array(codes)).company.any()
    aim = np.clip(20 + 10 * people.blocks[:, 0] + rng.normal(0, 4, 2000), 5, 34).astype(int)
    rank = np.empty(40, dtype=int)
    rank[order] = np.arange(40)
    codes[np.abs(rank - aim[:, None]) > 5] = np.nan  # eleven items around one's own ability
    seen = np.isfinite(codes)
    truth = (seen * people.blocks[:, :1]).sum(axis=0) / seen.sum(axis=0)
    company = start_of(Responses.from_array(codes)).company
    assert np.corrcoef(company, truth)[0, 1] > 0.95
    # Abilities are drawn to 0 by their prior, and the more so the longer the chain from item to item.
    assert 0.2 < company.std() / truth.std() < 1.1


def test_a_slope_of_a_thin_table_is_negative_only_clearly() -> None:
    """Where most cells are empty a weak correlation is noise: slopes start above .8."""
    responses = answers(one_block(30), 300)
    codes = responses.codes().astype(np.float64)
    codes[np.random.default_rng(1).random(codes.shape) < 0.8] = np.nan
    assert np.all(slopes_of(Responses.from_array(codes)) >= 0.8)
