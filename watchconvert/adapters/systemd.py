"""The service manager's notify protocol (sd_notify(3)); nothing happens where there is none."""

import contextlib
import os
import socket


def notify(state: str) -> bool:
    """Tell the service manager, for example "READY=1"; False when there is none that listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    try:
        from systemd import daemon  # noqa: PLC0415 - an extra: its C headers may be missing
    except ImportError:
        return _send(address, state)
    try:
        return bool(daemon.notify(state))
    except OSError:
        return False


def _send(address: str, state: str) -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
        out.connect("\0" + address[1:] if address.startswith("@") else address)
        out.sendall(state.encode())
        return True
    return False


def say_reloading(steady: float) -> str:
    """Return the state that begins a reload, with the steady clock in seconds (sd_notify(3), "RELOADING=1")."""
    return f"RELOADING=1\nMONOTONIC_USEC={int(steady * 1e6)}\nSTATUS=taking the new configuration"


def watchdog_interval() -> float | None:
    """Return how often the service manager wants a sign of life, in seconds; None when it does not ask."""
    wanted = os.environ.get("WATCHDOG_USEC", "")
    if not wanted.isdigit() or os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    return int(wanted) / 1e6 / 2
