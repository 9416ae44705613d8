"""A second installation beside a running one, sharing its checkout and its paper exchange."""

import time
from pathlib import Path

import pytest
from redis import Redis

from tests.platform import Platform

pytestmark = pytest.mark.system

TOGETHER_SECONDS = 3


def test_neither_notices_the_other(platform: Platform, tmp_path: Path, redis_url: str) -> None:
    with Redis.from_url(redis_url) as client:
        client.flushdb()  # other tests of this process used it
    before = {pid: name for pid, name in platform.processes().items() if name != "demo"}
    elsewhere = {"REDIS_URL": redis_url, "PAPER_EXCHANGE_URL": platform.paper_url, "DEMO": "0"}
    with Platform(tmp_path / "second", elsewhere) as second:
        assert set(second.processes().values()).isdisjoint({"redis", "paper", "demo"})
        assert second.secrets["INSTALLATION_ID"] != platform.secrets["INSTALLATION_ID"]
        assert platform.readyz()["status"] == "ok"
        time.sleep(TOGETHER_SECONDS)  # both at work
        assert second.readyz()["status"] == "ok"
        assert _installations_in(redis_url) == {second.secrets["INSTALLATION_ID"]}
    assert second.processes() == {}
    after = platform.processes()
    assert all(after.get(pid) == name for pid, name in before.items())
    assert platform.readyz()["status"] == "ok"


def _installations_in(redis_url: str) -> set[str]:
    """Whose keys are in this Redis; every one carries its installation's id."""
    with Redis.from_url(redis_url, decode_responses=True) as client:
        keys = [str(key) for key in client.scan_iter()]
    return {key.removeprefix("cardume-").partition(":")[0] for key in keys}
