"""A ConvertAPI-compatible server that converts on this machine; a program of its own."""
