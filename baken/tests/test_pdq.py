"""PDQ: equal to the reference bit for bit, and a distance that is one."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from baken.algorithms import pdq
from tests.pictures import dead_leaves, landscape, to_jpeg

Draw = Callable[[int, tuple[int, int]], Image.Image]

values = st.binary(min_size=32, max_size=32)

# Made once with pdqhash 0.2.8, the reference's C++ code behind Python.
GOLDEN = (
    ((1, 640, 480), "ba57ed5a9189b9b569a6193d9ba369b7cd0708c6765399d5304a053a456f28e2"),
    ((2, 480, 640), "0df6956a4634b4b6a5d9b0ae6c43acbc4a7289bb8f15dfc231b65b14c02c37b1"),
    ((3, 64, 64), "60026c0fadec25a52a5b73d24f8b78d046e50f2de4eca52558f35ada9b9378d2"),
    ((4, 128, 128), "21de411f36c8ef0414688f06f13894eb0cfeeb94ce47b0798b97107ba937fec0"),
    ((5, 129, 127), "7213e297596241fcfce4e8e1156bcec61d53b139ea94170e131bbe03a29d752c"),
    ((6, 5, 300), "94a581e06e5b64d969da695a64d9c4f193a46e1b9e279e273c8fc4f1685a61d8"),
    ((7, 1001, 33), "de25b6bc4d4365fa9c05b2bd4d426dda9c05b6bd4d4269529e05b6bd4d424d42"),
    ((8, 1600, 1200), "429959a5a373860f68dd870c497bf3ca7b38f402c6fc775eab8c22c99d6f1420"),
    ((9, 63, 200), "585a0587d99b666699b926649999a7a587875b5a5a5a64646666b5a5b4b0b9b9"),
)


def blocks(seed: int, width: int, height: int) -> NDArray[np.uint8]:
    """Return coarse squares with noise on them; integers only, so the same for ever."""
    random = np.random.RandomState(seed)  # the one whose numbers never change
    coarse = random.randint(0, 256, (height // 16 + 1, width // 16 + 1, 3))
    fine = random.randint(-24, 25, (height, width, 3))
    squares = coarse.repeat(16, 0).repeat(16, 1)[:height, :width]
    pixels: NDArray[np.uint8] = np.clip(squares + fine, 0, 255).astype(np.uint8)
    return pixels


@pytest.mark.parametrize(("drawn", "value"), GOLDEN)
def test_it_equals_what_the_reference_gave(drawn: tuple[int, int, int], value: str) -> None:
    assert pdq.of_pixels(blocks(*drawn)) == pdq.Pdq(bytes.fromhex(value), quality=100)


def test_a_flat_picture_has_the_references_bits_and_no_quality() -> None:
    flat = np.full((100, 100, 3), 7, dtype=np.uint8)
    value = "00001134000011341134554b11342c4b00002c4b2c4b13a0017e820082001134"
    assert pdq.of_pixels(flat) == pdq.Pdq(bytes.fromhex(value), quality=0)


@pytest.mark.parametrize("size", [(640, 480), (479, 641), (64, 64), (5, 5), (2000, 50)])
@pytest.mark.parametrize("draw", [dead_leaves, landscape])
def test_it_equals_the_reference_where_that_is_installed(draw: Draw, size: tuple[int, int]) -> None:
    reference = pytest.importorskip(
        "pdqhash", reason="pdqhash is not installed: it needs a compiler, and we do not need it"
    )
    pixels = np.array(draw(7, size))
    bits, quality = reference.compute(pixels)
    made = pdq.of_pixels(pixels)
    assert (made.value, made.quality) == (np.packbits(bits.astype(np.uint8)).tobytes(), quality)


def test_a_picture_of_a_few_pixels_has_none() -> None:
    with pytest.raises(pdq.TooSmallError, match="4 x 9"):
        pdq.of_pixels(np.zeros((9, 4, 3), dtype=np.uint8))


@given(values, values, values)
def test_the_distance_is_a_metric(a: bytes, b: bytes, c: bytes) -> None:
    assert pdq.distance(a, a) == 0
    assert pdq.distance(a, b) == pdq.distance(b, a)
    assert pdq.distance(a, c) <= pdq.distance(a, b) + pdq.distance(b, c)


def test_an_inverted_value_is_as_far_as_can_be() -> None:
    assert pdq.distance(bytes(32), b"\xff" * 32) == pdq.BITS


@pytest.mark.parametrize("draw", [dead_leaves, landscape])
def test_the_drawn_pictures_have_enough_in_them(draw: Draw) -> None:
    qualities = [pdq.of_pixels(np.array(draw(seed, (320, 240)))).quality for seed in range(5)]
    assert min(qualities) >= 50
    assert to_jpeg(draw(1, (64, 64))) == to_jpeg(draw(1, (64, 64)))
