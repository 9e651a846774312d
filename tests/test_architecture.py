"""The layers and fences of ARCHITECTURE.md, held by reading the sources.

Rules of this file. A source is read with ``ast`` and never imported. Rooms that are not built yet have no
files and so no faults. The checker is itself tested, on sources made up to offend.
"""

from __future__ import annotations

import ast
import pathlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pytest

PACKAGE: Final = pathlib.Path(__file__).parents[1] / "compassess"

#: From the bottom: a room may import those of lower lines, and nothing of its own line but itself.
LAYERS: Final[Sequence[Sequence[str]]] = (
    ("errors", "version"),
    ("reading",),
    ("responses",),
    ("irt",),
    ("bank",),
    ("scoring",),
    ("attestation",),
    ("adaptive",),
    ("simulation",),
    ("multistage",),
    ("report",),
    ("cli", "service", "scale", "__main__"),
    ("__init__",),
)

#: What a room may not import although it stands below it.
TOO_FAR: Final[Mapping[str, frozenset[str]]] = {
    # Reports take values of scoring and banks; what runs sittings and studies is not their business.
    "report": frozenset({"attestation", "adaptive", "simulation", "multistage"}),
}

#: The one upward import: a conclusion's methods ask report/ to write it down.
UPWARD: Final = ("scoring/conclusion.py", "report")

#: Edges are callers like any other, and may use the front door.
EDGES: Final = frozenset({"cli", "service", "scale", "__main__"})

#: Below this line: no clock, no prints, no globals, no files.
PURE: Final = frozenset({"errors", "irt", "scoring", "attestation", "adaptive", "simulation", "multistage"})


@dataclass(frozen=True)
class Fence:
    """Libraries that stand in some rooms only; ``lazy``: inside functions only."""

    libraries: tuple[str, ...]
    rooms: tuple[str, ...]
    lazy: bool = False
    at_most: int | None = None


FENCES: Final = (
    Fence(("girth",), ("irt",), lazy=True, at_most=1),
    Fence(("statsmodels",), ("irt",), lazy=True, at_most=1),
    Fence(("pydantic",), ("bank", "service")),
    Fence(("matplotlib",), ("report",), lazy=True),  # an extra: reports do without it
    Fence(("typer", "click", "rich"), ("cli",)),
    Fence(("pandas", "polars", "pyarrow"), ("responses", "reading"), lazy=True),
    Fence(("babel", "jinja2"), ("report",)),
    Fence(("fluent",), ("report", "cli")),  # the command speaks three languages as well
    Fence(("fastapi", "starlette", "uvicorn", "sqlalchemy"), ("service",)),
    Fence(("dask", "distributed"), ("scale",)),
)

CLOCKS: Final = frozenset({"now", "utcnow", "today", "fromtimestamp"})
GLOBAL_DRAWS: Final = frozenset({"default_rng", "Generator", "SeedSequence", "PCG64", "BitGenerator"})
FILE_METHODS: Final = frozenset({"read_text", "write_text", "read_bytes", "write_bytes"})


@dataclass(frozen=True)
class Import:
    """One name that a source imports; ``lazy``: inside a function; ``typing``: for annotations only."""

    module: str
    line: int
    lazy: bool
    typing: bool


@dataclass(frozen=True)
class Source:
    """A file of the package: its path inside it (``irt/grid.py``) and its tree."""

    path: str
    tree: ast.Module

    @classmethod
    def of(cls, path: str, text: str) -> Source:
        """Parse a text."""
        return cls(path, ast.parse(text))

    @property
    def room(self) -> str:
        """The folder or the module directly under the package."""
        return self.path.split("/")[0].removesuffix(".py")

    def imports(self) -> list[Import]:
        """Every import, wherever it stands."""
        return list(_imports(self.tree, self.path, lazy=False, typing=False))


