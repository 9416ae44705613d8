"""What must hold before anything is started: the lock, the ports, a Redis."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from saas import environment
from saas.supervisor import ports, redis_server
from saas.supervisor.lock import take_lock
from saas.supervisor.ports import Refused, Wanted


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C")


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_second_supervisor_of_the_same_folder_is_refused_plainly(tmp_path: Path) -> None:
    with take_lock(tmp_path), pytest.raises(Refused) as refusal:
        take_lock(tmp_path)
    assert str(tmp_path) in str(refusal.value)
    assert f"process {os.getpid()}" in str(refusal.value)
    assert "DATA_DIR=" in str(refusal.value)


def test_the_lock_is_free_again_once_its_holder_is_gone(tmp_path: Path) -> None:
    take_lock(tmp_path).close()
    take_lock(tmp_path).close()


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Refused, match="file"):
        take_lock(tmp_path / "file" / "below")


def test_a_port_in_use_is_named_with_the_setting_that_changes_it(
    taken_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports, "PATIENCE_SECONDS", 0.2)
    with pytest.raises(Refused) as refusal:
        ports.check(Wanted("web", "127.0.0.1", taken_port, "WEB_PORT"))
    text = str(refusal.value)
    assert f"Port {taken_port} is in use" in text
    suggested = int(text.partition("WEB_PORT=")[2].split()[0])
    assert ports.is_free("127.0.0.1", suggested)


def test_an_address_that_is_not_this_machine_s_is_refused_with_the_reason() -> None:
    with pytest.raises(Refused, match="cannot be opened here"):
        ports.check(Wanted("web", "192.0.2.1", 8000, "WEB_PORT"))


def test_a_free_port_is_not_refused() -> None:
    ports.check(Wanted("web", "127.0.0.1", 0, "WEB_PORT"))


def test_the_embedded_redis_keeps_its_port_and_leaves_its_address_to_its_owner_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    (tmp_path / "run").mkdir()
    port = redis_server.choose_port()
    configuration, url = redis_server.prepare_files(tmp_path, port, 'a "strange" pass/word')
    assert redis_server.choose_port() == port
    assert (
        environment.embedded_redis_url()
        == url
        == f"redis://:a%20%22strange%22%20pass%2Fword@127.0.0.1:{port}/0"
    )
    assert [file.stat().st_mode & 0o777 for file in (configuration, environment.redis_url_file())] == [
        0o600
    ] * 2
    assert r'requirepass "a \"strange\" pass/word"' in configuration.read_text(encoding="utf-8")


def test_another_port_is_chosen_when_the_last_one_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken_port: int
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    (tmp_path / "run").mkdir()
    redis_server.prepare_files(tmp_path, taken_port, "secret")
    assert redis_server.choose_port() != taken_port


def test_without_a_redis_on_the_path_the_one_that_was_installed_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    binary = redis_server.find_binary()
    assert binary is not None
    assert os.access(binary, os.X_OK)
