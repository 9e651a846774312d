"""compassess.simulation.designs: several designs for the very same people."""

from __future__ import annotations

from typing import Final

import banks
import numpy as np
import pytest

import compassess as ca
from compassess.simulation import People, exposure_rates, mean_overlap

ONE: Final = banks.one_block(60)
THREE: Final = banks.three_blocks(6)
N: Final = 600


def fixed(bank: ca.ItemBank, n_items: int, **changes: object) -> ca.Assessment:
    """Tests of one length."""
    return banks.assessment(bank, length=(n_items, n_items), limits=(0, None), target=0.001, **changes)


@pytest.fixture(scope="module")
def compared() -> ca.DesignComparison:
    """Ten and twenty items, and twenty at random."""
    designs = {"ten": fixed(ONE, 10), "twenty": fixed(ONE, 20), "random": fixed(ONE, 20, criterion="random")}
    return ca.compare_designs(designs, N, seed=4)


def test_the_same_people_and_answers(compared: ca.DesignComparison) -> None:
    """Every design has the abilities of the first, and each study is the one that simulate gives."""
    ten, twenty, random = compared.studies.values()
    np.testing.assert_array_equal(ten.theta_true, twenty.theta_true)
    np.testing.assert_array_equal(ten.theta_true, random.theta_true)
    # Twenty items begin with the ten: answers are the same, so are the items chosen from them.
    assert [row[:10] for row in twenty.items] == list(ten.items)
    alone = ca.simulate(fixed(ONE, 20), N, seed=4)
    np.testing.assert_array_equal(alone.theta, twenty.theta)


def test_the_figures(compared: ca.DesignComparison) -> None:
    """A row a design, with what can be computed again from its study."""
    table = compared.to_frame().set_index("design")
    assert list(table.index) == ["ten", "twenty", "random"]
    for name, study in compared.studies.items():
        row, told = table.loc[name], study.recovery().iloc[0]
        for figure in ("n", "bias", "bias_error", "rmse", "rmse_error", "coverage"):
            assert row[figure] == pytest.approx(told[figure]), figure
        assert row["length"] == study.n_items.mean()
        bands = study.band_accuracy().iloc[0]
        assert (row["accuracy"], row["kappa"]) == (bands["accuracy"], bands["kappa"])
        assert row["accuracy"] == np.mean(
            [x == y for x, y in zip(study.bands, study.true_bands, strict=True)]
        )
        rates = exposure_rates(study.played.items, 60)
        assert row["max_exposure"] == rates.max()
        assert row["overlap"] == mean_overlap(study.played.items, 60)
        assert row["unused_share"] == (rates == 0).mean()
        assert row["violations"] == 0


def test_differences_are_paired(compared: ca.DesignComparison) -> None:
    """Differences are those of the figures; their errors those of paired persons, below independent ones."""
    table = compared.to_frame().set_index("design")
    for figure in ("length", "bias", "rmse", "coverage", "accuracy"):
        assert table[f"{figure}_difference"]["ten"] == 0
        assert table[f"{figure}_difference_error"]["ten"] == 0
        np.testing.assert_allclose(table[f"{figure}_difference"], table[figure] - table[figure]["ten"])
    ten, twenty = compared.studies["ten"], compared.studies["twenty"]
    change = twenty.theta - ten.theta
    assert table["bias_difference_error"]["twenty"] == pytest.approx(np.std(change, ddof=1) / np.sqrt(N))
    independent = np.hypot(table["rmse_error"]["ten"], table["rmse_error"]["twenty"])
    assert table["rmse_difference_error"]["twenty"] < 0.9 * independent


def test_the_error_of_an_rmse_difference_is_its_scatter() -> None:
    """Over resamples of persons the difference of RMSEs scatters by its error; 800 give an SD to 2.5 %."""
    designs = {"ten": fixed(ONE, 10), "twenty": fixed(ONE, 20)}
    compared = ca.compare_designs(designs, 2_000, seed=8)
    told = compared.to_frame()["rmse_difference_error"][1]
    one, two = (study.theta - study.theta_true for study in compared.studies.values())
    rng = np.random.default_rng(1)
    draws = rng.integers(0, 2_000, (800, 2_000))
    scatter = np.std(np.sqrt((two[draws] ** 2).mean(axis=1)) - np.sqrt((one[draws] ** 2).mean(axis=1)))
    assert told == pytest.approx(scatter, rel=0.1)


def test_several_blocks_are_averaged() -> None:
    """RMSE is over all blocks of a person, or of one that is asked for."""
    compared = ca.compare_designs({"short": fixed(THREE, 6), "long": fixed(THREE, 18)}, 200, seed=2)
    study = compared.studies["long"]
    errors = study.theta - study.theta_true
    assert compared.to_frame()["rmse"][1] == pytest.approx(np.sqrt((errors**2).mean()))
    assert compared.to_frame("q")["rmse"][1] == pytest.approx(np.sqrt((errors[:, 1] ** 2).mean()))
    with pytest.raises(ca.InputError, match="expected p, q, r"):
        compared.to_frame("z")


def test_progress_is_told_over_all_designs() -> None:
    """The callback hears of all people of all designs, whether drawn or handed in."""
    for n, people in ((30, None), (None, People(theta=np.zeros(30)))):
        heard: list[tuple[int, int]] = []
        ca.compare_designs(
            {"a": fixed(ONE, 2), "b": fixed(ONE, 3)},
            n,
            people=people,
            progress=lambda done, total: heard.append((done, total)),  # noqa: B023 - called at once
        )
        assert heard == [(30, 60), (60, 60)]


def test_designs_that_cannot_be_compared() -> None:
    """No design at all, and designs on different banks, are refused by name."""
    with pytest.raises(ca.InputError, match="designs: there is none"):
        ca.compare_designs({}, 5)
    with pytest.raises(ca.InputError, match="another bank than the first"):
        ca.compare_designs({"a": fixed(ONE, 2), "b": fixed(THREE, 3)}, 5)
