"""What a grid is worth: told by itself, compared with finer and wider ones."""

from __future__ import annotations

import numpy as np
import pytest

from compassess.irt import Grid, Population
from compassess.irt.estimation.fit import Fit
from compassess.irt.estimation.nodes import (
    TOLERATED,
    Quadrature,
    affordable_nodes,
    checked,
    finer,
    reaching,
    resolving_nodes,
)
from compassess.irt.models import Floats
from irt.builders import answers, house, items_in, one_block
from irt.fits import around

FINE = Quadrature(error=0.0, truncated=0.0)


def steep(n_items: int, n_persons: int = 200) -> tuple[Fit, Floats]:
    """Many items that tell each person's ability sharply."""
    items = one_block(n_items)
    return around(items, answers(items, n_persons))


def spread(mean: float, sd: float) -> tuple[Fit, Floats]:
    """A few items and a population anywhere."""
    items = items_in(Population.create(mean=[mean], standard_deviation=[sd]), 6, 3)
    fit, phi = around(items, answers(items, 300), free_moments=True)
    return fit.on(Grid.create(61)), phi


@pytest.mark.parametrize("n_nodes", [15, 21, 31, 41])
@pytest.mark.parametrize("n_items", [30, 120])
def test_the_error_that_is_told_is_a_bound_of_the_true_one(n_nodes: int, n_items: int) -> None:
    """Against ten times as many nodes; and where it is small, no more than ten times too large."""
    fit, phi = steep(n_items)
    coarse = fit.on(Grid.create(n_nodes))
    told = checked(coarse, phi).error
    true = abs(
        coarse.evaluation(phi).log_likelihood - fit.on(Grid.create(601)).evaluation(phi).log_likelihood
    )
    # By its formula it is that of normal posteriors, to first order: e itself below a tenth.
    if told < 0.1 * 200:
        assert true < 2 * told + 1e-5  # and what ±6 cut off, differently on each grid
    else:
        assert told > TOLERATED
    if true > 1.0:
        assert told > TOLERATED


def test_nodes_that_resolve_leave_no_error() -> None:
    """At a spacing of 1.5 posterior SDs some thousandths a person are left; at 1.0 nothing."""
    fit, phi = steep(80)
    exact = fit.on(Grid.create(1201)).evaluation(phi).log_likelihood
    left = []
    for ratio in (1.5, 1.0):
        grid = Grid.create(resolving_nodes(fit, phi, ratio))
        left.append(abs(fit.on(grid).evaluation(phi).log_likelihood - exact))
    assert left[0] < 200 * 3e-4  # 0.03 % of each person's likelihood
    assert left[1] < 1e-5


def test_more_is_needed_for_more_items() -> None:
    """Four times the items: half the posterior SD, twice the nodes."""
    few, many = (resolving_nodes(*steep(n), 1.5) for n in (40, 160))
    assert 1.7 < many / few < 2.3


@pytest.mark.parametrize("n_blocks", [1, 2])
def test_competencies_need_nodes_as_well(n_blocks: int) -> None:
    """Any dimension with many items counts."""
    items = items_in(house(n_blocks, 2), 60)
    fit, phi = around(items, answers(items, 50), nodes=31)
    assert resolving_nodes(fit, phi, 1.5) > 31


def test_a_grid_that_is_good_stays() -> None:
    """Nothing to mend, no other grid."""
    fit, phi = steep(20)
    assert finer(fit, phi, FINE) is None
    assert reaching(fit, phi) is fit.grid


def test_a_coarse_grid_becomes_finer() -> None:
    """Half again as many nodes on the same range, an odd number, the middle one at 0."""
    fit, phi = steep(20)
    better = finer(fit, phi, Quadrature(error=1.0, truncated=0.0))
    assert better is not None
    assert better.n_nodes == 91
    assert better.theta[-1] == 6.0
    assert better.theta[45] == 0.0


@pytest.mark.parametrize(("mean", "sd"), [(0.0, 2.0), (3.0, 1.0), (-2.0, 1.5)])
def test_a_narrow_grid_becomes_wider(mean: float, sd: float) -> None:
    """As far as six SDs of the population, at the same spacing; then it is wide enough."""
    fit, phi = spread(mean, sd)
    found = checked(fit, phi)
    assert not found.wide_enough
    grid = reaching(fit, phi)
    assert grid.theta[-1] >= abs(mean) + 6 * sd
    assert grid.spacing <= fit.grid.spacing + 1e-12
    wide = checked(fit.on(grid), phi)
    assert wide.wide_enough
    assert finer(fit.on(grid), phi, wide) is None


def test_mass_at_the_ends_is_told() -> None:
    """Somebody at the end of the nodes: the grid is too narrow, whatever the population."""
    fit, phi = steep(20)
    assert checked(fit, phi).wide_enough
    assert not checked(fit.on(Grid.create(61, 1.0)), phi).wide_enough


def test_no_grid_grows_without_end() -> None:
    """Where a finer grid would be too large there is none, and the status tells."""
    items = items_in(house(3, 1, loading=1.0), 3)
    fit, phi = around(items, answers(items, 20), nodes=41)
    coarse = Quadrature(error=1.0, truncated=0.0)
    better = finer(fit, phi, coarse)
    while better is not None:
        assert better.n_nodes <= affordable_nodes(3)
        fit = fit.on(better)
        better = finer(fit, phi, coarse)
    assert fit.grid.n_nodes <= affordable_nodes(3) == 81


def test_weights_count_in_the_error() -> None:
    """A row that stands for three errs three times."""
    items = one_block(60)
    responses = answers(items, 50)
    fit, phi = around(items, responses)
    thrice, _ = around(items, responses.select_persons(np.repeat(np.arange(50), 3)))
    coarse = Grid.create(21)
    one, three = checked(fit.on(coarse), phi), checked(thrice.on(coarse), phi)
    assert three.error > one.error
    assert three.truncated == pytest.approx(3 * one.truncated, rel=1e-3, abs=1e-12)
