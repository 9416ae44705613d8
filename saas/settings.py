"""Django's settings, all from the environment or `.env`; see the table in the README."""

import os
import re
from datetime import timedelta
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from saas import environment, processes

env = environ.Env()
DATA_DIR = environment.data_dir()
BASE_DIR = environment.ROOT
if environment.env_file().exists():
    env.read_env(str(environment.env_file()), overwrite=False)


def required(name: str) -> str:
    value = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(
            f"{name} is not set. `python3 start.py` or `manage.py up` writes it to {environment.env_file()}."
        )
    return str(value)


DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = required("SECRET_KEY")
JWT_SIGNING_KEY = required("JWT_SIGNING_KEY")
FIELD_ENCRYPTION_KEYS: list[str] = [key for key in required("FIELD_ENCRYPTION_KEYS").split(",") if key]
INSTALLATION_ID = required("INSTALLATION_ID")

LOOPBACK_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
PUBLIC_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=[])
# The dashboard and the supervisor's probes come from this machine, whatever the public name is.
ALLOWED_HOSTS: list[str] = [*PUBLIC_HOSTS, *LOOPBACK_HOSTS]
# A server that others can reach is production: cookies over HTTPS only, and no demo user with a printed password.
PRODUCTION = env.bool("PRODUCTION", default=not set(PUBLIC_HOSTS) <= {*LOOPBACK_HOSTS, "testserver"})
DEMO = env.bool("DEMO", default=True) and not PRODUCTION
DEMO_EMAIL = "demo@cardume.local"
DEMO_PASSWORD = env.str("DEMO_PASSWORD", default="")

WEB_HOST = env.str("WEB_HOST", default="127.0.0.1")
WEB_PORT = env.int("WEB_PORT", default=8000)
WEB_THREADS = env.int("WEB_THREADS", default=8)
# The address of the reverse proxy whose X-Forwarded-* headers are believed; nobody's are by default.
TRUSTED_PROXY = env.str("TRUSTED_PROXY", default="")
DASHBOARD_HOST = env.str("DASHBOARD_HOST", default="127.0.0.1")
DASHBOARD_PORT = env.int("DASHBOARD_PORT", default=8501)
PAPER_PORT = env.int("PAPER_PORT", default=8600)
WORKER_PROCESSES = env.int("WORKER_PROCESSES", default=processes.default_workers(processes.usable_cores()))
# Of each of them.
WORKER_CONCURRENCY = env.int("WORKER_CONCURRENCY", default=processes.default_concurrency(WORKER_PROCESSES))

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "saas.apps.SaasConfig",
    "exchanges.apps.ExchangesConfig",
    "users.apps.UsersConfig",
    "trades.apps.TradesConfig",
    "bots.apps.BotsConfig",
]

