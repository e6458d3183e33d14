"""The vault: what goes in, what comes out, and what is never there."""

import os
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import tink
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pytest_django import Settings

from hotline.accounts.models import Analyst
from hotline.custody.actors import Process
from hotline.custody.models import CustodyEntry
from hotline.vault import store
from hotline.vault.encryption import ItemKey, UnsealError, seal_text, tag, unseal_text
from hotline.vault.keys import KeyFileError, create_keys, vault_aead
from hotline.vault.models import MediaItem
from hotline.vault.store import ItemDisposedError, TooLargeError, VaultUrlError, check_store

WORKER = Process.WORKER
PLAIN = b"a drawn lighthouse, not a photograph " * 1000


def _objects(settings: Settings) -> list[Path]:
    folder = Path(settings.VAULT_URL.removeprefix("file://"))
    return [path for path in folder.rglob("*") if path.is_file()]


def _read(item: MediaItem) -> bytes:
    with store.open(item, actor=WORKER, reason="test") as stream:
        return stream.read()


@pytest.fixture
def item(db: None) -> MediaItem:
    return store.put([PLAIN], actor=WORKER)[0]


@pytest.mark.django_db
@pytest.mark.parametrize("size", [0, 1, 1 << 20, (1 << 20) + 1, 9 << 20])
def test_what_goes_in_comes_out(size: int) -> None:
    content = os.urandom(size)
    item, is_new = store.put([content[:1000], content[1000:]], actor=WORKER)
    assert is_new
    assert item.size == size
    assert _read(item) == content


def test_on_disk_there_is_ciphertext_only(item: MediaItem, settings: Settings) -> None:
    (path,) = _objects(settings)
    assert path.name == item.object_name
    assert PLAIN[:37] not in path.read_bytes()
    assert item.sha256.hex() not in str(path)


def test_the_same_bytes_again_are_the_same_item(item: MediaItem, settings: Settings) -> None:
    again, is_new = store.put([PLAIN], actor=WORKER)
    assert (again.pk, is_new) == (item.pk, False)
    assert len(_objects(settings)) == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_bytes_at_the_same_moment_are_one_item(
    settings: Settings, run_in_thread: Callable[..., threading.Thread]
) -> None:
    stored: list[MediaItem] = []
    both_read = threading.Barrier(2)

    def slow() -> Iterator[bytes]:
        yield PLAIN
        both_read.wait(10)

    def put() -> None:
        stored.append(store.put(slow(), actor=WORKER)[0])

    for thread in [run_in_thread(put), run_in_thread(put)]:
        thread.join(10)
    assert stored[0].pk == stored[1].pk
    assert len(_objects(settings)) == 1


@pytest.mark.django_db
def test_a_file_over_the_limit_leaves_nothing(settings: Settings) -> None:
    settings.MAX_ATTACHMENT_BYTES = 1000
    with pytest.raises(TooLargeError, match="the most this hotline takes"):
        store.put([PLAIN], actor=WORKER)
    assert not _objects(settings)
    assert not MediaItem.objects.exists()


def test_each_opening_is_in_the_custody_log_with_its_reason(
    item: MediaItem, alice: Analyst
) -> None:
    with store.open(item, actor=alice, reason="reveal"):
        entry = CustodyEntry.objects.latest("position")
    assert (entry.action, entry.actor) == ("media:opened", f"analyst:{alice.pk}")
    assert entry.details == {"reason": "reveal"}


def test_a_flipped_byte_is_noticed(item: MediaItem, settings: Settings) -> None:
    (path,) = _objects(settings)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(tink.TinkError):
        _read(item)


def test_an_object_swapped_for_another_is_noticed(item: MediaItem) -> None:
    other, _ = store.put([b"something else"], actor=WORKER)
    MediaItem.objects.filter(pk=item.pk).update(object_name=other.object_name)
    with pytest.raises(tink.TinkError):
        _read(item)


def test_a_key_opens_its_own_item_only(item: MediaItem) -> None:
    other, _ = store.put([b"something else"], actor=WORKER)
    MediaItem.objects.filter(pk=item.pk).update(wrapped_key=other.wrapped_key)
    with pytest.raises(UnsealError, match="the key of media item"):
        _read(item)


@pytest.mark.django_db(transaction=True)
def test_disposal_destroys_the_key_and_then_the_bytes(settings: Settings) -> None:
    item, _ = store.put([PLAIN], actor=WORKER)
    store.dispose(item, actor=WORKER, reason="its time is over")
    store.dispose(item, actor=WORKER, reason="again")
    assert MediaItem.objects.get().wrapped_key is None
    assert not _objects(settings)
    assert CustodyEntry.objects.filter(action="media:disposed").count() == 1
    with pytest.raises(ItemDisposedError, match="nothing of it can be opened"):
        _read(item)


def test_bytes_that_were_disposed_of_may_come_again(item: MediaItem) -> None:
    store.dispose(item, actor=WORKER, reason="its time is over")
    again, is_new = store.put([PLAIN], actor=WORKER)
    assert is_new
    assert again.pk != item.pk


@examples(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.text(), st.text())
def test_sealed_for_one_purpose_is_not_readable_for_another(text: str, purpose: str) -> None:
    sealed = seal_text(text, purpose=purpose)
    assert unseal_text(sealed, purpose=purpose) == text
    with pytest.raises(UnsealError):
        unseal_text(sealed, purpose=f"{purpose}!")


def test_a_tag_is_stable_and_bound_to_its_purpose() -> None:
    assert tag("+31600000001", purpose="address") == tag("+31600000001", purpose="address")
    assert tag("+31600000001", purpose="address") != tag("+31600000001", purpose="message")


def test_an_item_key_survives_wrapping(tmp_path: Path) -> None:
    item_id = MediaItem().pk
    key = ItemKey.fresh(item_id)
    path = tmp_path / "ciphertext"
    key.encrypt([PLAIN], path.open("wb"))
    with path.open("rb") as source:
        assert ItemKey.unwrap(key.wrap(), item_id).decrypt(source).read() == PLAIN


def test_keys_are_never_overwritten(keys: Path) -> None:
    before = (keys / "vault.json").read_bytes()
    with pytest.raises(KeyFileError, match="exists"):
        create_keys(keys)
    assert (keys / "vault.json").read_bytes() == before


@pytest.mark.parametrize(
    ("content", "mode", "problem"),
    [(None, 0o600, "cannot be read"), ("{}", 0o644, "chmod 600"), ("{", 0o600, "damaged")],
)
def test_a_bad_key_file_is_refused(
    tmp_path: Path, settings: Settings, content: str | None, mode: int, problem: str
) -> None:
    settings.KEYS = tmp_path
    if content is not None:
        (tmp_path / "vault.json").write_text(content)
        (tmp_path / "vault.json").chmod(mode)
    with pytest.raises(KeyFileError, match=problem):
        vault_aead()


@pytest.mark.parametrize("url", ["nonsense", "file:///proc/nowhere", "ftp://host/path"])
def test_a_vault_url_that_cannot_be_used_is_one_sentence(settings: Settings, url: str) -> None:
    settings.VAULT_URL = url
    with pytest.raises(VaultUrlError, match="cannot be used"):
        check_store()


@pytest.mark.django_db
def test_two_hundred_megabytes_pass_through_little_memory() -> None:
    chunks = (bytes(1 << 20) for _ in range(200))
    tracemalloc.start()
    with pytest.raises(TooLargeError, match="100 MiB"):
        store.put(chunks, actor=WORKER)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 32 << 20
