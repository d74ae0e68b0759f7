"""The packages as fixtures."""

import pytest

from tests.package.building import Built, build


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Wheel, sdist and Debian package of this checkout."""
    base = tmp_path_factory.getbasetemp()
    # Under pytest-xdist each worker has a folder of its own in the session's.
    return build((base.parent if base.name.startswith("popen-") else base) / "packages")
