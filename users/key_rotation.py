"""Re-encrypting every exchange key with the first of FIELD_ENCRYPTION_KEYS, while the platform runs."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from users import encryption, keys
from users.encryption import CredentialsUnreadable
from users.models import ExchangeAPIKey

BATCH = 200


@dataclass(slots=True)
class RotationReport:
    """`changed_meanwhile` rows were written by somebody else in between: run the rotation again."""

    rotated: int = 0
    already_current: int = 0
    changed_meanwhile: int = 0
    unreadable: list[int] = field(default_factory=list)


def rotate_all() -> RotationReport:
    """Each row on its own, only if it still holds what was read, so that it can stop and start anywhere."""
    report = RotationReport()
    for key in _rows_with_secrets():
        if encryption.is_current(key.ciphertext):
            report.already_current += 1
            continue
        try:
            changed = _rotate(key)
        except CredentialsUnreadable:
            report.unreadable.append(key.pk)
            continue
        report.rotated += changed
        report.changed_meanwhile += not changed
    return report


def _rotate(key: ExchangeAPIKey) -> bool:
    """Whether the row was still as read. Raises CredentialsUnreadable."""
    credentials = keys.read_credentials(key)
    unchanged = ExchangeAPIKey.objects.filter(pk=key.pk, ciphertext=key.ciphertext)
    return bool(
        unchanged.update(
            ciphertext=encryption.encrypt_credentials(credentials, key.owner_id),
            fingerprint=encryption.fingerprints(credentials.api_key)[0],
        )
    )


def _rows_with_secrets() -> Iterator[ExchangeAPIKey]:
    """In batches by id: a long-lived cursor would hold SQLite's write lock away from everybody."""
    last = 0
    while batch := list(
        ExchangeAPIKey.objects.exclude(ciphertext="").filter(pk__gt=last).order_by("pk")[:BATCH]
    ):
        yield from batch
        last = batch[-1].pk