MIDDLEWARE = [
    "saas.request_log.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "saas.urls"
WSGI_APPLICATION = "saas.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# A host that is unplugged in the middle of a transaction keeps its rows locked until PostgreSQL notices, which takes two
# hours by default: its bots' leases could be nobody else's. No transaction of ours waits for anything but the database.
POSTGRES_OPTIONS: dict[str, Any] = {
    "options": "-c idle_in_transaction_session_timeout=20s -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5"
    " -c tcp_keepalives_count=3",
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}


def process_threads() -> int:
    """How many threads of this process may want a connection to the database at a time."""
    threads: dict[str, int] = {
        "web": WEB_THREADS,
        "dispatcher": processes.DISPATCHER_THREADS,
        "beat": 1,
        "market_data": 1,
    }
    name = os.environ.get(processes.NAME_VARIABLE, "")
    return threads.get(processes.kind_of(name), int(WORKER_CONCURRENCY))


SQLITE_INIT = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
SQLITE_SECONDS = 20
SQLITE_OPTIONS = {"timeout": SQLITE_SECONDS, "transaction_mode": "IMMEDIATE"}
# Each thread has a connection, which keeps pages of the file and prepared statements. What SQLite and Python allow each of
# them by default, a worker's 32 threads would come to over days, and never give back: a process shares it out.
PAGES_KILOBYTES, PAGES_KILOBYTES_AT_MOST = 16_000, 2_000
# An order takes some fifty statements; those with lists are others at each length.
STATEMENTS, STATEMENTS_AT_LEAST, STATEMENTS_AT_MOST = 2_048, 64, 128


def sqlite_options(threads: int) -> dict[str, Any]:
    """What each connection of a process with so many threads is opened with."""
    pages = min(PAGES_KILOBYTES // max(1, threads), PAGES_KILOBYTES_AT_MOST)
    statements = min(max(STATEMENTS // max(1, threads), STATEMENTS_AT_LEAST), STATEMENTS_AT_MOST)
    first = f"{SQLITE_INIT} PRAGMA cache_size=-{pages};"
    return {**SQLITE_OPTIONS, "init_command": first, "cached_statements": statements}


def database() -> dict[str, Any]:
    """The default database: SQLite in WAL mode in DATA_DIR, or what DATABASE_URL names."""
    config: dict[str, Any] = env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'cardume.sqlite3'}")
    if config["ENGINE"].endswith("sqlite3"):
        # Tests use a file as well: a database in memory has neither WAL nor a second writer.
        test = {"NAME": str(DATA_DIR / "test.sqlite3")}
        return {**config, "CONN_MAX_AGE": None, "OPTIONS": sqlite_options(process_threads()), "TEST": test}
    pool = {"min_size": 1, "max_size": process_threads() + 8, "timeout": 20}
    options = {**POSTGRES_OPTIONS, **config.get("OPTIONS", {}), "pool": pool}
    return {**config, "CONN_HEALTH_CHECKS": True, "OPTIONS": options}


DATABASES = {"default": database()}
# Celery closes the connection around every task. PostgreSQL's goes back to its pool so; SQLite's would be opened anew, with
# its PRAGMAs, for each run of each bot.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    CELERY_DB_REUSE_MAX = 1_000_000
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="") or environment.embedded_redis_url() or "redis://127.0.0.1:6379/0"
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
OPERATOR_EMAIL = env.str("OPERATOR_EMAIL", default="operator@cardume.local")
PAPER_EXCHANGE_URL = env.str("PAPER_EXCHANGE_URL", default=f"http://127.0.0.1:{PAPER_PORT}").rstrip("/")
# Empty: where PAPER_EXCHANGE_URL is, for the paper exchange speaks both dialects.
BYBIT_PAPER_URL = env.str("BYBIT_PAPER_URL", default="").rstrip("/")
PAPER_PRICES = env.str("PAPER_PRICES", default="walk")
# The address that this host is seen by, where hosts leave by several; empty: all leave by one and share what it may ask.
EGRESS_ADDRESS = env.str("EGRESS_ADDRESS", default="")
if not re.fullmatch("[0-9A-Za-z.:_-]*", EGRESS_ADDRESS):
    raise ImproperlyConfigured("EGRESS_ADDRESS is an address or a name: letters, digits, and . : _ - only.")
EXCHANGES: list[str] = env.list("EXCHANGES", default=["binance", "bybit"])
SNAPSHOT_MAX_AGE_SECONDS = env.int("SNAPSHOT_MAX_AGE_SECONDS", default=5)
# `wake`: a due bot is run when something could come of it, and once a minute anyway; `every`: at each of its intervals.
BOT_DISPATCH = env.str("BOT_DISPATCH", default="wake")
if BOT_DISPATCH not in ("wake", "every"):
    raise ImproperlyConfigured(f"BOT_DISPATCH is {BOT_DISPATCH!r}; it can be 'wake' or 'every'.")
# Between two looks at whose turn it is; the moments of the bots are spread between them.
DISPATCH_SECONDS = env.float("DISPATCH_SECONDS", default=0.25)
# Off: prices are only asked for, once a second.
STREAMING = env.bool("STREAMING", default=True)
MARKET_DATA_SUBSCRIPTIONS = "bots.subscriptions.active_subscriptions"

AUTH_USER_MODEL = "users.User"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

PASSWORD_RESET_TIMEOUT = 3600


def mail() -> dict[str, Any]:
    """Django's EMAIL_… settings from EMAIL_URL; without one, e-mail is shown on the terminal."""
    config: dict[str, Any] = env.email_url("EMAIL_URL", default="consolemail://")
    if config["EMAIL_BACKEND"].endswith(".console.EmailBackend"):
        config["EMAIL_BACKEND"] = "saas.console_mail.EmailBackend"
    return config


globals().update(mail())
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Cardume <cardume@localhost>")
# Where people reach the dashboard; e-mails lead there.
DASHBOARD_URL = env.str("DASHBOARD_URL", default=f"http://127.0.0.1:{DASHBOARD_PORT}").rstrip("/")

LANGUAGE_CODE = "pt-br"
LANGUAGES = [("pt-br", _("Portuguese (Brazil)")), ("en", _("English"))]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["users.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["saas.parsing.StrictJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "saas.pagination.Pages",
    "DEFAULT_FILTER_BACKENDS": [
        "saas.filtering.NamedFilters",
        "saas.ordering.StrictOrderingFilter",
    ],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    # How many proxies of ours set X-Forwarded-For; with none, the header is anybody's invention.
    "NUM_PROXIES": env.int("TRUSTED_PROXIES", default=0),
    "DEFAULT_THROTTLE_RATES": {
        "register": env.str("RATE_REGISTER", default="60/min"),
        "login": env.str("RATE_LOGIN", default="120/min"),
        "login-account": env.str("RATE_LOGIN_ACCOUNT", default="10/min"),
        "password-reset": env.str("RATE_PASSWORD_RESET", default="30/min"),
        "password-reset-account": env.str("RATE_PASSWORD_RESET_ACCOUNT", default="5/hour"),
        "calls": env.str("RATE_CALLS", default="1200/min"),
        "exchange-check": env.str("RATE_EXCHANGE_CHECK", default="30/min"),
    },
    "DEFAULT_THROTTLE_CLASSES": ["saas.throttling.CallThrottle"],
    "EXCEPTION_HANDLER": "saas.exception_handler.handle_exception",
    "COERCE_DECIMAL_TO_STRING": True,
}
MAX_BOTS_PER_USER = env.int("MAX_BOTS_PER_USER", default=50)

SIMPLE_JWT = {
    "SIGNING_KEY": JWT_SIGNING_KEY,
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=14),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    "CHECK_REVOKE_TOKEN": True,
    "UPDATE_LAST_LOGIN": False,
}

SPECTACULAR_SETTINGS = {
    # The pages of /api/docs/ come from here, not from somebody else's server.
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "TITLE": "Cardume",
    "DESCRIPTION": "Many people's trading bots on one shared set of workers, each strictly its owner's.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": "/api",
    # Fields that share their values, or only their names, would otherwise get names made up from hashes.
    "ENUM_NAME_OVERRIDES": {
        "CurrencyEnum": "users.models.Currency",
        "BotStatusEnum": "bots.models.BotStatus",
        "TradeStatusEnum": "trades.enumerations.TRADE_STATUSES",
        "OrderStatusEnum": "trades.enumerations.ORDER_STATUSES",
        "ReasonEnum": "trades.enumerations.REASONS",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "saas.schema.add_error_responses",
    ],
}

LOG_DIR = DATA_DIR / "logs"
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING_CONFIG = "saas.logging.configure"
LOGGING: dict[str, Any] = {"directory": LOG_DIR, "level": LOG_LEVEL}

SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "saas.error_views.csrf_failure"
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SECURE_SSL_REDIRECT = PRODUCTION
SESSION_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_SECURE = PRODUCTION
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
# Inside the machine, probes and the dashboard ask over plain HTTP. An API call that came unencrypted from outside has
# told its secret already; a redirect would only hide that.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$", r"^api/"]

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# None: as long as it takes.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "global_keyprefix": f"cardume-{INSTALLATION_ID}:",
    # A connection that leads nowhere (a firewall forgot it, a machine was unplugged) is silent for ever unless every wait
    # is bounded: a publisher's, and the worker's for an answer that Redis gives within a second.
    "socket_timeout": 2,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "health_check_interval": 3,
    # Keeping a message that was taken until it is acknowledged costs two journeys to Redis; without them three times as
    # many are handed over. What a dead worker had taken is due again, and the dispatcher and beat send it again.
    "ack_emulation": False,
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_TIMEZONE = "UTC"
# Without a file of when each was sent last: a kill may tear it, and times to come, from before the clock was set back, would
# keep everything waiting until then, however often beat is started again.
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 1
CELERY_BEAT_SCHEDULE = {
    "check_active_bots": {
        "task": "bots.tasks.check_active_bots",
        "schedule": DISPATCH_SECONDS,
        "options": {"expires": 1.0, "queue": "dispatch"},
    },
    "pause_unrunnable_bots": {
        "task": "bots.tasks.pause_unrunnable_bots",
        "schedule": 1.0,
        "options": {"expires": 1.0, "queue": "dispatch"},
    },
    "recover_orders": {
        "task": "trades.tasks.recover_orders",
        "schedule": 5.0,
        "options": {"expires": 5.0, "queue": "recovery"},
    },
    "check_coverage": {
        "task": "trades.tasks.check_coverage",
        "schedule": 5.0,
        "options": {"expires": 5.0, "queue": "recovery"},
    },
    "find_lost_orders": {
        "task": "trades.tasks.find_lost_orders",
        "schedule": 60.0,
        "options": {"expires": 60.0, "queue": "recovery"},
    },
    "audit_ledger": {
        "task": "trades.tasks.audit_ledger",
        "schedule": 300.0,
        "options": {"expires": 300.0, "queue": "recovery"},
    },
    "forget_expired_tokens": {
        "task": "users.tasks.forget_expired_tokens",
        "schedule": 3600.0,
        "options": {"expires": 60.0, "queue": "recovery"},
    },
}
CELERY_TASK_DEFAULT_QUEUE = "bots"
