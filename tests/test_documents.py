"""The documents against the project: links, names, code, and the tables that repeat what code says."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Final

import pytest
from fluent.syntax import FluentParser, FluentSerializer
from fluent.syntax import ast as ftl

import compassess as ca
from compassess.adaptive import CRITERIA, EXPOSURE_CONTROLS, REASONS, STOPPING_RULES
from compassess.adaptive.content import CONTENT_METHODS
from compassess.adaptive.events import BREAK_OFFS, LOG_FORMAT
from compassess.adaptive.log_entries import CLASSES
from compassess.adaptive.transitions import TRANSITIONS
from compassess.bank import (
    Admitted,
    Category,
    Conduct,
    Constraint,
    Content,
    ItemFilter,
    ItemSetRule,
    Module,
    Multistage,
    NamedStrategy,
    Norm,
    Norms,
    Panel,
    Period,
    PilotRule,
    RetakeRule,
    Review,
    Routing,
    Scale,
    Start,
    TimeLimits,
    UnansweredPolicy,
    ValidityRule,
)
from compassess.bank.rules import BANK_MODELS
from compassess.irt import STATUSES
from compassess.report import LANGUAGES

ROOT: Final = Path(__file__).resolve().parents[1]
PACKAGE: Final = ROOT / "compassess"
NAMES: Final = ("README.md", "ARCHITECTURE.md", "GLOSSARY.md", "CONTRIBUTING.md", "CHANGELOG.md")
DOCUMENTS: Final = (*NAMES, *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")))
WITH_CODE: Final = tuple(name for name in DOCUMENTS if name == "README.md" or name.startswith("docs/"))

_FENCE: Final = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK: Final = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_NAME: Final = re.compile(r"`(compassess(?:\.[A-Za-z_]\w*)+)(?:\([^`]*\))?`")


def text_of(name: str) -> str:
    """A document; the test is skipped where it is absent or empty."""
    path = ROOT / name
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    if not text.strip():
        pytest.skip(f"{name} is not written yet")
    return text


def section(name: str, heading: str) -> str:
    """The part of a document under a heading of level two."""
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text_of(name), re.MULTILINE | re.DOTALL)
    assert found is not None, f"{name} has no section {heading!r}"
    return found[1]


def rows(markdown: str) -> list[list[str]]:
    """The cells of all tables, without headers and rules."""
    lines = [line.strip() for line in markdown.splitlines()]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    rules = [at for at, row in enumerate(cells) if all(re.fullmatch("-+", cell) for cell in row)]
    headers = {at - 1 for at in rules}
    return [row for at, row in enumerate(cells) if at not in rules and at not in headers]


def quoted(text: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`]+)`", text)


# ---- every document -------------------------------------------------------------------------------------


def anchors(name: str) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", text_of(name)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_relative_links_lead_somewhere(name: str) -> None:
    """A link to a file of the project names one that is there, and a heading that it has."""
    for link in _LINK.findall(_FENCE.sub("", text_of(name))):
        if re.match(r"[a-z]+:", link):
            continue
        target, _, anchor = link.partition("#")
        path = (ROOT / name).parent / target if target else ROOT / name
        assert path.exists(), f"{name}: {link}"
        if anchor:
            assert anchor in anchors(path.resolve().relative_to(ROOT).as_posix()), f"{name}: {link}"


def resolved(dotted: str) -> object:
    """A module, or an attribute of the longest module that its name begins with."""
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            found = getattr(found, part)
        return found
    raise ModuleNotFoundError(dotted)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_names_of_the_library_exist(name: str) -> None:
    """What a document calls compassess.x.y can be imported under that name."""
    for dotted in _NAME.findall(text_of(name)):
        resolved(dotted)


@pytest.mark.parametrize("name", WITH_CODE)
def test_code_runs_as_written(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The python blocks of a document run one after the other in one namespace, in an empty folder."""
    text = text_of(name)
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "__document__"}
    for block in _FENCE.finditer(text):
        if block[1] == "python":
            before = text.count("\n", 0, block.start(2))
            code = compile("\n" * before + block[2], name, "exec")  # so that a traceback tells the line
            exec(code, namespace)
    capsys.readouterr()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_document_names_a_path_of_some_machine(name: str) -> None:
    """Documents speak of the project alone."""
    assert not re.findall(r"(?<![\w.])/(?:home|work|tmp|root|Users)/", text_of(name))


