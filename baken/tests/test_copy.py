"""The copy on disk: whole at every instant, and one writer."""

import errno
import os
from pathlib import Path

import pytest

from baken.client import CopyError, CopyInUseError, Folder
from baken.client.copy import names_in, origin_of
from baken.hashlist import Delta
from tests.edges import delta, md5

SERVER = "http://127.0.0.1:1"


def _write(folder: Path, deltas: list[Delta]) -> bytes:
    with Folder(folder, SERVER) as open_folder:
        copy = open_folder.open("baseline")
        copy.apply(deltas)
        copy.close()
    return (folder / "baseline.deltas").read_bytes()


def _read(folder: Path) -> list[Delta]:
    with Folder(folder, SERVER) as open_folder:
        copy = open_folder.open("baseline")
        deltas = list(copy.deltas())
        assert copy.position == len(deltas)
        copy.close()
    return deltas


def test_a_kill_at_any_byte_leaves_a_list_that_goes_on(tmp_path: Path) -> None:
    deltas = [delta(position, md5(position)) for position in range(1, 4)]
    written = _write(tmp_path, deltas)
    for n_bytes in range(len(written)):
        (tmp_path / "baseline.deltas").write_bytes(written[:n_bytes])
        n_whole = written[:n_bytes].count(b"\n")
        assert _read(tmp_path) == deltas[:n_whole]
        assert _write(tmp_path, deltas) == written


@pytest.mark.parametrize("spoilt", [b"\0" * 40 + b"\n", b"{}\n", b"not a delta\n", b"\xff\n"])
def test_a_spoilt_line_is_cut_with_all_behind_it(tmp_path: Path, spoilt: bytes) -> None:
    deltas = [delta(position) for position in range(1, 4)]
    lines = _write(tmp_path, deltas).splitlines(keepends=True)
    (tmp_path / "baseline.deltas").write_bytes(lines[0] + spoilt + lines[2])
    assert _read(tmp_path) == deltas[:1]


def test_lines_out_of_order_are_cut(tmp_path: Path) -> None:
    lines = _write(tmp_path, [delta(1), delta(2), delta(3)]).splitlines(keepends=True)
    (tmp_path / "baseline.deltas").write_bytes(lines[0] + lines[2])
    assert _read(tmp_path) == [delta(1)]


def test_a_second_writer_is_refused_while_the_first_writes(tmp_path: Path) -> None:
    with Folder(tmp_path, SERVER), pytest.raises(CopyInUseError, match="two would spoil"):
        Folder(tmp_path, SERVER)
    Folder(tmp_path, SERVER).close()


def test_a_folder_keeps_to_its_server(tmp_path: Path) -> None:
    Folder(tmp_path, SERVER).close()
    with pytest.raises(CopyError, match="another folder"):
        Folder(tmp_path, "http://127.0.0.1:2")


def test_a_new_copy_takes_the_old_ones_place_only_when_it_is_whole(tmp_path: Path) -> None:
    _write(tmp_path, [delta(1), delta(2)])
    with Folder(tmp_path, SERVER) as folder:
        copy = folder.open("baseline")
        copy.start_over()
        copy.apply([delta(1, md5(9))])
        assert list(copy.deltas()) == [delta(1), delta(2)]
        copy.confirm(1000.0)
        assert list(copy.deltas()) == [delta(1, md5(9))]
        copy.close()
    assert names_in(tmp_path) == ["baseline"]


def test_a_kill_while_starting_over_leaves_the_old_copy(tmp_path: Path) -> None:
    _write(tmp_path, [delta(1), delta(2)])
    with Folder(tmp_path, SERVER) as folder:
        copy = folder.open("baseline")
        copy.start_over()
        copy.apply([delta(1, md5(9))])
        copy.close()
    assert _read(tmp_path) == [delta(1), delta(2)]


def test_a_copy_that_was_never_whole_says_so(tmp_path: Path) -> None:
    with Folder(tmp_path, SERVER) as folder:
        copy = folder.open("baseline")
        assert copy.confirmed_at is None
        copy.confirm(1000.0)
        copy.close()
    origin = origin_of(tmp_path)
    assert origin
    assert (origin.server, origin.confirmed) == (SERVER, {"baseline": 1000.0})


def test_a_full_disk_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_space(_file: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with Folder(tmp_path, SERVER) as folder:
        copy = folder.open("baseline")
        copy.apply([delta(1)])
        monkeypatch.setattr(os, "fsync", no_space)
        with pytest.raises(OSError, match="No space"):
            copy.apply([delta(2)])
        monkeypatch.undo()
        copy.apply([delta(2)])
        assert list(copy.deltas()) == [delta(1), delta(2)]
        copy.close()
