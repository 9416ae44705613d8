"""The project's settings with fixed secrets; nothing of a developer's own `.env` or environment leaks into a test."""

import atexit
import os
import shutil
import tempfile

folder = tempfile.mkdtemp(prefix="cardume-tests-")
atexit.register(shutil.rmtree, folder, ignore_errors=True)
os.environ.update(
    {
        "DATA_DIR": folder,
        "SECRET_KEY": "test-secret-key-of-more-than-fifty-characters-for-checks",
        "JWT_SIGNING_KEY": "test-signing-key-of-more-than-fifty-characters-for-checks",
        "FIELD_ENCRYPTION_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        "INSTALLATION_ID": "tests1",
    }
)
for name in (
    "REDIS_URL",
    "PAPER_EXCHANGE_URL",
    "BYBIT_PAPER_URL",
    "ALLOWED_HOSTS",
    "DEMO",
    "PRODUCTION",
    "EMAIL_URL",
):
    os.environ.pop(name, None)

from saas.settings import *  # noqa: E402, F403

# A test must never reach a Redis that is not its own.
REDIS_URL = "redis://127.0.0.1:1/0"

# Whitenoise warns of a folder that does not exist, and warnings are errors here.
os.makedirs(STATIC_ROOT, exist_ok=True)  # noqa: F405, PTH103
# Argon2 is slow on purpose; a test that makes a user is not about that.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
