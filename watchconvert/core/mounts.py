"""Which file systems tell of changes, read out of the kernel's table of mounts."""

import re
from dataclasses import dataclass

_SILENT = frozenset({
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "virtiofs", "ceph", "glusterfs", "afs", "ncpfs", "vboxsf",
    "fuseblk", "lustre", "gpfs", "beegfs", "davfs", "acfs", "ocfs2", "gfs2",
})  # fmt: skip
_OCTAL = re.compile(rb"\\([0-7]{3})")


@dataclass(frozen=True)
class Mount:
    """One line of the table."""

    point: bytes
    kind: str

    @property
    def is_silent(self) -> bool:
        """Whether changes made elsewhere bring no event here, and leases prove nothing."""
        return self.kind in _SILENT or self.kind == "fuse" or self.kind.startswith("fuse.")


def parse_mounts(table: bytes) -> list[Mount]:
    """Return the mounts in /proc/self/mountinfo (proc(5)), later ones over earlier ones."""
    mounts = []
    for line in table.splitlines():
        before, found, after = line.partition(b" - ")
        fields = before.split(b" ")
        if found and len(fields) > 4:
            point = _OCTAL.sub(lambda match: bytes([int(match[1], 8)]), fields[4])
            mounts.append(Mount(point, after.split(b" ")[0].decode("ascii", "replace")))
    return mounts


def silent_mount(mounts: list[Mount], folder: bytes, *, deep: bool) -> Mount | None:
    """Return the mount that keeps a folder (or, if `deep`, anything below it) from being watched; None if none does."""
    inside = folder.rstrip(b"/") + b"/"
    over = [mount for mount in mounts if inside.startswith(mount.point.rstrip(b"/") + b"/")]
    own = max(enumerate(over), key=lambda each: (len(each[1].point), each[0]), default=(0, None))[1]
    if own is not None and own.is_silent:
        return own
    below = [mount for mount in mounts if deep and mount.point.startswith(inside)]
    return next((mount for mount in below if mount.is_silent), None)
