"""The one connection pool to Redis. Redis is never the only copy of anything that matters."""

from functools import lru_cache

from django.conf import settings
from redis import Redis
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import ConnectionError as NotConnected
from redis.retry import Retry

# A Redis that is started again is back within a second. One that hangs is not asked twice.
RETRY = Retry(ExponentialWithJitterBackoff(base=0.1, cap=0.5), 4, (NotConnected,))


def key(name: str) -> str:
    """The name of a key of this installation; several may share one Redis."""
    return f"cardume-{settings.INSTALLATION_ID}:{name}"


@lru_cache(maxsize=1)
def get_redis() -> Redis:
    """A thread-safe client that answers bytes, gives up after about 2 s, and is shared by the whole process."""
    timeouts = {"socket_timeout": 2, "socket_connect_timeout": 2, "health_check_interval": 30}
    return Redis.from_url(settings.REDIS_URL, retry=RETRY, protocol=2, **timeouts)
