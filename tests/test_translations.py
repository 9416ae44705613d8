"""Every text of every app is in Portuguese too: none missing, none doubtful, none left over, and compiled."""

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import polib  # type: ignore[import-untyped]
import pytest

ROOT = Path(__file__).parents[1]
APPS = ("saas", "exchanges", "users", "trades", "bots")
MARKERS = {"_", "gettext", "gettext_lazy", "gettext_noop"}


def catalogue(app: str) -> polib.POFile:
    return polib.pofile(str(ROOT / app / "locale" / "pt_BR" / "LC_MESSAGES" / "django.po"))


def texts(app: str) -> set[str]:
    """What the app's source marks for translation."""
    sources = [path for path in (ROOT / app).rglob("*.py") if not {"tests", "migrations"} & set(path.parts)]
    return {text for source in sources for text in marked(source.read_text(encoding="utf-8"))}


def marked(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and name_of(node.func) in MARKERS and node.args:
            argument = node.args[0]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield argument.value


def name_of(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("app", APPS)
def test_every_text_is_translated(app: str) -> None:
    translated = {entry.msgid for entry in catalogue(app) if entry.msgstr and not entry.obsolete}
    assert sorted(texts(app) - translated) == []


@pytest.mark.parametrize("app", APPS)
def test_no_translation_is_doubtful_or_left_over(app: str) -> None:
    entries = catalogue(app)
    assert [entry.msgid for entry in entries if entry.fuzzy or entry.obsolete] == []
    assert sorted({entry.msgid for entry in entries} - texts(app)) == []


@pytest.mark.parametrize("app", APPS)
def test_a_translation_has_the_placeholders_of_its_text(app: str) -> None:
    for entry in catalogue(app):
        assert placeholders(entry.msgstr) == placeholders(entry.msgid), entry.msgid


@pytest.mark.parametrize("app", APPS)
def test_the_compiled_catalogue_is_that_of_the_source(app: str) -> None:
    folder = ROOT / app / "locale" / "pt_BR" / "LC_MESSAGES"
    compiled = {entry.msgid: entry.msgstr for entry in polib.mofile(str(folder / "django.mo"))}
    assert compiled == {entry.msgid: entry.msgstr for entry in catalogue(app)}