def _imports(node: ast.AST, path: str, *, lazy: bool, typing: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(alias.name, child.lineno, lazy, typing)
        elif isinstance(child, ast.ImportFrom):
            module = _absolute(child, path)
            for alias in child.names:
                yield Import(f"{module}.{alias.name}", child.lineno, lazy, typing)
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            for part in child.body:
                yield from _imports(ast.Module([part], []), path, lazy=lazy, typing=True)
            for part in child.orelse:
                yield from _imports(ast.Module([part], []), path, lazy=lazy, typing=typing)
        else:
            inside = lazy or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _imports(child, path, lazy=inside, typing=typing)


def _absolute(node: ast.ImportFrom, path: str) -> str:
    """``from . import x`` in irt/grid.py is ``compassess.irt``."""
    if not node.level:
        return node.module or ""
    folders = ["compassess", *path.split("/")[:-1]]
    parts = folders[: len(folders) - node.level + 1]
    return ".".join([*parts, node.module] if node.module else parts)


# ---- the checks: each gives the faults of a source as sentences --------------------------------------


def layer_of(room: str) -> int | None:
    """How high a room stands; None for one that no layer names."""
    return next((height for height, rooms in enumerate(LAYERS) if room in rooms), None)


def room_of(module: str, rooms: frozenset[str]) -> str | None:
    """The room that ``compassess.irt.grid.Grid`` stands in; the front door for other names; None outside."""
    parts = module.split(".")
    if parts[0] != "compassess":
        return None
    return parts[1] if len(parts) > 1 and parts[1] in rooms else "__init__"


def layer_faults(source: Source, rooms: frozenset[str]) -> list[str]:
    """Imports of what stands above or beside."""
    if layer_of(source.room) is None:
        return [f"{source.path}: no layer names {source.room!r}; give it a place in LAYERS"]
    faults = []
    for found in source.imports():
        room = room_of(found.module, rooms)
        if room is None or room == source.room or _allowed(source, found, room):
            continue
        faults.append(f"{source.path}:{found.line}: {source.room} may not import {room} ({found.module})")
    return faults


def _allowed(source: Source, found: Import, room: str) -> bool:
    if (source.path, room) == UPWARD:
        return found.lazy
    if room == "__init__":
        return source.room in EDGES
    mine, other = layer_of(source.room), layer_of(room)
    assert mine is not None
    return other is not None and other < mine and room not in TOO_FAR.get(source.room, frozenset())


def fence_faults(sources: Sequence[Source], fence: Fence) -> list[str]:
    """Libraries outside their rooms, not lazily, or in too many files."""
    faults, files = [], set()
    for source in sources:
        for found in source.imports():
            if found.module.split(".")[0] not in fence.libraries or found.typing:
                continue
            files.add(source.path)
            place = f"{source.path}:{found.line}: {found.module}"
            if source.room not in fence.rooms:
                faults.append(f"{place} stands in {', '.join(fence.rooms)} only")
            elif fence.lazy and not found.lazy:
                faults.append(f"{place} is imported inside functions only")
    if fence.at_most is not None and len(files) > fence.at_most:
        faults.append(f"{', '.join(sorted(files))}: {fence.libraries[0]} stands in one file only")
    return faults


def purity_faults(source: Source) -> list[str]:
    """Clocks, prints, files and global random numbers below the line."""
    if source.room not in PURE:
        return []
    faults = [
        f"{source.path}:{found.line}: {found.module} has no place below the line"
        for found in source.imports()
        if found.module.split(".")[0] in ("time", "random") and not found.typing
    ]
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Global):
            faults.append(f"{source.path}:{node.lineno}: a global")
        elif isinstance(node, ast.Call) and (word := _impure(node.func)):
            faults.append(f"{source.path}:{node.lineno}: {word}")
    return faults


def _impure(function: ast.expr) -> str:
    """What a call does that has no place below the line; "" for nothing."""
    if isinstance(function, ast.Name):
        return {"print": "it prints", "open": "it opens a file", "input": "it asks"}.get(function.id, "")
    if not isinstance(function, ast.Attribute):
        return ""
    if function.attr in CLOCKS and "date" in ast.unparse(function.value):
        return "it reads the clock"
    if function.attr in FILE_METHODS:
        return "it reads or writes a file"
    owner = ast.unparse(function.value)
    if owner in ("np.random", "numpy.random") and function.attr not in GLOBAL_DRAWS:
        return "it draws from a global stream"
    return ""


def docstring_faults(source: Source) -> list[str]:
    """A module that holds something says in a docstring what."""
    if not source.tree.body or ast.get_docstring(source.tree):
        return []
    return [f"{source.path}: no docstring"]


# ---- the package ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sources() -> list[Source]:
    """All files of the package."""
    return [
        Source.of(path.relative_to(PACKAGE).as_posix(), path.read_text(encoding="utf-8"))
        for path in sorted(PACKAGE.rglob("*.py"))
    ]


@pytest.fixture(scope="module")
def rooms(sources: list[Source]) -> frozenset[str]:
    """The rooms that there are."""
    return frozenset(source.room for source in sources)