# ---- ARCHITECTURE.md, CONTRIBUTING.md -------------------------------------------------------------------


def test_every_module_has_one_line_in_the_architecture() -> None:
    """Each file of the package stands in the tables once, and each file in the tables is there."""
    told = [
        quoted(row[0])[0] for row in rows(text_of("ARCHITECTURE.md")) if row[0].startswith("`compassess/")
    ]
    there = [path.relative_to(ROOT).as_posix() for path in PACKAGE.rglob("*.py")]
    assert sorted(told) == sorted(there)


def test_every_dependency_has_its_reason() -> None:
    """Each requirement and each extra of pyproject.toml stands in a table, and nothing else does."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    core = {re.split(r"[<>=\[]", requirement)[0] for requirement in project["dependencies"]}
    table = rows(section("ARCHITECTURE.md", "Dependencies"))
    extras = {quoted(row[0])[0]: row for row in table if row[0].startswith("`")}
    assert {row[0] for row in table if not row[0].startswith("`")} == core
    assert set(extras) == set(project["optional-dependencies"])
    for extra in ("cli", "frames", "plot", "hall", "scale", "test"):
        needed = {re.split(r"[<>=\[]", one)[0] for one in project["optional-dependencies"][extra]}
        assert set(extras[extra][1].split(", ")) == needed - {"compassess"}, extra


def test_commits_are_checked_by_the_commands_of_make_lint() -> None:
    """The hooks of pre-commit run what `make lint` runs, in its order."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = re.search(r"^lint:.*\n((?:\t.+\n)+)", makefile, re.MULTILINE)
    assert recipe is not None
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    commands = [line.strip().replace("$(BIN)", ".venv/bin") for line in recipe[1].splitlines()]
    assert re.findall(r"entry: (.+)", hooks) == commands


