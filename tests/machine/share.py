"""A share of the machine as its users see it: Samba's server as a service there, and its client."""

import contextlib
from collections.abc import Iterator

from tests.machine.machine import Machine
from tests.machine.site import PASSWORD, SHARE

_EXAMPLE = "/usr/share/doc/watchconvert/examples/samba/watchconvert.conf"
_CONF = """\
[global]
server role = standalone server
interfaces = lo
bind interfaces only = yes
load printers = no
disable spoolss = yes
include = /etc/samba/watchconvert.conf
"""
_LOCAL = "/tmp/people"


class Client:
    """Gives commands to smbclient as one person, with files from and to a folder of theirs."""

    def __init__(self, machine: Machine, person: str) -> None:
        self._machine, self._person = machine, person
        self._folder = f"{_LOCAL}/{person}"
        machine.run("install", "-d", "-o", person, self._folder)

    def give(self, commands: str) -> str:
        """Give commands, as they would be typed; returns what the client said."""
        login = f"{self._person}%{PASSWORD}"
        words = ("smbclient", "//127.0.0.1/convert", "-U", login, "-c", commands)
        enter = f'cd {self._folder}; exec runuser -u {self._person} -- "$@"'
        return self._machine.says("sh", "-ec", enter, "sh", *words)

    def put(self, name: str, content: bytes, place: str) -> None:
        """Copy a file into a folder of the share."""
        own = self._machine.path(f"{self._folder}/{name}")
        own.write_bytes(content)
        self.give(f'cd {place}; put "{name}"')

    def get(self, name: str, place: str) -> bytes:
        """Fetch a file from a folder of the share."""
        self.give(f'cd {place}; get "{name}" fetched')
        return self._machine.path(f"{self._folder}/fetched").read_bytes()

    def list(self, place: str) -> list[str]:
        """List the plain files of a folder of the share."""
        lines = self.give(f"cd {place}; ls").splitlines()
        # A name, its attributes, its size, and a date of five words.
        words = [line.rsplit(maxsplit=7) for line in lines if line.startswith("  ")]
        return [parts[0].strip() for parts in words if len(parts) == 8 and "D" not in parts[1]]


@contextlib.contextmanager
def sharing(machine: Machine) -> Iterator[None]:
    """Serve the share while the test runs."""
    # The share is the packaged example; only its folder is another.
    example = machine.path(_EXAMPLE).read_text()
    text = example.replace("path = /srv/watchconvert", f"path = {SHARE}")
    assert text != example
    machine.write("/etc/samba/watchconvert.conf", text)
    machine.write("/etc/samba/smb.conf", _CONF)
    machine.run("systemctl", "restart", "smbd")
    try:
        yield
    finally:
        machine.run("systemctl", "stop", "smbd", check=False)
        machine.run("rm", "-rf", _LOCAL)
