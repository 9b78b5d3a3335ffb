"""A closer look at the assets that a plan asks about: it costs more than reading facts."""

from __future__ import annotations

from ..core.media import Media, VideoFacts
from ..core.plan import Want
from ..core.survey import Survey
from ..probe import marks
from .look import look

__all__ = ["survey"]


def survey(media: Media, want: Want) -> Survey:
    """Answer one question of the plan; a file that does not tell, or is not here, has no marks.

    Raises ``ToolMissingError`` when there is no ffmpeg and the answer needs one.
    """
    facts, path = media.facts, media.path
    if media.partial:
        return Survey()
    if want.look is not None:
        return Survey(look=look(media, want.look))
    if not isinstance(facts, VideoFacts) or path is None or want.marks is None:
        return Survey()
    return Survey(marks=marks(facts, path, want.marks) or ())
