"""Many requests, one line each: bounded, resumable, and none paid twice."""
