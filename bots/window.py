"""Who dispatches which moments: one claim in Redis for a window of time, instead of one in the database for each bot."""

from typing import cast

from django.conf import settings

from bots.schedule import SECOND
from saas.redis import get_redis, key

# The newest end of a window is kept, whatever two clocks say; the answer is where this window begins.
CLAIM = """
local last = redis.call('GET', KEYS[1])
if last and tonumber(last) >= tonumber(ARGV[1]) then return ARGV[1] end
redis.call('SET', KEYS[1], ARGV[1])
return last
"""


def claim_window(until: int, last_claimed: int | None = None) -> int:
    """Claim the time up to `until` (microseconds since 1970) for this caller; where it begins. Raises RedisError.

    A clock that is behind another's gets an empty window. Where Redis has forgotten, the window begins where the caller's
    last one ended.
    """
    last = cast("bytes | None", get_redis().eval(CLAIM, 1, key("dispatch:until"), str(until)))
    if last is not None:
        return int(last)
    return until - int(settings.DISPATCH_SECONDS * SECOND) if last_claimed is None else last_claimed
