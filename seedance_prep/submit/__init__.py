"""Stage 6: a request and its URLs become one paid job, and the job a video."""
