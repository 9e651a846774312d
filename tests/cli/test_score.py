"""``score`` gives θ and SE, or whole conclusions, as clean CSV."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

import compassess as ca

from .conftest import N_PERSONS, Files, read_csv, run


def test_scores_are_the_librarys(files: Files, bank: Path) -> None:
    """A row a person, called by the number of the row; the numbers of ca.score."""
    told = run("score", bank, files.answers, "--rows", "3:6")
    assert (told.code, told.err) == (0, "")
    rows = read_csv(told.out)
    assert [row["person"] for row in rows] == ["3", "4", "5", "6"]
    scores = ca.score(ca.Responses.read_csv(files.answers), ca.ItemBank.load(bank))
    for row, theta, se in zip(rows, scores.theta[2:6], scores.se[2:6], strict=True):
        assert float(row["theta_service"]) == pytest.approx(theta[0], rel=1e-5)
        assert float(row["se_transparency"]) == pytest.approx(se[1], rel=1e-5)
        assert "theta_informing" in row


def test_a_file_gets_the_same_table(files: Files, bank: Path) -> None:
    """With -o the screen says only where it is."""
    told = run("score", bank, files.answers, "-o", "scores.csv")
    assert told.out == f"{N_PERSONS} persons scored\nWritten: scores.csv\n"
    assert Path("scores.csv").read_text(encoding="utf-8") == run("score", bank, files.answers).out


def test_a_pipe_is_written_through(files: Files, bank: Path, tmp_path: Path) -> None:
    """What is no ordinary file gets the text and stays what it is, with --force too."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[str] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_text(encoding="utf-8")), daemon=True)
    reader.start()
    told = run("score", bank, files.answers, "-o", pipe, "--force")
    reader.join(timeout=30)
    assert told.code == 0
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert got == [run("score", bank, files.answers).out]


def test_conclusions_hold_bands_and_risks(files: Files, bank: Path) -> None:
    """The wide table of ca.conclude, the labels first."""
    told = run("score", bank, files.answers, "--rows", "even", "--conclusions")
    rows = read_csv(told.out)
    assert len(rows) == N_PERSONS // 2
    assert next(iter(rows[0])) == "person"
    assert rows[0]["person"] == "2"
    assert {"band", "p_above_risk_zones", "band_service", "risk_ethics"} <= rows[0].keys()


def test_other_columns_and_persons_without_answers_are_told(bank: Path, tmp_path: Path) -> None:
    """On stderr, so that the table stays clean."""
    (tmp_path / "some.csv").write_text("in_1,age\n2,40\n,41\n", encoding="utf-8")
    told = run("score", bank, "some.csv")
    assert told.code == 0
    assert len(read_csv(told.out)) == 2
    assert "age" in told.err
    assert "1 person answered nothing" in told.err


@pytest.mark.parametrize("options", [(), ("--conclusions",)])
def test_a_file_of_other_items_is_refused(options: tuple[str, ...], bank: Path, tmp_path: Path) -> None:
    """Nobody gets a score from a file that has nothing to do with the bank."""
    (tmp_path / "some.csv").write_text("x,y\n2,1\n", encoding="utf-8")
    told = run("score", bank, "some.csv", *options)
    assert (told.code, told.out) == (2, "")
    assert "no column is an" in told.err


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    """Of the bank, the rows, the file of answers and the file to write."""
    (tmp_path / "answers.csv").write_text("in_1,in_2\n1,x\n-1,2\n", encoding="utf-8")
    told = run("score", "nowhere", "answers.csv", "--rows", "9", "-o", "missing/scores.csv")
    assert (told.code, told.out) == (2, "")
    assert len(told.errors) == 5


