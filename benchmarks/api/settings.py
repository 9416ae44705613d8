"""The project's settings, with the bare views beside the project's own."""

from saas.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.api.urls"
