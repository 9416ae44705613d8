"""The platform's settings, with modules for its workers that only benchmarks need: BENCHMARK_MODULES, by commas."""

import os

from saas.settings import *  # noqa: F403

CELERY_IMPORTS = tuple(name for name in os.environ.get("BENCHMARK_MODULES", "").split(",") if name)
