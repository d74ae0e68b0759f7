"""A server in threads of the test that can say when it has nothing to do."""

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

PATIENCE = 10.0
"""Seconds that the two sides may take; beyond that the test itself is broken."""


class Listening:
    """Takes connections, each in a thread of its own, and hands them to `serve`."""

    def __init__(self) -> None:
        self.faults: list[BaseException] = []
        self._open: set[socket.socket] = set()
        self._busy: set[socket.socket] = set()
        self._changed = threading.Condition()
        self._listener = self.listen(0)
        self.port: int = self._listener.getsockname()[1]

    def serve(self, client: socket.socket) -> None:
        """Do what is to be done on one connection; it is closed afterwards."""
        raise NotImplementedError

    def listen(self, port: int) -> socket.socket:
        """Open the door."""
        listener = socket.create_server(("127.0.0.1", port), backlog=64)
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return listener

    def close_door(self) -> None:
        """Refuse every connection from now on."""
        with suppress(OSError):  # it may be closed already
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def stop(self) -> None:
        """End, with every connection."""
        self.close_door()
        with self._changed:
            for connection in self._open:
                with suppress(OSError):  # it may have ended by itself
                    connection.shutdown(socket.SHUT_RDWR)
            assert self._changed.wait_for(lambda: not self._open, PATIENCE), "a connection does not end"

    def settle(self) -> None:
        """Wait until everything is done that a client has asked for, even one that has given up meanwhile.

        A test whose time is not real must do so before it lets time pass, or it would ask after what is on its way.
        """
        with self._changed:
            assert self._changed.wait_for(self._is_idle, PATIENCE), "a request does not end"

    def _is_idle(self) -> bool:
        return not self._busy and not select.select(list(self._open), [], [], 0)[0]

    @contextmanager
    def busy(self, client: socket.socket) -> Iterator[None]:
        """Do something with what has come on a connection; it must not be read before."""
        with self._changed:
            self._busy.add(client)
        try:
            yield
        finally:
            with self._changed:
                self._busy.discard(client)
                self._changed.notify_all()

    def close(self, client: socket.socket) -> None:
        """End a connection."""
        with self._changed:
            self._open.discard(client)
            self._changed.notify_all()
        client.close()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with self._changed:
                self._open.add(client)
            threading.Thread(target=self._run, args=(client,), daemon=True).start()

    def _run(self, client: socket.socket) -> None:
        try:
            self.serve(client)
        except OSError:
            pass  # one of them went away
        except BaseException as fault:
            self.faults.append(fault)
            raise
        finally:
            self.close(client)
