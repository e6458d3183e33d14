"""The pool: what it answers when a picture, a worker or the whole program goes wrong."""

import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from baken import DecodeError, DecoderPool, Limits, hash_bytes, hash_file
from baken.algorithms import pdq
from baken.fingerprint import Algorithm, digests
from baken.media import Cause
from tests.pictures import dead_leaves, heavy_png, landscape, to_file, to_jpeg

PICTURE = dead_leaves(1, (320, 240))
JPEG = to_jpeg(PICTURE)
MIB = 1024 * 1024


def cause_of(pool: DecoderPool, data: bytes) -> Cause:
    """Return why the pool refuses a file."""
    with pytest.raises(DecodeError) as raised:
        pool.fingerprint(data)
    return raised.value.cause


@pytest.fixture(scope="module", params=[True, False], ids=["bubblewrap", "bare"])
def pool(request: pytest.FixtureRequest) -> Iterator[DecoderPool]:
    with DecoderPool(use_bubblewrap=request.param) as made:
        yield made


def test_a_picture_has_four_fingerprints(pool: DecoderPool) -> None:
    decoded = pool.fingerprint(JPEG)
    with Image.open(BytesIO(JPEG)) as image:
        expected = pdq.of_pixels(np.array(image))
    made = decoded.fingerprints[-1]
    assert decoded.fingerprints[:3] == digests([JPEG])
    assert (made.algorithm, made.value, made.quality) == (Algorithm.PDQ, expected.value, 100)
    assert (decoded.media_type, decoded.width, decoded.height) == ("image/jpeg", 320, 240)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "BMP", "TIFF", "HEIF", "AVIF"])
def test_every_kind_of_picture_opens_behind_the_locks(pool: DecoderPool, kind: str) -> None:
    near = pool.fingerprint(to_file(PICTURE, kind)).fingerprints[-1]
    assert pdq.distance(near.value, pool.fingerprint(JPEG).fingerprints[-1].value) <= 10


def test_a_view_of_bytes_will_do(pool: DecoderPool) -> None:
    assert pool.fingerprint(memoryview(bytearray(JPEG))) == pool.fingerprint(JPEG)


def test_a_rendering_holds_nothing_of_the_file(pool: DecoderPool) -> None:
    rendered = pool.render(to_jpeg(PICTURE, comment=b"a note"), max_side=64, blur=2.0, grey=True)
    with Image.open(BytesIO(rendered)) as image:
        assert (image.format, image.size, image.mode) == ("JPEG", (64, 48), "L")
    assert b"a note" not in rendered


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (b"", Cause.EMPTY),
        (b"\xff", Cause.NOT_AN_IMAGE),
        (b"\xff\xd8\xff", Cause.TRUNCATED),
        (JPEG[: len(JPEG) // 2], Cause.TRUNCATED),
        (b"MZ" + bytes(1000), Cause.NOT_AN_IMAGE),
        (b"<svg/>", Cause.UNSUPPORTED),
    ],
)
def test_a_bad_file_is_named_and_the_next_good_one_opens(
    pool: DecoderPool, data: bytes, cause: Cause
) -> None:
    assert cause_of(pool, data) is cause
    assert pool.fingerprint(JPEG).width == 320


def test_a_file_that_is_too_large_is_refused_unread(pool: DecoderPool) -> None:
    # Mapped memory that was never touched costs nothing until somebody reads it.
    assert cause_of(pool, memoryview(np.zeros(200 * MIB, dtype=np.uint8)).cast("B")) is (
        Cause.TOO_MANY_BYTES
    )


def test_many_threads_share_few_workers(pool: DecoderPool) -> None:
    files = [to_jpeg(landscape(seed, (160, 120))) for seed in range(6)]
    expected = [digests([file])[2] for file in files]
    made: dict[int, object] = {}

    def ask(number: int) -> None:
        made[number] = pool.fingerprint(files[number]).fingerprints[2]

    threads = [threading.Thread(target=ask, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [made[number] for number in range(6)] == expected


def test_too_many_pixels_are_refused() -> None:
    with DecoderPool(limits=Limits(pixels=10_000)) as pool:
        assert cause_of(pool, JPEG) is Cause.TOO_MANY_PIXELS


def test_a_picture_that_takes_too_long_is_given_up() -> None:
    with DecoderPool(limits=Limits(seconds=0.3)) as pool:
        pool.fingerprint(to_jpeg(dead_leaves(1, (16, 16))))
        assert cause_of(pool, heavy_png()) is Cause.TIMED_OUT
        assert pool.fingerprint(to_jpeg(dead_leaves(1, (16, 16)))).width == 16


def test_a_picture_that_needs_too_much_memory_is_given_up() -> None:
    with DecoderPool(limits=Limits(memory=64 * MIB)) as pool:
        assert cause_of(pool, heavy_png()) is Cause.OUT_OF_MEMORY
        assert pool.fingerprint(JPEG).width == 320


def test_the_short_way_works_too(tmp_path: Path) -> None:
    (tmp_path / "picture.jpg").write_bytes(JPEG)
    (tmp_path / "empty.jpg").touch()
    assert hash_file(tmp_path / "picture.jpg") == hash_bytes(JPEG)
    with pytest.raises(DecodeError, match="empty"):
        hash_file(tmp_path / "empty.jpg")
