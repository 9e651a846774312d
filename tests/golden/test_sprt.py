"""The sequential probability ratio test of equal items against a published exact table."""

from __future__ import annotations

import pathlib
import re

import banks
import pytest
from reference import values_of

from compassess.adaptive import exact_sprt

EXACT = 1e-6  # the table has six decimals


def test_the_exact_table(reference: pathlib.Path) -> None:
    """Expected lengths, forced decisions and the share classified "above", to the last decimal told."""
    table = values_of(reference, "textbook")["sprt_exact"]
    compared = 0
    for name, design in table.items():
        found = re.fullmatch(r"delta_(\.\d+)_n_max_(\d+)", name)
        if found is None:
            continue
        for theta, told in design["theta_minus_cut"].items():
            ours = exact_sprt(float(theta), delta=float(found[1]), n_max=int(found[2]))
            values = {
                "expected_n": ours.expected_length,
                "forced": ours.forced,
                "p_up": ours.p_leaning_above,
            }
            for quantity, expected in told.items():
                assert values[quantity] == pytest.approx(expected, abs=EXACT)
                compared += 1
    assert compared == 14


def test_bank_b300_is_the_textbooks(reference: pathlib.Path) -> None:
    """Slopes and difficulties have the checks that stand beside the definition."""
    told = values_of(reference, "textbook")["bank_B300"]["checks"]
    items = banks.textbook_bank().irt_items()
    a, b = items.a, items.b[:, 0]
    found = {
        "mean_a": a.mean(),
        "sd_a": a.std(),
        "min_a": a.min(),
        "max_a": a.max(),
        "sum_ab": (a * b).sum(),
        "b0": b[0],
    }
    for name, value in found.items():
        assert value == pytest.approx(told[name], abs=1e-6), name
    assert a[:3] == pytest.approx(told["a0_2"], abs=1e-8)
