"""What decoders of pictures raise over damaged files."""

from __future__ import annotations

import struct

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
