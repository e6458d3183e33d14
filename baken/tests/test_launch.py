"""Starting the sandbox where something is missing."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from baken import DecoderPool, Limits
from baken.sandbox import kernels, launch
from baken.sandbox.launch import Launched, LaunchError, find_bubblewrap
from tests.pictures import dead_leaves, to_jpeg

JPEG = to_jpeg(dead_leaves(1, (64, 64)))


@pytest.fixture
def _forgetful() -> Iterator[None]:
    """Look again for what was found before, and afterwards once more."""
    remembering = (find_bubblewrap, kernels.compiled_kernels)
    for function in remembering:
        function.cache_clear()
    yield
    for function in remembering:
        function.cache_clear()


@pytest.mark.usefixtures("_forgetful")
@pytest.mark.parametrize("program", [None, "/bin/false"])
def test_without_bubblewrap_it_works_and_says_so_once(
    program: str | None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(launch.shutil, "which", lambda _name: program)
    with DecoderPool() as pool, DecoderPool() as another:
        assert pool.fingerprint(JPEG) == another.fingerprint(JPEG)
        assert "bubblewrap" not in pool.confinement
        assert "rlimits" in pool.confinement
    said = [record for record in caplog.records if "bubblewrap" in record.message]
    assert [record.levelno for record in said] == [logging.WARNING]


def test_a_sandbox_that_cannot_start_says_why() -> None:
    with pytest.raises(LaunchError, match="No such file"):
        Launched(Limits(), "/nowhere/bwrap")


@pytest.mark.usefixtures("_forgetful")
def test_without_a_cache_folder_the_kernels_live_as_long_as_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = tmp_path / "baken" / "kernels"
    others.mkdir(parents=True)
    others.chmod(0o777)  # anybody could put code there
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = kernels.compiled_kernels(launch.library_paths())
    assert folder != others
    assert folder.stat().st_mode & 0o077 == 0
    assert list(folder.rglob("*.nbi"))
    assert not list(others.iterdir())
