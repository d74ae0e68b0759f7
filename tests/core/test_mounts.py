from watchconvert.core.mounts import parse_mounts, silent_mount

TABLE = rb"""22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
30 22 0:50 / /srv/share rw - cifs //files/share rw
31 30 254:16 / /srv/share/local\040disk rw - xfs /dev/vdb rw
32 22 0:51 / /home/sshfs rw - fuse.sshfs host:/ rw
33 22 0:52 / /mnt rw - nfs4 host:/export rw
34 33 254:17 / /mnt rw - ext4 /dev/vdc rw
"""


def kind_over(folder: bytes, *, deep: bool = False) -> str:
    mount = silent_mount(parse_mounts(TABLE), folder, deep=deep)
    return mount.kind if mount else ""


def test_the_nearest_mount_decides() -> None:
    assert kind_over(b"/var/inbox") == ""
    assert kind_over(b"/srv/share/inbox") == "cifs"
    assert kind_over(b"/srv/share") == "cifs"
    assert kind_over(b"/srv/shared/inbox") == ""
    assert kind_over(b"/srv/share/local disk/inbox") == ""
    assert kind_over(b"/home/sshfs/a/b") == "fuse.sshfs"


def test_what_was_mounted_over_another_counts() -> None:
    assert kind_over(b"/mnt/inbox") == ""


def test_a_mount_inside_counts_only_where_subfolders_are_taken() -> None:
    assert kind_over(b"/srv") == ""
    assert kind_over(b"/srv", deep=True) == "cifs"
    assert kind_over(b"/srv/share/local disk", deep=True) == ""


def test_rubbish_in_the_table_is_left_out() -> None:
    assert parse_mounts(b"") == []
    assert parse_mounts(b"a line without a separator\n1 2 - \n") == []
