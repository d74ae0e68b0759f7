"""Drop a file into a shared folder; the converted file appears in the outbox beside it."""

__version__ = "0.1.0"
