"""FIL: files that cannot be judged at all. The others of the request still are."""

from __future__ import annotations

from ..core.finding import Level
from ..core.limits import Limits
from ..core.media import Fault, Media
from .rule import Breach, rule


def _fault(media: Media, fault: Fault, remedy: str) -> Breach | None:
    problem = media.problem
    if problem is None or problem.fault is not fault:
        return None
    return Breach(says=problem.says, remedy=problem.remedy or remedy)


@rule("FIL001", Level.ERROR)
def file_missing(media: Media, _: Limits) -> Breach | None:
    """There is no file of this name, or nothing at this address.

    Why: without its bytes nothing can be measured or sent.
    Fix: none. Correct the path; a name with `#` or `=` in it is taken literally when it exists.
    """
    return _fault(media, Fault.MISSING, "correct the path or address")


@rule("FIL002", Level.ERROR)
def not_a_file(media: Media, _: Limits) -> Breach | None:
    """The path is a directory, a device or something else that is no plain file.

    Why: only plain files have bytes that stay the same between check and upload.
    Fix: none. Name the file inside the directory.
    """
    return _fault(media, Fault.NOT_A_FILE, "name a plain file")


@rule("FIL003", Level.ERROR)
def no_permission(media: Media, _: Limits) -> Breach | None:
    """The file is there, but may not be read.

    Why: without its bytes nothing can be measured or sent.
    Fix: none. Give yourself the right to read it.
    """
    return _fault(media, Fault.NO_PERMISSION, "make the file readable (`chmod u+r`)")


@rule("FIL004", Level.ERROR)
def file_empty(media: Media, _: Limits) -> Breach | None:
    """The file has no bytes.

    Why: an export or download ended before it began.
    Fix: none. Make or fetch the file again.
    """
    return _fault(media, Fault.EMPTY, "export or download the file again")


@rule("FIL005", Level.ERROR)
def not_media(media: Media, _: Limits) -> Breach | None:
    """The bytes are no picture, video or sound, whatever the name says.

    Why: kinds are read from the bytes, as the service does.
    Fix: none. Give the media file itself (not the page, archive or text around it).
    """
    return _fault(media, Fault.NOT_MEDIA, "give the media file itself; its name does not count")


@rule("FIL006", Level.ERROR)
def format_unsupported(media: Media, _: Limits) -> Breach | None:
    """The format is known, but nothing here can decode it.

    Why: a file that cannot be decoded cannot be proven to comply.
    Fix: none. Export it as MP4, JPEG, PNG or MP3 with the program that made it.
    """
    return _fault(media, Fault.UNSUPPORTED, "export it as MP4, JPEG, PNG or MP3 where it was made")


@rule("FIL007", Level.ERROR)
def file_damaged(media: Media, _: Limits) -> Breach | None:
    """The file is cut short or broken, so that it cannot be read to its end.

    Why: the service fetches and decodes the whole file, and refuses it after the upload.
    Fix: none. Copy, download or export it again.
    """
    return _fault(media, Fault.DAMAGED, "copy, download or export the file again")


@rule("FIL008", Level.ERROR)
def wrong_kind(media: Media, _: Limits) -> Breach | None:
    """The file is not of the kind that it was given as.

    Why: each kind has its own list in the request, and a picture in the list of videos is
    refused ("the specified asset is not an image").
    Fix: none. Put it in the right list, or drop `as=` so that the bytes decide.
    """
    return _fault(media, Fault.WRONG_KIND, "drop `as=`, or give it in the list of its own kind")


@rule("FIL009", Level.ERROR)
def file_too_large_to_open(media: Media, _: Limits) -> Breach | None:
    """The file has more bytes or pixels than may be opened safely.

    Why: a few kilobytes can claim a picture that fills the memory of this machine.
    Fix: none. Make a smaller copy with a program that you trust with it.
    """
    return _fault(media, Fault.TOO_LARGE, "make a smaller copy with another program")


@rule("FIL010", Level.ERROR)
def file_unmeasured(media: Media, _: Limits) -> Breach | None:
    """Nothing is known of the file, and no reason was given.

    Why: a file that was never measured must not pass for one that complies.
    Fix: none. Run the check again.
    """
    if media.facts is not None or media.problem is not None:
        return None
    return Breach(says="the file was not measured", remedy="run `seedance-prep check` again")
