"""Request bodies: JSON only, of a bounded size, and nothing in it that a database or a terminal cannot hold."""

import io
from collections.abc import Iterator, Mapping
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import JSONParser

from saas.errors import TooLarge

UNUSABLE = _("Contains characters that are not allowed.")


class StrictJSONParser(JSONParser):
    """Refuses too many bytes (413), too deep nesting (400), and NUL or half surrogate pairs, naming the field."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[Any, Any]:
        body = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLarge
        try:
            data = super().parse(io.BytesIO(body), media_type, parser_context)
            unusable = next(_unusable_places(data, ""), None)
        except RecursionError:
            raise ParseError from None
        if unusable is not None:
            raise ValidationError({unusable: [UNUSABLE]} if unusable else [UNUSABLE])
        return data


def _unusable_places(data: Any, path: str) -> Iterator[str]:
    """The dotted names of texts that cannot be stored; a name that is itself unusable is its parent's fault."""
    if isinstance(data, str) and not _is_usable(data):
        yield path
    elif isinstance(data, dict):
        for name, value in data.items():
            if not _is_usable(name):
                yield path
            yield from _unusable_places(value, f"{path}.{name}" if path else name)
    elif isinstance(data, list):
        for value in data:
            yield from _unusable_places(value, path)


def _is_usable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
