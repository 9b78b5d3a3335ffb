"""The tools for agents: an MCP server over stdio, on the same pages as the command line.

* :mod:`places`: which files may be read, and where outputs go;
* :mod:`wanted`: what an agent asks for, as a request;
* :mod:`words`: sentences that name tools where a person would type commands;
* :mod:`works`: work in threads that can be stopped, told as it goes;
* :mod:`orders`: paid runs, each in the background and in the ledger;
* :mod:`shelf`: what was made, as resources;
* :mod:`answers`: the shapes of what the tools give;
* :mod:`tools`: the tools; :mod:`server` puts them on the wire.

Only :mod:`shelf`, :mod:`answers`, :mod:`wanted`, :mod:`tools` and :mod:`server` need the extra
``seedance_prep[mcp]``.
"""
