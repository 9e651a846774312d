"""``simulate`` shows what many sittings would be like."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import banks
import pytest

import compassess as ca
from compassess.adaptive import STOPPING_RULES
from compassess.cli import study_screen
from compassess.report import plots

from .conftest import N_PERSONS, Files, read_csv, run


def test_simulated_people(bank: Path) -> None:
    """Length, reasons, SE, r and RMSE with the true θ, exposure; the same seed, the same study."""
    told = run("simulate", bank, "--examinees", 60, "--seed", 3)
    assert told.code == 0
    study = ca.simulate(ca.Assessment.load(bank), 60, seed=3)
    assert f"{study.n_items.mean():.1f} items on average" in told.out
    for words in ("60 simulated people", "r true", "RMSE true", "share at target", "rate"):
        assert words in told.out
    assert "kappa" not in told.out
    assert max(map(len, told.out.splitlines())) <= 80
    assert run("simulate", bank, "--examinees", 60, "--seed", 3).out == told.out
    assert run("simulate", bank, "--examinees", 60, "--seed", 4).out != told.out


def test_real_answers_are_played_again(files: Files, bank: Path) -> None:
    """r and RMSE with θ from all and from unused items, the agreement of bands, and the caveat."""
    told = run("simulate", bank, "--responses", files.answers, "--rows", "even", "-o", "study.csv")
    assert told.code == 0
    for words in ("r all", "RMSE unused", "exact agreement", "kappa", "two bands off", "flatters"):
        assert words in told.out
    assert told.out.endswith("Written: study.csv\n")
    rows = read_csv(Path("study.csv").read_text(encoding="utf-8"))
    assert len(rows) == N_PERSONS // 2
    assert [row["person"] for row in rows[:2]] == ["2", "4"]
    for row in rows[:20]:
        assert int(row["n_items"]) == len(row["items"].split())
        assert row["band_all_items"]
        assert float(row["theta_all_items_service"]) == pytest.approx(float(row["theta_service"]), abs=1.5)


def test_contradictions(files: Files, bank: Path) -> None:
    """Simulated and real people at once, or rows of no file; all told."""
    both = run("simulate", bank, "--examinees", 5, "--responses", files.answers, "-o", "no/where.csv")
    assert (both.code, len(both.errors)) == (2, 2)
    rows = run("simulate", bank, "--rows", "odd")
    assert rows.code == 2
    assert "--responses" in rows.err


def test_colour_changes_no_letter(bank: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a terminal headings are bold; without the codes for that the screen is the same."""
    plain = run("simulate", bank, "--examinees", 20)
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("FORCE_COLOR", "1")
    coloured = run("simulate", bank, "--examinees", 20)
    assert "\x1b[1m" in coloured.out
    without = re.sub(r"\x1b\[[0-9;]*m", "", coloured.out)
    assert [row.rstrip() for row in without.splitlines()] == plain.out.splitlines()


def test_an_existing_file_is_kept(files: Files, bank: Path) -> None:
    """Without --force; and the answers that are read, always."""
    Path("study.csv").write_text("mine", encoding="utf-8")
    told = run("simulate", bank, "--examinees", 5, "-o", "study.csv")
    assert (told.code, told.out) == (2, "")
    assert "--force" in told.err
    assert Path("study.csv").read_text(encoding="utf-8") == "mine"
    assert run("simulate", bank, "--examinees", 5, "-o", "study.csv", "--force").code == 0
    before = files.answers.read_bytes()
    told = run("simulate", bank, "--responses", files.answers, "-o", files.answers, "--force")
    assert (told.code, told.out) == (2, "")
    assert files.answers.read_bytes() == before


@pytest.mark.parametrize("n", [1, 29, 30])
def test_r_of_few_people_is_a_dash(n: int, bank: Path) -> None:
    """The number of people stands behind r and RMSE, which need 30; nan is never shown."""
    told = run("simulate", bank, "--examinees", n)
    assert told.code == 0
    assert "nan" not in told.out
    after = told.out.split("against true θ")[1]
    cells = next(line for line in after.splitlines() if line.strip().startswith("service")).split()
    assert cells[3] == str(n)
    assert (cells[1:3] == ["-", "-"]) is (n < 30)


def test_one_person_played_again(files: Files, bank: Path) -> None:
    """Neither nan nor "1 persons" where there is too little for any measure."""
    told = run("simulate", bank, "--responses", files.answers, "--rows", "1:1")
    assert told.code == 0
    assert "nan" not in told.out
    assert told.out.startswith("1 person, real answers played again")


def test_every_end_of_a_sitting_has_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Reasons of shipped rules in words; one that a caller's own rule brings is told neutrally."""
    study = ca.simulate(banks.assessment(banks.one_block(12), length=(1, 6)), 30, seed=1)
    assert {rule.reason for rule in STOPPING_RULES.values()} <= set(study_screen._REASONS)
    told = ["classified", "curtailed", "my_own_rule"]
    reasons = property(lambda self: tuple(told[person % 3] for person in range(len(self.n_items))))
    monkeypatch.setattr(type(study), "reasons", reasons)
    study_screen.show_study(study)
    out = capsys.readouterr().out
    for words in (
        "all decisions made",
        "the rest would hardly change it",
        r"my_own_rule +a rule of the blueprint",
    ):
        assert re.search(words, out)


def test_plots_are_written(files: Files, bank: Path) -> None:
    """A picture a plot in the language, as the library draws them; none of errors where nobody knows the truth."""
    told = run("simulate", bank, "--examinees", 40, "--seed", 3, "--plots", "new/plots", "--language", "kk")
    assert told.code == 0
    assert told.out.endswith(f"Drawn: 5 plots in {Path('new/plots')}\n")
    study = ca.simulate(ca.Assessment.load(bank), 40, seed=3)
    assert {path.name for path in Path("new/plots").iterdir()} == set(plots.picture_names(2, "svg"))
    assert Path("new/plots/bands.svg").read_bytes() == plots.picture(plots.band_table(study, "kk"))
    arguments = ("--rows", "1:20", "--plots", "again", "--plot-format", "png")
    assert run("simulate", bank, "--responses", files.answers, *arguments).code == 0
    assert {path.name for path in Path("again").iterdir()} == set(plots.picture_names(0, "png"))


def test_plots_that_are_there_are_kept(bank: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without --force; a file where the folder should be, and a missing matplotlib, are told before the study."""
    Path("plots").mkdir()
    Path("plots/bands.svg").write_text("mine", encoding="utf-8")
    arguments = ("simulate", bank, "--examinees", 20, "--exposure-limit", 0.5, "--plots")
    told = run(*arguments, "plots")
    assert (told.code, told.out) == (2, "")
    assert "--force" in told.err
    assert Path("plots/bands.svg").read_text(encoding="utf-8") == "mine"
    assert run(*arguments, "plots", "--force").code == 0
    assert Path("plots/bands.svg").read_text(encoding="utf-8") != "mine"
    told = run(*arguments, "plots/bands.svg")
    assert (told.code, told.out) == (2, "")
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    told = run(*arguments, "other")
    assert (told.code, told.out) == (1, "")
    assert "compassess[plot]" in told.err
    assert not Path("other").exists()
