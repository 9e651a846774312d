"""``calibrate`` writes a bank from answers, tells every fault at once, and leaves nothing half-written."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

import compassess as ca
from compassess.cli import files as writing

from .conftest import N_PERSONS, Files, Run, run, write_csv


def _table(path: Path) -> tuple[list[str], list[list[str]]]:
    with path.open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    return header, rows


def test_the_folder_holds_an_assessment(calibrated: tuple[Path, Run], files: Files) -> None:
    """The three files load, the parameters are near the truth, the id is the folder's name."""
    folder, _ = calibrated
    assert sorted(path.name for path in folder.iterdir()) == ["bands.json", "bank.json", "blueprint.json"]
    assert list(folder.parent.iterdir()) == [folder]
    assessment = ca.Assessment.load(folder)
    assert assessment.bank.id == "small"
    found = assessment.bank.irt_items().select(files.truth.ids)
    assert np.corrcoef(found.b.ravel(), files.truth.b.ravel())[0, 1] > 0.97  # 400 persons
    assert (found.population.loadings == 1).all()


def test_what_the_screen_says(calibrated: tuple[Path, Run]) -> None:
    """Size, fit, cost, R, the state of the items, the folder, and what to do next; in 80 columns."""
    folder, told = calibrated
    for words in (
        f"{N_PERSONS // 2} persons × 18 items",
        "log-likelihood",
        "AIC",
        "iterations",
        "peak memory",
        "Correlations of the blocks",
        f"compassess take {folder}",
    ):
        assert words in told.out
    assert "--rows even" in told.out  # the persons that the calibration has not seen
    assert max(len(line) for line in told.out.splitlines() if str(folder) not in line) <= 80
    assert "\x1b" not in told.out
    assert told.err == ""


def test_second_order_estimates_loadings(files: Files, tmp_path: Path) -> None:
    """λ stands on the screen and in the bank, and the texts are taken along."""
    told = run(
        *("calibrate", files.answers, "--items", files.items, "-o", tmp_path / "second"),
        *("--structure", "second-order", "--text-language", "en", "--id", "mine", "--nodes", "21"),
    )
    assert told.code == 0, told.err
    assert "λ" in told.out
    bank = ca.ItemBank.load(tmp_path / "second")
    assert (bank.id, bank.languages) == ("mine", ("en",))
    assert bank.item("in_1").text["en"] == "Question, in_1"
    loadings = {one.id: one.loading for one in bank.competencies}
    assert loadings["ethics"] == 1  # alone in its block
    assert loadings["informing"] < 1


def test_without_items_there_is_one_block(files: Files, tmp_path: Path) -> None:
    """The block is called theta."""
    told = run("calibrate", files.answers, "-o", tmp_path / "plain", "--rows", "1:300", "--nodes", "21")
    assert told.code == 0, told.err
    assert [block.id for block in ca.ItemBank.load(tmp_path / "plain").blocks] == ["theta"]


def test_codes_labels_and_turned_items(files: Files, tmp_path: Path) -> None:
    """Codes from 1, a column of labels, another separator and reversed items give the same bank."""
    header, rows = _table(files.answers)
    turned = [
        [f"p{number}", str(4 - int(row[0])), *(str(int(code) + 1) for code in row[1:])]
        for number, row in enumerate(rows[:300])
    ]
    semicolons = tmp_path / "answers.csv"
    semicolons.write_text("\n".join(";".join(row) for row in [["id", *header], *turned]), encoding="utf-8")
    plain = run("calibrate", files.answers, "-o", "plain", "--rows", "1:300", "--nodes", "21", "--id", "x")
    how = ("--person", "id", "--first-category", 1, "--separator", ";", "--reverse", header[0])
    other = run("calibrate", semicolons, "-o", "other", "--nodes", "21", "--id", "x", *how)
    assert (plain.code, other.code) == (0, 0), plain.err + other.err
    one, two = ca.ItemBank.load(Path("plain")).irt_items(), ca.ItemBank.load(Path("other")).irt_items()
    np.testing.assert_allclose(one.a, two.a, atol=1e-6)  # the same sums in the same order, but for one item
    assert f"--person id --first-category 1 --separator ';' --reverse {header[0]}" in other.out

    forgotten = run("score", "other", semicolons, *how[:6])
    assert (
        f"note: this bank was calibrated with other --reverse than is given now: {header[0]}" in forgotten.err
    )
    right = run("score", "other", semicolons, *how)
    assert right.err == ""
    expected = run("score", "plain", files.answers, "--rows", "1:300").out.splitlines()
    assert right.out.splitlines()[1].split(",")[0] == "p0"
    for got, wanted in zip(right.out.splitlines()[1:5], expected[1:5], strict=True):
        assert float(got.split(",")[1]) == pytest.approx(float(wanted.split(",")[1]), abs=1e-4)


