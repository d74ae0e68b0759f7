"""Root trees of the distributions, made once from the host's mirror and kept outside the checkout."""

import contextlib
import fcntl
import hashlib
import os
import re
import shlex
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from tests.machine.tools import call, phase

SUITES = {"bookworm": "Debian 12", "trixie": "Debian 13"}
_BASE = (
    *("systemd", "systemd-sysv", "dbus", "libpam-systemd", "kmod", "iproute2", "procps", "man-db", "bash-completion"),
    *("python3", "python3-systemd", "ca-certificates", "samba", "smbclient"),
)
_BUILD = (
    *(
        "build-essential",
        "make",
        "gcc",
        "git",
        "ca-certificates",
        "dpkg-dev",
        "debhelper",
        "pkg-config",
        "libsystemd-dev",
    ),
    *("python3-dev", "python3-pip", "python3-venv"),
)
_UNWANTED = (
    "nmbd",
    "samba-ad-dc",
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "man-db.timer",
    "fstrim.timer",
    "e2scrub_all.timer",
)
_CUSTOMIZE = f'systemctl --root="$1" mask {" ".join(_UNWANTED)}; mkdir -p "$1/var/log/journal"'
_IMAGE_SIZE = "3G"
_KEEP = 14 * 24 * 3600.0
"""Seconds after its last use that a tree is removed; other checkouts, with other wishes, may use the same folder."""


def cache() -> Path:
    """Return the folder of trees, images and packages; to remove it costs the time to make them again."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(home) / "watchconvert-machines"
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    return folder


@contextlib.contextmanager
def locked(name: str) -> Iterator[None]:
    """Keep other runs from making the same thing at the same time."""
    with (cache() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def is_kept(thing: Path) -> bool:
    """Tell whether something is there from an earlier run, and note that it was used; what was not for weeks is removed."""
    now = time.time()
    for other in cache().glob("*-*.*"):
        if other != thing and now - other.stat().st_mtime > _KEEP:
            shutil.rmtree(other) if other.is_dir() else other.unlink()
    if thing.exists():
        os.utime(thing)
    return thing.exists()


def _key(*words: str) -> str:
    return hashlib.sha256(" ".join(words).encode()).hexdigest()[:12]


def _mirror() -> list[str]:
    """Return the mirror that the host's apt uses, if it is one of Debian; else mmdebstrap knows one."""
    says = call("apt-get", "indextargets", "--format", "$(ORIGIN) $(LABEL) $(COMPONENT) $(REPO_URI)", check=False)
    found = re.search(r"^Debian Debian main (\S+)$", says, re.MULTILINE)
    return [found[1]] if found else []


def _apt_options() -> list[str]:
    """Return the host's proxies for apt."""
    says = call("apt-config", "dump", "--format", '%F "%v";%n', "Acquire", check=False)
    proxies = [line for line in says.splitlines() if re.match(r'Acquire::https?::Proxy "."', line)]
    return [f"--aptopt={line}" for line in ['Acquire::Languages "none";', *proxies]]


def base_tree(suite: str) -> Path:
    """Return the root tree of a distribution as the machines are made of it."""
    tree = cache() / f"{suite}-{_key(*_BASE, _CUSTOMIZE)}.tree"
    with locked(suite):
        if is_kept(tree):
            return tree
        draft = tree.with_suffix(".draft")
        shutil.rmtree(draft, ignore_errors=True)
        with phase(f"{suite}: root tree"):
            include = "--include=" + ",".join(_BASE)
            call(
                *("mmdebstrap", "--mode=root", "--variant=minbase", *_apt_options(), include),
                f"--customize-hook={_CUSTOMIZE}",
                *(suite, draft, *_mirror()),
                timeout=1200,
            )
        draft.rename(tree)
    return tree


def base_image(suite: str) -> Path:
    """Return an ext4 image of the tree."""
    tree = base_tree(suite)
    image = tree.with_suffix(".ext4")
    with locked(suite):
        if not is_kept(image):
            draft = tree.with_suffix(".image-draft")
            with phase(f"{suite}: disk image"):
                draft.unlink(missing_ok=True)
                call("mke2fs", "-q", "-F", "-t", "ext4", "-d", tree, draft, _IMAGE_SIZE, timeout=300)
            draft.rename(image)
    return image


def build_tree(suite: str) -> Path:
    """Return a folder of what the compilers and build tools add to the tree, an overlay's upper layer."""
    tree = base_tree(suite)
    layer = cache() / f"{tree.stem}-{_key(*_BUILD)}.tools"
    with locked(suite):
        if not is_kept(layer):
            draft = layer.with_suffix(".tools-draft")
            shutil.rmtree(draft, ignore_errors=True)
            with phase(f"{suite}: build tools"):
                install = f"apt-get install -qq -y --no-install-recommends {' '.join(_BUILD)}"
                in_tree([tree], draft, f"apt-get update -qq; {install}", DEBIAN_FRONTEND="noninteractive")
            draft.rename(layer)
    return layer


def in_tree(layers: list[Path], upper: Path, script: str, binds: tuple[Path, ...] = (), **env: str) -> None:
    """Run a shell script in a tree of layers, the lowest first, with the host's network; what it changes is in `upper`.

    The mounts are in a namespace of the script's own and go with it.
    """
    work, root = upper.with_suffix(".work"), upper.with_suffix(".root")
    for folder in (upper, work, root):
        folder.mkdir(parents=True, exist_ok=True)
    lowers = ":".join(str(layer) for layer in reversed(layers))
    steps = [
        f"mount -t overlay overlay -o lowerdir={lowers},upperdir={upper},workdir={work} {root}",
        f"mount -t proc proc {root}/proc",
        f"mount --rbind /dev {root}/dev",
        f"cp -L /etc/resolv.conf {root}/etc/resolv.conf",
    ]
    for bind in binds:
        make = f"mkdir -p {root}{bind}" if bind.is_dir() else f"mkdir -p {root}{bind.parent}; touch {root}{bind}"
        steps += [make, f"mount --rbind {bind} {root}{bind}"]
    env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8"} | env
    words = shlex.join(["env", "-i", *(f"{key}={value}" for key, value in env.items()), "sh", "-ec", script])
    steps.append(f"exec chroot {root} {words}")
    try:
        call(
            *("unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"),
            *("sh", "-ec", "\n".join(steps)),
            timeout=1200,
        )
    finally:
        shutil.rmtree(work, ignore_errors=True)
        root.rmdir()
