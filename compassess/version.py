"""The engine's version, as installed: written once, in pyproject.toml."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version

__all__ = ["engine_version"]


@lru_cache(maxsize=1)
def engine_version() -> str:
    """For logs and conclusions: "0.1.0", or "not installed" for sources on the path."""
    try:
        return version("compassess")
    except PackageNotFoundError:
        return "not installed"