def test_doubtful_items_are_told_with_what_it_means(files: Files, tmp_path: Path) -> None:
    """An item with a wrong key and one that nobody answered: in the table, explained, and suspended."""
    header, rows = _table(files.answers)
    for row in rows:
        row[0], row[1] = str(3 - int(row[0])), ""
    answers = write_csv(tmp_path / "answers.csv", header, rows[:300])
    told = run("calibrate", answers, "--items", files.items, "-o", "doubtful", "--nodes", "21")
    assert told.code == 0, told.err
    assert "Items to look at: " in told.out
    assert "check_key (1): the slope is negative" in told.out
    assert "no_answers (1)" in told.out
    assert "Suspended, so neither presented nor scored: in_1, in_2" in told.out


def test_rows_of_items_that_nobody_was_given_are_told(files: Files, tmp_path: Path) -> None:
    """ITEMS.csv may name more than the responses hold."""
    header, rows = _table(files.items)
    items = write_csv(tmp_path / "items.csv", header, [*rows, ["more_1", "service", "informing", "?"]])
    told = run("calibrate", files.answers, "--items", items, "-o", "b", "--rows", "1:300", "--nodes", "21")
    assert told.code == 0
    assert "note:" in told.err
    assert "more_1" in told.err


def test_every_fault_is_told_at_once_with_its_line(files: Files, tmp_path: Path) -> None:
    """Faults of options, answers and items in one run; nothing is written."""
    header, rows = _table(files.answers)
    rows[4][2] = "x"
    answers = write_csv(tmp_path / "answers.csv", header, rows)
    text = (
        "item,block,competency\n"
        "in_1,service,informing\n"
        "\n"
        "in_2,,informing\n"
        "in_1,service,informing\n"
        '"in_3",transparency,"informing"\n'
    )
    (tmp_path / "items.csv").write_text(text, encoding="utf-8")
    told = run(
        *("calibrate", answers, "--items", "items.csv", "-o", "new", "--model", "4PLX"),
        *("--rows", "some", "--reverse", "in_9"),
    )
    assert (told.code, told.out) == (2, "")
    assert not Path("new").exists()
    errors = "\n".join(told.errors)
    for words in (
        "--model: unknown model",
        "--rows: no such rows",
        "--reverse: 'in_9'",
        "answers.csv line 6",
        "items.csv line 4: the cell of 'block' is empty",
        "items.csv line 5: the item 'in_1' stands a second time; got first on line 2",
        "items.csv line 6: the competency 'informing' stands in two blocks",
        "items.csv: no row for the item 'in_4' of the responses",
    ):
        assert words in errors
    assert "Traceback" not in told.err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (b"item,block\nin_1,service\n", "no column 'competency'"),
        (b"item,block,competency\n\xff,a,b\n", "not UTF-8"),
        (b'item,block,competency\n"in_1"x,a,b\n', "broken line"),
        (None, "there is no such file"),
    ],
)
def test_unusable_files_of_items(content: bytes | None, words: str, files: Files, tmp_path: Path) -> None:
    """Each is one error that names the file."""
    if content is not None:
        (tmp_path / "items.csv").write_bytes(content)
    told = run("calibrate", files.answers, "--items", "items.csv", "-o", "new")
    assert told.code == 2
    (error,) = told.errors
    assert error.startswith("items.csv")
    assert words in error


def test_options_that_need_the_file_of_items(files: Files) -> None:
    """Texts and competencies come from ITEMS.csv."""
    options = ("--structure", "second-order", "--text-language", "en")
    told = run("calibrate", files.answers, "-o", "new", *options)
    assert told.code == 2
    assert len(told.errors) == 2


def test_a_bank_is_not_overwritten(bank: Path, files: Files) -> None:
    """Refused before any work; with --force the three files are replaced and others stay."""
    before = (bank / "bank.json").read_bytes()
    told = run("calibrate", files.answers, "-o", bank)
    assert told.code == 2
    assert "--force" in told.err
    assert (bank / "bank.json").read_bytes() == before

    Path("mine").mkdir()
    Path("mine/SOURCE.md").write_text("where it comes from", encoding="utf-8")
    small = ("--rows", "1:300", "--nodes", "21")
    assert run("calibrate", files.answers, "-o", "mine", *small).code == 0
    first = Path("mine/bank.json").read_bytes()
    assert (
        run("calibrate", files.answers, "-o", "mine", "--force", "--rows", "1:301", "--nodes", "21").code == 0
    )
    assert Path("mine/bank.json").read_bytes() != first
    assert len(list(Path("mine").iterdir())) == 4
    assert not [path for path in Path().iterdir() if path.name.startswith(".")]


