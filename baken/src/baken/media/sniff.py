"""Tell a file's real kind from its first bytes; names and declared types are never believed."""

from baken.media.limits import Cause, DecodeError

HEAD = 512
"""So many first bytes are enough."""

_BEGINNINGS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"II+\0", "image/tiff"),  # BigTIFF
    (b"MM\0+", "image/tiff"),
    (b"BM", "image/bmp"),
)

_BRANDS = {  # of the ISO base media file format: who wrote the file, at byte 8
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"heim": "image/heic",
    b"heis": "image/heic",
    b"hevc": "image/heic",
    b"hevx": "image/heic",
    b"mif1": "image/heic",
    b"msf1": "image/heic",
}

MEDIA_TYPES = frozenset({kind for _, kind in _BEGINNINGS} | set(_BRANDS.values()) | {"image/webp"})
"""Everything that is ever decoded."""

_KNOWN_BUT_NOT_OPENED = (
    b"%PDF",
    b"PK\x03\x04",
    b"\xff\x0a",  # JPEG XL
    b"\0\0\0\x0cJXL ",
    b"\0\0\0\x0cjP  ",  # JPEG 2000
    b"8BPS",
    b"\0\0\x01\0",  # icon
    b"RIFF",  # sound and video; WebP was asked for before
    b"\x1aE\xdf\xa3",  # Matroska, WebM
    b"\0\0\x01\xba",
    b"OggS",
    b"%!PS",
    b"\xc5\xd0\xd3\xc6",  # EPS
)


def _brand(head: bytes) -> str | None:
    """Return the type that an ISO base media file declares; AVIF may hide behind `mif1`."""
    length = min(int.from_bytes(head[:4]), len(head))
    brands = [head[8:12]] + [head[at : at + 4] for at in range(16, length - 3, 4)]
    known = [_BRANDS[brand] for brand in brands if brand in _BRANDS]
    return "image/avif" if "image/avif" in known else next(iter(known), None)


def _is_drawing(head: bytes) -> bool:
    """Return whether this is SVG or the like: text that a viewer would run."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:256].lower()
    return start.startswith((b"<?xml", b"<svg", b"<!doctype", b"<html")) or b"<svg" in start


def sniff(data: bytes | memoryview) -> str:
    """Return the media type of a file that we open, or raise DecodeError."""
    head = bytes(data[:HEAD])
    if not head:
        raise DecodeError(Cause.EMPTY)
    for beginning, media_type in _BEGINNINGS:
        if head.startswith(beginning):
            return media_type
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    is_container = head[4:8] == b"ftyp"
    by_brand = _brand(head) if is_container else None
    if by_brand:
        return by_brand
    is_known = is_container or head.startswith(_KNOWN_BUT_NOT_OPENED) or _is_drawing(head)
    raise DecodeError(Cause.UNSUPPORTED if is_known else Cause.NOT_AN_IMAGE)
