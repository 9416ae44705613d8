"""Who dispatches which moments: one claim in Redis for a window of time, instead of one in the database for each bot."""

from typing import cast

from django.conf import settings

from bots.schedule import SECOND
from saas.redis import get_redis, key

# Two clocks do not differ by more. What is further ahead was claimed by a clock that has been set back since.
FARTHEST_AHEAD = 60 * SECOND
# The newest end of a window is kept, whatever two clocks say; the answer is where this window begins.
CLAIM = """
local last = redis.call('GET', KEYS[1])
local ahead = last and tonumber(last) - tonumber(ARGV[1]) or -1
if ahead >= 0 and ahead <= tonumber(ARGV[2]) then return ARGV[1] end
redis.call('SET', KEYS[1], ARGV[1])
return ahead < 0 and last
"""


def claim_window(until: int, last_claimed: int | None = None) -> int:
    """Claim the time up to `until` (microseconds since 1970) for this caller; where it begins. Raises RedisError.

    A clock that is a little behind another's gets an empty window. Where Redis has forgotten, the window begins where the
    caller's last one ended.
    """
    arguments = str(until), str(FARTHEST_AHEAD)
    last = cast("bytes | None", get_redis().eval(CLAIM, 1, key("dispatch:until"), *arguments))
    if last is not None:
        return int(last)
    if last_claimed is not None and last_claimed <= until:
        return last_claimed
    return until - int(settings.DISPATCH_SECONDS * SECOND)
