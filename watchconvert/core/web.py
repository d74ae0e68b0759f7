"""Addresses at which the page is shown, and which of them only this machine reaches."""

import re

UNIX = "unix:"
"""What the address of a socket in the file system begins with."""
_LOOPBACK = re.compile(r"127(\.\d{1,3}){3}|localhost|::1")


def is_private(listen: str) -> bool:
    """Tell whether an address can only be reached from this machine."""
    return listen.startswith(UNIX) or is_loopback(split_address(listen)[0])


def is_loopback(host: str) -> bool:
    """Tell whether a host, in lower case and without brackets, is this machine by its own name for itself."""
    return _LOOPBACK.fullmatch(host) is not None


def split_address(address: str) -> tuple[str, int]:
    """Split "host:port", where an IPv6 host stands in brackets."""
    host, _, port = address.rpartition(":")
    return host.strip("[]").lower(), int(port)
