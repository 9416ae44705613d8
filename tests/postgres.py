"""A PostgreSQL cluster to throw away, and databases in it.

`python -m tests.postgres COMMAND ...` runs a command with DATABASE_URL naming a fresh cluster, and ends with the
command's exit code.
"""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from saas.supervisor.ports import choose_free

SYSTEM_USER = "postgres"
ROLE = "cardume"


def find_tools() -> Path | None:
    """The folder with initdb and pg_ctl: of PATH, or where Debian puts them."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return versions[-1].parent if versions else None


@dataclass(frozen=True)
class Cluster:
    """A running server; `url` is the address of an empty database in it."""

    url: str
    control: tuple[str, ...]
    options: str

    def restart(self, mode: str) -> None:
        """Break every connection off: `fast` ends its transactions, `immediate` is a crash."""
        _call([*self.control, "-m", mode, "-o", self.options, "restart"], _identity())


@contextmanager
def throwaway_cluster() -> Iterator[str]:
    """The address of an empty database in a cluster that is gone afterwards."""
    with running_cluster() as cluster:
        yield cluster.url


@contextmanager
def running_cluster(address: str = "127.0.0.1", network: str = "") -> Iterator[Cluster]:
    """A cluster that is gone afterwards; it lets in whoever comes from this machine or, if one is named, from a network."""
    tools = find_tools()
    if tools is None:
        raise FileNotFoundError("needs PostgreSQL's server programs; on Debian: apt install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="cardume-postgres-"))
    try:
        yield from _run_cluster(tools, folder, address, network)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run_cluster(tools: Path, folder: Path, address: str, network: str) -> Iterator[Cluster]:
    identity = _identity()
    if identity:
        shutil.chown(folder, SYSTEM_USER)
    data, port = str(folder / "data"), choose_free("127.0.0.1")
    _call(
        [str(tools / "initdb"), "-D", data, "-U", ROLE, "--auth=trust", "-E", "UTF8", "--no-sync"], identity
    )
    if network:
        with Path(data, "pg_hba.conf").open("a", encoding="ascii") as access:
            access.write(f"host all all {network} trust\n")
    options = f"-p {port} -c listen_addresses={address} -k {folder} -c fsync=off -c max_connections=200"
    control = (str(tools / "pg_ctl"), "-D", data, "-w", "-l", str(folder / "log"))
    _call([*control, "-o", options, "start"], identity)
    try:
        yield Cluster(f"postgres://{ROLE}@{address}:{port}/postgres", control, options)
    finally:
        _call([*control, "-m", "immediate", "stop"], identity)


def _identity() -> dict[str, Any]:
    """The server refuses to run as root."""
    return {"user": SYSTEM_USER, "group": SYSTEM_USER, "extra_groups": []} if os.geteuid() == 0 else {}


def _call(command: list[str], identity: dict[str, Any]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/", **identity)


@contextmanager
def fresh_database(url: str) -> Iterator[str]:
    """The address of a new, empty database beside the one that is named; dropped afterwards."""
    name = f"cardume_{secrets.token_hex(6)}"
    _execute(url, f"CREATE DATABASE {name}")
    try:
        yield urlsplit(url)._replace(path=f"/{name}").geturl()
    finally:
        _execute(url, f"DROP DATABASE {name} WITH (FORCE)")


def _execute(url: str, command: str) -> None:
    """Over a connection of its own: the server may be restarted between two commands."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(command.encode())


def main(command: list[str]) -> int:
    with throwaway_cluster() as url:
        environment = {**os.environ, "DATABASE_URL": url}
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
