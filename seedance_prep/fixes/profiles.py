"""ICC profiles (ICC.1:2022) of three lights and a curve, for colours that come without one."""

from __future__ import annotations

import struct

from ..core.colours import Colours, Curve, Point, Primaries

Vector = tuple[float, float, float]
Matrix = tuple[Vector, Vector, Vector]

D50: Vector = (0.9642, 1.0, 0.8249)
BRADFORD: Matrix = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))
"""To the responses of the eye's cones (Lam 1985), as ICC.1:2022, annex E, has it."""
SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
"""Exponent and coefficients a, b, c, d of a parametric curve of type 3 (IEC 61966-2-1)."""


def profile(colours: Colours) -> bytes:
    """A display profile of these colours; they must not be high dynamic range."""
    curve = _curve(colours)
    columns = list(zip(*_columns(colours.primaries), strict=True))
    tags = {b"desc": _text("colours"), b"cprt": _text("none"), b"wtpt": _xyz(D50)}
    for letter, column in zip((b"r", b"g", b"b"), columns, strict=True):
        tags |= {letter + b"XYZ": _xyz(column), letter + b"TRC": curve}
    return _packed(tags)


def _packed(tags: dict[bytes, bytes]) -> bytes:
    at = 132 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, data in tags.items():
        table += name + struct.pack(">II", at + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    head = struct.pack(">I4sI4s4s4s12x4s28x", at + len(body), b"none", 0x04200000, b"mntr",
                       b"RGB ", b"XYZ ", b"acsp")  # fmt: skip
    return head + _fixed(*D50) + bytes(48) + table + body


def _curve(colours: Colours) -> bytes:
    values = (colours.gamma,) if colours.curve is Curve.GAMMA else SRGB_CURVE
    return struct.pack(">4s4xHxx", b"para", 0 if len(values) == 1 else 3) + _fixed(*values)


def _xyz(values: Vector) -> bytes:
    return b"XYZ \0\0\0\0" + _fixed(*values)


def _text(words: str) -> bytes:
    data = words.encode("utf-16-be")
    return struct.pack(">4s4xII4sII", b"mluc", 1, 12, b"enUS", len(data), 28) + data


def _fixed(*values: float) -> bytes:
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def _columns(lights: Primaries) -> Matrix:
    """Linear values to XYZ as seen under D50: each light scaled so that all of them make white."""
    corners = _transposed((_light(lights.red), _light(lights.green), _light(lights.blue)))
    white = _light(lights.white)
    shares = _times(_inverse(corners), white)
    scaled = tuple(tuple(v * s for v, s in zip(row, shares, strict=True)) for row in corners)
    return _product(_adapted(white), scaled)  # type: ignore[arg-type]


def _adapted(white: Vector) -> Matrix:
    """What turns colours under ``white`` into those that look alike under D50 (von Kries)."""
    before, after = _times(BRADFORD, white), _times(BRADFORD, D50)
    a, b, c = (there / here for here, there in zip(before, after, strict=True))
    gains: Matrix = ((a, 0.0, 0.0), (0.0, b, 0.0), (0.0, 0.0, c))
    return _product(_inverse(BRADFORD), _product(gains, BRADFORD))


def _light(point: Point) -> Vector:
    x, y = point
    y = y or 1e-6
    return x / y, 1.0, (1 - x - y) / y


def _times(matrix: Matrix, vector: Vector) -> Vector:
    a, b, c = (sum(m * v for m, v in zip(row, vector, strict=True)) for row in matrix)
    return a, b, c


def _transposed(matrix: Matrix) -> Matrix:
    first, second, third = zip(*matrix, strict=True)
    return first, second, third


def _product(left: Matrix, right: Matrix) -> Matrix:
    a, b, c = (_times(left, column) for column in _transposed(right))
    return _transposed((a, b, c))


def _inverse(matrix: Matrix) -> Matrix:
    a, b, c = matrix
    whole = sum(x * y for x, y in zip(a, _cross(b, c), strict=True))
    first, second, third = (
        tuple(value / whole for value in pair)
        for pair in (_cross(b, c), _cross(c, a), _cross(a, b))
    )
    return _transposed((first, second, third))  # type: ignore[arg-type]


def _cross(left: Vector, right: Vector) -> Vector:
    (a, b, c), (x, y, z) = left, right
    return b * z - c * y, c * x - a * z, a * y - b * x
