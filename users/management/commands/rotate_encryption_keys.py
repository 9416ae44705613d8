from typing import Any

from django.core.management.base import BaseCommand

from users.key_rotation import rotate_all
from users.models import ExchangeAPIKey


class Command(BaseCommand):
    help = (
        "Re-encrypt every exchange key with the first of FIELD_ENCRYPTION_KEYS. Put the new key first, restart, run "
        "this, and take the old key out once nothing is left to do. It can be stopped and run again at any time."
    )

    def handle(self, *_: Any, **__: Any) -> None:
        report = rotate_all()
        self.stdout.write(f"re-encrypted with the first key: {report.rotated}")
        self.stdout.write(f"already so: {report.already_current}")
        if report.changed_meanwhile:
            self.stdout.write(f"changed by somebody else meanwhile, run again: {report.changed_meanwhile}")
        if report.unreadable:
            self.stderr.write(f"cannot be decrypted, left as they are: {len(report.unreadable)}")
            for key in ExchangeAPIKey.objects.filter(pk__in=report.unreadable).select_related("owner"):
                self.stderr.write(
                    f"  key {key.pk} {key.masked} ({key.exchange} {key.environment}) of {key.owner}"
                )
