"""freqtrade's own virtual environment, in a cache folder, made at the first run."""

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.benchmark import say

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
STAMP = "requirements.sha256"
INSTALL_SECONDS = 1_800
VERSION_SECONDS = 120


def default_folder() -> Path:
    """In the user's cache folder, or the system's temporary one for users who have no home."""
    home = os.environ.get("HOME", "")
    cache = os.environ.get("XDG_CACHE_HOME") or (f"{home}/.cache" if home else tempfile.gettempdir())
    return Path(cache) / "cardume-benchmarks" / "freqtrade"


def prepare(folder: Path, requirements: Path = REQUIREMENTS) -> Path:
    """The program `freqtrade` within it; installed anew where these requirements are not what is there."""
    program, stamp = folder / "bin" / "freqtrade", folder / STAMP
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if not (program.exists() and stamp.exists() and stamp.read_text(encoding="ascii") == wanted):
        say(f"installing freqtrade into {folder}")
        _run([sys.executable, "-m", "venv", "--clear", str(folder)])
        _run([str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "-r", str(requirements)])
        stamp.write_text(wanted, encoding="ascii")
    return program


def _run(command: list[str]) -> None:
    """Raises RuntimeError with the end of what it said."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: {(done.stdout + done.stderr)[-2_000:]}")


def read_version(program: Path) -> str:
    """Such as 2026.9."""
    python = program.with_name("python")
    code = "from importlib.metadata import version; print(version('freqtrade'))"
    asked = [str(python), "-c", code]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=VERSION_SECONDS, check=True)
    return done.stdout.strip()
