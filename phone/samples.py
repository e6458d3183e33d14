"""Pictures to forward, drawn by code: landscapes, objects and dead leaves.

They show nobody, are the same on every machine, and have enough detail at every size for a
perceptual fingerprint to hold on to.
"""

import io
import math
import random
from collections.abc import Callable
from functools import cache

from PIL import Image, ImageDraw, ImageFilter

Colour = tuple[int, int, int]
SIZE = (960, 720)
QUALITY = 92


def _shade(colour: Colour, factor: float) -> Colour:
    red, green, blue = (max(0, min(255, round(part * factor))) for part in colour)
    return red, green, blue


def _sky(top: Colour, bottom: Colour) -> Image.Image:
    column = Image.new("RGB", (1, SIZE[1]))
    for y in range(SIZE[1]):
        share = y / SIZE[1]
        mixed = [round(a + (b - a) * share) for a, b in zip(top, bottom, strict=True)]
        column.putpixel((0, y), (mixed[0], mixed[1], mixed[2]))
    return column.resize(SIZE)


def _ridge(draw: ImageDraw.ImageDraw, dice: random.Random, height: int, colour: Colour) -> None:
    """Draw one line of hills across the picture, from `height` down."""
    phases = [(dice.uniform(0, 6.28), dice.uniform(0.002, 0.02), dice.uniform(8, 45))]
    phases += [(dice.uniform(0, 6.28), dice.uniform(0.02, 0.09), dice.uniform(2, 12))] * 2
    outline = [
        (x, height + sum(math.sin(x * pace + start) * depth for start, pace, depth in phases))
        for x in range(0, SIZE[0] + 8, 8)
    ]
    draw.polygon([*outline, (SIZE[0] + 8, SIZE[1]), (0, SIZE[1])], fill=colour)


