"""A mention in the prompt stays with its file."""

from __future__ import annotations

from dataclasses import replace

from seedance_prep.core.media import Media
from seedance_prep.core.request import Asset, Kind
from seedance_prep.studio.desk import Desk, Piece
from seedance_prep.studio.follow import Called, called, followed


def piece(known: str, file: str, kind: Kind | None = Kind.IMAGE, name: str | None = None) -> Piece:
    asset = Asset(file, name)
    return Piece(id=known, asset=asset, bytes=1, received=1, media=Media(asset=asset, kind=kind))


BEACH, HERO = piece("a", "beach.jpg"), piece("b", "hero.png", name="hero")
SURF = piece("c", "surf.mov", Kind.VIDEO)


def names(*pieces: Piece) -> dict[str, Called]:
    found = called(Desk(pieces=pieces))
    assert found is not None
    return found


def test_order() -> None:
    """Files that change places take their mentions along, in one pass."""
    prompt = "@Image1 beside @Image2, image 1 on @Video1"
    moved = followed(prompt, names(BEACH, HERO, SURF), names(HERO, SURF, BEACH))
    assert "@Image2 beside @Image1, image 2 on @Video1" == moved


def test_other_kinds() -> None:
    """A file that moves past one of another kind changes no number."""
    before, after = names(BEACH, SURF), names(SURF, BEACH)
    assert "@Image1 on @Video1" == followed("@Image1 on @Video1", before, after)


def test_gone() -> None:
    """What a file that is gone was called never falls to another file."""
    said = followed("@Image1 and @Image2", names(BEACH, HERO), names(HERO))
    assert "@beach.jpg and @Image1" == said


def test_gone_by_name() -> None:
    """A file with a name leaves its name behind, which no other file has."""
    assert "{hero} and @Image1" == followed("@Image2 and @Image1", names(BEACH, HERO), names(BEACH))


def test_gone_without_words() -> None:
    """A name with spaces, or one that is itself a mention, is not left behind as one."""
    for file in ("my beach.jpg", "image2"):
        strange = piece("d", file)
        said = followed("@Image1 and @Image2", names(strange, HERO), names(HERO))
        assert "(a file that is gone) and @Image1" == said


def test_renamed() -> None:
    """A name in braces follows its renaming, and becomes the reference when it is taken away."""
    before = names(BEACH, HERO)
    surfer = replace(HERO, asset=replace(HERO.asset, name="surfer"))
    bare = replace(HERO, asset=replace(HERO.asset, name=None))
    assert "{surfer} on @Image1" == followed("{hero} on @Image1", before, names(BEACH, surfer))
    assert "@Image2 on @Image1" == followed("{hero} on @Image1", before, names(BEACH, bare))


def test_other_kind() -> None:
    """A file that is used as another kind is mentioned as that kind."""
    sound = piece("c", "surf.mov", Kind.AUDIO)
    other = piece("d", "walk.mov", Kind.VIDEO)
    said = followed("@Video1, @Video2", names(SURF, other), names(sound, other))
    assert "@Audio1, @Video1" == said


def test_not_read() -> None:
    """While a file is not read, no number is known, and nothing is moved."""
    assert called(Desk(pieces=(BEACH, replace(HERO, media=None)))) is None
