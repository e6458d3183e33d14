"""What we answer, as a pure function: the conversation so far and a message in, replies out.

The first message is the report: nothing is asked before it is safe. So media gets no answer
here; "we have it" is intake/acknowledge.py's to say, and only when the vault has it. What
the reporter writes is never a condition of anything, and silence is an answer too: the
questions of later (is it you? is it happening now?) will be further stages of this state.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from hotline.channels.base import MessageKind
from hotline.intake.profile import Profile
from hotline.intake.wording import Command, Key, command_in


class Stage(StrEnum):
    """How it stands with the report the message is about."""

    NONE = "none"  # there is no report yet
    RECEIVED = "received"
    IN_ASSESSMENT = "in_assessment"
    CLOSED = "closed"


class Fact(StrEnum):
    """What a message means for the report, beside the replies."""

    IS_CONTENT = "is content"  # it belongs to the open report, or opens one
    MEDIA_UNWANTED = "media unwanted"  # do not fetch its attachments
    NEEDS_A_LOOK = "needs a look"
    CHANGED_LATER = "changed later"  # about an earlier message, which stays as it was
    ASKED_BY_CODE = "asked by code"  # STATUS with a code: about that report
    STOPPED = "stopped"
    BLOCKED_US = "blocked us"


@dataclass(frozen=True, slots=True)
class DialogueState:
    """What the next answer depends on."""

    stage: Stage = Stage.NONE
    n_texts: int = 0  # texts without a file, in this report
    has_stopped: bool = False
    offered: tuple[str, ...] = ()  # the choices we showed last, in order


@dataclass(frozen=True, slots=True)
class Said:
    """One message, as far as the conversation cares."""

    kind: MessageKind
    text: str = ""
    n_attachments: int = 0


@dataclass(frozen=True, slots=True)
class Turn:
    """The conversation after the message, what to answer, and what it means."""

    state: DialogueState
    replies: tuple[Key, ...] = ()
    facts: frozenset[Fact] = frozenset()
    code: str = ""  # with ASKED_BY_CODE


STATUS_TEXTS = {
    Stage.NONE: Key.STATUS_NONE,
    Stage.RECEIVED: Key.STATUS_RECEIVED,
    Stage.IN_ASSESSMENT: Key.STATUS_IN_ASSESSMENT,
    Stage.CLOSED: Key.STATUS_CLOSED,
}
N_TEXTS_ANSWERED = 2  # the third text in a row is thanked by its two ticks


def answer(state: DialogueState, said: Said, profile: Profile) -> Turn:
    """Return the turn that follows when this is said in this state."""
    if said.kind in {MessageKind.CONTENT, MessageKind.CHOICE} and not said.n_attachments:
        if command := command_in(_meant(state, said.text)):
            return _obey(state, *command)
        if said.kind is MessageKind.CHOICE:
            return Turn(state, (Key.HELP,))
    return ANSWERS[said.kind](state, said, profile)


def _meant(state: DialogueState, text: str) -> str:
    """Return the choice that a number means: Signal has no buttons, so they stand in the text."""
    number = text.strip(" .)")
    if number.isascii() and number.isdecimal() and 1 <= int(number) <= len(state.offered):
        return state.offered[int(number) - 1]
    return text


def _obey(state: DialogueState, command: Command, rest: str) -> Turn:
    if command is Command.STATUS and rest:
        return Turn(state, facts=frozenset({Fact.ASKED_BY_CODE}), code=rest)
    if command is Command.STATUS:
        return Turn(state, (STATUS_TEXTS[state.stage],))
    if command is Command.STOP:
        replies = () if state.has_stopped else (Key.STOPPED,)
        return Turn(replace(state, has_stopped=True), replies, frozenset({Fact.STOPPED}))
    return Turn(state, (Key.WELCOME if command is Command.START else Key.HELP,))


def _content(state: DialogueState, said: Said, profile: Profile) -> Turn:
    if said.n_attachments:
        return _media(state, profile)
    if not said.text.strip():
        return Turn(state, (Key.SEND_AGAIN,), frozenset({Fact.IS_CONTENT}))
    before = state.n_texts if state.stage in {Stage.RECEIVED, Stage.IN_ASSESSMENT} else 0
    replies = (Key.TEXT_ADDED if before else Key.TEXT_RECEIVED,)
    return Turn(
        replace(state, n_texts=before + 1),
        replies if before < N_TEXTS_ANSWERED else (),
        frozenset({Fact.IS_CONTENT}),
    )


def _media(state: DialogueState, profile: Profile) -> Turn:
    if profile.media_accepted:
        return Turn(state, facts=frozenset({Fact.IS_CONTENT}))
    facts = frozenset({Fact.IS_CONTENT, Fact.MEDIA_UNWANTED})
    return Turn(state, (Key.MEDIA_NOT_ACCEPTED,), facts)


def _edited(state: DialogueState, said: Said, profile: Profile) -> Turn:
    if said.n_attachments:  # A new picture under an old caption is a new picture.
        turn = _media(state, profile)
        return replace(turn, facts=turn.facts | {Fact.CHANGED_LATER})
    return Turn(state, facts=frozenset({Fact.CHANGED_LATER}))


def _withdrawn(state: DialogueState, _said: Said, _profile: Profile) -> Turn:
    return Turn(state, (Key.WITHDRAWN,), frozenset({Fact.CHANGED_LATER}))


def _reaction(state: DialogueState, _said: Said, _profile: Profile) -> Turn:
    return Turn(state, facts=frozenset({Fact.CHANGED_LATER}))


def _blocked(state: DialogueState, _said: Said, _profile: Profile) -> Turn:
    return Turn(state, facts=frozenset({Fact.BLOCKED_US}))


def _unsupported(state: DialogueState, said: Said, profile: Profile) -> Turn:
    return _media(state, profile) if said.n_attachments else Turn(state, (Key.SEND_AGAIN,))


def _unknown(state: DialogueState, said: Said, profile: Profile) -> Turn:
    """Take what files it has; the rest is for a person."""
    facts = frozenset({Fact.NEEDS_A_LOOK})
    if said.n_attachments:
        turn = _media(state, profile)
        return replace(turn, facts=turn.facts | facts)
    return Turn(state, (Key.UNKNOWN,), facts)


def _notice(state: DialogueState, _said: Said, _profile: Profile) -> Turn:
    return Turn(state)


ANSWERS: dict[MessageKind, Callable[[DialogueState, Said, Profile], Turn]] = {
    MessageKind.CONTENT: _content,
    MessageKind.CHOICE: _content,
    MessageKind.WITHDRAWN: _withdrawn,
    MessageKind.EDITED: _edited,
    MessageKind.REACTION: _reaction,
    MessageKind.BLOCKED: _blocked,
    MessageKind.UNSUPPORTED: _unsupported,
    MessageKind.UNKNOWN: _unknown,
    MessageKind.NOTICE: _notice,
}
