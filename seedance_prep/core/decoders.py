"""What decoders of pictures are given at most, and what they raise over damaged files."""

from __future__ import annotations

import struct

PIXELS_MAX = 2 * 89_478_485
"""Pixels that are decoded at most: where Pillow itself refuses, 0.7 GB in RGBA."""
JPEG_PIXELS_MAX = 400_000_000
"""A JPEG may hold more, since it can be decoded smaller."""
REFUSALS = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
)
"""All that Pillow's plugins have been seen to raise over damaged headers and pixels."""
