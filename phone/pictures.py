"""What an app does to a picture before it sends it: recognise it, re-encode it, make previews."""

import io
import warnings
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageOps

MAX_PIXELS = 50_000_000  # a larger one is sent as it is, like a document
RECENT = 32  # pictures that are sent again and again, by a bench say
TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that the app could read: its real type and size."""

    media_type: str
    width: int
    height: int


@lru_cache(maxsize=RECENT)
def look_at(content: bytes) -> Picture | None:
    """Return what kind of picture this is; None for anything an app would send as a file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=list(TYPES)) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    return None
                picture.load()
                return Picture(TYPES[picture.format or ""], picture.width, picture.height)
    # Pillow meets broken files with many kinds of errors; to the sender all mean "a file".
    except Exception:  # noqa: BLE001 - see above
        return None


def re_encoded(content: bytes, *, quality: int, scale: float) -> bytes:
    """Return the picture as the JPEG that an app makes of it on the way."""
    with Image.open(io.BytesIO(content), formats=list(TYPES)) as opened:
        picture = ImageOps.exif_transpose(opened).convert("RGB")
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    if size != picture.size:
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    return _jpeg(picture, quality)


@lru_cache(maxsize=RECENT)
def preview(content: bytes, longest_side: int) -> bytes:
    """Return a small JPEG of the picture."""
    with Image.open(io.BytesIO(content), formats=list(TYPES)) as opened:
        picture = opened.convert("RGB")
    picture.thumbnail((longest_side, longest_side))
    return _jpeg(picture, 80)


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality)
    return stream.getvalue()
