"""Whatever is wrong with TLS, the service is not spoken to; when it is mended, everything goes on.

With WATCHCONVERT_SWEEP=full every connection is cut at every byte of what comes from the service, handshake included.
"""

import shutil
import socket
import ssl
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from unittest import mock

import pytest

from tests.e2e.wired import SECRET
from tests.network.certificates import BAD, GOOD, WITHOUT_OPENSSL, Authority, server_context
from tests.network.chaos import Line
from tests.network.listening import PATIENCE
from tests.network.tls import Manner, TlsFront, tls_front
from tests.network.trial import FULL, Trial, trial
from watchconvert.adapters.convertapi.http import Http

pytestmark = pytest.mark.skipif(WITHOUT_OPENSSL, reason="there is no openssl program to make certificates with")
OLD_VERSIONS = {"TLS 1.0 alone": ssl.TLSVersion.TLSv1, "TLS 1.1 alone": ssl.TLSVersion.TLSv1_1}
CUTS = (1, 3, 5, 6, 50, 100, 127, 128, 500, 1000)
"""Bytes of the handshake after which it is cut."""


class Workshop:
    """All that the tests share: an authority that is trusted, and certificates, each made once."""

    def __init__(self, folder: Path) -> None:
        self.authority = Authority(folder)
        good = self.authority.make(GOOD)
        self.good = Manner(server_context(good))
        bad = {name: Manner(server_context(self.authority.make(wish))) for name, wish in BAD.items()}
        bad |= {name: Manner(server_context(good, version)) for name, version in OLD_VERSIONS.items()}
        self.untrusted = bad
        """What a client can speak to, and must not."""
        self.broken = {name: Manner(speak=speak) for name, speak in WORDS.items()}
        for after in CUTS:
            self.broken[f"cut after {after} bytes"] = Manner(self.good.context, after)
            self.broken[f"reset after {after} bytes"] = Manner(self.good.context, after, hard=True)


def say(data: bytes, client: socket.socket) -> None:
    """Answer a greeting with something else."""
    client.recv(4096)
    client.sendall(data)


def stay_silent(client: socket.socket) -> None:
    """Never answer a greeting."""
    client.settimeout(PATIENCE)
    while client.recv(4096):
        pass


def drip(client: socket.socket) -> None:
    """Answer with records of one byte, more slowly than anybody can wait."""
    client.recv(4096)
    client.settimeout(0.01)
    for _ in range(1000):
        client.sendall(b"\x16\x03\x03\x00\x01\x02")
        try:
            if not client.recv(4096):
                return
        except TimeoutError:
            continue


WORDS: dict[str, Callable[[socket.socket], None]] = {
    "plain HTTP": partial(say, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    "plain HTTP with a redirect": partial(say, b"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1/\r\n\r\n"),
    "an alert": partial(say, b"\x15\x03\x03\x00\x02\x02\x28"),
    "a warning": partial(say, b"\x15\x03\x03\x00\x02\x01\x70"),
    "garbage": partial(say, bytes(range(256)) * 10),
    "a record that is too long": partial(say, b"\x16\x03\x03\xff\xff" + bytes(65535)),
    "a greeting of SSL 3.0": partial(say, b"\x16\x03\x00\x00\x04\x02\x00\x00\x00"),
    "silence": stay_silent,
    "drip": drip,
    "nothing": lambda client: None,
}


@pytest.fixture(scope="module")
def workshop() -> Iterator[Workshop]:
    folder = Path(tempfile.mkdtemp())
    try:
        yield Workshop(folder)
    finally:
        shutil.rmtree(folder)


@contextmanager
def secure_trial(workshop: Workshop) -> Iterator[tuple[Trial, TlsFront]]:
    """Run a daemon that trusts our authority, as an administrator would tell it to."""
    with trial() as it, tls_front(it.proxy.port, workshop.good) as front:
        context = ssl.create_default_context(cafile=str(workshop.authority.trusted))
        with mock.patch.object(ssl, "create_default_context", return_value=context):
            it.world._http = it.world.service._http = Http(front.url, SECRET)
        it.fronts.append(front)
        it.service.scheme = "https"
        yield it, front


def live_with(it: Trial, front: TlsFront, manner: Manner, seconds: int = 20) -> None:
    """Let a manner last for a while; nothing of what is said meanwhile may reach the service."""
    heard, taken = len(it.service.heard), front.taken
    front.become(manner)
    for _ in range(seconds):
        it.round()
    assert front.taken > taken, "nobody came"
    assert len(it.service.heard) == heard


def test_nothing_is_said_to_whom_nobody_can_trust(workshop: Workshop) -> None:
    for name, manner in (workshop.untrusted | workshop.broken).items():
        with secure_trial(workshop) as (it, front):
            try:
                live_with(it, front, manner, 6)
                front.become(workshop.good)
                it.recover()
                it.check()
            except AssertionError as fault:
                raise AssertionError(f"{name}: {fault}") from fault


@pytest.mark.parametrize("kind", ["submit", "poll", "fetch"])
def test_trust_that_is_lost_on_the_way_costs_nothing(workshop: Workshop, kind: str) -> None:
    """The connection breaks at a request, and whoever answers next is somebody else."""
    for bad in ("expired", "signed by itself", "of another address"):
        with secure_trial(workshop) as (it, front):
            manner = workshop.untrusted[bad]

            def lose(line: Line, front: TlsFront = front, manner: Manner = manner) -> None:
                line.forward()
                front.become(manner)

            it.suffer(kind, lose, 1)
            live_with(it, front, manner)
            it.proxy.heal()
            front.become(workshop.good)
            it.recover()
            it.check()


def cuts(workshop: Workshop) -> Iterator[tuple[int, int, bool]]:
    """Yield connection, byte and whether to reset: the handshake of the first one, what was said on all."""
    with secure_trial(workshop) as (it, front):
        it.recover()
        assert it.world._http is not None
        it.world._http._session().close()
        it.settle()
    for turn, sent in enumerate(front.sent):
        first = sent.before if turn else 1
        for number, after in enumerate(range(first, sent.whole + 1, 1 if FULL else 293)):
            yield turn, after, number % 4 == 0


def test_a_connection_that_is_cut_at_any_byte_costs_one_bill(workshop: Workshop, tell: Callable[[str], None]) -> None:
    begun, tried, reached = time.monotonic(), 0, 0
    for turn, after, hard in cuts(workshop):
        with secure_trial(workshop) as (it, front):
            front.harms[turn] = Manner(workshop.good.context, after, hard=hard)
            it.recover()
            it.check()
            reached += front.taken > turn
        tried += 1
    assert reached > 0.9 * tried, "the connections were not there to be cut"
    if FULL:
        tell(f"cuts of TLS: schedules {tried:,}, violations 0, {time.monotonic() - begun:.0f} s")


def test_what_is_bad_is_the_only_thing_that_is(workshop: Workshop) -> None:
    """A client that minds nothing gets through to each bad server, so that it is the badness that was refused."""
    lax = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    lax.check_hostname, lax.verify_mode = False, ssl.CERT_NONE
    lax.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as above: the old versions are wanted here
        lax.minimum_version = ssl.TLSVersion.TLSv1
    with trial() as it:
        for manner in workshop.untrusted.values():
            with (
                tls_front(it.proxy.port, manner) as front,
                socket.create_connection(("127.0.0.1", front.port), timeout=PATIENCE) as raw,
                lax.wrap_socket(raw) as wrapped,
            ):
                assert wrapped.version()
