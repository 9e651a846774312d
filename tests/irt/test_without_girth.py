"""girth is an optional road: everything works where it cannot be imported."""

from __future__ import annotations

import pathlib
import subprocess
import sys

_SCRIPT = """
import sys
sys.modules["girth"] = None  # importing it now raises ImportError
import numpy as np
from compassess.errors import InputError
from compassess.irt import calibrate, score
from compassess.responses import Responses
codes = np.random.default_rng(0).integers(0, 2, (60, 4))
responses = Responses.from_array(codes)
fit = calibrate(responses, max_iterations=5)
try:
    calibrate(responses, check="girth", progress=lambda *state: sys.exit("fitted first"))
except InputError as refused:
    assert "pip install girth" in str(refused)
assert np.isfinite(score(responses, fit.items).theta).all()
assert sys.modules["girth"] is None
sys.stdout.write("calibrated")
"""


def test_everything_works_with_girth_blocked() -> None:
    """In a process where girth cannot be imported the room imports, calibrates and scores."""
    root = pathlib.Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _SCRIPT], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.stdout == "calibrated", done.stderr