def test_there_is_something_to_check(sources: list[Source], rooms: frozenset[str]) -> None:
    """The sources are found: an empty list would please every rule."""
    assert {"errors", "responses", "irt"} <= rooms
    assert any(found.module.startswith("numpy") for source in sources for found in source.imports())


def test_each_room_imports_only_what_stands_below(sources: list[Source], rooms: frozenset[str]) -> None:
    """No import goes up or sideways, but for the one that is named."""
    assert [fault for source in sources for fault in layer_faults(source, rooms)] == []


@pytest.mark.parametrize("fence", FENCES, ids=lambda fence: fence.libraries[0])
def test_libraries_stay_in_their_rooms(fence: Fence, sources: list[Source]) -> None:
    """Each library is used where it belongs and nowhere else."""
    assert fence_faults(sources, fence) == []


def test_below_the_line_nothing_happens_but_computation(sources: list[Source]) -> None:
    """No clock, no prints, no files, no global random numbers, no globals."""
    assert [fault for source in sources for fault in purity_faults(source)] == []


def test_only_responses_reads_tables(sources: list[Source], rooms: frozenset[str]) -> None:
    """reading.py stands behind responses.py and is imported by it alone."""
    users = {s.path for s in sources for found in s.imports() if room_of(found.module, rooms) == "reading"}
    assert users <= {"responses.py", "reading.py"}


def test_every_module_says_what_it_is(sources: list[Source]) -> None:
    """Every module has a docstring."""
    assert [fault for source in sources for fault in docstring_faults(source)] == []


# ---- the checker ---------------------------------------------------------------------------------------

ALL_ROOMS: Final = frozenset(room for layer in LAYERS for room in layer)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("irt/grid.py", "from compassess.bank import ItemBank"),
        ("irt/grid.py", "import compassess.scoring.summary"),
        ("irt/grid.py", "from compassess import scoring"),
        ("irt/grid.py", "import compassess"),
        ("irt/grid.py", "from compassess import calibrate"),
        ("irt/grid.py", "from ..bank import ItemBank"),
        ("irt/models/graded.py", "from ...bank import ItemBank"),
        ("irt/grid.py", "from .. import bank"),
        ("irt/grid.py", "def f():\n    from compassess.bank import ItemBank"),
        ("irt/grid.py", "if TYPE_CHECKING:\n    from compassess.bank import ItemBank"),
        ("irt/grid.py", "try:\n    import compassess.bank\nexcept ImportError:\n    pass"),
        ("bank/bank.py", "from compassess.scoring import conclude"),
        ("scoring/summary.py", "from compassess.adaptive import Session"),
        ("scoring/summary.py", "def f():\n    from compassess.report import text"),
        ("scoring/conclusion.py", "from compassess.report import text"),
        ("scoring/conclusion.py", "def f():\n    from compassess.adaptive import Session"),
        ("adaptive/session.py", "from compassess.simulation import simulate"),
        ("simulation/study.py", "from compassess.report import text"),
        ("report/text.py", "from compassess.simulation import simulate"),
        ("report/text.py", "from compassess.adaptive import Session"),
        ("report/text.py", "from compassess.cli import main"),
        ("cli/app.py", "from compassess.service import app"),
        ("service/app.py", "from compassess.cli import main"),
        ("errors.py", "from compassess.responses import Responses"),
        ("reading.py", "from compassess.responses import Responses"),
        ("responses.py", "from compassess.irt import Items"),
        ("novelty/new.py", "import numpy"),
        ("novelty.py", ""),
    ],
)
def test_an_import_that_goes_up_is_found(path: str, text: str) -> None:
    """Whatever the form of the import, and wherever in the file it stands."""
    assert len(layer_faults(Source.of(path, text), ALL_ROOMS)) == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("irt/grid.py", "from compassess.errors import InputError"),
        ("irt/grid.py", "from compassess.irt.items import Items"),
        ("irt/grid.py", "from .items import Items"),
        ("irt/models/graded.py", "from ..items import Items"),
        ("irt/grid.py", "import numpy.random"),
        ("responses.py", "from compassess import reading"),
        ("scoring/conclusion.py", "def f():\n    from compassess.report import text"),
        ("report/text.py", "from compassess.scoring import Conclusion"),
        ("cli/app.py", "import compassess as ca"),
        ("cli/app.py", "from compassess.report import text"),
        ("__init__.py", "from compassess.cli import main"),
        ("irt/grid.py", "import compassessor"),
    ],
)
def test_an_import_that_goes_down_is_allowed(path: str, text: str) -> None:
    """Below, inside the room, and the exceptions that are named."""
    assert layer_faults(Source.of(path, text), ALL_ROOMS) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("irt/kernels.py", "import girth"),
        ("irt/kernels.py", "class A:\n    from girth import x"),
        ("bank/bank.py", "def f():\n    import girth"),
        ("irt/items.py", "import pydantic"),
        ("irt/items.py", "def f():\n    from pydantic import BaseModel"),
        ("simulation/study.py", "import matplotlib.pyplot as plt"),
        ("report/text.py", "from rich.console import Console"),
        ("adaptive/session.py", "import typer"),
        ("irt/items.py", "def f():\n    import pandas"),
        ("responses.py", "import pandas"),
        ("responses.py", "if sys.flags:\n    import polars"),
        ("bank/files.py", "def f():\n    import pyarrow.parquet"),
        ("scoring/conclusion.py", "from babel import Locale"),
        ("bank/bank.py", "from fluent.runtime import FluentBundle"),
        ("cli/app.py", "import jinja2"),
        ("cli/app.py", "import fastapi"),
        ("bank/files.py", "import sqlalchemy.orm"),
        ("simulation/study.py", "import dask.bag"),
    ],
)
def test_a_library_outside_its_fence_is_found(path: str, text: str) -> None:
    """In a wrong room, or at the top of a file where it should be imported lazily."""
    source = Source.of(path, text)
    assert sum(len(fence_faults([source], fence)) for fence in FENCES) == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("irt/kernels.py", "def f():\n    import girth"),
        ("irt/items.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pandas as pd"),
        ("irt/items.py", "import typing\nif typing.TYPE_CHECKING:\n    import polars"),
        ("responses.py", "def f():\n    import pandas"),
        ("bank/schema.py", "import pydantic"),
        ("cli/app.py", "import typer, rich"),
    ],
)
def test_a_library_inside_its_fence_is_allowed(path: str, text: str) -> None:
    """In its rooms, lazily where that is asked, and for annotations."""
    source = Source.of(path, text)
    assert [fault for fence in FENCES for fault in fence_faults([source], fence)] == []


