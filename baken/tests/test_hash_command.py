"""`baken hash`, as typed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from baken import hash_bytes
from baken.cli import main
from tests.pictures import dead_leaves, to_jpeg

ROOT = Path(__file__).resolve().parents[2]
JPEG = to_jpeg(dead_leaves(1, (320, 240)))


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "picture.jpg"
    path.write_bytes(JPEG)
    return path


def test_it_prints_every_fingerprint_and_the_size(
    picture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["hash", str(picture)]) == 0
    printed = capsys.readouterr().out
    for fingerprint in hash_bytes(JPEG).fingerprints:
        assert f"{fingerprint.algorithm:<12} {fingerprint.value.hex()}" in printed
    assert "pdq_quality  100" in printed
    assert "width        320" in printed


def test_json_has_one_object_per_line(picture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hash", "--json", str(picture), str(picture)]) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert first == second
    assert (first["file"], first["media_type"]) == (str(picture), "image/jpeg")
    assert bytes.fromhex(first["pdq"]) == hash_bytes(JPEG).fingerprints[-1].value


def test_a_bad_file_is_named_with_its_digests_and_the_others_go_on(
    picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cut.jpg").write_bytes(JPEG[:1000])
    files = [str(tmp_path / "cut.jpg"), str(tmp_path / "none.jpg"), str(picture)]
    assert main(["hash", "--json", *files]) == 1
    printed = capsys.readouterr()
    cut, good = map(json.loads, printed.out.splitlines())
    assert cut["error"] == "truncated"
    assert len(cut["sha256"]) == 64
    assert good["width"] == 320
    assert f"{files[0]}: The picture is damaged or incomplete." in printed.err
    assert f"{files[1]}: cannot be read: No such file or directory." in printed.err


def test_without_a_file_the_usage_is_wrong() -> None:
    with pytest.raises(SystemExit) as raised:
        main(["hash"])
    assert raised.value.code == 2


def test_standard_input_is_read_through_a_pipe() -> None:
    done = subprocess.run(  # our own words only
        [sys.executable, "-m", "baken", "hash", "--json", "-"],
        input=JPEG,
        capture_output=True,
        check=True,
        env={"PYTHONPATH": str(ROOT / "baken" / "src"), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
    )
    assert json.loads(done.stdout)["width"] == 320
