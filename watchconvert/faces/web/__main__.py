"""The child that shows the page: its arguments are the descriptors of the address and of its brief."""

import os
import pickle
import signal
import socket
import sys
import threading

from watchconvert.faces.log import daemon_log, hide
from watchconvert.faces.web.serve import serve


def _end_with_parent() -> None:
    """End as soon as the daemon does, however it ends: then nobody holds the other end of standard input."""
    sys.stdin.buffer.read()
    os._exit(0)


def main() -> None:
    """Show the page until the daemon ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the daemon too, which ends this in its own time
    listening, brief = (int(argument) for argument in sys.argv[1:])
    with os.fdopen(brief, "rb") as file:
        given = pickle.load(file)  # noqa: S301 - the daemon itself wrote it, into memory that nobody else can reach
    hide(given.token)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    serve(given, socket.socket(fileno=listening), daemon_log())


if __name__ == "__main__":
    main()
