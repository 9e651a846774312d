"""compassess.bank.zones: zones by offset and by name."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from compassess.bank import zone_named
from compassess.bank.zones import zone_problems


@pytest.mark.parametrize(
    ("name", "hours"), [("+05:00", 5), ("-03:30", -3.5), ("+00:00", 0), ("UTC", 0), ("Asia/Almaty", 5)]
)
def test_zones_that_are_known(name: str, hours: float) -> None:
    """Offsets are read, names are looked up; Kazakhstan has been five hours ahead since March 2024."""
    assert datetime(2026, 5, 4, tzinfo=zone_named(name)).utcoffset() == timedelta(hours=hours)
    assert list(zone_problems(name, "zone")) == []


@pytest.mark.parametrize(
    "name",
    [
        *("", "Asia", "Asia/Nowhere", "../../etc/passwd", "/etc/localtime", "Asia/../UTC", "Asia//Almaty"),
        *("+5", "+24:00", "+05:60", "+05:00 ", "x" * 300, "Азия/Алматы"),
    ],
)
def test_zones_that_are_not(name: str) -> None:
    """What is no zone is told with its place; no name leads out of the database."""
    with pytest.raises(LookupError):
        zone_named(name)
    assert [problem.where for problem in zone_problems(name, "validity", "zone")] == ["validity.zone"]


def test_no_name_is_no_fault() -> None:
    """None leaves the zone to the times; what is no text is a fault."""
    assert list(zone_problems(None, "zone")) == []
    assert len(list(zone_problems(5, "zone"))) == 1  # type: ignore[arg-type]