def _mountains(dice: random.Random) -> Image.Image:
    picture = _sky((96, 146, 204), (238, 214, 186))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((660, 90, 780, 210), fill=(255, 244, 204))
    for step in range(6):
        _ridge(draw, dice, 250 + step * 75, _shade((122, 138, 164), 1 - step * 0.15))
    for _ in range(140):
        x, y = dice.randrange(SIZE[0]), dice.randrange(520, SIZE[1])
        tall = (y - 480) // 4
        draw.polygon([(x, y - tall), (x - tall // 3, y), (x + tall // 3, y)], fill=(22, 44, 38))
    return picture


def _harbour(dice: random.Random) -> Image.Image:
    picture = _sky((36, 44, 88), (232, 138, 94))
    draw = ImageDraw.Draw(picture)
    for x in range(0, SIZE[0], 60):
        tall = dice.randrange(90, 280)
        wall = _shade((58, 54, 82), dice.uniform(0.6, 1.2))
        draw.rectangle((x, 430 - tall, x + 56, 430), fill=wall)
        for row in range(430 - tall + 12, 420, 24):
            lit = dice.choice([(250, 220, 130), (34, 32, 54)])
            draw.rectangle((x + 10, row, x + 20, row + 12), fill=lit)
            draw.rectangle((x + 34, row, x + 44, row + 12), fill=_shade(lit, 0.8))
    draw.rectangle((0, 430, *SIZE), fill=(46, 62, 96))
    for _ in range(420):
        x, y = dice.randrange(SIZE[0]), dice.randrange(440, SIZE[1])
        draw.line((x, y, x + dice.randrange(20, 90), y), fill=(214, 142, 104), width=2)
    for x in (180, 520, 760):
        draw.polygon([(x, 540), (x + 130, 540), (x + 104, 586), (x + 24, 586)], fill=(172, 58, 50))
        draw.polygon([(x + 62, 370), (x + 62, 530), (x + 122, 530)], fill=(242, 238, 226))
    return picture


def _field(dice: random.Random) -> Image.Image:
    picture = _sky((120, 176, 226), (216, 234, 240))
    draw = ImageDraw.Draw(picture)
    for _ in range(26):
        x, y, wide = dice.randrange(SIZE[0]), dice.randrange(20, 240), dice.randrange(40, 130)
        draw.ellipse((x, y, x + wide, y + wide // 3), fill=(246, 248, 250))
    draw.rectangle((0, 330, *SIZE), fill=(92, 132, 62))
    colours: list[Colour] = [(226, 58, 70), (248, 196, 40), (240, 120, 168), (128, 74, 168)]
    for row in range(340, SIZE[1], 14):
        size = 3 + (row - 330) // 26
        for x in range(dice.randrange(size), SIZE[0], size * 2 + 4):
            flower = _shade(colours[(row // 56) % 4], dice.uniform(0.7, 1.1))
            draw.ellipse((x, row, x + size, row + size), fill=flower)
    draw.rectangle((700, 180, 760, 380), fill=(120, 84, 60))
    draw.line((610, 110, 850, 290), fill=(60, 44, 34), width=10)
    draw.line((850, 110, 610, 290), fill=(60, 44, 34), width=10)
    return picture


def _shelf(dice: random.Random) -> Image.Image:
    picture = Image.new("RGB", SIZE, (88, 62, 44))
    draw = ImageDraw.Draw(picture)
    for floor in range(3):
        bottom = 230 + floor * 235
        x = 20
        while x < SIZE[0] - 40:
            wide, tall = dice.randrange(18, 62), dice.randrange(120, 205)
            cover = (dice.randrange(40, 240), dice.randrange(40, 220), dice.randrange(40, 210))
            draw.rectangle((x, bottom - tall, x + wide, bottom), fill=cover)
            band = bottom - tall + dice.randrange(14, 60)
            draw.rectangle((x, band, x + wide, band + 10), fill=_shade(cover, 1.6))
            x += wide + 3
        draw.rectangle((0, bottom, SIZE[0], bottom + 18), fill=(132, 96, 66))
    return picture


def _bicycle(dice: random.Random) -> Image.Image:
    picture = Image.new("RGB", SIZE, (168, 92, 74))
    draw = ImageDraw.Draw(picture)
    for row in range(0, 560, 28):
        for x in range(-40 * (row // 28 % 2), SIZE[0], 80):
            brick = _shade((172, 88, 68), dice.uniform(0.7, 1.2))
            draw.rectangle((x + 2, row + 2, x + 77, row + 25), fill=brick)
    draw.rectangle((0, 560, *SIZE), fill=(112, 112, 116))
    wheels = ((270, 480), (690, 480))
    for x, y in wheels:
        draw.ellipse((x - 140, y - 140, x + 140, y + 140), outline=(24, 24, 28), width=14)
        for spoke in range(0, 360, 20):
            angle = math.radians(spoke)
            end = (x + 130 * math.cos(angle), y + 130 * math.sin(angle))
            draw.line((x, y, *end), fill=(206, 206, 210), width=3)
    frame = [(270, 480), (400, 290), (620, 290), (470, 480), (270, 480)]
    draw.line(frame, fill=(30, 92, 150), width=16)
    draw.line([(470, 480), (385, 240)], fill=(30, 92, 150), width=16)
    draw.line([(690, 480), (600, 220), (660, 200)], fill=(30, 92, 150), width=16)
    draw.rounded_rectangle((330, 215, 440, 245), 14, fill=(36, 28, 24))
    return picture


def _fruit(dice: random.Random) -> Image.Image:
    picture = Image.new("RGB", SIZE, (226, 214, 196))
    draw = ImageDraw.Draw(picture)
    for stripe in range(0, SIZE[0], 48):
        draw.line((stripe, 0, stripe - 160, SIZE[1]), fill=(204, 184, 158), width=12)
    draw.ellipse((120, 250, 840, 690), fill=(64, 110, 144))
    draw.ellipse((170, 285, 790, 650), fill=(88, 144, 182))
    colours: list[Colour] = [(214, 48, 44), (240, 176, 40), (118, 168, 52), (160, 60, 120)]
    for _ in range(42):
        x, y, size = dice.randrange(240, 640), dice.randrange(300, 520), dice.randrange(40, 110)
        fruit = _shade(dice.choice(colours), dice.uniform(0.7, 1.1))
        draw.ellipse((x, y, x + size, y + size), fill=fruit, outline=_shade(fruit, 0.6), width=4)
        draw.ellipse((x + 12, y + 10, x + size // 3, y + size // 3), fill=_shade(fruit, 1.5))
    return picture


def _leaves(dice: random.Random, warm: Colour) -> Image.Image:
    """Draw opaque shapes over one another at all sizes: detail at every scale, as in nature."""
    picture = Image.new("RGB", SIZE, _shade(warm, 0.4))
    draw = ImageDraw.Draw(picture)
    for _ in range(900):
        size = min(260, 14 / max(0.05, dice.random()))
        x, y = dice.uniform(-60, SIZE[0]), dice.uniform(-60, SIZE[1])
        colour = _shade(warm, dice.uniform(0.3, 1.9))
        shape = (x, y, x + size, y + size * dice.uniform(0.5, 1.5))
        draw.ellipse(shape, fill=colour)
        draw.line((x, y + size / 2, x + size, y + size / 2), fill=_shade(colour, 0.7), width=2)
    return picture


def _autumn(dice: random.Random) -> Image.Image:
    return _leaves(dice, (176, 104, 44))


def _pond(dice: random.Random) -> Image.Image:
    return _leaves(dice, (62, 128, 112))


Drawing = Callable[[random.Random], Image.Image]
SAMPLES: dict[str, tuple[str, Drawing]] = {
    "mountains": ("Mountains", _mountains),
    "harbour": ("Harbour at dusk", _harbour),
    "field": ("Flower field", _field),
    "shelf": ("Bookshelf", _shelf),
    "bicycle": ("Bicycle", _bicycle),
    "fruit": ("Fruit bowl", _fruit),
    "autumn": ("Autumn leaves", _autumn),
    "pond": ("Pond", _pond),
}


@cache
def sample(name: str) -> bytes:
    """Return the sample of this name as a JPEG, the same bytes every time."""
    _, draw = SAMPLES[name]
    dice = random.Random(name)  # noqa: S311 - pictures need the same dice, not secret ones
    picture = draw(dice).filter(ImageFilter.SMOOTH)
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=QUALITY)
    return stream.getvalue()
