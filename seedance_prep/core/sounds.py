"""At which rate a sound is written anew."""

from __future__ import annotations

MUSIC, FILM = 44_100, 48_000
"""Samples a second that are written: none above 48 kHz."""


def sound_rate(rate: int | None) -> int:
    """44.1 kHz stays in its family, everything else becomes 48 kHz."""
    return MUSIC if rate in (11_025, 22_050, MUSIC, 88_200, 176_400) else FILM
