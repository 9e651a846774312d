"""What all tests share: hypothesis profiles, and the folder of values that other engines made."""

from __future__ import annotations

import os
import pathlib

import pytest
from hypothesis import settings

# A deadline would test the machine's load; speed lives in benchmarks/.
settings.register_profile("explore", deadline=None)
# The same commit gives the same verdict; `make explore` looks where no run has looked before, and at twice as much.
settings.register_profile("reproducible", settings.get_profile("explore"), derandomize=True, max_examples=50)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "reproducible"))

_BESIDE_THE_PROJECT = pathlib.Path(__file__).parents[2] / "shared" / "reference"


@pytest.fixture(scope="session")
def reference() -> pathlib.Path:
    """The folder of reference data and values: $COMPASSESS_REFERENCE, or ../shared/reference."""
    folder = pathlib.Path(os.environ.get("COMPASSESS_REFERENCE") or _BESIDE_THE_PROJECT)
    if not folder.is_dir():
        pytest.skip(f"no reference data: {folder} is not a folder (set COMPASSESS_REFERENCE)")
    return folder