def test_every_verb_that_is_documented_is_one() -> None:
    """CONTRIBUTING.md names verbs of the Makefile."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    told = re.findall(r"`make ([a-z-]+)`", text_of("CONTRIBUTING.md"))
    assert set(told) <= set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))


# ---- docs/selection.md ----------------------------------------------------------------------------------


def test_transition_table_is_the_code_s() -> None:
    """The table of the state machine in the document is TRANSITIONS, row by row."""
    code = [[state.value, event.value, after.value] for (state, event), after in TRANSITIONS.items()]
    assert rows(section("docs/selection.md", "The state machine")) == code


def test_log_is_documented_entry_by_entry() -> None:
    """Every field of every event stands in the table, in the order of the log."""
    told: dict[str, list[str]] = {}
    for event, field, _ in rows(section("docs/selection.md", "The log")):
        if event:
            current = told.setdefault(quoted(event)[0], [])
        current += quoted(field)
    assert told == {name: [field.name for field in fields(cls)] for name, cls in CLASSES.items()}
    assert LOG_FORMAT in quoted(section("docs/selection.md", "The log"))


def test_reasons_are_documented() -> None:
    """Each reason to stop that the engine gives by itself is named where the rules are."""
    assert {*REASONS[1:], *BREAK_OFFS} <= set(quoted(text_of("docs/selection.md")))


@pytest.mark.parametrize(
    ("page", "registry"),
    [
        ("docs/criteria.md", CRITERIA),
        ("docs/stopping.md", STOPPING_RULES),
        ("docs/exposure.md", EXPOSURE_CONTROLS),
        ("docs/content.md", CONTENT_METHODS),
    ],
)
def test_strategies_are_documented(page: str, registry: Mapping[str, Any]) -> None:
    """Each registered strategy has a row with its parameters, a stopping rule with its reason too."""
    told = {quoted(row[0])[0]: row for row in rows(text_of(page)) if quoted(row[0])}
    assert {name for name in told if name in registry} == set(registry)
    for name, strategy in registry.items():
        assert set(quoted(told[name][1])) == {field.name for field in fields(strategy)}
        if registry is STOPPING_RULES:
            assert quoted(told[name][2]) == [strategy.reason]


# ---- docs/files.md --------------------------------------------------------------------------------------

#: Objects whose keys are chosen by the file: by language, by id, by name.
_OPEN: Final = frozenset(
    {"title", "text", "provenance", "confirmation", "weights", "thresholds", "targets"}
    | {"stopping.parameters", "stopping.also[].parameters", "selection.parameters"}
    | {"selection.exposure.parameters", "start.categories", "attributes", "content.parameters"}
    | {"norms.blocks", "norms.competencies", "categories.<id>.norms"}  # like what stands above them
    | {"retakes.wait", "retakes.wait_after", "retakes.window"}  # periods, like that of validity
)
_BY_ID: Final = ("competencies", "categories")  # of blueprint and bands; their members have keys of their own


def keys_of(content: object, path: str = "") -> Iterator[str]:
    """The path of every key, as the document writes it."""
    if isinstance(content, Mapping):
        if path in _OPEN or path.rpartition(".")[2] in _OPEN:
            return
        for key, value in content.items():
            name = "<id>" if path in _BY_ID else key
            inner = f"{path}.{name}" if path else name
            if name != "<id>":
                yield inner
            yield from keys_of(value, inner)
    elif isinstance(content, list):
        for member in content:
            if isinstance(member, Mapping):
                yield from keys_of(member, f"{path}[]")


def _fullest_bank(bank: ca.ItemBank) -> ca.ItemBank:
    """The same bank with everything that a file may leave out."""
    first, second, *rest = bank.items
    assert first.standard_errors is not None
    n_thresholds = len(first.standard_errors.thresholds)
    rows = tuple((0.0,) * k for k in range(1, n_thresholds + 1))
    errors = replace(first.standard_errors, correlations=rows)
    content = {"attributes": {"words": 40}, "enemies": (second.id,), "stimulus": "s1"}
    fuller = replace(first, standard_errors=errors, **content)
    return replace(bank, items=(fuller, second, *rest), uncertainty="expected")


def _fullest_blueprint(blueprint: ca.Blueprint) -> ca.Blueprint:
    """The same blueprint with everything that a file may leave out."""
    named = NamedStrategy(name="any", parameters={"any": 1})
    items = ItemFilter(
        competency=("any",),
        block=("any",),
        stimulus=("any",),
        ids=("any",),
        attributes={"any": Admitted(values=(1,))},
    )
    constraint = Constraint(
        id="any",
        kind="sum",
        items=items,
        attribute="any",
        minimum=1,
        maximum=2,
        categories=("any",),
        hard=False,
        weight=2.0,
    )
    return replace(
        blueprint,
        stopping=replace(blueprint.stopping, parameters=named.parameters, also=(named,)),
        selection=replace(blueprint.selection, randomesque=1, parameters=named.parameters, exposure=named),
        unanswered=UnansweredPolicy(omitted="ignore"),
        conduct=Conduct(
            start=Start(theta=0.0),
            pilot=PilotRule(count=1, first=1, last=1),
            review=Review(within_set=True, before_next_module=True),
            item_sets=ItemSetRule(most=3),
            time_limits=TimeLimits(item=60.0),
        ),
        multistage=Multistage(
            routing=Routing(rule="theta"),
            panels=(Panel(id="a", modules=(Module(id="m", stage=1, items=("x",)),)),),
        ),
        content=Content(parameters=named.parameters, constraints=(constraint,)),
    )


def _fullest(bands: ca.Bands) -> ca.Bands:
    """The same bands with everything that a file may leave out."""
    risk = replace(bands.risk, maximum_se=0.5)
    norm = Norm(
        mean=0.0,
        standard_deviation=1.0,
        mean_se=0.1,
        standard_deviation_se=0.1,
        theta=(0.0, 1.0),
        below=(0.5, 0.8),
    )
    norms = Norms(population="all", date="2026-03-01", n_persons=99, composite=norm)
    category = Category(
        title={"en": "Leading posts"},
        cuts=bands.cuts,
        norms=norms,
        risk_threshold=-1.0,
        risk_thresholds={"ethics": -1.0},
        weights=bands.weights,
        programme="leading",
    )
    fuller = replace(bands, policy="least_expected_loss", losses=bands.loss_table, risk=risk, norms=norms)
    retakes = RetakeRule(wait=Period(months=3), most=3, window=Period(years=1))
    fuller = replace(fuller, validity=ValidityRule(), retakes=retakes)
    categories = {"leading": category}
    return replace(fuller, scale=Scale.t(), categories=categories).for_category("leading")


@pytest.mark.parametrize("file", ["bank.json", "blueprint.json", "bands.json"])
def test_every_key_of_a_file_is_documented(file: str) -> None:
    """Each key that to_dict writes has a row, and each row is a key that it writes."""
    assessment = ca.Assessment.load("civil_service")
    part = {
        "bank.json": _fullest_bank(assessment.bank),
        "blueprint.json": _fullest_blueprint(assessment.blueprint),
        "bands.json": _fullest(assessment.bands),
    }
    content = part[file].to_dict()
    if file == "bands.json":  # the short spelling of a rule that stands for the section on validity
        content |= {"validity_days": 365}
    told = [quoted(row[0])[0] for row in rows(section("docs/files.md", file))]
    assert sorted(told) == sorted(set(keys_of(content)))
    assert content["format"] in quoted(section("docs/files.md", file))


def test_registered_names_are_documented() -> None:
    """The models that files may name stand beside the key that names them."""
    told = {quoted(row[0])[0]: set(quoted(row[1])) for row in rows(text_of("docs/files.md")) if len(row) == 2}
    assert told["items[].model"] == set(BANK_MODELS)


# ---- GLOSSARY.md ----------------------------------------------------------------------------------------


def messages(language: str) -> dict[str, str]:
    """Every message of the report's and the command's catalogues, as the file spells it, on one line."""
    found = {}
    for room in ("report", "cli"):
        path = PACKAGE / room / "catalogue" / f"{language}.ftl"
        for entry in FluentParser().parse(path.read_text(encoding="utf-8")).body:
            if isinstance(entry, ftl.Message):
                spelled = FluentSerializer().serialize_entry(entry).partition("=")[2]
                found[f"{room} {entry.id.name}"] = " ".join(spelled.split())
    return found


def test_words_of_a_conclusion_are_the_catalogue_s() -> None:
    """The table of words is what the catalogues say, and it has every band and every risk."""
    table = rows(section("GLOSSARY.md", "Words of a conclusion"))
    for column, language in ((1, "en"), (2, "ru"), (3, "kk")):
        said = messages(language)
        told = {quoted(row[0])[0]: row[column] for row in table}
        assert told == {name: said[f"report {name}"] for name in told}
        names = {key.removeprefix("report ") for key in said}
        assert {name for name in names if re.match("(band|risk)-(?!with|threshold)", name)} <= set(told)
    assert set(LANGUAGES) == {"en", "ru", "kk"}


def stem(word: str) -> str:
    """What endings leave of a word: all but its last two letters, where it is long enough."""
    return word[:-2] if len(word) > 5 else word


def test_nouns_that_people_read_are_in_the_catalogues() -> None:
    """Each noun of the last column occurs in its language, whatever its ending."""
    cells = [row[2] for row in rows(text_of("GLOSSARY.md")) if len(row) == 3 and row[2]]
    assert cells
    for column, language in ((0, "en"), (1, "ru"), (2, "kk")):
        said = " ".join(messages(language).values()).casefold()
        for cell in cells:
            noun = cell.split(" · ")[column].casefold()
            ending = r"\w*[\W_]+"
            pattern = ending.join(re.escape(stem(word)) for word in noun.split())
            assert re.search(rf"(?<!\w){pattern}", said), f"{language}: {noun}"


def test_each_term_stands_once() -> None:
    """No term of the glossary has two rows."""
    terms = [term for row in rows(text_of("GLOSSARY.md")) if len(row) == 3 for term in row[0].split(", ")]
    assert len(terms) == len(set(terms))


def test_statuses_reasons_and_flags_are_in_the_glossary() -> None:
    """Item statuses in their order, reasons to stop, and the flags that the report has sentences for."""
    items, reasons, flags = section("GLOSSARY.md", "Statuses, reasons and flags").strip().split("\n\n")
    assert [name for name in quoted(items) if name in STATUSES] == list(STATUSES)
    ruled = dict.fromkeys([*REASONS[1:], *(rule.reason for rule in STOPPING_RULES.values())])
    assert quoted(reasons) == [*ruled, *BREAK_OFFS]
    said = [key.removeprefix("report flag-") for key in messages("en") if key.startswith("report flag-")]
    assert sorted(quoted(flags)) == sorted(said)
