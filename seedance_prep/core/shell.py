"""Words for a shell, as they are shown to people."""

from __future__ import annotations

import shlex


def quoted(text: str) -> str:
    """One word of a shell; what is no visible sign (an escape, a lost byte) as its bytes in hex."""
    if text.isprintable():
        return shlex.quote(text)
    signs = (sign if sign.isprintable() and sign not in "'\\" else _escaped(sign) for sign in text)
    return f"$'{''.join(signs)}'"


def _escaped(sign: str) -> str:
    errors = "surrogateescape" if "\udc80" <= sign <= "\udcff" else "surrogatepass"
    return "".join(f"\\x{byte:02x}" for byte in sign.encode("utf-8", errors))
