"""Pictures drawn by code, the same for the same seed, with enough in them to be recognised.

No photograph is ever used in a test. Both kinds have a PDQ quality well above 50.
"""

from io import BytesIO

import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

pillow_heif.register_heif_opener()

Size = tuple[int, int]
Colour = tuple[int, int, int]
Random = np.random.Generator


def _colour(random: Random) -> Colour:
    red, green, blue = (int(value) for value in random.integers(0, 256, 3))
    return red, green, blue


def dead_leaves(seed: int, size: Size = (640, 480)) -> Image.Image:
    """Return discs of all sizes over one another, as leaves on a forest floor."""
    random = np.random.default_rng(seed)
    width, height = size
    image = Image.new("RGB", size, _colour(random))
    draw = ImageDraw.Draw(image)
    for radius in sorted(1.0 / random.uniform(1.0, 12.0, 160), reverse=True):
        r = radius * 0.4 * min(size)
        x, y = random.uniform(0, width), random.uniform(0, height)
        draw.ellipse((x - r, y - r, x + r, y + r), fill=_colour(random))
    return image.filter(ImageFilter.GaussianBlur(1))


def _ridge(random: Random, width: int, roughness: float) -> NDArray[np.float64]:
    """Return the outline of hills: waves of all lengths, the short ones lower."""
    x = np.linspace(0.0, 1.0, width)
    waves = [roughness / n * np.sin(2 * np.pi * (n * x + random.uniform())) for n in range(1, 24)]
    ridge: NDArray[np.float64] = np.sum(waves, axis=0)
    return ridge


def landscape(seed: int, size: Size = (640, 480)) -> Image.Image:
    """Return a sky with a sun, and hills behind one another with houses on them."""
    random = np.random.default_rng(seed)
    width, height = size
    image = Image.new("RGB", size, _colour(random))
    draw = ImageDraw.Draw(image)
    sun, r = random.uniform(0.1, 0.9) * width, 0.09 * min(size)
    draw.ellipse((sun - r, 0.15 * height - r, sun + r, 0.15 * height + r), fill=(255, 240, 180))
    for level in np.linspace(0.3, 0.95, 6):
        ridge = (level + 0.12 * _ridge(random, width, 1.0)) * height
        outline = [(float(x), float(y)) for x, y in enumerate(ridge)]
        draw.polygon([(0, height), *outline, (width, height)], fill=_colour(random))
        for x in random.integers(0, width, 14):
            y, side = float(ridge[x]), random.uniform(0.02, 0.09) * min(size)
            draw.rectangle((x - side, y - side, x + side, y + side), fill=_colour(random))
    return image


def to_jpeg(image: Image.Image, quality: int = 90, **options: object) -> bytes:
    """Return the picture as a JPEG file."""
    return to_file(image, "JPEG", quality=quality, **options)


def to_file(image: Image.Image, kind: str, **options: object) -> bytes:
    """Return the picture as a file of a kind that Pillow knows."""
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def heavy_png() -> bytes:
    """Return a small file that takes seconds to decode and to fingerprint."""
    return to_file(Image.new("L", (11_000, 11_000)), "PNG")
