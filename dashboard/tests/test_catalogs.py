"""Every text of the dashboard is in both languages, and nothing else is."""

import gettext
import re
from collections.abc import Sequence

import pytest
from babel.messages.catalog import Message

from dashboard import catalogs
from dashboard.translation import LOCALE_DIRECTORY, LOCALES, PORTUGUESE, nearest_language

UPDATE = "run `python -m dashboard.catalogs` and translate what is new"


def texts(locale: str) -> list[Message]:
    return [message for message in catalogs.read(locale) if message.id]


def forms(text: str | Sequence[str] | None) -> list[str]:
    """A text's singular and plural, or just the text."""
    return [text] if isinstance(text, str) else list(text or [""])


@pytest.fixture(params=list(LOCALES.values()))
def locale(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_catalog_holds_exactly_the_texts_of_the_code(locale: str) -> None:
    in_code = {message.id for message in catalogs.extract() if message.id}
    assert {message.id for message in texts(locale)} == in_code, UPDATE
    assert not catalogs.read(locale).obsolete, UPDATE


def test_every_text_is_translated(locale: str) -> None:
    unfinished = [each.id for each in texts(locale) if each.fuzzy or not all(forms(each.string))]
    assert not unfinished, UPDATE


def test_translations_keep_the_placeholders(locale: str) -> None:
    for message in texts(locale):
        expected = sorted(re.findall(r"{\w+}", forms(message.id)[0]))
        assert all(sorted(re.findall(r"{\w+}", form)) == expected for form in forms(message.string))


def test_the_compiled_catalog_is_the_one_beside_it(locale: str) -> None:
    compiled = gettext.translation("dashboard", LOCALE_DIRECTORY, [locale])
    for message in texts(locale):
        singular, plural = forms(message.id)[0], forms(message.id)[-1]
        if singular == plural:
            assert compiled.gettext(singular) == message.string, UPDATE
        else:
            assert [compiled.ngettext(singular, plural, n) for n in (1, 2)] == forms(message.string), UPDATE


def test_portuguese_differs_from_english_unless_a_word_is_the_same() -> None:
    same = {each.id for each in texts(LOCALES[PORTUGUESE]) if each.id == each.string}
    assert same == {"Capital", "E-mail", "P&L", "Stop loss", "Stop loss (%)", "Testnet", "Volume"}


@pytest.mark.parametrize(
    ("tag", "language"), [("en-US", "en"), ("en", "en"), ("pt-BR", "pt-br"), ("fr", "pt-br"), (None, "pt-br")]
)
def test_a_browser_gets_the_nearest_language(tag: str | None, language: str) -> None:
    assert nearest_language(tag) == language
