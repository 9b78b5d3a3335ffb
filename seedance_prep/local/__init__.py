"""A local service that speaks fal's protocol: the whole job without a key and without a network.

A product, not a test helper. It is a real HTTP/1.1 server on 127.0.0.1, built on the standard
library's ``http.server.ThreadingHTTPServer``: its faults (answers that never come, downloads
that break off, uploads that are cut) need the raw connection, which a web framework hides.

It judges requests by itself: bytes are measured with ffmpeg (``measure``), held against its own
table (``rules``), and what is refused comes back as fal sends it. What passes becomes a playable
MP4 that shows every reference in a panel with its name (``storyboard``).

Choices where fal's behaviour is not on record:

* what is wrong with parameters or media is accepted by the submit and replayed by the result
  (422) after COMPLETED, with ``x-fal-billable-units: 0``; only what is no JSON object, comes
  without a key or names an unknown endpoint is refused at once;
* ``error_type`` of a refused job is the ``type`` of its first ``detail``;
* ``loc`` of a media error names the kind and the index, that of a policy refusal the kind alone;
* an unknown field is ignored, except the four that the maker wants empty;
* what it offers beyond fal: ``GET /_local`` says what came in, with the POSTs of each content, and
  the header ``X-Local-Fault: status_500, job_policy`` makes the request that carries it (or the
  next occasion) go wrong;
* webhooks go to loopback addresses only, and are always signed (Ed25519 in plain Python).
"""

from .faults import ALWAYS, KINDS, PLACES, Faults, MoreFaults, parse_faults
from .house import Received
from .jobs import Job, Pace
from .service import LocalService, run
from .store import Stored

__all__ = [
    "ALWAYS",
    "KINDS",
    "PLACES",
    "Faults",
    "Job",
    "LocalService",
    "MoreFaults",
    "Pace",
    "Received",
    "Stored",
    "parse_faults",
    "run",
]
