"""`manage.py up` with its real processes."""

import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from saas.environment import ROOT
from saas.processes import KINDS, kind_of
from tests.platform import READY_SECONDS, SERVICES, STOP_SECONDS, Platform

pytestmark = pytest.mark.system

BACK_SECONDS = 5


def test_an_empty_folder_becomes_a_ready_platform_and_ends_without_a_trace(tmp_path: Path) -> None:
    platform = Platform(tmp_path / "data")
    try:
        assert platform.start() < READY_SECONDS
        assert (platform.data_dir / ".env").stat().st_mode & 0o777 == 0o600
        assert sorted(set(platform.processes().values()) - {"demo"}) == sorted((*SERVICES, "up"))
        assert platform.dashboard_url in platform.terminal
        assert f"{platform.api_url}/api/docs/" in platform.terminal
        assert platform.secrets["DEMO_PASSWORD"] in platform.terminal
        password = platform.terminal.partition("Operator log-in: operator@cardume.local with the password ")[
            2
        ]
        assert len(password.split()[0]) >= 12
        assert platform.stop(signal.SIGINT) < STOP_SECONDS
        assert platform.processes() == {}

        assert platform.start() < READY_SECONDS
        assert "Operator log-in" not in platform.terminal
        assert platform.stop(signal.SIGTERM) < STOP_SECONDS
        assert platform.processes() == {}
    finally:
        platform.__exit__()


@pytest.mark.parametrize("name", SERVICES)
def test_a_killed_process_is_back_within_five_seconds(platform: Platform, name: str) -> None:
    before = time.time()
    killed = platform.kill(name)
    platform.wait_until(lambda: platform.pid_of(name) not in {0, killed}, BACK_SECONDS)
    platform.wait_ready()
    if (
        kind_of(name) in KINDS
    ):  # an old sign of life counts for a while; here only one of the new process does
        platform.wait_until(lambda: _heartbeat(platform, name) > before + 1)


def test_a_process_that_is_killed_again_and_again_still_comes_back(platform: Platform) -> None:
    for _ in range(8):
        killed = platform.kill("beat")
        platform.wait_until(lambda pid=killed: platform.pid_of("beat") not in {0, pid}, BACK_SECONDS)  # type: ignore[misc]
        time.sleep(0.5)  # the pace of the kills is the test's subject
    platform.wait_ready()
    assert "beat keeps ending" not in platform.terminal


def _heartbeat(platform: Platform, process: str) -> float:
    """The Unix time of the last sign of life, from what `/metrics` says."""
    text = requests.get(f"{platform.api_url}/metrics", timeout=10).text
    mark = f'cardume_heartbeat_age_seconds{{process="{process}"}} '
    return time.time() - float(text.partition(mark)[2].split()[0]) if mark in text else 0


def test_a_supervisor_that_is_killed_leaves_no_process_and_can_be_started_again(tmp_path: Path) -> None:
    with Platform(tmp_path / "data") as platform:
        platform.kill("up")
        platform.stop()
        platform.wait_gone(BACK_SECONDS)
        platform.start()


def test_other_commands_find_the_embedded_redis(platform: Platform) -> None:
    script = "from saas.redis import get_redis; print('answer', get_redis().ping())"
    assert "answer True" in platform.manage("shell", "-c", script)
    assert (platform.data_dir / "run" / "redis.url").stat().st_mode & 0o777 == 0o600
    assert platform.secrets["REDIS_PASSWORD"] not in _command_line(platform.pid_of("redis"))


def _command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8").replace("\0", " ")


def _try_to_start(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "up"]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_a_second_start_with_the_same_folder_says_that_it_runs_already(platform: Platform) -> None:
    second = _try_to_start(platform.environment())
    assert second.returncode == 1
    assert f"already running with the data in {platform.data_dir} (process {platform.pid})" in second.stderr
    assert platform.readyz()["status"] == "ok"


@pytest.mark.parametrize("setting", ["WEB_PORT", "DASHBOARD_PORT", "PAPER_PORT"])
def test_a_port_in_use_is_named_with_the_setting_to_change(tmp_path: Path, setting: str) -> None:
    other = Platform(tmp_path / "data")
    with socket.create_server(("127.0.0.1", other.ports[setting])):
        refused = _try_to_start(other.environment())
    assert refused.returncode == 1
    assert f"Port {other.ports[setting]} is in use" in refused.stderr
    assert f"{setting}=" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_without_a_redis_on_the_path_the_one_among_the_requirements_serves(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("sh", "uname"):
        (tools / name).symlink_to(shutil.which(name) or "")
    with Platform(tmp_path / "data", {"PATH": str(tools)}) as platform:
        executable = Path(f"/proc/{platform.pid_of('redis')}/exe").readlink()
        assert executable.name == "valkey-server"