def test_an_import_beside_annotations_only_is_no_annotation() -> None:
    """The else branch of TYPE_CHECKING runs."""
    source = Source.of("irt/items.py", "if TYPE_CHECKING:\n    import numpy\nelse:\n    import pandas")
    assert sum(len(fence_faults([source], fence)) for fence in FENCES) == 1


def test_a_second_file_with_girth_is_found() -> None:
    """One file may import it, lazily."""
    lazily = "def f():\n    import girth"
    files = [Source.of("irt/one.py", lazily), Source.of("irt/two.py", lazily)]
    assert len(fence_faults(files, FENCES[0])) == 1


@pytest.mark.parametrize(
    "text",
    [
        "import time",
        "from time import monotonic",
        "def f():\n    import time",
        "import random",
        "print('x')",
        "def f():\n    open('x')",
        "input()",
        "datetime.now()",
        "datetime.datetime.now(tz=None)",
        "date.today()",
        "datetime.utcnow()",
        "path.read_text()",
        "path.write_bytes(b'')",
        "np.random.seed(1)",
        "np.random.normal()",
        "def f():\n    global x",
    ],
)
def test_what_is_not_computation_is_found_below_the_line(text: str) -> None:
    """Clocks, prints, files, globals: in every pure room, and not above the line."""
    for room in PURE:
        assert len(purity_faults(Source.of(f"{room}/file.py", text))) == 1
    for room in ("bank", "responses", "reading", "report", "cli"):
        assert purity_faults(Source.of(f"{room}/file.py", text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "rng = np.random.default_rng(seed)",
        "np.random.SeedSequence(1)",
        "from datetime import datetime",
        "datetime.fromisoformat(text)",
        "rng.random(3)",
        "log.print()",
        "session.open",
        "lattice.now()",
    ],
)
def test_computation_is_allowed_below_the_line(text: str) -> None:
    """Times that are handed in, and generators with a seed."""
    assert purity_faults(Source.of("irt/file.py", text)) == []


def test_a_module_without_a_docstring_is_found() -> None:
    """A comment is none; an empty file says nothing and needs none."""
    assert docstring_faults(Source.of("irt/x.py", "# about x\nx = 1"))
    assert docstring_faults(Source.of("irt/x.py", "")) == []
    assert docstring_faults(Source.of("irt/x.py", '"""About x."""\nx = 1')) == []
