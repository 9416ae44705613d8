"""The dashboard knows the platform by its HTTP API alone, and one file of it speaks HTTP."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[1]
OURS = {path.parent.name for path in SOURCES.parent.glob("*/__init__.py")} - {"dashboard"}
FILES = [path for path in SOURCES.rglob("*.py") if "tests" not in path.relative_to(SOURCES).parts]


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_imports_nothing_else_of_the_platform(path: Path) -> None:
    roots = {name.split(".")[0] for name in imported(path)}
    assert not roots & (OURS | {"django", "rest_framework", "celery", "ccxt"})


def test_one_file_speaks_http() -> None:
    speakers = {path.name for path in FILES if "requests" in set(imported(path))}
    assert speakers == {"api_client.py"}


def test_nothing_is_cached_across_users() -> None:
    assert not [path.name for path in FILES if "cache_data" in path.read_text()]
