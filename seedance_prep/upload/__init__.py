"""Stage 5: files become URLs that the service can read."""

from .store import MemoryStore, Parcel, Store, UploadCache, parcel
from .together import Progress, upload_all, uploading

__all__ = [
    "MemoryStore",
    "Parcel",
    "Progress",
    "Store",
    "UploadCache",
    "parcel",
    "upload_all",
    "uploading",
]
