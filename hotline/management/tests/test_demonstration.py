"""The demonstration: the same at each start, and never on the data of a real hotline."""

import os
import stat
from pathlib import Path

import pytest
from pytest_django import Settings

from hotline.accounts.models import Analyst, Role, SignInLink
from hotline.custody.actors import Process
from hotline.custody.models import CustodyEntry
from hotline.environment import EnvironmentVariableError, borrow_from_demonstration
from hotline.exchange.keys import grant_for, key_with_prefix, revoke_key
from hotline.management.demonstration import (
    DamagedFileError,
    NotADemonstrationError,
    environment_of_phone,
    prepare,
    set_up,
)
from hotline.registry.models import HashList
from hotline.vault.keys import SESSION_FILE, VAULT_FILE, create_keys
from phone.settings import from_environment


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Path:
    """The keys folder of a machine on which nothing was started yet."""
    for name in ("BAKEN_DEMONSTRATION", "BAKEN_KEYS", "BAKEN_PORT", "SIGNAL_ACCOUNT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BAKEN_DATA", str(tmp_path))
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    return tmp_path / "keys"


def test_the_data_of_a_real_hotline_is_refused(folder: Path) -> None:
    create_keys(folder)
    with pytest.raises(NotADemonstrationError, match="not a demonstration"):
        prepare(8000)
    assert not (folder / "demonstration.json").exists()


def test_tokens_are_the_same_at_the_next_start_and_ports_are_not() -> None:
    first, second = prepare(8000), prepare(9000)
    changed = {name for name in first if first[name] != second[name]}
    addresses = {"WHATSAPP_API_URL", "TELEGRAM_API_URL", "SIGNAL_API_URL"}
    assert changed == {"BAKEN_PORT", *addresses}


def test_two_installations_share_no_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = prepare(8000)
    monkeypatch.setenv("BAKEN_DATA", str(tmp_path / "elsewhere"))
    there = prepare(8000)
    secret = {name for name in here if name.endswith(("TOKEN", "SECRET"))}
    assert len(secret) == 5
    assert not [name for name in secret if here[name] == there[name]]


def test_nobody_else_can_read_the_tokens(folder: Path) -> None:
    prepare(8000)
    assert stat.S_IMODE((folder / "demonstration.json").stat().st_mode) == 0o600


def test_keys_that_were_half_written_are_made_anew(folder: Path) -> None:
    prepare(8000)
    before = (folder / VAULT_FILE).read_text()
    (folder / SESSION_FILE).write_text("")  # as a kill leaves it
    prepare(8000)
    assert (folder / SESSION_FILE).read_text()
    assert (folder / VAULT_FILE).read_text() != before


def test_keys_that_are_whole_are_never_touched(folder: Path) -> None:
    prepare(8000)
    before = (folder / VAULT_FILE).read_text()
    prepare(8000)
    assert (folder / VAULT_FILE).read_text() == before


def test_the_phone_is_told_all_that_it_asks_for() -> None:
    told = environment_of_phone(prepare(8000))
    assert from_environment("http://127.0.0.1:8000", told).signal_account.startswith("+316")


def test_a_second_terminal_borrows_what_its_environment_does_not_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = prepare(8123)
    monkeypatch.setattr(os, "environ", {**os.environ, "TELEGRAM_BOT_TOKEN": "1:mine"})
    borrow_from_demonstration()
    assert os.environ["BAKEN_PORT"] == "8123"
    assert os.environ["SIGNAL_API_URL"] == made["SIGNAL_API_URL"]
    assert os.environ["TELEGRAM_BOT_TOKEN"] == "1:mine"


def test_who_says_no_borrows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(8123)
    monkeypatch.setattr(os, "environ", {**os.environ, "BAKEN_DEMONSTRATION": "no"})
    borrow_from_demonstration()
    assert "BAKEN_PORT" not in os.environ


def test_a_broken_file_is_one_sentence(folder: Path) -> None:
    folder.mkdir()
    (folder / "demonstration.json").write_text("{")
    with pytest.raises(EnvironmentVariableError, match="remove it to have a new one made"):
        borrow_from_demonstration()
    with pytest.raises(DamagedFileError, match="is damaged; remove it"):
        prepare(8000)


@pytest.mark.usefixtures("hash_list")
def test_two_analysts_a_senior_and_a_partner_are_added_once() -> None:
    prepare(8000)
    first = set_up()
    logged = CustodyEntry.objects.count()
    second = set_up()
    assert first.partner_key == second.partner_key
    assert CustodyEntry.objects.count() == logged + 2  # the two new links
    roles = [Role.ANALYST, Role.ANALYST, Role.SENIOR]
    assert list(Analyst.objects.order_by("role").values_list("role", flat=True)) == roles


@pytest.mark.usefixtures("hash_list")
def test_the_links_are_new_at_each_start_and_open_two_sessions_in_one_browser() -> None:
    prepare(8000)
    before, after = set_up(), set_up()
    assert before.first_link != after.first_link
    assert after.first_link.startswith("http://127.0.0.1:8000/sign-in/link/")
    assert after.second_link.startswith("http://localhost:8000/sign-in/link/")
    assert SignInLink.objects.filter(used_at=None).count() == 2


def test_the_partner_reads_the_list(hash_list: HashList) -> None:
    prepare(8000)
    grant = grant_for(set_up().partner_key)
    assert grant
    assert grant.lists == frozenset({hash_list.name})


@pytest.mark.usefixtures("hash_list")
def test_a_key_that_was_revoked_is_replaced_at_the_next_start() -> None:
    prepare(8000)
    key = set_up().partner_key
    revoke_key(key_with_prefix(key[3:11]), actor=Process.COMMAND)
    assert set_up().partner_key != key


@pytest.mark.usefixtures("hash_list")
def test_a_closed_account_is_said_instead_of_a_link() -> None:
    prepare(8000)
    set_up()
    Analyst.objects.filter(username="first-analyst").update(is_active=False)
    assert set_up().first_link == "The account of first-analyst is closed; it gets no sign-in link."


def test_the_tokens_are_not_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    made = prepare(8000)
    assert not [value for value in made.values() if len(value) > 8 and value in caplog.text]