@pytest.mark.parametrize(
    ("rows", "persons"),
    [("all", ["1", "2", "3"]), ("odd", ["1", "3"]), ("even", ["2"]), ("2:", ["2", "3"]), (":1", ["1"])],
)
def test_rows(rows: str, persons: list[str], bank: Path, tmp_path: Path) -> None:
    """Persons are counted from 1, both ends of a range are included."""
    (tmp_path / "some.csv").write_text("in_1,in_2\n1,1\n2,2\n3,3\n", encoding="utf-8")
    told = run("score", bank, "some.csv", "--rows", rows)
    assert [row["person"] for row in read_csv(told.out)] == persons


@pytest.mark.parametrize("rows", [":", "0:2", "3:2", "-1", "1-2", "x", "2:4", "4:"])
def test_other_rows_are_refused(rows: str, bank: Path, tmp_path: Path) -> None:
    """What is no range, and ranges that end behind the last person."""
    (tmp_path / "some.csv").write_text("in_1,in_2\n1,1\n2,2\n3,3\n", encoding="utf-8")
    told = run("score", bank, "some.csv", "--rows", rows)
    assert told.code == 2
    (error,) = told.errors
    assert error.startswith("--rows")


def test_a_file_is_replaced_on_demand_and_an_input_never(bank: Path, tmp_path: Path) -> None:
    """An existing file needs --force; the answers and the bank are safe from that too."""
    some = tmp_path / "some.csv"
    some.write_text("in_1,in_2\n1,1\n2,2\n", encoding="utf-8")
    Path("link.csv").symlink_to(some)
    Path("old.csv").write_text("mine", encoding="utf-8")
    told = run("score", bank, some, "-o", "old.csv")
    assert (told.code, told.out) == (2, "")
    assert "there is a file already" in told.err
    assert "--force" in told.err
    assert Path("old.csv").read_text(encoding="utf-8") == "mine"
    assert run("score", bank, some, "-o", "old.csv", "--force").code == 0
    assert Path("old.csv").read_text(encoding="utf-8") == run("score", bank, some).out
    for target in (some, "some.csv", "link.csv", bank / "bank.json", bank / "bands.json"):
        before = Path(target).read_bytes()
        told = run("score", bank, some, "-o", target, "--force")
        assert (told.code, told.out) == (2, "")
        assert "would be lost" in told.err
        assert Path(target).read_bytes() == before


def test_nobody_gets_a_band_without_an_answer(bank: Path, tmp_path: Path) -> None:
    """The status says so, the bands are empty, and stderr notes it as for plain scores."""
    (tmp_path / "some.csv").write_text("in_1,age\n2,40\n,41\n", encoding="utf-8")
    told = run("score", bank, "some.csv", "--conclusions")
    assert told.code == 0
    one, nobody = read_csv(told.out)
    assert list(one)[:2] == ["person", "status"]
    assert (one["status"], nobody["status"]) == ("ok", "no_answers")
    assert one["band"]
    assert [nobody[name] for name in ("band", "band_service", "band_transparency")] == ["", "", ""]
    assert told.err == run("score", bank, "some.csv").err
    assert "1 person answered nothing" in told.err


def test_codes_that_the_items_do_not_have(bank: Path, tmp_path: Path) -> None:
    """At most 20 an item, with the person and the code as in the file; shifted codes get the hint."""
    (tmp_path / "some.csv").write_text("in_1,in_2\n" + "4,1\n" * 30 + "4,4\n", encoding="utf-8")
    for command in (("score", bank, "some.csv"), ("simulate", bank, "--responses", "some.csv")):
        told = run(*command)
        assert (told.code, told.out) == (2, "")
        assert len(told.errors) == 22
        assert "some.csv, person 1, item 'in_1'" in told.errors[0]
        assert "expected 0 … 3, got 4. If the codes begin at 1, pass --first-category 1" in told.errors[0]
        assert told.errors[20].endswith("and 11 more")
    assert run("score", bank, "some.csv", "--first-category", 1).code == 0
    (tmp_path / "some.csv").write_text("in_1,in_2\n4,1\n9,1\n", encoding="utf-8")
    assert "--first-category" not in run("score", bank, "some.csv").err
