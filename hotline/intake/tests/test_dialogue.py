"""The conversation: nothing is asked before it is safe, and everybody gets an answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.channels.base import MessageKind
from hotline.intake.dialogue import DialogueState, Fact, Said, Stage, Turn, answer
from hotline.intake.profile import Profile
from hotline.intake.wording import SAYS_DELETE, Key

PROFILE = Profile(["nl", "en"], "112", True, 30, {"nl": "-", "en": "-"})  # media_accepted
CONTENT = MessageKind.CONTENT
states = st.builds(
    DialogueState,
    st.sampled_from(Stage),
    st.integers(0, 5),
    st.booleans(),
    st.sampled_from([(), ("status", "stop")]),
)
messages = st.builds(
    Said,
    st.sampled_from(MessageKind),
    st.sampled_from(["", "hello", "STATUS", "stop", "status K7M-4QX", "status quo", "/start", "2"]),
    st.integers(0, 3),
)


def turn(text: str = "", *, n: int = 0, state: DialogueState | None = None) -> Turn:
    return answer(state or DialogueState(), Said(CONTENT, text, n), PROFILE)


@given(states, messages)
def test_the_dialogue_alone_never_says_delete_it_now(state: DialogueState, said: Said) -> None:
    assert not SAYS_DELETE & set(answer(state, said, PROFILE).replies)


@given(states, messages)
def test_no_message_gets_more_than_one_reply(state: DialogueState, said: Said) -> None:
    assert len(answer(state, said, PROFILE).replies) <= 1


@given(states, messages)
def test_whatever_has_a_file_belongs_to_a_report(state: DialogueState, said: Said) -> None:
    about_earlier = {MessageKind.NOTICE, MessageKind.BLOCKED}
    about_earlier |= {MessageKind.WITHDRAWN, MessageKind.REACTION}
    if said.n_attachments and said.kind not in about_earlier:
        assert Fact.IS_CONTENT in answer(state, said, PROFILE).facts


def test_a_file_is_content_and_waits_for_the_vault_before_it_is_answered() -> None:
    assert turn("look at this", n=2) == Turn(DialogueState(), facts=frozenset({Fact.IS_CONTENT}))


def test_the_first_text_is_a_report_and_is_answered_at_once() -> None:
    first = turn("I saw something")
    assert first.replies == (Key.TEXT_RECEIVED,)
    assert Fact.IS_CONTENT in first.facts


def test_further_texts_are_thanked_once_and_then_kept_quietly() -> None:
    state = turn("one").state
    told = []
    for text in ("two", "three", "four"):
        state = DialogueState(Stage.RECEIVED, state.n_texts)
        following = turn(text, state=state)
        told.append(following.replies)
        state = following.state
    assert told == [(Key.TEXT_ADDED,), (), ()]


@pytest.mark.parametrize("text", ["STATUS", "status", " Status. ", "stand", "/status"])
@pytest.mark.parametrize("stage", Stage)
def test_status_tells_the_state_in_either_language(text: str, stage: Stage) -> None:
    told = turn(text, state=DialogueState(stage))
    assert told.replies == (Key(f"status_{stage}"),)
    assert not told.facts


def test_status_with_a_code_asks_for_that_report() -> None:
    told = turn("status k7m 4qx")
    assert (told.code, told.facts) == ("K7M-4QX", frozenset({Fact.ASKED_BY_CODE}))


def test_a_sentence_that_begins_like_a_command_is_a_report() -> None:
    assert Fact.IS_CONTENT in turn("status is that my cousin sends them").facts
    assert Fact.IS_CONTENT in turn("stop this please, it is on example.org").facts


def test_stop_says_goodbye_once() -> None:
    first = turn("STOP")
    assert (first.replies, first.facts) == ((Key.STOPPED,), frozenset({Fact.STOPPED}))
    assert turn("stop", state=first.state).replies == ()


def test_a_button_is_a_command_and_an_old_button_gets_help() -> None:
    assert answer(DialogueState(), Said(MessageKind.CHOICE, "stop"), PROFILE).replies == (
        Key.STOPPED,
    )
    assert answer(DialogueState(), Said(MessageKind.CHOICE, "blue"), PROFILE).replies == (Key.HELP,)


def test_where_there_are_no_buttons_a_number_is_one() -> None:
    state = DialogueState(Stage.RECEIVED, offered=("status", "stop"))
    assert turn("2.", state=state).replies == (Key.STOPPED,)
    assert Fact.IS_CONTENT in turn("3", state=state).facts
    assert Fact.IS_CONTENT in turn("2").facts


@pytest.mark.parametrize(
    ("kind", "replies"),
    [
        (MessageKind.UNSUPPORTED, (Key.SEND_AGAIN,)),
        (MessageKind.UNKNOWN, (Key.UNKNOWN,)),
        (MessageKind.WITHDRAWN, (Key.WITHDRAWN,)),
        (MessageKind.EDITED, ()),
        (MessageKind.REACTION, ()),
        (MessageKind.BLOCKED, ()),
        (MessageKind.NOTICE, ()),
    ],
)
def test_each_other_kind_has_its_answer(kind: MessageKind, replies: tuple[Key, ...]) -> None:
    assert answer(DialogueState(), Said(kind), PROFILE).replies == replies


def test_a_hotline_that_takes_no_media_says_so_and_does_not_fetch() -> None:
    closed = Profile(["nl"], "112", False, 30, {"nl": "-"})  # media_accepted
    told = answer(DialogueState(), Said(CONTENT, n_attachments=1), closed)
    assert told.replies == (Key.MEDIA_NOT_ACCEPTED,)
    assert Fact.MEDIA_UNWANTED in told.facts
