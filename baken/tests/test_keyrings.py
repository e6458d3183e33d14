"""Keys: how they look, and whom they let in."""

import logging
import stat
from pathlib import Path

import pytest

from baken.edge import FileKeyring, KeyFileError, OpenEdgeError, OpenKeyring, add_key, serve
from baken.edge.keys import KEY, digest_of, new_key, opens, prefix_of
from tests.edges import MemorySource


def test_a_new_key_has_its_form_and_only_its_digest_opens() -> None:
    key, prefix, digest = new_key()
    assert KEY.fullmatch(key)
    assert prefix_of(key) == prefix
    assert digest == digest_of(key)
    assert opens(key, digest)
    assert not opens(new_key()[0], digest)


@pytest.mark.parametrize("key", ["", "bk_", "alice", "bk_00000000_short"])
def test_what_is_no_key_opens_nothing(key: str, tmp_path: Path) -> None:
    add_key(tmp_path / "keys", "alice")
    assert FileKeyring(tmp_path / "keys").find(key) is None


def test_the_right_prefix_with_another_secret_opens_nothing(tmp_path: Path) -> None:
    key = add_key(tmp_path / "keys", "alice")
    forged = key[:-4] + ("AAAA" if not key.endswith("AAAA") else "BBBB")
    assert FileKeyring(tmp_path / "keys").find(forged) is None


def test_a_key_of_the_file_opens_every_list_and_the_file_does_not_hold_it(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    key = add_key(path, "alice")
    grant = FileKeyring(path).find(key)
    assert grant
    assert (grant.partner, grant.lists) == ("alice", None)
    assert key not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_key_works_and_stops_working_without_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    alice = add_key(path, "alice")
    keyring = FileKeyring(path)
    bob = add_key(path, "bob")
    assert keyring.find(bob)
    path.write_text("\n".join(path.read_text().splitlines()[1:]))
    assert keyring.find(alice) is None
    assert keyring.find(bob)


def test_a_slip_in_the_file_is_refused_at_the_start_and_survived_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "keys"
    alice = add_key(path, "alice")
    keyring = FileKeyring(path)
    path.write_text(path.read_text() + "what is this\n")
    with caplog.at_level(logging.ERROR):
        assert keyring.find(alice)
    assert "Line 2" in caplog.text
    with pytest.raises(KeyFileError, match="Line 2"):
        FileKeyring(path)


@pytest.mark.parametrize("name", ["", "two words", "alice"])
def test_a_name_that_is_taken_or_no_name_gets_no_key(name: str, tmp_path: Path) -> None:
    add_key(tmp_path / "keys", "alice")
    with pytest.raises(KeyFileError):
        add_key(tmp_path / "keys", name)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])  # noqa: S104  it is refused
def test_a_server_without_keys_is_not_opened_to_other_machines(host: str) -> None:
    with pytest.raises(OpenEdgeError, match="--new-key"):
        serve(MemorySource(), OpenKeyring(), host=host, port=0)
