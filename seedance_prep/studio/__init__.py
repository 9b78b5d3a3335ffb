"""The studio: a local page to work in, over the same pipeline as the command line.

browser -> guard (token, host, origin) -> app (routes) -> bench -> reader, judging, pipeline, client

``desk`` holds the values, ``store`` keeps them on disk, ``bench`` is what happens to them. There is
one desk for all tabs. Nothing is judged, fixed or paid for here: that is called.
"""
