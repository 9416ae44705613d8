"""The running platform, shared by the tests that only need one that is ready."""

from collections.abc import Iterator

import pytest

from tests.platform import Platform
from tests.postgres import find_tools, throwaway_cluster


@pytest.fixture(scope="package")
def shared_platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """Gone when the test process goes on to another package: nine processes are no company for quick tests."""
    with Platform(tmp_path_factory.mktemp("platform") / "data") as platform:
        yield platform


@pytest.fixture
def platform(shared_platform: Platform) -> Iterator[Platform]:
    """Ready before the test; a test may kill what it likes, as long as it waits for the end of it."""
    shared_platform.wait_ready()
    yield shared_platform
    shared_platform.wait_ready()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL of its own for each test process."""
    if find_tools() is None:
        pytest.skip("needs PostgreSQL's server programs; on Debian: apt install postgresql")
    with throwaway_cluster() as url:
        yield url
