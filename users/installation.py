"""Whose database this is: of one installation, whose hosts all have the same id and the same encryption keys.

A host that made up secrets of its own would not know the orders of the others for ours, and could not open a single
exchange key. The first host to prepare the database writes down what it has; every later one is compared with that.
"""

from django.conf import settings
from django.db import transaction

from saas.console import Catalogue, translate
from users import encryption
from users.models import Installation

TEXTS: Catalogue = {
    "other_id": (
        "The database belongs to the installation {theirs} and this host has INSTALLATION_ID={ours}: give it the lines of "
        "the first host's .env (or, to go on with this host's own, run: manage.py claim_database --accept).",
        "O banco de dados pertence à instalação {theirs} e esta máquina tem INSTALLATION_ID={ours}: dê a ela as linhas do "
        ".env da primeira máquina (ou, para seguir com as desta, rode: manage.py claim_database --accept).",
    ),
    "other_keys": (
        "This host's FIELD_ENCRYPTION_KEYS do not open what the database holds: give it the lines of the first host's .env "
        "(or, if they are lost with every exchange key, run: manage.py claim_database --accept).",
        "As FIELD_ENCRYPTION_KEYS desta máquina não abrem o que está no banco de dados: dê a ela as linhas do .env da "
        "primeira máquina (ou, se estão perdidas com todas as chaves, rode: manage.py claim_database --accept).",
    ),
}


class ForeignDatabase(Exception):
    """It was prepared by an installation with other secrets; the text says what to do and holds none."""


@transaction.atomic
def claim(accept: bool = False) -> None:
    """Write down this host's id and keys if nobody has, or with `accept`. Raises ForeignDatabase for another's."""
    known = Installation.objects.first()
    if known is None or accept:
        Installation.objects.update_or_create(pk=Installation.ONLY, defaults=_own())
        return
    if known.installation_id != settings.INSTALLATION_ID:
        ids = {"theirs": known.installation_id, "ours": settings.INSTALLATION_ID}
        raise ForeignDatabase(translate(TEXTS, "other_id", ids))
    if not encryption.is_readable(known.proof):
        raise ForeignDatabase(translate(TEXTS, "other_keys", {}))
    if not encryption.is_current(known.proof):  # the key that wrote it will be taken out one day
        Installation.objects.update(**_own())


def _own() -> dict[str, str]:
    return {"installation_id": settings.INSTALLATION_ID, "proof": encryption.make_proof()}
