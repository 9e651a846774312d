"""``take`` lets somebody sit in the terminal; nothing that was answered is ever lost."""

from __future__ import annotations

import json
import re
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import compassess as ca
from compassess.cli import dialogue
from compassess.cli.words import words_for
from compassess.report.words import words_in as conclusion_words

from .conftest import run

SHIPPED = "civil_service"


def _log(path: str = "sitting.json") -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads(Path(path).read_text(encoding="utf-8"))
    return entries


def _what_happened(log: list[dict[str, Any]]) -> list[tuple[object, ...]]:
    """The log without its times."""
    return [(entry["event"], entry.get("item"), entry.get("response"), entry.get("reason")) for entry in log]


def test_a_whole_sitting(bank: Path) -> None:
    """Categories from 0 are typed; the conclusion is printed, the log is complete and zoned."""
    options = ("--seed", 1, "--examinee", "E-1", "--log", "sitting.json", "--html", "page.html")
    told = run("take", bank, *options, typed="2\n" * 40)
    assert told.code == 0, told.err
    assert "Item 1 of at most" in told.out
    assert "Your answer (0–3): " in told.out
    log = _log()
    assert (log[0]["examinee"], log[0]["seed"], log[-1]["event"]) == ("E-1", 1, "finished")
    assert all(datetime.fromisoformat(entry["at"]).utcoffset() is not None for entry in log)
    assert all(entry["elapsed"] >= 0 for entry in log if entry["event"] == "answered")
    session = ca.Session.replay(ca.Assessment.load(bank), log)
    assert session.conclude(at=log[-1]["at"]).to_text("en") in told.out
    assert Path("page.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert told.out.splitlines()[-2:] == ["Written: sitting.json", "Written: page.html"]


def test_a_terminal_has_no_review_and_goes_on_after_a_pause(bank: Path, tmp_path: Path) -> None:
    """Where the blueprint opens a review the sitting is finished; a paused log is resumed."""
    bank = Path(shutil.copytree(bank, tmp_path / "with_review"))
    content = json.loads((bank / "blueprint.json").read_text(encoding="utf-8"))
    content["review"] = {"returning": True, "changing": True}
    (bank / "blueprint.json").write_text(json.dumps(content), encoding="utf-8")
    session = ca.Assessment.load(bank).start(examinee="E-1", seed=1, at="2026-05-04T09:30:00+05:00")
    session.pause(at="2026-05-04T09:31:00+05:00")
    Path("sitting.json").write_text(json.dumps(session.log), encoding="utf-8")
    told = run("take", bank, "--resume", "sitting.json", typed="2\n" * 40)
    assert told.code == 0, told.err
    assert [entry["event"] for entry in _log()[2:4]] == ["paused", "resumed"]
    assert [entry["event"] for entry in _log()[-2:]] == ["reviewing", "finished"]
    assert ca.Session.replay(ca.Assessment.load(bank), _log()).finished


@pytest.mark.parametrize(
    ("language", "words"),
    [("kk", "Жауабыңыз (1–4):"), ("ru", "Ваш ответ (1–4):"), ("en", "Your answer (1–4):")],
)
def test_the_sitting_speaks_its_language(language: str, words: str) -> None:
    """Items, dialogue and conclusion; options are numbered and the log holds their ids."""
    told = run("take", SHIPPED, "--language", language, "--log", "sitting.json", typed="3\n" * 40)
    assert told.code == 0, told.err
    assert words in told.out
    log, assessment = _log(), ca.Assessment.load(SHIPPED)
    first = assessment.bank.item(log[1]["item"])
    assert log[2]["response"] == first.options[2].id
    assert first.options[2].text[language].split()[0] in told.out
    conclusion = ca.Session.replay(assessment, log).conclude(at=log[-1]["at"])
    assert conclusion.to_text(language) in told.out


def test_lines_fit_the_terminal() -> None:
    """Texts are wrapped, options hang under their numbers."""
    told = run("take", SHIPPED, "--language", "kk", "--log", "sitting.json", typed="q\n")
    assert max(map(len, told.out.splitlines())) <= 80


def test_what_is_no_answer_is_asked_again() -> None:
    """Letters, numbers that are not shown and nothing change nothing."""
    told = run(
        "take", SHIPPED, "--language", "en", "--log", "sitting.json", typed="x\n9\n0\n\n-1\n2.5\n²\n1\nq\n"
    )
    assert told.out.count("Please type a whole number from 1 to 4") == 7
    assert [entry["event"] for entry in _log()] == ["started", "presented", "answered", "presented"]


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_an_item_can_be_left(language: str) -> None:
    """A hyphen or a dash leaves it; the log says that it was omitted, and the conclusion counts it."""
    told = run("take", SHIPPED, "--language", language, "--log", "sitting.json", typed="-\n—\n" + "1\n" * 40)
    assert told.code == 0, told.err
    skipped = [entry for entry in _log() if entry["event"] == "skipped"]
    assert [entry["reason"] for entry in skipped] == ["omitted", "omitted"]
    assert all(entry["elapsed"] >= 0 for entry in skipped)
    assert conclusion_words(language).say("items-left", n=2) in told.out
    assert re.search("[ «]-[ »]", words_for(language).say("how-to"))


def test_a_second_sitting_confirms_a_first(bank: Path) -> None:
    """With --confirms; broken off, the command that resumes names the first log as well."""
    options = ("--seed", 5, "--examinee", "E-2")
    run("take", bank, *options, "--log", "first.json", typed="1\n" * 40)
    told = run("take", bank, "--confirms", "first.json", "--log", "second.json", typed="1\nq\n")
    assert "--resume second.json --confirms first.json" in told.out
    refused = run("take", bank, "--resume", "second.json")
    assert refused.code != 0
    assert "--confirms" in refused.err
    told = run("take", bank, "--resume", "second.json", "--confirms", "first.json", typed="1\n" * 40)
    assert told.code == 0, told.err
    first, second = ({e["item"] for e in _log(f) if "item" in e} for f in ("first.json", "second.json"))
    assert not first & second
    assert _log("second.json")[0]["examinee"] == "E-2"
    assert conclusion_words("en").name("flag", "confirmed_by_second_sitting").split(";")[0][:40] in told.out


@pytest.mark.parametrize("ending", ["q\n", "Q\n", "й\n", ""])
def test_breaking_off_is_polite(ending: str, bank: Path) -> None:
    """q, the same key in Cyrillic, or the end of the input: saved, and told how to go on."""
    told = run("take", bank, "--log", "my sitting.json", "--html", "page.html", typed="1\n2\n" + ending)
    assert (told.code, told.err) == (0, "")
    assert "broken off after 2 answers" in told.out
    assert f"compassess take {bank} --resume 'my sitting.json' --html page.html" in told.out
    assert len([entry for entry in _log("my sitting.json") if entry["event"] == "answered"]) == 2
    assert not Path("page.html").exists()


def test_ctrl_c_is_polite_too(bank: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same as q, with the exit code of an interruption."""
    typed = iter(["1", None])

    def answer(_: str) -> str:
        entry = next(typed)
        if entry is None:
            raise KeyboardInterrupt
        return entry

    monkeypatch.setattr("builtins.input", answer)
    told = run("take", bank, "--log", "sitting.json")
    assert (told.code, told.err) == (130, "")
    assert "--resume sitting.json" in told.out
    assert len(_log()) == 4


def test_a_resumed_sitting_is_the_same(bank: Path) -> None:
    """Broken off twice and resumed, it has the items, the answers and the conclusion of one go."""
    options = ("--seed", 5, "--examinee", "E-2")
    typed = ["1", "3", "0", "2"] * 10
    run("take", bank, *options, "--log", "whole.json", typed="\n".join(typed))
    run("take", bank, *options, "--log", "parts.json", typed="\n".join([*typed[:3], "q"]))
    run("take", bank, "--resume", "parts.json", typed="q\n")
    told = run("take", bank, "--resume", "parts.json", typed="\n".join(typed[3:]))
    assert "goes on after 3 answers" in told.out
    assert _what_happened(_log("parts.json")) == _what_happened(_log("whole.json"))


def test_a_finished_sitting_shows_its_conclusion_again(bank: Path) -> None:
    """Resumed after the end: the same conclusion with the same dates, and nothing asked."""
    first = run("take", bank, "--log", "sitting.json", typed="1\n" * 40)
    again = run("take", bank, "--resume", "sitting.json")
    assert again.code == 0
    assert "Item" not in again.out.split("CONCLUSION")[0]
    assert again.out[again.out.index("CONCLUSION") :] == first.out[first.out.index("CONCLUSION") :]
    assert run("take", bank, "--resume", "sitting.json", "--log", "copy.json").code == 0
    assert _log("copy.json") == _log("sitting.json")


def test_a_bank_without_texts_can_be_taken_in_kazakh(bank: Path) -> None:
    """The dialogue and the conclusion speak it, and go on speaking it after a break."""
    told = run("take", bank, "--language", "kk", "--log", "sitting.json", typed="1\nq\n")
    assert words_for("kk").say("resume-with") in told.out
    assert "--language kk" in told.out
    assert _log()[0]["language"] is None


def test_every_answer_is_in_the_file_at_once(bank: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the power fails, the log on disk holds everything up to the last answer."""
    seen = []

    def answer(_: str) -> str:
        seen.append(len(_log()))
        return "1" if len(seen) < 4 else "q"

    monkeypatch.setattr("builtins.input", answer)
    run("take", bank, "--log", "sitting.json")
    assert seen == [2, 4, 6, 8]


def test_without_a_name_every_sitting_has_a_log_of_its_own(bank: Path) -> None:
    """The default name holds the time, and never an older sitting."""
    for _ in range(2):
        run("take", bank, typed="1\nq\n")
    assert len(list(Path().glob("sitting-*.json"))) == 2


def test_contradictions_are_told_at_once(bank: Path) -> None:
    """A log that would be lost, places that do not exist; nothing is asked and nothing written."""
    Path("old.json").write_text("[]", encoding="utf-8")
    told = run("take", bank, "--log", "old.json", "--html", "no/page.html", "--language", "xx")
    assert (told.code, told.out) == (2, "")
    assert len(told.errors) == 3
    assert Path("old.json").read_text(encoding="utf-8") == "[]"


def test_a_resumed_sitting_keeps_what_it_began_with(bank: Path) -> None:
    """Seed, examinee and language are those of the log."""
    run("take", SHIPPED, "--language", "ru", "--log", "sitting.json", typed="q\n")
    options = ("--seed", 1, "--examinee", "E-3", "--language", "kk")
    told = run("take", SHIPPED, "--resume", "sitting.json", *options)
    assert (told.code, len(told.errors)) == (2, 3)
    other = run("take", bank, "--resume", "sitting.json")
    assert other.code == 2
    assert "belongs to other files" in other.err


@pytest.mark.parametrize("content", ["", "{}", "[1]", "[]", "[" * 100_000, None])
def test_unusable_logs(content: str | None, bank: Path) -> None:
    """No file, no JSON, no log: one error that names the file, and the file stays as it is."""
    if content is not None:
        Path("log.json").write_text(content, encoding="utf-8")
    told = run("take", bank, "--resume", "log.json")
    assert (told.code, told.out) == (2, "")
    (error,) = told.errors
    assert error.startswith("log.json")
    assert content is None or Path("log.json").read_text(encoding="utf-8") == content


def test_a_text_cannot_steer_the_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control characters and markup of a bank's texts are shown as what they are."""
    from compassess.adaptive import Choice, PendingItem

    item = PendingItem(
        id="x",
        text="One\x1b[2J\n\nTwo [bold]",
        options=(Choice(id="a", text="yes\x07"), Choice(id="b", text="")),
        n_categories=2,
        language="en",
        step=1,
        longest=2,
    )
    monkeypatch.setattr("builtins.input", lambda _: "2")
    assert dialogue.ask(item, words_for("en")) == "b"
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "Two [bold]" in shown


def test_the_languages_have_the_same_words() -> None:
    """Every message of the English catalogue exists in all languages, and every other one in English."""
    catalogues = Path(dialogue.__file__).parent / "catalogue"
    ids = {
        path.stem: [
            line.split(" =")[0] for line in path.read_text("utf-8").splitlines() if line[:1].isalpha()
        ]
        for path in catalogues.glob("*.ftl")
    }
    assert ids.keys() == {"kk", "ru", "en"}
    assert ids["kk"] == ids["ru"] == ids["en"]
    for language in ids:
        words = words_for(language)
        for n in (0, 1, 2, 5, 21):
            assert "{" not in words.say("resumed", n=n) + words.say("broken-off", n=n, path="p")
    assert words_for("xx").language == "en"


def test_a_page_is_replaced_on_demand_and_a_log_never(bank: Path) -> None:
    """An existing page needs --force, which the command that resumes repeats."""
    Path("page.html").write_text("mine", encoding="utf-8")
    told = run("take", bank, "--log", "a.json", "--html", "page.html", typed="1\n" * 40)
    assert (told.code, told.out) == (2, "")
    assert "--force" in told.err
    assert Path("page.html").read_text(encoding="utf-8") == "mine"
    assert not Path("a.json").exists()
    told = run("take", bank, "--log", "a.json", "--html", "page.html", "--force", typed="1\nq\n")
    assert "--html page.html --force" in told.out
    told = run("take", bank, "--resume", "a.json", "--html", "page.html", "--force", typed="1\n" * 40)
    assert told.code == 0
    assert Path("page.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    before = Path("a.json").read_bytes()
    for options in (("--resume", "a.json"), ("--log", "a.json")):
        assert run("take", bank, *options, "--html", "a.json", "--force").code == 2
    assert run("take", bank, "--log", "new.json", "--html", "new.json").code == 2
    assert not Path("new.json").exists()
    assert Path("a.json").read_bytes() == before
