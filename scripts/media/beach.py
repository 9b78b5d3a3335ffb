"""A beach by day: sea, wet and dry sand, a parasol, a board and a palm."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from . import Plane, gradient, mix, noise, sample, smooth

DAY = ((0.0, (44, 132, 206)), (0.55, (120, 190, 232)), (1.0, (214, 236, 242)))
SHORE = (2016, 1512)


def draw() -> Image.Image:
    """A still of 2016x1512: sea, wet and dry sand, a parasol, a board and a palm."""
    width, height = SHORE
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    horizon = height * 0.36
    picture = gradient(DAY, np.clip(y / horizon, 0, 1))
    clouds = sample(noise(slope=1.9, stretch=2.0, seed=5), x * 0.55, y * 1.1)
    white = smooth(0.55, 0.92, clouds) * smooth(0.02, 0.5, 1 - y / horizon) * 0.85
    picture = mix(picture, (252, 252, 250), white)
    picture = sea_by_day(picture, x, y, horizon)
    picture = sand(picture, x, y)
    frame = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
    parasol(frame)
    board(frame)
    palm(frame)
    return frame


def waterline(x: Plane) -> Plane:
    """Where the last wave ends, per column."""
    return np.asarray(790 + 60 * np.sin(x / 330 + 0.8) + 26 * np.sin(x / 120) + 0.10 * x)


def sea_by_day(picture: Plane, x: Plane, y: Plane, horizon: float) -> Plane:
    depth = np.clip((y - horizon) / 430, 0, 1)
    colour = gradient(((0.0, (22, 96, 150)), (0.35, (30, 148, 178)), (0.75, (98, 206, 204)),
                       (1.0, (178, 230, 214))), depth)  # fmt: skip
    ripple = sample(
        noise(slope=1.5, stretch=5.0, seed=9), x * 0.8, np.maximum(y - horizon, 0) ** 0.75 * 9
    )
    colour += ((ripple - 0.5) * 46 * (1.1 - depth))[..., None]
    froth = sample(noise(slope=1.4, seed=13), x * 0.9, y * 1.6)
    for line, wide, strong in ((150, 9, 0.75), (262, 16, 0.9)):
        ridge = horizon + line + 16 * np.sin(x / 210 + line) + 9 * np.sin(x / 77)
        band = np.exp(-(((y - ridge) / wide) ** 2)) * smooth(0.30, 0.62, froth)
        colour = mix(colour, (250, 252, 250), band * strong)
    return mix(picture, colour, smooth(-1, 1, y - horizon))


def sand(picture: Plane, x: Plane, y: Plane) -> Plane:
    edge = waterline(x)
    grain = sample(noise(slope=0.5, seed=17), x, y)
    dunes = sample(noise(slope=2.0, stretch=2.4, seed=19), x * 0.7, y * 1.5)
    dry = gradient(((0.0, (224, 192, 142)), (1.0, (250, 228, 184))), dunes * 0.75 + grain * 0.3)
    wet = np.array((176, 146, 108), np.float32) + (dunes * 26)[..., None]
    ground = mix(wet, dry, smooth(40, 150, y - edge + (dunes - 0.5) * 40))
    picture = mix(picture, ground, smooth(-6, 6, y - edge))
    froth = sample(noise(slope=1.4, seed=23), x * 1.2, y * 1.4)
    foam_line = np.exp(-(((y - edge + 10 + froth * 22) / 17) ** 2)) * (0.45 + 0.55 * froth)
    return mix(picture, (255, 255, 252), np.clip(foam_line, 0, 1))


def shade(frame: Image.Image, box: tuple[int, int, int, int]) -> None:
    """A soft shadow on the sand."""
    mask = Image.new("L", frame.size, 0)
    ImageDraw.Draw(mask).ellipse(box, fill=120)
    frame.paste((116, 84, 66), (0, 0), mask.filter(ImageFilter.GaussianBlur(12)))


def parasol(frame: Image.Image) -> None:
    shade(frame, (1240, 1256, 1690, 1318))
    big = Image.new("RGBA", (1400, 1600), (0, 0, 0, 0))
    draw = ImageDraw.Draw(big)
    draw.line((700, 260, 760, 1560), fill=(244, 240, 230, 255), width=26)
    colours = ((222, 66, 62, 255), (250, 244, 232, 255))
    for rib in range(8):
        left, right = math.radians(rib * 22.5 - 90), math.radians(rib * 22.5 - 67.5)
        arc = [math.radians(step * 4.5) for step in range(21)]
        down = [(700 + 600 * math.sin(left) * math.sin(s), 650 - 500 * math.cos(s)) for s in arc]
        up = [(700 + 600 * math.sin(right) * math.sin(s), 650 - 500 * math.cos(s)) for s in arc]
        middle = ((down[-1][0] + up[-1][0]) / 2, 650 - 0.18 * (up[-1][0] - down[-1][0]))
        draw.polygon([*down, middle, *reversed(up)], fill=colours[rib % 2])
    top = Image.new("L", big.size, 0)
    ImageDraw.Draw(top).ellipse((-200, 260, 900, 1300), fill=60)
    light = Image.new("RGBA", big.size, (60, 10, 30, 255))
    shaded = Image.composite(light, big, top.filter(ImageFilter.GaussianBlur(70)))
    shaded.putalpha(big.getchannel("A"))
    small = shaded.resize((700, 800), Image.Resampling.LANCZOS).rotate(9, Image.Resampling.BICUBIC)
    frame.paste(small, (1060, 520), small)


def board(frame: Image.Image) -> None:
    shade(frame, (560, 1236, 860, 1282))
    big = Image.new("RGBA", (400, 1600), (0, 0, 0, 0))
    draw = ImageDraw.Draw(big)
    side = []
    for step in range(81):
        wide = math.sin(math.pi * step / 80) ** 0.62 * (0.8 + 0.2 * math.sin(math.pi * step / 160))
        side.append((200 + 150 * wide, 30 + 1500 * step / 80))
    outline = side + [(400 - x, y) for x, y in reversed(side)]
    draw.polygon(outline, fill=(252, 250, 240, 255))
    for y, colour in ((520, (242, 172, 60)), (590, (226, 92, 70)), (660, (36, 128, 146))):
        draw.rectangle((0, y, 400, y + 56), fill=(*colour, 255))
    draw.line((200, 40, 200, 1520), fill=(120, 90, 66, 255), width=6)
    mask = Image.new("L", big.size, 0)
    ImageDraw.Draw(mask).polygon(outline, fill=255)
    big.putalpha(mask)
    small = big.resize((200, 800), Image.Resampling.LANCZOS)
    small = small.rotate(-7, Image.Resampling.BICUBIC, expand=True)
    frame.paste(small, (500, 490), small)


def palm(frame: Image.Image) -> None:
    """Fronds that hang into the picture from the upper left."""
    layer = Image.new("RGBA", (1900, 1700), (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    for number, (angle, reach) in enumerate(
        ((8, 1250), (24, 1330), (41, 1120), (60, 900), (-6, 1000))
    ):
        green = (34 + number * 9, 96 + number * 12, 62 + number * 4, 255)
        frond(draw, angle, reach, green)
    small = layer.resize((950, 850), Image.Resampling.LANCZOS)
    frame.paste(small, (-40, -30), small)


def frond(draw: ImageDraw.ImageDraw, angle: float, reach: float, green: tuple[int, ...]) -> None:
    spine = []
    for step in range(41):
        part = step / 40
        bend = math.radians(angle + 34 * part * part)
        spine.append((reach * part * math.cos(bend), 40 + reach * part * math.sin(bend)))
    draw.line(spine, fill=green, width=14, joint="curve")
    for step in range(3, 41):
        x, y = spine[step]
        length = 190 * math.sin(math.pi * min(1, step / 44)) ** 0.7 + 20
        lean = math.radians(angle + 34 * (step / 40) ** 2)
        for turn in (0.62, -0.62):
            tip = (x + length * math.cos(lean + turn), y + length * math.sin(lean + turn) + 40)
            draw.polygon([(x - 9, y), (x + 9, y), tip], fill=green)
