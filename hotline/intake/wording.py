"""What we say to reporters: texts in files per language, so that counsel can change them.

The files are checked when they are first read, whole: a missing text, a misspelt name in
braces or a command that means two things stops the start with a sentence, and never a
reply halfway through a conversation. docs/conversation.md explains the files.
"""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from string import Formatter

import msgspec

from hotline.intake.reference import canonical

FOLDER = Path(__file__).parent / "texts"


class Key(StrEnum):
    """The name of each text that goes to a reporter."""

    WELCOME = "welcome"
    RECEIVED = "received"
    RECEIVED_MORE = "received_more"
    RECEIVED_SOME = "received_some"
    NOT_YET = "not_yet"
    NOT_RECEIVED = "not_received"
    TOO_LARGE = "too_large"
    EMPTY_FILE = "empty_file"
    MEDIA_NOT_ACCEPTED = "media_not_accepted"
    TEXT_RECEIVED = "text_received"
    TEXT_ADDED = "text_added"
    SEND_AGAIN = "send_again"
    UNKNOWN = "unknown"
    WITHDRAWN = "withdrawn"
    HELP = "help"
    STOPPED = "stopped"
    STATUS_NONE = "status_none"
    STATUS_RECEIVED = "status_received"
    STATUS_IN_ASSESSMENT = "status_in_assessment"
    STATUS_CLOSED = "status_closed"
    CLOSING_KNOWN = "closing_known"
    CLOSING_LISTED = "closing_listed"
    CLOSING_ILLEGAL = "closing_illegal"
    CLOSING_NOT_ILLEGAL = "closing_not_illegal"
    CLOSING_NOTHING_TO_ASSESS = "closing_nothing_to_assess"


class Command(StrEnum):
    """What a reporter can ask for with one word or one button."""

    START = "start"
    STATUS = "status"
    STOP = "stop"
    HELP = "help"


# Said only when the vault has every file they speak of; intake/acknowledge.py sees to it.
SAYS_DELETE = frozenset({Key.RECEIVED, Key.RECEIVED_MORE})

BUTTONS = (Command.STATUS, Command.STOP)
ALWAYS = frozenset({"emergency", "helpline", "days", "web_page", "max_mib"})
WITH_REPORT = ALWAYS | {"reference"}
EXTRA = {Key.RECEIVED_SOME: WITH_REPORT | {"n_stored", "n_all"}}
# These may be said to somebody who has no report yet, so there is no code to name.
WITHOUT_REPORT = frozenset(
    {
        Key.WELCOME,
        Key.SEND_AGAIN,
        Key.UNKNOWN,
        Key.WITHDRAWN,
        Key.HELP,
        Key.STOPPED,
        Key.STATUS_NONE,
    }
)
PAGE_KEYS = frozenset(
    {
        "title",
        "intro",
        "danger",
        "text_label",
        "text_hint",
        "files_label",
        "files_hint",
        "files_refused",
        "send",
        "sent_title",
        "sent_files",
        "sent_text",
        "sent_empty",
        "code_label",
        "code_hint",
        "status_title",
        "status_received",
        "status_in_assessment",
        "status_closed",
        "answers",
        "no_answers",
        "not_found_title",
        "not_found",
        "another",
        "problem_title",
        "problem_empty",
        "problem_too_large",
        "problem_cut",
        "problem_busy",
        "helpline",
        "demonstration",
    }
)


class WordingError(Exception):
    """A file of texts cannot be used; says which and why."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"hotline/intake/texts/{name}: {problem}")


class Wording(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything we say in one language."""

    version: str
    reviewed_by: str
    commands: dict[str, list[str]]
    choices: dict[str, str]
    replies: dict[str, str]
    page: dict[str, str]


@lru_cache(maxsize=4)
def wordings(folder: Path = FOLDER) -> Mapping[str, Wording]:
    """Return every language's texts by its code ("nl"); raise WordingError."""
    return {path.stem: _checked(path) for path in sorted(folder.glob("*.toml"))}


def placeholders(text: str) -> frozenset[str]:
    """Return the names in braces that a text uses."""
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def allowed_in(key: Key) -> frozenset[str]:
    """Return the names in braces that this reply may use."""
    return ALWAYS if key in WITHOUT_REPORT else EXTRA.get(key, WITH_REPORT)


def command_in(text: str) -> tuple[Command, str] | None:
    """Return the command that a message is, and what follows it (a code), or None.

    Commands of every language are understood in every language: nobody should have to
    know which one we think they speak.
    """
    said = " ".join(text.casefold().split()).strip(" .!\"'")
    word, _, rest = said.partition(" ")
    for wording in wordings().values():
        for name, words in wording.commands.items():
            if said in words:
                return Command(name), ""
            if name == Command.STATUS and word in words and (code := canonical(rest)):
                return Command.STATUS, code
    return None


def _checked(path: Path) -> Wording:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        wording = msgspec.convert(raw, Wording)
    except tomllib.TOMLDecodeError as error:
        raise WordingError(path.name, f"is not TOML: {error}.") from None
    except msgspec.ValidationError as error:
        raise WordingError(path.name, f"{error}.") from None
    _check_names(path, "commands", wording.commands, frozenset(Command))
    _check_names(path, "choices", wording.choices, frozenset(BUTTONS))
    _check_names(path, "replies", wording.replies, frozenset(Key))
    _check_names(path, "page", wording.page, PAGE_KEYS)
    for key, text in wording.replies.items():
        _check_text(path, key, text, allowed_in(Key(key)))
    for key, text in wording.page.items():
        _check_text(path, key, text, ALWAYS)
    _check_commands(path, wording)
    return wording


def _check_names(
    path: Path, section: str, given: Mapping[str, object], wanted: frozenset[str]
) -> None:
    if missing := sorted(wanted - set(given)):
        raise WordingError(path.name, f"[{section}] lacks {', '.join(missing)}.")
    if unknown := sorted(set(given) - wanted):
        raise WordingError(path.name, f"[{section}] has {', '.join(unknown)}, which nothing says.")


def _check_text(path: Path, key: str, text: str, allowed: frozenset[str]) -> None:
    if not text.strip():
        raise WordingError(path.name, f"'{key}' is empty.")
    try:
        used = placeholders(text)
    except ValueError:
        raise WordingError(path.name, f"'{key}' has a brace without its partner.") from None
    if unknown := sorted(used - allowed):
        names = ", ".join(sorted(allowed))
        raise WordingError(path.name, f"'{key}' uses {{{unknown[0]}}}; it may use {names}.")


def _check_commands(path: Path, wording: Wording) -> None:
    seen: dict[str, str] = {}
    for name, words in wording.commands.items():
        for word in words:
            if word != word.casefold().strip():
                raise WordingError(path.name, f"the command '{word}' must be in small letters.")
            if seen.setdefault(word, name) != name:
                raise WordingError(path.name, f"'{word}' is both {seen[word]} and {name}.")
