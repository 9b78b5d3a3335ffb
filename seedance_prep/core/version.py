"""The version, in one place: for the package, its metadata and what it sends."""

__version__ = "0.1.0"
