"""What all tests share: hypothesis profiles, and the folder of values that other engines made."""

from __future__ import annotations

import os
import pathlib

import pytest
from hypothesis import settings

# A deadline would test the machine's load; speed lives in benchmarks/.
settings.register_profile("house", deadline=None)
settings.register_profile("ci", settings.get_profile("house"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "house")

_BESIDE_THE_PROJECT = pathlib.Path(__file__).parents[2] / "shared" / "reference"


@pytest.fixture(scope="session")
def reference() -> pathlib.Path:
    """The folder of reference data and values: $COMPASSESS_REFERENCE, or ../shared/reference."""
    folder = pathlib.Path(os.environ.get("COMPASSESS_REFERENCE") or _BESIDE_THE_PROJECT)
    if not folder.is_dir():
        pytest.skip(f"no reference data: {folder} is not a folder (set COMPASSESS_REFERENCE)")
    return folder
