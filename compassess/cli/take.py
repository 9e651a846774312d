"""``compassess take``: a sitting in the terminal, its log saved after every answer."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NoReturn

import typer

import compassess as ca
from compassess.cli.clock import now, stopwatch
from compassess.cli.dialogue import Without, ask
from compassess.cli.files import new_file_problems, same_file, write_log, write_text
from compassess.cli.log_file import resumed
from compassess.cli.opening import files_of, open_assessment
from compassess.cli.options import BankArgument
from compassess.cli.program import command_line
from compassess.cli.screen import heading, line, paragraph, verbatim
from compassess.cli.words import Words, words_for
from compassess.errors import Problem, gathering, raise_if_any
from compassess.report import LANGUAGES

__all__ = ["take"]


def take(
    bank: BankArgument,
    language: Annotated[
        str | None,
        typer.Option(help="Of the items, the dialogue and the conclusion. Default: the bank's first."),
    ] = None,
    examinee: Annotated[
        str | None, typer.Option(metavar="PSEUDONYM", help="Who sits; kept in log and conclusion.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="The same seed and answers give the same items. Default: any.")
    ] = None,
    log: Annotated[
        Path | None,
        typer.Option(metavar="LOG.json", help="The log to write. Default: sitting-<date>-<time>-….json."),
    ] = None,
    resume: Annotated[
        Path | None, typer.Option(metavar="LOG.json", help="Go on with the sitting of this log.")
    ] = None,
    confirms: Annotated[
        Path | None,
        typer.Option(metavar="FIRST.json", help="The log of the first sitting that this one confirms."),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="PAGE.html", help="Write the conclusion as a page as well.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace the page that --html names; a log is never replaced.")
    ] = False,
) -> None:
    """Sit an assessment in this terminal.

    Every answer is saved at once. - leaves an item unanswered, q or Ctrl-C
    breaks off, and the command that resumes is shown; the conclusion is
    printed at the end. A second sitting confirms a first: it never shows
    an item of the first, and its conclusion speaks from both.

    For example:
      compassess take civil_service --language kk --examinee E-0017
      compassess take civil_service --resume sitting-20260504-093000-3fa9.json
    """
    read = (resume, confirms, *files_of(bank))
    problems = new_file_problems(html, "--html", replace=force, inputs=read) + new_file_problems(log, "--log")
    if html is not None and log is not None and same_file(html, log):
        problems.append(Problem(where="--html", what="it is the file of --log", remedy="Name another file"))
    problems += _contradictions(resume, log, examinee, seed)
    assessment = open_assessment(bank, problems)
    session: ca.Session | None = None
    if assessment is not None:
        with gathering(problems):
            if resume is None:
                first = None if confirms is None else resumed(assessment, confirms)
                session = _begun(assessment, language, examinee, seed, first)
            else:
                session = resumed(assessment, resume, confirms)
    if resume is not None and session is not None:
        problems += _language_problems(session, language)
    raise_if_any(problems)
    assert session is not None
    target = log or resume or _new_log()
    sitting = _Sitting(
        bank=bank,
        session=session,
        words=words_for(session.language or language),
        log=target,
        html=html,
        confirms=confirms,
        force=force,
        asked_for=language if session.language is None else None,
    )
    sitting.begin(resumed=resume is not None)
    sitting.run()
    sitting.end()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sitting:
    """A session on this terminal. ``asked_for`` is a language that the session does not know itself."""

    bank: str
    session: ca.Session
    words: Words
    log: Path
    html: Path | None
    confirms: Path | None
    force: bool
    asked_for: str | None

    def begin(self, *, resumed: bool) -> None:
        """Save the log before the first question, so that a place that refuses is found out now."""
        if not (self.session.finished and self.log.exists()):
            write_log(self.log, self.session.log)
        if self.session.finished:
            paragraph(self.words.say("over-before"))
            return
        if resumed:
            paragraph(self.words.say("resumed", n=self.session.n_answered))
        paragraph(self.words.say("how-to"))
        line(self.words.say("log-kept", path=str(self.log)))

    def run(self) -> None:
        """Ask until the sitting is over; breaking off ends the command. Here nobody looks back."""
        if self.session.paused:
            self.session.resume(at=now())
        while (item := self.session.pending) is not None:
            elapsed = stopwatch()
            try:
                response = ask(item, self.words)
                if response is Without.QUITTING:
                    self._break_off(0)
                spent = round(elapsed(), 3)
                if response is Without.LEAVING:
                    self.session.skip(item.id, at=now(), elapsed=spent)
                else:
                    self.session.answer(item.id, response, at=now(), elapsed=spent)
                write_log(self.log, self.session.log)
            except KeyboardInterrupt:
                line()
                write_log(self.log, self.session.log)
                self._break_off(130)

        if self.session.reviewing:
            self.session.finish(at=now())
            write_log(self.log, self.session.log)

    def end(self) -> None:
        """The conclusion, as of the moment when the sitting ended, and where everything is."""
        conclusion = self.session.conclude(at=self.session.log[-1]["at"])
        heading(self.words.say("over"))
        line()
        verbatim(conclusion.to_text(self.words.language))
        if self.html is not None:
            write_text(self.html, conclusion.to_html(self.words.language))
        line()
        for path in filter(None, (self.log, self.html)):
            line(self.words.say("written", path=str(path)))

    def _break_off(self, code: int) -> NoReturn:
        """Say where everything is and how to go on, and end the command."""
        line()
        line(self.words.say("broken-off", n=self.session.n_answered, path=str(self.log)))
        line(self.words.say("resume-with"))
        line(f"  {self._resuming()}")
        raise typer.Exit(code)

    def _resuming(self) -> str:
        """The command that goes on with this sitting."""
        parts = ["take", self.bank, "--resume", str(self.log)]
        if self.asked_for is not None:
            parts += ["--language", self.asked_for]
        if self.confirms is not None:
            parts += ["--confirms", str(self.confirms)]
        if self.html is not None:
            parts += ["--html", str(self.html), *(["--force"] if self.force else [])]
        return command_line(*parts)


def _begun(
    assessment: ca.Assessment,
    language: str | None,
    examinee: str | None,
    seed: int | None,
    first: ca.Session | None,
) -> ca.Session:
    """A new session; for a bank without texts the language is that of the dialogue alone."""
    known = language if assessment.bank.languages or language not in LANGUAGES else None
    drawn = secrets.randbelow(2**63) if seed is None else seed
    return assessment.start(examinee=examinee, seed=drawn, language=known, at=now(), confirms=first)


def _new_log() -> Path:
    """A name of its own, even where two people begin in the same second."""
    return Path(f"sitting-{now():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}.json")


def _contradictions(
    resume: Path | None, log: Path | None, examinee: str | None, seed: int | None
) -> list[Problem]:
    """Options that do not go together, and logs that would be lost."""
    problems = []
    if resume is not None:
        given = {"--examinee": examinee, "--seed": seed}
        problems += [
            Problem(where=option, what="a sitting that is resumed keeps its own", remedy="Leave it out")
            for option, value in given.items()
            if value is not None
        ]
    if log is not None and log != resume and log.exists():
        remedy = f"Name another file, or go on with that sitting: --resume {log}"
        problems.append(Problem(where=f"--log {log}", what="there is a file already", remedy=remedy))
    return problems


def _language_problems(session: ca.Session, language: str | None) -> list[Problem]:
    if language is None or session.language in (None, language):
        return []
    return [
        Problem(
            where="--language",
            what="a sitting that is resumed keeps its own",
            got=repr(language),
            expected=repr(session.language),
        )
    ]
