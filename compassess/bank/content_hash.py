"""One name for one content: SHA-256 over a canonical spelling.

Rule: what a reader of the file cannot tell apart has one hash (key order, white space, 1 and 1.0);
whatever changes a result, or what anybody reads, changes the hash.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

__all__ = ["content_hash"]


def content_hash(content: dict[str, Any]) -> str:
    """``"sha256:"`` and the hexadecimal digest of ``content``, which holds plain JSON types only.

    Raises
    ------
    ValueError, TypeError : a NaN, an infinity, or something that JSON does not know.
    """
    text = json.dumps(
        _canonical(content), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _canonical(value: object) -> object:
    """The same content with one spelling for each number: 1.0 and -0.0 become 1 and 0."""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, dict):
        return {key: _canonical(member) for key, member in value.items()}
    return [_canonical(member) for member in value] if isinstance(value, list | tuple) else value
