"""A surfer rides a breaking wave at sunset: ``draw(t)`` is the frame at ``t`` seconds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from . import Plane, gradient, mix, noise, sample, smooth

WIDTH, HEIGHT = 1080, 1920
HALF = 2  # water and sky are drawn at half size: they are soft anyway
W, H = WIDTH // HALF, HEIGHT // HALF
HORIZON = int(H * 0.40)
SUN_X = W * 0.60

SUNSET = ((0.0, (38, 30, 84)), (0.30, (124, 52, 110)), (0.58, (226, 92, 84)),
          (0.82, (252, 158, 84)), (1.0, (255, 214, 138)))  # fmt: skip


@cache
def grid() -> tuple[Plane, Plane]:
    """Pixel coordinates of the half-size picture."""
    y, x = np.mgrid[0:H, 0:W].astype(np.float32)
    return x, y


def sky(t: float) -> Plane:
    x, y = (plane[:HORIZON] for plane in grid())
    sun_y = HORIZON * 0.80 + t * 0.9
    picture = gradient(SUNSET, y / HORIZON)
    far = np.hypot(x - SUN_X, (y - sun_y) * 1.1)
    picture += np.exp(-far / 95)[..., None] * np.array((90, 70, 20), np.float32)
    clouds = sample(noise(stretch=3.0, seed=33), x * 1.5 + t * 6, y * 4.2)
    thick = smooth(0.55, 0.86, clouds) * smooth(0.0, 0.25, 1 - y / HORIZON)
    lit = np.exp(-far / 160)
    tint = np.array((120, 62, 104), np.float32) + lit[..., None] * np.array((150, 100, 20))
    picture = mix(picture, tint.astype(np.float32), thick * 0.62)
    return mix(picture, (255, 244, 206), smooth(-1.0, 1.0, 34 - np.hypot(x - SUN_X, y - sun_y)))


def water(t: float) -> Plane:
    x, y = (plane[HORIZON:] for plane in grid())
    depth = (y - HORIZON + 1.5) / (H - HORIZON)
    far = 1 / depth
    wx, wz = (x - W / 2) * far * 0.011, far * 2.2
    slope = np.zeros_like(x)
    for angle, pitch, speed, size in ((1.50, 2.9, 1.5, 0.8), (1.25, 6.1, 2.1, 0.7),
                                      (1.85, 10.7, 2.6, 0.6), (0.9, 17.0, 3.3, 0.45)):  # fmt: skip
        phase = wx * math.cos(angle) * pitch + wz * math.sin(angle) * pitch + t * speed
        slope += size * np.sin(phase) * smooth(0.02, 0.20, depth / pitch * 7)
    slope += (
        sample(noise(stretch=3.0), x * 1.6 * far**0.3 + t * 9, far * 150 + y * 1.5 + t * 14) - 0.5
    ) * 2.2
    picture = gradient(((0.0, (236, 150, 96)), (0.10, (176, 98, 98)), (0.4, (84, 62, 104)),
                        (1.0, (22, 36, 74))), depth + slope * 0.035)  # fmt: skip
    lane = np.exp(-(((x - SUN_X) / (22 + 105 * depth)) ** 2)) * (
        1 - 0.9 * smooth(0.42, 0.62, depth)
    )
    glitter = lane * smooth(0.25, 1.5, slope + 0.35)
    picture = mix(picture, (255, 206, 128), np.clip(glitter, 0, 0.92))
    lace = sample(noise(slope=1.5, stretch=2.5, seed=51), x * 1.3 + t * 30, y * 2.2 - t * 22)
    strands = np.exp(-(((lace - 0.5) / 0.045) ** 2)) * smooth(0.55, 0.75, depth)
    return mix(picture, (206, 160, 158), strands * 0.42)


@dataclass(frozen=True, slots=True)
class Wave:
    """The breaking wave: crest and foot per column, at half size."""

    crest: Plane
    foot: Plane
    peel: float
    """Column at which the lip falls over."""


def wave(t: float) -> Wave:
    x = np.arange(W, dtype=np.float32)
    peel = W * (0.31 + 0.02 * math.sin(t * 0.7))
    right = np.exp(-((np.maximum(x - peel, 0) / (W * 0.52)) ** 2))
    left = 0.62 + 0.38 * np.exp(-((np.minimum(x - peel, 0) / (W * 0.10)) ** 2))
    bumps = 5 * np.sin(x * 0.045 - t * 2.1) + 3 * np.sin(x * 0.11 - t * 3.3)
    height = 168 * right * left
    base = H * 0.735 + 3 * np.sin(x * 0.02 - t)
    return Wave(base - height + bumps * (1 - right * 0.7), base + 26 + 10 * right, peel)


def breaking(picture: Plane, t: float) -> Plane:
    x, y = grid()
    shape = wave(t)
    tall = shape.foot - shape.crest
    v = (y - shape.crest) / tall
    inside = smooth(-0.012, 0.012, v) * smooth(0, 0.26, 1 - v)
    face = gradient(((0.0, (250, 170, 104)), (0.10, (126, 128, 118)), (0.35, (34, 96, 112)),
                     (0.75, (18, 56, 88)), (1.0, (22, 40, 78))), v)  # fmt: skip
    streak = sample(
        noise(stretch=5.0, seed=21), (x - v * 90) * 1.4 + t * 120, v * 210 + x * 0.25 - t * 20
    )
    face = mix(face, (150, 196, 190), smooth(0.50, 0.92, streak) * 0.42 * (1 - v * 0.55).clip(0, 1))
    picture = mix(picture, face, inside)
    return foam(picture, shape, v, t)


def foam(picture: Plane, shape: Wave, v: Plane, t: float) -> Plane:
    x, y = grid()
    curd = sample(noise(slope=1.35, seed=11), x * 2.6 + t * 60, y * 2.6 - t * 38)
    puff = sample(noise(slope=1.9, seed=3), x * 1.5 + t * 45, y * 1.8 - t * 30)
    behind = smooth(-16, 60, shape.peel - x + (puff - 0.5) * 110)
    body = behind * smooth(-0.30, 0.02, v + (puff - 0.5) * 0.5) * smooth(-0.22, 0.25, 1.12 - v)
    lip = np.exp(-(((v - 0.01) / 0.05) ** 2)) * smooth(0.36, 0.62, curd) * smooth(0, 60, 260 - x)
    foot = np.exp(-(((v - 1.0) / 0.07) ** 2)) * smooth(0.40, 0.7, curd) * smooth(-40, 120, 330 - x)
    alpha = np.clip(body * (0.66 + 0.5 * curd) + lip * 0.9 + foot * 0.7, 0, 1)
    shade = gradient(((0.0, (120, 92, 118)), (0.5, (214, 170, 160)), (1.0, (255, 236, 208))),
                     curd * 0.7 + puff * 0.45 - v * 0.22)  # fmt: skip
    return mix(picture, shade, alpha)


def headland(picture: Image.Image) -> None:
    """A dark cape at the left of the horizon, with palms."""
    top = HORIZON * HALF
    draw = ImageDraw.Draw(picture)
    ridge = [(x, top - 96 * math.exp(-(((x + 40) / 210) ** 2)) - 10 * math.sin(x / 33) - 4)
             for x in range(0, 430, 6)]  # fmt: skip
    draw.polygon([(0, top + 2), *ridge, (440, top + 2)], fill=(52, 30, 66))
    for x, tall in ((92, 74), (128, 92), (210, 60)):
        foot = top - 96 * math.exp(-(((x + 40) / 210) ** 2))
        draw.line((x, foot, x + 8, foot - tall), fill=(44, 26, 58), width=5)
        for angle in range(0, 360, 45):
            end = (x + 8 + 32 * math.cos(math.radians(angle)),
                   foot - tall + 15 * math.sin(math.radians(angle)) + 6)  # fmt: skip
            draw.line((x + 8, foot - tall, *end), fill=(44, 26, 58), width=4)


def gulls(picture: Image.Image, t: float) -> None:
    draw = ImageDraw.Draw(picture)
    for number in range(4):
        x = (140 + number * 77 + t * (24 + number * 3)) % (WIDTH + 120) - 60
        y = 330 + 46 * math.sin(number * 2.1) + 12 * math.sin(t * 0.8 + number)
        flap = 9 * math.sin(t * 7 + number * 1.9)
        span = 24 - number * 2
        draw.line((x - span, y - flap, x, y, x + span, y - flap), fill=(58, 32, 70), width=4,
                  joint="curve")  # fmt: skip


# The surfer ----------------------------------------------------------------------------------


def ride(t: float) -> tuple[float, float]:
    """Where the board is, at full size."""
    x = W * (0.56 + 0.085 * math.sin(t * 1.05))
    v = 0.50 + 0.24 * math.sin(t * 2.1 + 0.5)
    shape = wave(t)
    column = int(x)
    y = shape.crest[column] + (shape.foot[column] - shape.crest[column]) * v
    return x * HALF, float(y) * HALF


def heading(t: float) -> float:
    """Degrees that the nose of the board points down."""
    (x0, y0), (x1, y1) = ride(t - 0.04), ride(t + 0.04)
    return math.degrees(math.atan2((y1 - y0) / 0.08, 560 + (x1 - x0) / 0.08))


def figure(t: float) -> Image.Image:
    """The surfer as a mask of 640x640, board through the middle, nose to the right."""
    tile = Image.new("L", (1280, 1280), 0)
    draw = ImageDraw.Draw(tile)
    crouch = 18 * math.sin(t * 2.1 + 1.6)
    lean = 26 * math.sin(t * 2.1 + 0.4)
    hip, neck = (600 - lean * 0.4, 478 + crouch), (664 + lean, 338 + crouch * 1.4)
    limbs = (
        ((506, 634), (498, 560 + crouch * 0.3), 44), ((498, 560 + crouch * 0.3), hip, 56),
        ((742, 634), (742, 540 + crouch * 0.4), 44), ((742, 540 + crouch * 0.4), hip, 56),
        (hip, neck, 78),
        (neck, (776 + lean, 352 + crouch), 34), ((776 + lean, 352 + crouch), (872, 318 + lean), 28),
        (neck, (560 + lean, 302 + crouch), 34), ((560 + lean, 302 + crouch), (462, 264 - lean), 28),
        ((496, 636), (540, 636), 32), ((732, 636), (778, 636), 32),
    )  # fmt: skip
    for start, end, wide in limbs:
        capsule(draw, start, end, wide)
    head = (neck[0] + 34, neck[1] - 62)
    draw.ellipse((head[0] - 45, head[1] - 48, head[0] + 45, head[1] + 48), fill=255)
    outline = [
        (330 + 640 * s / 60, 662 + 22 * math.sin(math.pi * s / 60) ** 0.6) for s in range(61)
    ]
    upper = []
    for step in range(61):
        nose = 34 * max(0, 1 - step / 14) ** 2
        belly = 16 * math.sin(math.pi * step / 60) ** 0.6
        upper.append((970 - 640 * step / 60, 662 - belly - nose))
    draw.polygon([*outline, *upper], fill=255)
    draw.polygon([(376, 672), (402, 672), (388, 716)], fill=255)
    return tile.resize((640, 640), Image.Resampling.LANCZOS)


def capsule(
    draw: ImageDraw.ImageDraw, start: tuple[float, float], end: tuple[float, float], wide: float
) -> None:
    draw.line((*start, *end), fill=255, width=int(wide))
    for x, y in (start, end):
        draw.ellipse((x - wide / 2, y - wide / 2, x + wide / 2, y + wide / 2), fill=255)


def surfer(picture: Image.Image, t: float) -> None:
    x, y = ride(t)
    mask = figure(t).rotate(-heading(t) * 0.75, Image.Resampling.BICUBIC, center=(320, 331))
    mask = mask.resize((470, 470), Image.Resampling.LANCZOS)
    corner = (round(x - 235), round(y - 243))
    shadow = mask.filter(ImageFilter.GaussianBlur(9)).point(lambda level: level * 0.45)
    picture.paste((10, 22, 44), (corner[0] - 8, corner[1] + 16), shadow)
    picture.paste((24, 18, 34), corner, mask)
    inner = ImageChops.offset(mask, -4, 4)
    picture.paste((255, 186, 112), corner, ImageChops.subtract(mask, inner))


def spray(picture: Image.Image, t: float) -> None:
    """Drops thrown from the tail of the board, older ones farther and fainter."""
    layer = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    random = np.random.default_rng(5)
    for phase, up, out, size in random.random((130, 4)):
        age = (t * 1.25 + phase) % 1
        x, y = ride(t - age * 0.5)
        x += -128 - age * (90 + 300 * out)
        y += 18 - age * (60 + 330 * up) + 380 * age * age
        wide = 3 + 8 * size * (1 - age * 0.4)
        draw.ellipse(
            (x - wide, y - wide, x + wide, y + wide),
            fill=(255, 228, 196, int(215 * (1 - age) ** 1.3)),
        )
    for step in range(24):  # the track that the board leaves on the face
        x, y = ride(t - step * 0.022)
        wide = 6 + step * 1.1
        left = x - 120 - step * 15
        box = (left - wide * 1.7, y + 14 - wide * 0.5, left + wide * 1.7, y + 14 + wide * 0.6)
        draw.ellipse(box, fill=(255, 226, 200, int(150 * (1 - step / 24))))
    picture.paste(layer, (0, 0), layer.filter(ImageFilter.GaussianBlur(1.5)))


def draw(t: float) -> Image.Image:
    """One frame, 1080x1920, upright."""
    picture = breaking(np.concatenate((sky(t), water(t))), t)
    soft = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
    frame = soft.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    headland(frame)
    gulls(frame, t)
    spray(frame, t)
    surfer(frame, t)
    return frame
