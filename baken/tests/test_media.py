"""Decoding, in this process: the tests draw these pictures themselves."""

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageOps

from baken.algorithms import pdq
from baken.media import Cause, DecodeError, Limits, sniff
from baken.media.decode import decode, fingerprint, prepare, render
from tests.pictures import dead_leaves, to_file, to_jpeg

prepare()

LEAVES = dead_leaves(3, (320, 240))
LEAVES_PDQ = pdq.of_pixels(np.array(LEAVES))
KINDS = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "GIF": "image/gif",
    "BMP": "image/bmp",
    "TIFF": "image/tiff",
    "HEIF": "image/heic",
    "AVIF": "image/avif",
}


def pdq_of(data: bytes) -> pdq.Pdq:
    """Return the PDQ of a picture file."""
    made = fingerprint(decode(BytesIO(data), Limits()))
    assert made
    return made


def cause_of(data: bytes, limits: Limits | None = None) -> Cause:
    """Return why a file is refused."""
    with pytest.raises(DecodeError) as raised:
        fingerprint(decode(BytesIO(data), limits or Limits()))
    return raised.value.cause


def png_that_claims(width: int, height: int) -> bytes:
    """Return a small PNG file that says it holds this many pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = zlib.compress(bytes(100_000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


def tiff_that_claims(width: int, height: int) -> bytes:
    """Return a compressed TIFF file whose header was changed to hold this many pixels."""
    data = bytearray(to_file(Image.new("L", (64, 64)), "TIFF", compression="tiff_adobe_deflate"))
    (directory,) = struct.unpack_from("<I", data, 4)
    for at in range(directory + 2, directory + 2 + 12 * data[directory], 12):
        tag, kind = struct.unpack_from("<HH", data, at)
        if tag in {256, 257}:
            assert kind in {3, 4}
            struct.pack_into("<HHII", data, at, tag, 4, 1, width if tag == 256 else height)
    return bytes(data)


@pytest.mark.parametrize(("kind", "media_type"), KINDS.items())
def test_the_same_picture_is_found_again_in_every_kind_of_file(kind: str, media_type: str) -> None:
    data = to_file(LEAVES, kind)
    picture = decode(BytesIO(data), Limits())
    assert (picture.media_type, picture.size, picture.n_frames) == (media_type, (320, 240), 1)
    assert pdq.distance(pdq_of(data).value, LEAVES_PDQ.value) <= 10


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
def test_a_file_without_loss_has_exactly_the_pixels_fingerprint(kind: str) -> None:
    assert pdq_of(to_file(LEAVES, kind)) == LEAVES_PDQ


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP", "JPEG", "AVIF"])
def test_the_cameras_orientation_is_applied(kind: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = to_file(LEAVES, kind, exif=exif)
    with Image.open(BytesIO(data)) as stored:
        upright = ImageOps.exif_transpose(stored).convert("RGB")
    picture = decode(BytesIO(data), Limits())
    assert picture.size == upright.size
    assert fingerprint(picture) == pdq.of_pixels(np.array(upright))


def test_a_heic_is_turned_once_and_not_twice() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    upright = np.array(LEAVES.transpose(Image.Transpose.ROTATE_270))
    apart = pdq.distance(
        pdq_of(to_file(LEAVES, "HEIF", exif=exif.tobytes())).value, pdq.of_pixels(upright).value
    )
    assert apart <= 10


def test_transparent_parts_are_white() -> None:
    see_through = LEAVES.convert("RGBA")
    see_through.paste((255, 0, 0, 0), (0, 0, 160, 240))
    on_white = LEAVES.copy()
    on_white.paste((255, 255, 255), (0, 0, 160, 240))
    assert pdq_of(to_file(see_through, "PNG")) == pdq.of_pixels(np.array(on_white))


def test_a_palette_is_looked_up() -> None:
    palette = LEAVES.quantize(64)
    expected = pdq.of_pixels(np.array(palette.convert("RGB")))
    assert pdq_of(to_file(palette, "PNG")) == expected
    assert pdq_of(to_file(palette, "GIF")) == expected


def test_cmyk_becomes_rgb() -> None:
    apart = pdq.distance(pdq_of(to_jpeg(LEAVES.convert("CMYK"))).value, LEAVES_PDQ.value)
    assert apart <= 10


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_become_eight(kind: str) -> None:
    grey = np.array(LEAVES.convert("L"))
    wide = Image.fromarray(grey.astype(np.uint16) * 257)
    expected = pdq.of_pixels(np.stack([grey] * 3, axis=2))
    assert pdq_of(to_file(wide, kind)) == expected


def test_black_and_white_is_a_picture_too() -> None:
    assert pdq_of(to_file(LEAVES.convert("1"), "TIFF")).quality >= 50


def test_the_first_frame_of_an_animation_counts() -> None:
    frames = [dead_leaves(seed, (320, 240)) for seed in (4, 5)]
    data = to_file(LEAVES, "GIF", save_all=True, append_images=frames)
    assert decode(BytesIO(data), Limits()).n_frames == 3
    assert pdq_of(data) == pdq_of(to_file(LEAVES, "GIF"))


def test_a_picture_of_a_few_pixels_is_a_picture_without_pdq() -> None:
    picture = decode(BytesIO(to_file(Image.new("RGB", (1, 1)), "PNG")), Limits())
    assert picture.size == (1, 1)
    assert fingerprint(picture) is None


def test_damaged_notes_do_not_hide_the_picture() -> None:
    data = to_file(LEAVES, "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff\xff")
    assert pdq.distance(pdq_of(data).value, LEAVES_PDQ.value) <= 10


@pytest.mark.parametrize("kind", KINDS)
def test_a_truncated_file_is_refused(kind: str) -> None:
    data = to_file(LEAVES, kind)
    assert cause_of(data[: len(data) // 2]) is Cause.TRUNCATED
    assert cause_of(data[:40]) is Cause.TRUNCATED


@pytest.mark.parametrize(
    "bomb", [png_that_claims(60_000, 60_000), tiff_that_claims(60_000, 60_000)]
)
def test_a_bomb_is_refused_before_it_is_decoded(bomb: bytes) -> None:
    assert len(bomb) < 10_000
    assert cause_of(bomb) is Cause.TOO_MANY_PIXELS


def test_a_file_that_says_more_than_it_holds_is_damaged() -> None:
    assert cause_of(png_that_claims(5_000, 5_000)) is Cause.TRUNCATED
    assert cause_of(tiff_that_claims(5_000, 5_000)) is Cause.TRUNCATED


REFUSED = (
    (b"", Cause.EMPTY),
    (b"\xff", Cause.NOT_AN_IMAGE),
    (b"MZ\x90\x00" + bytes(200), Cause.NOT_AN_IMAGE),
    (b"\x7fELF" + bytes(200), Cause.NOT_AN_IMAGE),
    (b"#!/bin/sh\n", Cause.NOT_AN_IMAGE),
    (b'<svg xmlns="http://www.w3.org/2000/svg"/>', Cause.UNSUPPORTED),
    (b'\xef\xbb\xbf<?xml version="1.0"?><svg/>', Cause.UNSUPPORTED),
    (b"%PDF-1.7\n", Cause.UNSUPPORTED),
    (b"PK\x03\x04" + bytes(30), Cause.UNSUPPORTED),
    (b"\0\0\0\x18ftypisom\0\0\0\0isommp42", Cause.UNSUPPORTED),
    (b"RIFF\0\0\0\0AVI LIST", Cause.UNSUPPORTED),
    (b"%!PS-Adobe-3.0 EPSF-3.0", Cause.UNSUPPORTED),
)


@pytest.mark.parametrize(("data", "cause"), REFUSED)
def test_what_is_no_picture_is_refused_unopened(data: bytes, cause: Cause) -> None:
    with pytest.raises(DecodeError) as raised:
        sniff(data)
    assert raised.value.cause is cause
    assert str(raised.value).endswith(".")


def test_an_avif_behind_a_general_brand_is_an_avif() -> None:
    assert sniff(b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf") == "image/avif"
    assert sniff(b"\0\0\0\x1cftypmif1\0\0\0\0mif1heicmiaf") == "image/heic"


def test_a_rendering_is_small_upright_and_has_no_notes() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "a note"
    data = to_jpeg(LEAVES, exif=exif, comment=b"a note")
    jpeg = render(decode(BytesIO(data), Limits()), max_side=100, blur=3.0, is_grey=True)
    with Image.open(BytesIO(jpeg)) as rendered:
        assert (rendered.size, rendered.mode) == ((75, 100), "L")
        assert not rendered.getexif()
    assert b"a note" in data
    assert b"a note" not in jpeg


def test_a_rendering_is_never_larger_than_the_picture() -> None:
    jpeg = render(decode(BytesIO(to_jpeg(LEAVES)), Limits()), max_side=9999, blur=0, is_grey=False)
    with Image.open(BytesIO(jpeg)) as rendered:
        assert (rendered.size, rendered.mode) == ((320, 240), "RGB")
