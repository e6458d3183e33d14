"""The texts: complete in every language, short, and promising nothing that is not ours to give."""

import re
import shutil
from pathlib import Path

import pytest
from pytest_django import Settings

from hotline.intake.profile import FOLDER as PROFILES
from hotline.intake.profile import ProfileError, fill, load
from hotline.intake.wording import (
    BUTTONS,
    FOLDER,
    PAGE_KEYS,
    SAYS_DELETE,
    Key,
    WordingError,
    allowed_in,
    placeholders,
    wordings,
)

LANGUAGES = sorted(wordings())
NEVER_PROMISED = r"not punishable|no crime|not a crime|not illegal to|niet strafbaar|straffeloos"
SAMPLE = {"reference": "K7M-4QX-9TR-2WD", "n_stored": 99, "n_all": 100}
FIRST_REPLIES = [Key.RECEIVED, Key.TEXT_RECEIVED, Key.WELCOME, Key.NOT_RECEIVED, Key.TOO_LARGE]


def filled(key: Key, language: str) -> str:
    values = {
        name: SAMPLE[name] for name in placeholders(wordings()[language].replies[key]) & set(SAMPLE)
    }
    return fill(key, language, **values)


def sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.?!])\s", text) if part.strip()]


@pytest.mark.parametrize("key", [*Key])
def test_every_text_names_the_same_things_in_every_language(key: Key) -> None:
    used = {placeholders(wordings()[language].replies[key]) for language in LANGUAGES}
    assert len(used) == 1


@pytest.mark.parametrize("key", sorted(PAGE_KEYS))
def test_every_text_of_the_page_names_the_same_things_in_every_language(key: str) -> None:
    used = {placeholders(wordings()[language].page[key]) for language in LANGUAGES}
    assert len(used) == 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", [*Key])
def test_no_text_is_longer_than_the_chat_apps_take(key: Key, language: str) -> None:
    assert len(filled(key, language)) <= 1024  # WhatsApp's with buttons; Telegram takes 4096


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_button_is_longer_than_the_chat_apps_take(language: str) -> None:
    assert all(len(wordings()[language].choices[button]) <= 20 for button in BUTTONS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", FIRST_REPLIES)
def test_the_first_reply_is_at_most_four_short_sentences(key: Key, language: str) -> None:
    parts = sentences(filled(key, language))
    assert len(parts) <= 4
    assert all(len(part.split()) <= 22 for part in parts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_promises_that_something_is_not_punishable(language: str) -> None:
    wording = wordings()[language]
    everything = " ".join([*wording.replies.values(), *wording.page.values()])
    assert not re.search(NEVER_PROMISED, everything, re.IGNORECASE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_the_texts_that_wait_for_the_vault_say_delete(language: str) -> None:
    words = r"delete it now|nu verwijderen"
    saying = {key for key in Key if re.search(words, filled(key, language))}
    assert saying == SAYS_DELETE


def test_a_text_for_somebody_without_a_report_names_no_code() -> None:
    assert "reference" not in allowed_in(Key.WELCOME)
    assert "reference" in allowed_in(Key.RECEIVED)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("welcome = ", "wellcome = ", "[replies] lacks welcome"),
        ("{emergency}", "{emergancy}", "uses {emergancy}; it may use"),
        ("{emergency}", "{emergency", "brace without its partner"),
        ('stop = ["stop"', 'stop = ["status"', "'status' is both"),
        ('"/stop"', '"/Stop"', "must be in small letters"),
        ('version = "2026-01"', "version = 2026", "Expected `str`"),
        ("[replies]", "[replies", "is not TOML"),
    ],
)
def test_a_mistake_in_a_file_is_one_clear_sentence(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    text = (FOLDER / "en.toml").read_text(encoding="utf-8")
    (tmp_path / "en.toml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(WordingError, match=re.escape(problem)) as raised:
        wordings(tmp_path)
    assert "en.toml" in str(raised.value)


@pytest.mark.parametrize("name", sorted(path.stem for path in PROFILES.glob("*.toml")))
def test_every_profile_can_be_used(name: str, settings: Settings) -> None:
    settings.PROFILE = name
    for language in load(name).languages:
        assert load(name).emergency in filled(Key.RECEIVED, language)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('languages = ["nl", "en"]', 'languages = ["nl", "xx"]', "no texts in 'xx'"),
        ('languages = ["nl", "en"]', "languages = []", "'languages' is empty"),
        ('nl = "Helpwanted', 'fy = "Helpwanted', "[helpline] lacks 'nl'"),
        ("retention_days = 30", "retention_days = 0", "at least 1"),
        ("media_accepted", "media_excepted", "media_excepted"),
        ('emergency = "112"', 'emergency = ""', "'emergency' is empty"),
    ],
)
def test_a_mistake_in_a_profile_is_one_clear_sentence(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    shutil.copy(PROFILES / "nl.toml", tmp_path)
    text = (tmp_path / "nl.toml").read_text(encoding="utf-8")
    (tmp_path / "nl.toml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ProfileError, match=re.escape(problem)):
        load("nl", tmp_path)


def test_a_profile_that_does_not_exist_is_named_with_those_that_do() -> None:
    with pytest.raises(ProfileError, match="BAKEN_PROFILE is one of default, nl"):
        load("atlantis")


@pytest.mark.parametrize(
    ("hint", "language"), [("en-GB", "en"), ("nl", "nl"), ("fr", "nl"), (None, "nl")]
)
def test_the_apps_language_is_spoken_where_we_can(hint: str | None, language: str) -> None:
    assert load("nl").language_for(hint) == language