def test_a_failure_while_writing_leaves_nothing(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full at the third file: no folder, no draft, and the error is told."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "bands.json")

    monkeypatch.setattr(ca.Bands, "save", full)
    told = run("calibrate", files.answers, "-o", "new", "--rows", "1:300", "--nodes", "21")
    assert (told.code, told.errors) == (2, ["bands.json: No space left on device"])
    assert list(tmp_path.iterdir()) == []


def test_a_text_file_appears_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old content stays when the new one cannot be written."""
    path = tmp_path / "scores.csv"
    writing.write_text(path, "old")

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="No space"):
        writing.write_text(path, "new")
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_answers_and_items_are_never_written_over(files: Files) -> None:
    """Not even with --force, when they lie in the folder under the name of a bank's file."""
    Path("mine").mkdir()
    for name in ("bank.json", "bands.json"):
        Path("mine", name).write_bytes(files.answers.read_bytes())
        told = run("calibrate", Path("mine", name), "-o", "mine", "--force")
        assert (told.code, told.out) == (2, "")
        assert "would be lost" in told.err
        Path("mine", name).unlink()
    Path("mine/bands.json").write_text("my own cuts", encoding="utf-8")
    told = run("calibrate", files.answers, "-o", "mine")
    assert (told.code, told.out) == (2, "")
    assert "bands.json already" in told.err


def test_a_fit_that_did_not_converge_is_no_bank(files: Files) -> None:
    """Loud on stderr, exit code 1 and nothing written; --force writes it, as loudly."""
    how = ("--rows", "1:300", "--nodes", 21, "--max-iterations", 3)
    told = run("calibrate", files.answers, "--items", files.items, "-o", "new", *how)
    assert told.code == 1
    assert "warning: THE CALIBRATION DID NOT CONVERGE: THE ESTIMATES ARE NOT FINAL" in told.err
    (error,) = told.errors
    assert "no bank was written" in error
    assert "--max-iterations (now 3)" in error
    assert "Raise --max-iterations" in " ".join(told.out.split())
    assert "Raise --nodes." in " ".join(told.out.split())
    assert "Next" not in told.out
    assert not Path("new").exists()
    forced = run("calibrate", files.answers, "--items", files.items, "-o", "new", "--force", *how)
    assert (forced.code, forced.errors) == (0, [])
    assert "NOT FINAL" in forced.err
    assert ca.ItemBank.load(Path("new")).id == "new"


@pytest.mark.parametrize(("lowest", "told_of"), [(1, True), (0, False)])
def test_codes_that_begin_at_1(lowest: int, told_of: bool, files: Files, tmp_path: Path) -> None:
    """A warning where no item has code 0, with the option; none where it is given or one item has it."""
    header, rows = _table(files.answers)
    shifted = [[str(int(code) + 1) for code in row] for row in rows[:300]]
    shifted[0][0] = str(lowest)
    answers = write_csv(tmp_path / "answers.csv", header, shifted)
    hint = "warning: no item has code 0: if the codes begin at 1, pass --first-category 1\n"
    small = ("--nodes", 21)
    assert run("calibrate", answers, "-o", "one", *small).err == (hint if told_of else "")
    if told_of:
        assert run("calibrate", answers, "-o", "two", "--first-category", 1, *small).err == ""


@pytest.mark.parametrize(("code", "everywhere"), [(99, False), (999, False), (12, False), (99, True)])
def test_a_code_for_missing_answers_becomes_no_category(
    code: int, everywhere: bool, files: Files, tmp_path: Path
) -> None:
    """Refused with the item and the code, whether one item has it or all."""
    header, rows = _table(files.answers)
    for column in range(len(header) if everywhere else 1):
        rows[column][column] = str(code)
    answers = write_csv(tmp_path / "answers.csv", header, rows)
    told = run("calibrate", answers, "-o", "new")
    assert (told.code, told.out) == (2, "")
    assert len(told.errors) == (len(header) if everywhere else 1)
    for words in ("item 'in_1'", f"the code {code} ", "NA", f"--categories {code + 1}"):
        assert words in told.errors[0]
    assert not Path("new").exists()


def test_a_long_scale_among_short_ones_is_no_fault(files: Files, tmp_path: Path) -> None:
    """An item scored 0 to 12 whose codes all occur, beside items of two categories."""
    header, rows = _table(files.answers)
    mixed = [
        [str(min(number % 13, 12)), *(str(int(int(code) > 1)) for code in row[1:4])]
        for number, row in enumerate(rows[:400])
    ]
    answers = write_csv(tmp_path / "answers.csv", header[:4], mixed)
    told = run("calibrate", answers, "-o", "new", "--nodes", 21)
    assert "far too high" not in told.err


def test_what_competencies_are_in_the_structure_blocks(files: Files, calibrated: tuple[Path, Run]) -> None:
    """Said where they stand apart from the blocks; the help lists the models."""
    assert "competencies count for content only" in " ".join(calibrated[1].out.split())
    plain = run("calibrate", files.answers, "-o", "plain", "--rows", "1:300", "--nodes", 21)
    assert "content only" not in plain.out
    shown = run("calibrate", "--help").out
    assert all(model in shown for model in ca.irt.MODELS)
