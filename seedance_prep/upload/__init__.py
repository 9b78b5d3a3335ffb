"""Stage 5: files become URLs that the service can read."""

from .store import MemoryStore, Parcel, Store, UploadCache, parcel, standing
from .together import Progress, upload_all, uploading

__all__ = [
    "MemoryStore",
    "Parcel",
    "Progress",
    "Store",
    "UploadCache",
    "parcel",
    "standing",
    "upload_all",
    "uploading",
]
