"""Where Cardume keeps its files and where its settings come from; the first run makes the secrets.

`DATA_DIR` holds `.env`, the SQLite files, the embedded Redis and `logs/`; the project's root by default. A value in
the environment wins over `.env`. This module uses the standard library only, so that the supervisor can call it
before anything else is loaded.
"""

import base64
import fcntl
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INSTALLATION_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


def data_dir() -> Path:
    return Path(os.environ.get("DATA_DIR") or ROOT).expanduser().resolve()


def env_file() -> Path:
    return data_dir() / ".env"


def redis_url_file() -> Path:
    """Where `up` leaves the address of the Redis that it started, for the other commands of this DATA_DIR."""
    return data_dir() / "run" / "redis.url"


def embedded_redis_url() -> str:
    """The address of this DATA_DIR's own Redis; empty when `up` has never started one."""
    path = redis_url_file()
    return path.read_text(encoding="utf-8").strip() if path.exists() else ""


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def _installation_id() -> str:
    return "".join(secrets.choice(INSTALLATION_ALPHABET) for _ in range(6))


GENERATED: Mapping[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(50),
    "JWT_SIGNING_KEY": lambda: secrets.token_urlsafe(50),
    "FIELD_ENCRYPTION_KEYS": _fernet_key,
    "INSTALLATION_ID": _installation_id,
    "REDIS_PASSWORD": lambda: secrets.token_urlsafe(24),
    "DEMO_PASSWORD": lambda: secrets.token_urlsafe(9),
}


def read_env_file(path: Path) -> dict[str, str]:
    """The `NAME=value` lines of an env file; empty when there is none."""
    if not path.exists():
        return {}
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name.strip(): value.strip().strip("'\"") for name, _, value in pairs}


def write_missing_secrets() -> list[str]:
    """Add a generated value for each secret that neither the environment nor `.env` has; the names added.

    The file is replaced in one step and is readable by its owner only, also while it is written.
    """
    path = env_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    with _alone_in(path.parent):
        present = read_env_file(path)
        missing = [name for name in GENERATED if name not in present and not os.environ.get(name)]
        if missing:
            before = path.read_text(encoding="utf-8").rstrip("\n") + "\n" if path.exists() else ""
            replace_private(path, before + "".join(f"{name}={GENERATED[name]()}\n" for name in missing))
    return missing


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Two that start at once must end up with the same secrets."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def replace_private(path: Path, text: str) -> None:
    """Write a file in one step that only its owner can read, also while it is written."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
