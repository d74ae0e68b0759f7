"""The packages on a fresh machine, and the people who will use its share."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from tests.machine.machine import Machine
from tests.machine.site import PASSWORD, PEOPLE, UNIT
from tests.machine.tools import phase

_DEBS = "/root/packages"
_APT = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y")


@dataclass
class Installed:
    """A machine with the packages; `facts` is what the administrator found right after apt had ended."""

    machine: Machine
    packages: list[Path]
    facts: dict[str, str] = field(default_factory=dict)

    def ensure(self) -> None:
        """Install the packages again if a test has put others in their place."""
        if _versions(self.machine) != self.facts["versions"]:
            apt_install(self.machine, self.packages, "--allow-downgrades")


def copy_in(machine: Machine, packages: list[Path]) -> list[str]:
    """Lay packages into the machine; returns where they are."""
    folder = machine.path(_DEBS)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for package in packages:
        shutil.copy(package, folder)
    return [f"{_DEBS}/{package.name}" for package in packages]


def apt_install(machine: Machine, packages: list[Path], *options: str) -> str:
    """Let apt install files; returns what it said."""
    with phase(f"{machine.suite}: apt install"):
        return machine.says(*_APT, *options, "install", *copy_in(machine, packages), timeout=300)


def apt(machine: Machine, *words: str) -> str:
    """Let apt do something else; returns what it said."""
    return machine.says(*_APT, *words, timeout=300)


def _versions(machine: Machine) -> str:
    return machine.says(
        "dpkg-query", "-W", "-f", "${Package} ${Version} ${db:Status-Abbrev}\n", "watchconvert*", check=False
    )


def install_fresh(machine: Machine, packages: list[Path]) -> Installed:
    """Install on a machine that never had them, look at what came of it, and make the people."""
    found = Installed(machine, packages)
    found.facts["apt"] = apt_install(machine, packages)
    found.facts["versions"] = _versions(machine)
    for word in ("is-enabled", "is-active"):
        found.facts[word] = machine.says("systemctl", word, UNIT, check=False)
    found.facts["failed"] = machine.says("systemctl", "--failed", "--no-legend")
    found.facts["user"] = machine.says("getent", "passwd", "watchconvert", check=False)
    found.facts["folders"] = machine.sh(
        "stat -c '%n %a %U %G' /etc/watchconvert /etc/watchconvert/* /var/lib/watchconvert 2>&1 || true"
    )
    for person in PEOPLE:
        machine.run("useradd", "--no-create-home", "--groups", "watchconvert", person)
        machine.run("smbpasswd", "-s", "-a", person, feed=f"{PASSWORD}\n{PASSWORD}\n")
    return found
