"""Whether the same seeds present the same items on other processors: numpy's instruction sets are switched off.

numpy computes exponentials and sums by other instructions on other machines, so that last bits differ. A choice
must not hang on them: cells of θ, near-ties and draws by integers are there for that.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.slow

N = 10_000
TESTS = Path(__file__).resolve().parents[1]

NUDGED = """
import numpy

def one_bit_higher(function):
    def nudged(*arguments, out=None, **named):
        found = function(*arguments, out=out, **named)
        return numpy.nextafter(found, numpy.inf, out=out)
    return nudged

numpy.exp, numpy.log = one_bit_higher(numpy.exp), one_bit_higher(numpy.log)
"""

PROGRAMME = f"""
import sys
sys.path[:0] = [{str(TESTS)!r}, {str(TESTS.parent)!r}]
import banks, numpy as np
import compassess as ca
made = banks.assessment(
    banks.three_blocks(8), length=(6, 15), limits=(1, 5), target=0.45, randomesque=3, nodes=21,
    start={{"count": 1, "lowest": -0.5, "highest": 0.5}},
)
study = ca.simulate(made, n_examinees={N}, seed=20)
np.savez(sys.argv[1], items=study.played.items, reason=study.played.reason, theta=study.theta)
"""


def enabled() -> list[str]:
    """The instruction sets that numpy chooses from and finds here."""
    from numpy._core import _multiarray_umath as numpy_core

    known = numpy_core.__cpu_features__
    return [name for name in numpy_core.__cpu_dispatch__ if known.get(name)]


def sat(folder: Path, name: str, before: str = "", **environment: str) -> dict[str, np.ndarray]:
    """The sittings of a process of its own, with this environment and these lines before its programme."""
    path = folder / f"{name}.npz"
    subprocess.run(
        [sys.executable, "-c", before + PROGRAMME, str(path)],
        check=True,
        env={**os.environ, **environment},
        timeout=1200,
    )
    with np.load(path) as found:
        return dict(found)


def test_ten_thousand_sittings_are_the_same_on_other_instruction_sets(tmp_path: Path) -> None:
    """Without any, and without the widest, instruction set: no item, no length, no reason differs; θ to 1e-10."""
    there = enabled()
    if not there:
        pytest.skip("numpy has no instruction set to switch off on this machine")
    usual = sat(tmp_path, "usual")
    assert usual["items"].shape == (N, 15)
    assert len(np.unique(usual["items"], axis=0)) > N // 2
    differs = False
    for name, without in (("plain", there), ("narrower", there[1:] or there)):
        other = sat(tmp_path, name, NPY_DISABLE_CPU_FEATURES=" ".join(without))
        different = (other["items"] != usual["items"]).any(axis=1)
        assert different.sum() == 0
        np.testing.assert_array_equal(other["reason"], usual["reason"])
        np.testing.assert_allclose(other["theta"], usual["theta"], atol=1e-10)
        differs |= bool((other["theta"] != usual["theta"]).any())
    if not differs:
        pytest.skip(f"without {' '.join(there)} numpy's exponentials are the same bits on this machine")


def test_the_last_bit_of_every_exponential_and_logarithm_changes_no_item(tmp_path: Path) -> None:
    """What another processor might do, done on any: numpy's exp and log end one bit higher."""
    usual, other = sat(tmp_path, "usual"), sat(tmp_path, "nudged", before=NUDGED)
    np.testing.assert_array_equal(other["items"], usual["items"])
    np.testing.assert_array_equal(other["reason"], usual["reason"])
    np.testing.assert_allclose(other["theta"], usual["theta"], atol=1e-10)
    assert (other["theta"] != usual["theta"]).any()


def test_another_kernel_of_the_linear_algebra_changes_no_item(tmp_path: Path) -> None:
    """OpenBLAS has kernels of its own by processor; with an old one the items are the same."""
    usual = sat(tmp_path, "usual")
    other = sat(tmp_path, "old", OPENBLAS_CORETYPE="Nehalem")
    np.testing.assert_array_equal(other["items"], usual["items"])
    np.testing.assert_allclose(other["theta"], usual["theta"], atol=1e-10)
