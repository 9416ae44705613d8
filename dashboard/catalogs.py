"""The texts to translate, taken from the code: `python -m dashboard.catalogs` brings locale/ up to date.

A new text appears in each .po file with an empty translation; a text gone from the code goes from there too.
"""

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from dashboard.translation import LOCALE_DIRECTORY, LOCALES

SOURCES = Path(__file__).parent
KEYWORDS = {"_": None, "ngettext": (1, 2)}


def extract() -> Catalog:
    """Every text of the code, tests left out."""
    found = Catalog(project="Cardume")
    for _file, _line, message, _comments, context in extract_from_dir(
        SOURCES, [("tests/**", "ignore"), ("**.py", "python")], keywords=KEYWORDS
    ):
        found.add(message, context=context)
    return found


def po_path(locale: str) -> Path:
    return LOCALE_DIRECTORY / locale / "LC_MESSAGES" / "dashboard.po"


def read(locale: str) -> Catalog:
    with po_path(locale).open("rb") as file:
        return read_po(file, locale=locale)


def update(locale: str, template: Catalog) -> None:
    catalog = read(locale)
    # The day of the last run is no news: without it, a run that finds nothing new changes nothing.
    template.creation_date = catalog.creation_date
    catalog.update(template, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    with po_path(locale).open("wb") as file:
        write_po(file, catalog, width=110, no_location=True, sort_output=True)
    with po_path(locale).with_suffix(".mo").open("wb") as file:
        write_mo(file, catalog)


if __name__ == "__main__":
    for each in LOCALES.values():
        update(each, extract())
