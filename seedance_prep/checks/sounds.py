"""AUD: each sound on its own."""

from __future__ import annotations

from fractions import Fraction

from ..core.finding import Knob, Level, Trust
from ..core.limits import Limits
from ..core.loudness import EMPTY_SECONDS, EMPTY_SHARE, NEAR, SILENCE
from . import shared
from .rule import Breach, Sound, rule
from .words import exact, listed, plain, size, weight

NOUN = "a sound"
TOLD_NEAR = Fraction("0.15")
"""Seconds by which a header may miss: padding of encoders, and whole blocks."""


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


@rule("AUD012", Level.WARNING, rows="A1")
def sound_silent(sound: Sound, _: Limits) -> Breach | None:
    """Nothing is heard in the sound.

    Why: it takes a place among the three, and the model takes silence for what it shall do.
    Fix: none. Record or export it anew, or leave it out.
    """
    peak = sound.facts.peak
    if peak is None or peak >= SILENCE:
        return None
    return Breach(
        says=f"is silent: it never passes {plain(Fraction(SILENCE))} dB of full scale",
        measured=peak,
        remedy="record or export it anew, or leave it out",
    )


@rule("AUD013", Level.WARNING, rows="A1")
def sound_nearly_empty(sound: Sound, _: Limits) -> Breach | None:
    """Next to nothing is heard in the sound: a click, no word.

    Why: most often the wrong part was exported, or a recording broke off.
    Fix: none. Choose another part (`#t=START,END`), or record it anew.
    """
    facts, whole = sound.facts, exact(sound.facts.duration)
    if facts.heard is None or not whole or facts.peak is None or facts.peak < SILENCE:
        return None
    if facts.heard > EMPTY_SECONDS and facts.heard > EMPTY_SHARE * whole:
        return None
    return Breach(
        says=f"is nearly empty: something is heard in {facts.heard:.1f} of its {plain(whole)} s",
        measured=facts.heard,
        remedy="choose another part (`#t=START,END`), or record it anew",
    )


@rule("AUD014", Level.WARNING, Knob.CONTAINER, Trust.LOSSLESS, rows="A2")
def sound_length_told_wrong(sound: Sound, limits: Limits) -> Breach | None:
    """The header tells another length than the sound has.

    Why: a service that reads the header counts other seconds than are played. An MP3 of varying
    bit rate without a header, a WAV that was written to a pipe and files that were joined are the
    usual cases. It is an error where an MP3 is inside the limits, and what it tells is not.
    Fix: writes the header anew; the sound stays bit for bit. Lossless.
    """
    facts, told, whole = sound.facts, exact(sound.facts.told), exact(sound.facts.duration)
    if facts.container not in limits.audio.containers.value or told is None or whole is None:
        return None
    if abs(told - whole) <= TOLD_NEAR:
        return None
    least, most = limits.audio.seconds_min, limits.audio.seconds_max
    refused = not least.value <= told <= most.value and facts.container != "wav"
    inside = least.value <= whole <= most.value
    return Breach(
        says=f"tells a length of {float(told):.2f} s, and {float(whole):.2f} s are there",
        measured=told,
        limit=whole,
        level=Level.ERROR if refused and inside else None,
    )


@rule("AUD015", Level.WARNING, Knob.CODEC, Trust.LOSSY, rows="A1")
def sound_partly_damaged(sound: Sound, _: Limits) -> Breach | None:
    """Parts of the sound cannot be decoded.

    Why: players pass over a fault or end there, and a service may refuse the file.
    Fix: writes anew what can be decoded, when warnings are mended. Lossy.
    """
    if not sound.facts.faulty:
        return None
    return Breach(says="has parts that cannot be decoded; what is missing is passed over")


@rule("AUD016", Level.ERROR, Knob.LOUDNESS, Trust.LOSSY, rows="A1")
def sound_loudness_not_set(sound: Sound, _: Limits) -> Breach | None:
    """The sound is louder or quieter than you asked for.

    Why: `--loudness` or `loudness=` says how loud it shall be, and only `fix` changes that.
    Fix: makes it louder or quieter as a whole, its peaks under -1 dBTP. Lossy.
    """
    wanted, facts = sound.asset.loudness, sound.facts
    if wanted is None:
        return None
    if facts.loudness is None and facts.peak is not None:
        says = "is too short or too quiet to have a loudness, and stays as it is"
        return Breach(says=says, level=Level.INFO)
    if facts.loudness is not None and abs(facts.loudness - wanted) <= NEAR:
        return None
    now = "unmeasured" if facts.loudness is None else f"{facts.loudness:.1f} LUFS"
    return Breach(
        says=f"is to be brought to {wanted:g} LUFS and is {now}; only `fix` changes it",
        measured=facts.loudness,
        limit=Fraction(wanted),
    )
