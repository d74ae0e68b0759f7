"""A lease on a file of another user, which the kernel grants only with CAP_LEASE."""

import os
from pathlib import Path

import pytest

from watchconvert.adapters.files import looks
from watchconvert.adapters.files.looks import Writer


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="wants a second user")
def test_without_the_right_to_a_lease_nothing_is_known_and_nothing_fails(tmp_path: Path) -> None:
    path = tmp_path / "of-root"
    path.write_bytes(b"content")
    file = os.open(path, os.O_RDONLY)
    child = os.fork()
    if not child:
        status = 1
        try:
            os.setuid(65534)
            lease = looks.take_lease(file)
            looks.drop_lease(file)
            status = 0 if lease is Writer.UNKNOWN else 2
        finally:
            os._exit(status)
    os.close(file)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
