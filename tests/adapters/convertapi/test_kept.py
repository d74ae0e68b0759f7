"""Connections are kept for the next request, and never used again when a reply is not whole or nobody is there."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from watchconvert.adapters.convertapi.http import Http

_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Line:
    """A server that says one prepared piece for each request, on as many connections as are made."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces, self.connections, self.heads = list(pieces), 0, list[bytes]()
        self.closed = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while self.pieces:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            with connection:
                self._talk(connection)
            self.closed.set()

    def _talk(self, connection: socket.socket) -> None:
        while self.pieces:
            head = b""
            while b"\r\n\r\n" not in head:
                if not (got := connection.recv(65536)):
                    return
                head += got
            self.heads.append(head)
            piece = self.pieces.pop(0)
            connection.sendall(piece)
            if not piece or piece.endswith(b"\0"):
                return

    def close(self) -> None:
        self._listener.close()
        self._thread.join(5)


@contextmanager
def line(*pieces: bytes) -> Iterator[Line]:
    found = Line(*pieces)
    try:
        yield found
    finally:
        found.close()


def get(http: Http, url: str = "/a") -> bytes:
    with http.send("GET", url, read=5) as reply:
        return b"".join(reply.iter_content(1000))


def test_one_connection_serves_many_requests() -> None:
    with line(_OK, _OK, _OK) as server:
        http = Http(server.url, "s")
        assert [get(http) for _ in range(3)] == [b"ok"] * 3
        assert server.connections == 1


def test_a_connection_that_the_server_has_closed_is_made_anew() -> None:
    with line(_OK[:-2] + b"o\0", _OK) as server:
        http = Http(server.url, "s")
        assert get(http) == b"o\0"
        assert server.closed.wait(5)
        assert get(http) == b"ok"
        assert server.connections == 2


def test_a_reply_that_was_not_read_to_its_end_is_not_the_next_one_s_beginning() -> None:
    with line(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nfirst", _OK) as server:
        http = Http(server.url, "s")
        with http.send("GET", "/a", read=5) as reply:
            assert next(iter(reply.iter_content(5))) == b"first"
        threading.Thread(target=server._serve, daemon=True).start()
        assert get(http) == b"ok"
        assert server.connections == 2


def test_a_body_that_ends_early_is_no_body() -> None:
    short = b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nfirst\0"
    with line(short) as server, pytest.raises(requests.ConnectionError):
        get(Http(server.url, "s"))


def test_another_host_has_another_connection_and_few_are_kept() -> None:
    servers = [Line(_OK) for _ in range(6)]
    try:
        http = Http(servers[0].url, "s")
        assert [get(http, f"{server.url}/a") for server in servers] == [b"ok"] * 6
        assert len(http._kept()._open) == 4
    finally:
        for server in servers:
            server.close()


def test_odd_addresses_go_out_quoted_and_whole() -> None:
    with line(_OK, _OK) as server:
        http = Http(server.url, "s")
        get(http, f"{server.url}/d/ü b?x=1&y=%20#z")
        with http.send("GET", "/q?a=1", read=5, params={"b": "ö&"}) as reply:
            assert reply.status_code == 200
        assert [head.split(b" ")[1] for head in server.heads] == [b"/d/%C3%BC%20b?x=1&y=%20", b"/q?a=1&b=%C3%B6%26"]
