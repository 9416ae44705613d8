"""Texts for the terminal, before Django is there to translate: English, or Portuguese where the locale asks for it.

Standard library only; `start.py` uses it before anything is installed.
"""

import os
from collections.abc import Mapping

# What a process writes behind this is shown on the terminal of `up` and kept nowhere.
ONLY_SHOWN = "\x1f"

# A text in English and in Brazilian Portuguese, with {names} to fill in.
Catalogue = Mapping[str, tuple[str, str]]


def speaks_portuguese() -> bool:
    """Whether the locale is Portuguese; the first variable that is set decides, as POSIX has it."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    locale = next((os.environ[name] for name in names if os.environ.get(name)), "")
    return locale.lower().startswith("pt")


def translate(catalogue: Catalogue, key: str, values: Mapping[str, object]) -> str:
    english, portuguese = catalogue[key]
    return (portuguese if speaks_portuguese() else english).format(**values)
