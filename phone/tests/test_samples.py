"""The pictures: always the same, and none like another."""

import io

import pytest
from PIL import Image

from phone.samples import SAMPLES, sample


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_the_same_jpeg_every_time(name: str) -> None:
    once = sample(name)
    sample.cache_clear()
    assert sample(name) == once
    with Image.open(io.BytesIO(once)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (960, 720))


def test_no_two_samples_are_the_same() -> None:
    assert len({sample(name) for name in SAMPLES}) == len(SAMPLES) == 8
