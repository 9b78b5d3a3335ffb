"""Changed bytes of real files, through check and fix in a process that may fall."""
