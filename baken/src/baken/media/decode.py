"""Decode a picture, and make of it what is looked at or fingerprinted.

Belongs in a sandbox worker: what runs here was written by strangers, in C.

Every picture is converted first, so that the same picture in another kind of file has the same
fingerprint: the first frame, the orientation its camera noted applied, transparent parts on
white (what browsers and chat apps show); palettes, CMYK, grey and 16-bit samples as 8-bit RGB.
Colour profiles are not applied; they move a PDQ by a bit or two.

A JPEG is decoded whole. Decoding it at a smaller scale (DCT scaling) is several times faster
and moves the PDQ by about 4 bits; its place is `decode`, before `load`.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import IO, NamedTuple

import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageFile, ImageFilter

from baken.algorithms import pdq
from baken.media.limits import Cause, DecodeError, Limits
from baken.media.sniff import HEAD, sniff

BACKGROUND = (255, 255, 255, 255)

_FORMATS = {
    "image/jpeg": ("JPEG", "MPO"),
    "image/png": ("PNG",),
    "image/gif": ("GIF",),
    "image/webp": ("WEBP",),
    "image/bmp": ("BMP",),
    "image/tiff": ("TIFF",),
    "image/heic": ("HEIF",),
    "image/avif": ("AVIF",),
}
_STRIP = 256  # rows that are converted at a time, so that memory holds one copy of the picture
_WIDE = ("I", "I;16", "I;16L", "I;16B", "I;16N")

_TURNS = {  # EXIF orientation -> what turns the picture the right way up
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ON_ITS_SIDE = (5, 6, 7, 8)


class Picture(NamedTuple):
    """A decoded picture, not yet turned the right way up."""

    image: Image.Image
    media_type: str
    orientation: int
    n_frames: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, the right way up."""
        width, height = self.image.size
        return (height, width) if self.orientation in _ON_ITS_SIDE else (width, height)


def prepare() -> None:
    """Load every decoder, and switch off what would read more than we ask for."""
    # A thread per core buys little on one picture and needs more memory than we plan for.
    pillow_heif.register_heif_opener(decode_threads=1, thumbnails=False)
    Image.init()
    Image.MAX_IMAGE_PIXELS = None  # our own limit is asked for before anything is decoded
    ImageFile.LOAD_TRUNCATED_IMAGES = False


@contextmanager
def _named_errors() -> Iterator[None]:
    """Turn whatever a decoder raises into a DecodeError; what it merely mutters is ignored."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except DecodeError:
        raise
    except MemoryError as error:
        raise DecodeError(Cause.OUT_OF_MEMORY) from error
    except Exception as error:
        # Image libraries raise about everything on a damaged file: OSError, SyntaxError,
        # ValueError, struct.error, IndexError, KeyError, ZeroDivisionError, RuntimeError.
        raise DecodeError(Cause.TRUNCATED) from error


def _orientation(image: Image.Image) -> int:
    """Return the EXIF orientation; a picture whose notes are damaged is the right way up."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # noqa: BLE001  # as above: the picture itself is fine
        return 1
    return value if value in _TURNS else 1


def decode(file: IO[bytes], limits: Limits) -> Picture:
    """Return the first frame of a picture file, or raise DecodeError."""
    file.seek(0)
    media_type = sniff(file.read(HEAD))
    file.seek(0)
    with _named_errors():
        image = Image.open(file, formats=_FORMATS[media_type])
        if image.width * image.height > limits.pixels:
            raise DecodeError(Cause.TOO_MANY_PIXELS)
        n_frames = getattr(image, "n_frames", 1)
        image.load()
        return Picture(image, media_type, _orientation(image), n_frames)


def _to_rgb(image: Image.Image) -> Image.Image:
    """Return the pixels as 8-bit RGB on the background."""
    if image.mode in _WIDE:
        high = np.clip(np.asarray(image, dtype=np.int64), 0, 0xFFFF) >> 8
        return Image.fromarray(high.astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, BACKGROUND), rgba).convert("RGB")
    return image.convert("RGB")


def _strips(image: Image.Image) -> Iterator[tuple[int, Image.Image]]:
    """Return the picture as RGB, some rows at a time, each with its first row's number."""
    for top in range(0, image.height, _STRIP):
        bottom = min(top + _STRIP, image.height)
        yield top, _to_rgb(image.crop((0, top, image.width, bottom)))


def _as_stored(upright: pdq.Luma, orientation: int) -> pdq.Luma:
    """Return a view of `upright` whose rows and columns run as the file stores them."""
    flipped_rows = upright[::-1] if orientation in (3, 4, 7, 8) else upright
    flipped = flipped_rows[:, ::-1] if orientation in (2, 3, 6, 7) else flipped_rows
    return flipped.T if orientation in _ON_ITS_SIDE else flipped


def luma(picture: Picture) -> pdq.Luma:
    """Return the picture's brightness, the right way up; its pixels are released."""
    width, height = picture.size
    upright = np.empty((height, width), dtype=np.float32)
    stored = _as_stored(upright, picture.orientation)
    with _named_errors():
        for top, strip in _strips(picture.image):
            pixels: NDArray[np.uint8] = np.array(strip)
            pdq.write_luma(pixels, stored[top : top + strip.height])
    picture.image.close()
    return upright


def fingerprint(picture: Picture) -> pdq.Pdq | None:
    """Return the picture's PDQ; a picture of a few pixels has none."""
    with _named_errors():
        if min(picture.size) < pdq.SMALLEST_SIDE:
            return None
        return pdq.of_luma(luma(picture))


def render(picture: Picture, *, max_side: int, blur: float, is_grey: bool) -> bytes:
    """Return the picture as a new JPEG without any of the file's own bytes or notes.

    `max_side` bounds both sides; `blur` is a radius in pixels of the result.
    """
    with _named_errors():
        scale = min(1.0, max_side / max(picture.image.size))
        width, height = (max(1, round(side * scale)) for side in picture.image.size)
        small = Image.new("RGB", picture.image.size)
        for top, strip in _strips(picture.image):
            small.paste(strip, (0, top))
        picture.image.close()
        small = small.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0)
        if picture.orientation in _TURNS:
            small = small.transpose(_TURNS[picture.orientation])
        if is_grey:
            small = small.convert("L")
        if blur:
            small = small.filter(ImageFilter.GaussianBlur(blur))
        buffer = BytesIO()
        small.save(buffer, "JPEG", quality=85)
        return buffer.getvalue()
