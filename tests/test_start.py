"""`start.py` in a copy of the project that needs next to nothing, so that a whole installation takes seconds."""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from saas.bootstrap import installation
from saas.bootstrap.problem import Problem
from saas.environment import ROOT

MANAGE = "import sys; print('manage.py', *sys.argv[1:], 'in', sys.prefix)\n"
PARTS = ("start.py", "saas/__init__.py", "saas/console.py", "saas/environment.py", "saas/bootstrap")


class Copy:
    """The files that `start.py` needs, with requirements and a `manage.py` of the test's own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for part in PARTS:
            source, target = ROOT / part, folder / part
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
        (folder / "manage.py").write_text(MANAGE)
        self.require("")

    def require(self, text: str, file: str = "requirements.txt") -> None:
        (self.folder / file).write_text(text)

    def start(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "LC_ALL": "C.UTF-8", **settings}
        command = [sys.executable, str(self.folder / "start.py"), *arguments]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=120, check=False
        )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    copy = Copy(tmp_path_factory.mktemp("project"))
    first = copy.start()
    assert first.returncode == 0, first.stderr
    assert "Making .venv" in first.stdout
    assert f"manage.py up in {copy.folder / '.venv'}" in first.stdout
    return copy


@pytest.fixture
def copy(installed: Copy) -> Copy:
    """Installed without any package, whatever the test before made of it."""
    installed.require("")
    assert installed.start().returncode == 0
    return installed


def test_a_start_with_the_requirements_of_the_last_installs_nothing(copy: Copy) -> None:
    assert copy.start().stdout == f"manage.py up in {copy.folder / '.venv'}\n"


def test_other_requirements_are_installed_at_the_next_start(copy: Copy) -> None:
    copy.require("# another comment is another hash\n")
    assert "Installing 0 packages" in copy.start().stdout
    assert "Installing" not in copy.start().stdout


def test_an_installation_that_was_interrupted_is_done_again(copy: Copy) -> None:
    (copy.folder / ".venv" / "installed-requirements.txt").unlink()
    assert "Installing" in copy.start().stdout


def test_a_broken_environment_is_made_anew(copy: Copy) -> None:
    (copy.folder / ".venv" / "bin" / "python").unlink()
    (copy.folder / ".venv" / "bin" / "python3").unlink()
    mended = copy.start()
    assert "Making .venv" in mended.stdout
    assert mended.returncode == 0


def test_a_package_whose_hash_is_not_the_pinned_one_is_refused_with_the_end_of_pip_s_output(
    copy: Copy,
) -> None:
    (copy.folder / "thing-1.0-py3-none-any.whl").write_bytes(b"not what was pinned")
    copy.require(f"./thing-1.0-py3-none-any.whl --hash=sha256:{'0' * 64}\n")
    refused = subprocess.run(
        [sys.executable, "start.py"],
        cwd=copy.folder,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert refused.returncode == 1
    assert "pip could not install the packages" in refused.stderr
    assert "HASH" in refused.stderr.upper()
    assert "start again" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (copy.folder / ".venv" / "installed-requirements.txt").exists()


def test_two_starts_at_once_install_once(copy: Copy) -> None:
    copy.require("# for two\n")
    command = [sys.executable, str(copy.folder / "start.py")]
    starts = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [start.communicate(timeout=120)[0] for start in starts]
    assert [start.returncode for start in starts] == [0, 0]
    assert sum("0 packages" in output or "0 pacotes" in output for output in outputs) == 1


def test_a_missing_venv_module_is_named_with_the_package_to_install(tmp_path: Path) -> None:
    copy = Copy(tmp_path / "project")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text("import sys; sys.modules['ensurepip'] = None")
    refused = copy.start(PYTHONPATH=str(tmp_path / "site"))
    assert refused.returncode == 1
    assert f"apt install python{sys.version_info[0]}.{sys.version_info[1]}-venv" in refused.stderr


def run_as(script: str, tmp_path: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """`start.py` in a Python that says something else of itself."""
    whole = f"import runpy, sys; {script}; sys.argv = ['start.py']; runpy.run_path('start.py', run_name='__main__')"
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "DATA_DIR": str(tmp_path), **settings}
    command = [sys.executable, "-c", whole]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("C", "Cardume needs Python 3.11 or newer, this is 3.9.2"),
        ("pt_BR.UTF-8", "precisa de Python 3.11 ou mais novo"),
    ],
)
def test_an_older_python_is_told_which_one_is_needed(tmp_path: Path, locale: str, text: str) -> None:
    refused = run_as("sys.version_info = (3, 9, 2, 'final', 0)", tmp_path, LC_ALL=locale)
    assert refused.returncode == 1
    assert text in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_file_is_written_in_words_that_every_python_3_understands() -> None:
    source = (ROOT / "start.py").read_text(encoding="ascii")
    assert ast.parse(source, feature_version=(3, 4))
    assert not any(isinstance(node, ast.JoinedStr) for node in ast.walk(ast.parse(source)))


def test_windows_is_sent_to_wsl(tmp_path: Path) -> None:
    refused = run_as("sys.platform = 'win32'", tmp_path)
    assert refused.returncode == 1
    assert "WSL" in refused.stderr


def test_what_it_does_not_know_is_refused_with_the_usage(copy: Copy) -> None:
    refused = copy.start("--verbose")
    assert refused.returncode == 2
    assert "python3 start.py test" in refused.stderr


@pytest.mark.parametrize(
    ("locale", "text"), [("C", "installs what is needed"), ("pt_BR.UTF-8", "instala o que falta")]
)
def test_help_speaks_the_locale_s_language(copy: Copy, locale: str, text: str) -> None:
    assert text in copy.start("--help", LC_ALL=locale).stdout


def test_a_folder_that_cannot_be_written_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(Problem, match=r"cannot be written|não pode escrever"):
        installation._check_machine()


def test_a_full_disk_is_told_before_anything_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installation, "VENV", tmp_path / "none")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 12_000_000))
    with pytest.raises(Problem, match="12 MB"):
        installation._check_machine()


TOOL = '#!/bin/sh\necho "$(basename "$0") $*" >> "{calls}"\ncase "$*" in *{failing}*) exit 3;; esac\n'


@pytest.fixture
def tools(copy: Copy, tmp_path: Path) -> Iterator[Path]:
    """Stand-ins for the tools in the environment; the file that they write their calls to."""
    binaries = copy.folder / ".venv" / "bin"
    names = ("ruff", "lint-imports")
    copy.require("", "requirements-dev.txt")
    for name in names:
        (binaries / name).write_text(TOOL.format(calls=tmp_path / "calls", failing="check"))
        (binaries / name).chmod(0o755)
    yield tmp_path / "calls"
    for name in names:
        (binaries / name).unlink()


def test_the_test_command_runs_every_check_and_fails_when_one_of_them_does(copy: Copy, tools: Path) -> None:
    done = copy.start("test")
    calls = tools.read_text().splitlines()
    assert calls == ["ruff format --check .", "ruff check .", "lint-imports "]
    assert done.returncode == 1
    assert "FAILED  lint" in done.stdout
    assert "ok      imports" in done.stdout
    assert "FAILED  tests" in done.stdout  # there is no pytest in this environment


def test_arguments_after_test_go_to_pytest_alone(copy: Copy, tools: Path) -> None:
    done = copy.start("test", "--", "-k", "orders")
    assert done.returncode == 1
    assert "No module named pytest" in done.stderr
    assert not tools.exists()
