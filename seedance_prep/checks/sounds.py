"""AUD: each sound on its own."""

from __future__ import annotations

from ..core.finding import Knob, Level, Trust
from ..core.limits import Limits
from . import shared
from .rule import Breach, Sound, rule
from .words import exact, listed, size, weight

NOUN = "a sound"


@rule("AUD001", Level.ERROR, Knob.CODEC, Trust.LOSSY, rows="A1", bounds="audio.containers")
def sound_format_not_taken(sound: Sound, limits: Limits) -> Breach | None:
    """Sound is neither MP3 nor WAV by its bytes.

    Why: the service reads the bytes, not the name, and refuses M4A, WebM, Opus and AIFF ("audio
    format specified in the request is not valid"). Voice notes of phones are the usual victims.
    Fix: writes it as MP3. Lossy.
    """
    taken, facts = limits.audio.containers, sound.facts
    if facts.container in taken.value and _inside(facts.container, facts.codec):
        return None
    what = facts.container if facts.codec is None else f"{facts.container} with {facts.codec}"
    return Breach(
        says=f"is {what} by its bytes; {listed(taken.value)} is taken",
        measured=facts.container,
        limit=taken,
    )


def _inside(container: str, codec: str | None) -> bool:
    """Whether the coding is what the container's name promises; WAV has a rule of its own."""
    return container == "wav" or codec in (None, container)


@rule(
    "AUD002",
    Level.ERROR,
    Knob.LENGTH,
    Trust.INVENTIVE,
    rows="A2",
    bounds="audio.seconds_min audio.seconds_safe_min",
)
def sound_too_short(sound: Sound, limits: Limits) -> Breach | None:
    """Sound runs shorter than the service takes.

    Why: the service refuses it after the upload. One-word spoken lines are the usual victims.
    Fix: adds silence. Inventive: changes what is heard.
    """
    bounds = limits.audio
    return shared.too_short(sound.facts.duration, bounds.seconds_min, bounds.seconds_safe_min, NOUN)


@rule(
    "AUD003",
    Level.ERROR,
    Knob.LENGTH,
    Trust.LOSSY,
    rows="A2",
    bounds="audio.seconds_max audio.seconds_safe_max",
)
def sound_too_long(sound: Sound, limits: Limits) -> Breach | None:
    """Sound runs longer than the service takes.

    Why: the service refuses it after the upload.
    Fix: keeps a window. Lossy: what lies outside it is gone.
    """
    bounds = limits.audio
    return shared.too_long(sound.facts.duration, bounds.seconds_max, bounds.seconds_safe_max, NOUN)


@rule(
    "AUD004",
    Level.WARNING,
    Knob.LENGTH,
    Trust.LOSSY,
    rows="A2",
    bounds="audio.seconds_safe_min audio.seconds_safe_max",
)
def sound_length_undocumented(sound: Sound, limits: Limits) -> Breach | None:
    """Sound's length passes only by a tolerance that no document promises.

    Why: the maker documents 2 to 15 s; a little more either way was seen to pass.
    Fix: keeps a window (lossy), or adds silence (inventive), when warnings are mended.
    """
    bounds = limits.audio
    return shared.outside_documented(
        sound.facts.duration,
        (bounds.seconds_min, bounds.seconds_max),
        (bounds.seconds_safe_min, bounds.seconds_safe_max),
    )


@rule("AUD005", Level.ERROR, Knob.BYTES, Trust.LOSSY, rows="A4", bounds="audio.bytes_max")
def sound_too_heavy(sound: Sound, limits: Limits) -> Breach | None:
    """Sound has too many bytes.

    Why: the endpoint takes at most 15 MB per file; MB is read as 10^6 bytes.
    Fix: writes it as MP3. Lossy.
    """
    most = limits.audio.bytes_max
    if sound.facts.bytes <= most.value:
        return None
    return Breach(
        says=f"has {weight(sound.facts.bytes, most)}; a sound may have at most {size(most)}",
        measured=sound.facts.bytes,
        limit=most,
    )


@rule("AUD006", Level.WARNING, Knob.BYTES, Trust.LOSSY, rows="A4", bounds="audio.bytes_advised")
def sound_heavier_than_advised(sound: Sound, limits: Limits) -> Breach | None:
    """Sound has more bytes than one answer of fal asks for.

    Why: the published limit is 15 MB, but a refusal on record asks for less than 10 MB.
    Fix: writes it as MP3 when warnings are mended. Lossy.
    """
    advised, seen = limits.audio.bytes_advised, sound.facts.bytes
    return shared.heavier_than_advised(
        seen,
        advised,
        seen <= limits.audio.bytes_max.value,
        f"has {weight(seen, advised)}; a refusal on record asks for at most {size(advised)}",
    )


@rule("AUD007", Level.WARNING, Knob.CODEC, Trust.LOSSY, rows="A1", bounds="audio.wav_codecs_safe")
def wav_not_plain(sound: Sound, limits: Limits) -> Breach | None:
    """WAV holds something other than plain 16-bit PCM.

    Why: a WAV of an editing suite was refused while its MP3 was accepted; 24-bit and floating
    point are what such programs write.
    Fix: writes it as MP3 or 16-bit WAV when warnings are mended. Lossy.
    """
    safe, facts = limits.audio.wav_codecs_safe, sound.facts
    if facts.container != "wav" or facts.codec is None or facts.codec in safe.value:
        return None
    return Breach(
        says=f"is a WAV with {facts.codec}; only {listed(safe.value)} is known to pass",
        measured=facts.codec,
        limit=safe,
    )


@rule("AUD008", Level.WARNING, rows="A2 A3")
def sound_length_unknown(sound: Sound, _: Limits) -> Breach | None:
    """Length of the sound could not be measured.

    Why: the rules on its seconds, alone and together, were not judged on it.
    Fix: none. Write the sound anew with another program and check again.
    """
    if exact(sound.facts.duration) is not None:
        return None
    return Breach(
        says="its length could not be measured, so the rules on seconds were not judged on it",
        remedy="save the sound anew with another program, then check again",
    )


@rule("AUD009", Level.WARNING, rows="A1")
def sound_codec_unknown(sound: Sound, limits: Limits) -> Breach | None:
    """Coding of the sound inside the file could not be told.

    Why: a WAV may hold anything; only plain 16-bit PCM is known to pass.
    Fix: none. Write the sound anew with another program and check again.
    """
    facts = sound.facts
    if facts.codec is not None or facts.container not in limits.audio.containers.value:
        return None
    return Breach(
        says=f"is {facts.container} by its bytes, but its coding could not be told",
        remedy="save the sound anew with another program, then check again",
    )


@rule("AUD010", Level.ERROR, Knob.LENGTH, Trust.LOSSY, rows="A2", bounds="audio.seconds_min")
def sound_window_not_cut(sound: Sound, limits: Limits) -> Breach | None:
    """Seconds outside the window that you chose are still in the file.

    Why: `t=` says which seconds to keep, and the file as it is would be sent whole.
    Fix: cuts the window. Lossy: what lies outside it is gone. A window under the least length
    would have to be lengthened, which is inventive.
    """
    return shared.window_not_cut(sound.asset, sound.facts.duration, limits.audio.seconds_min)


@rule("AUD011", Level.ERROR, rows="A2")
def sound_window_outside(sound: Sound, _: Limits) -> Breach | None:
    """The window that you chose starts where the sound has already ended.

    Why: there is nothing to keep.
    Fix: none. Choose seconds inside the sound.
    """
    return shared.window_outside(sound.asset, sound.facts.duration)
