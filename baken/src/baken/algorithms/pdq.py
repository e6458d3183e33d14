"""PDQ: a 256-bit fingerprint of what a picture looks like, after Meta's reference.

The result equals the reference implementation's bit for bit on the same pixels. Therefore
every sum here runs in its order and in its precision, 32 bits, even where that looks odd:
running sums that add before they subtract, a division where a product would do.

What differs is what is not computed and where it is kept. The reference blurs the whole
picture twice and then looks at 64 x 64 points of it; we finish only those points, and we walk
the columns of a picture side by side, so that one pass over memory serves both directions.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baken.algorithms.compiled import compiled

BITS = 256
SMALLEST_SIDE = 5
"""A picture with a shorter side has no PDQ (the reference answers zero for it)."""

Luma = NDArray[np.float32]

_SIDE = 64  # the picture is reduced to 64 x 64 points
_FREQUENCIES = 16  # of which the 16 x 16 lowest frequencies are kept


def _cosines() -> NDArray[np.float32]:
    """Return the 16 x 64 matrix of the discrete cosine transform, without its constant row."""
    scale = float(np.float32(math.sqrt(2.0 / _SIDE)))
    angle = math.pi / 2.0 / _SIDE
    rows = [
        [scale * math.cos(angle * (i + 1) * (2 * j + 1)) for j in range(_SIDE)]
        for i in range(_FREQUENCIES)
    ]
    return np.array(rows, dtype=np.float32)


_COSINES = _cosines()


@dataclass(frozen=True, slots=True)
class Pdq:
    """The 32 bytes, and how much there is in the picture to recognise (0 to 100)."""

    value: bytes
    quality: int


class TooSmallError(ValueError):
    """The picture has too few pixels to have a PDQ."""

    def __init__(self, height: int, width: int) -> None:
        super().__init__(
            f"A picture of {width} x {height} pixels has no PDQ: each side needs {SMALLEST_SIDE}."
        )


@compiled("void(uint8[:, :, ::1], float32[:, :])")
def write_luma(rgb: NDArray[np.uint8], luma: Luma) -> None:
    """Write the brightness of each pixel of `rgb` (height x width x 3) to `luma`.

    In 64 bits and rounded once at the end, as the reference's Python package does it.
    """
    for i in range(rgb.shape[0]):
        for j in range(rgb.shape[1]):
            red, green, blue = rgb[i, j, 0], rgb[i, j, 1], rgb[i, j, 2]
            luma[i, j] = np.float32(red * 0.299 + green * 0.587 + blue * 0.114)


@compiled("void(float32[:, ::1], float32[:, ::1], int64)")
def _blur_rows(rows: Luma, out: Luma, window: int) -> None:
    """Write the running mean along each row; the rows go side by side to keep the core busy."""
    n_rows, length = rows.shape
    half = (window + 2) // 2
    sums = np.zeros(n_rows, dtype=np.float32)
    size = 0
    for step in range(length + half - 1):
        add, drop, put = step, step - window, step - half + 1
        if add < length:
            size += 1
        if drop >= 0:
            size -= 1
        divisor = np.float32(size)
        for r in range(n_rows):
            total = sums[r]
            if add < length:
                total += rows[r, add]
            if drop >= 0:
                total -= rows[r, drop]
            sums[r] = total
            if put >= 0:
                out[r, put] = total / divisor


@compiled("void(float32[:, ::1], int64, float32[:, ::1], int64)")
def _blur_some_rows(rows: Luma, first: int, kept: Luma, window: int) -> None:
    """Blur rows of the picture, the first of which is number `first`, into the ring `kept`."""
    blurred = np.zeros(rows.shape, dtype=np.float32)
    _blur_rows(rows, blurred, window)
    for r in range(rows.shape[0]):
        kept[(first + r) % kept.shape[0]] = blurred[r]


@compiled("void(float32[::1], float32[::1], int64[::1], int64)")
def _blur_row_at(row: Luma, out: Luma, points: NDArray[np.int64], window: int) -> None:
    """Write the running mean of one row, at the given points only."""
    length = row.shape[0]
    half = (window + 2) // 2
    total = np.float32(0.0)
    size = 0
    wanted = 0
    for step in range(length + half - 1):
        if step < length:
            total += row[step]
            size += 1
        if step >= window:
            total -= row[step - window]
            size -= 1
        while wanted < points.shape[0] and points[wanted] == step - half + 1:
            out[wanted] = total / np.float32(size)
            wanted += 1


@compiled("void(float32[::1], float32[::1], float32)")
def _divide(sums: Luma, out: Luma, divisor: np.float32) -> None:
    for j in range(sums.shape[0]):
        out[j] = sums[j] / divisor


@compiled("int64[::1](int64)")
def _points(length: int) -> NDArray[np.int64]:
    """Return the 64 places of a side that the reduced picture is made of."""
    points = np.empty(64, dtype=np.int64)
    for k in range(64):
        points[k] = int(((k + 0.5) * length) / 64)
    return points


@compiled("float32[:, ::1](float32[:, ::1])")
def _reduce(luma: Luma) -> Luma:
    """Blur twice in both directions and return 64 x 64 points of the result.

    The first blur along the columns keeps one running sum for every column and the last
    `window` rows; each row it finishes is blurred again at once, at 64 points.
    """
    height, width = luma.shape
    across = (width + 127) // 128
    window = (height + 127) // 128
    half = (window + 2) // 2
    columns = _points(width)
    batch = 8
    n_kept = window + batch
    kept = np.zeros((n_kept, width), dtype=np.float32)
    sums = np.zeros(width, dtype=np.float32)
    row = np.zeros(width, dtype=np.float32)
    narrow = np.zeros((height, 64), dtype=np.float32)
    size = 0
    for step in range(height + half - 1):
        if step < height:
            if step % batch == 0:
                _blur_some_rows(luma[step : step + batch], step, kept, across)
            sums += kept[step % n_kept]
            size += 1
        if step >= window:
            sums -= kept[(step - window) % n_kept]
            size -= 1
        if step >= half - 1:
            _divide(sums, row, np.float32(size))
            _blur_row_at(row, narrow[step - half + 1], columns, across)
    across_done = narrow.T.copy()
    reduced = np.zeros((64, 64), dtype=np.float32)
    rows = _points(height)
    for j in range(64):
        _blur_row_at(across_done[j], reduced[j], rows, window)
    return reduced.T.copy()


@compiled("int64(float32[:, ::1], int64, int64)")
def _changes(points: Luma, down: int, right: int) -> int:
    """Return how much the points differ from those `down` and `right` of them, in hundredths."""
    total = 0
    for i in range(64 - down):
        for j in range(64 - right):
            change = points[i, j] - points[i + down, j + right]
            total += abs(int(change * np.float32(100) / np.float32(255)))
    return total


def _quality(points: Luma) -> int:
    """Return how much the reduced picture changes from point to point, 0 to 100."""
    total = int(_changes(points, 1, 0)) + int(_changes(points, 0, 1))
    return min(total // 90, 100)  # 90 is the reference's, found by trial


@compiled("float32[::1](float32[:, ::1], float32[:, ::1])")
def _frequencies(points: Luma, cosines: Luma) -> Luma:
    """Return the 256 lowest frequencies of the reduced picture, row by row."""
    half_done = np.zeros((16, 64), dtype=np.float32)
    result = np.zeros(256, dtype=np.float32)
    for i in range(16):
        for j in range(64):
            total = np.float32(0.0)
            for k in range(64):
                total += cosines[i, k] * points[k, j]
            half_done[i, j] = total
    for i in range(16):
        for j in range(16):
            total = np.float32(0.0)
            for k in range(64):
                total += half_done[i, k] * cosines[j, k]
            result[i * 16 + j] = total
    return result


def of_luma(luma: Luma) -> Pdq:
    """Return the PDQ of a picture's brightness (height x width, 32-bit, 0 to 255)."""
    height, width = luma.shape
    if min(height, width) < SMALLEST_SIDE:
        raise TooSmallError(height, width)
    points = luma if luma.shape == (_SIDE, _SIDE) else _reduce(np.ascontiguousarray(luma))
    frequencies = _frequencies(points, _COSINES)
    # The reference's median of 256 values is the 128th smallest, not the mean of the middle two.
    median = np.sort(frequencies)[BITS // 2 - 1]
    value = np.packbits((frequencies > median)[::-1]).tobytes()
    return Pdq(value, _quality(points))


def of_pixels(rgb: NDArray[np.uint8]) -> Pdq:
    """Return the PDQ of pixels (height x width x 3)."""
    luma = np.empty(rgb.shape[:2], dtype=np.float32)
    write_luma(np.ascontiguousarray(rgb), luma)
    return of_luma(luma)


def distance(a: bytes, b: bytes) -> int:
    """Return in how many of the 256 bits two values differ."""
    return (int.from_bytes(a) ^ int.from_bytes(b)).bit_count()
