"""Who asks an exchange takes the weight of each request here first, and hands over the headers of its answer."""

import logging
from collections.abc import Callable, Hashable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from redis.exceptions import RedisError

from exchanges.dialects.base import Dialect
from exchanges.domain import RateLimit, Venue
from exchanges.errors import BudgetSpent, RateLimited
from exchanges.rate_budget import alone, holds, shared
from exchanges.rate_budget.purposes import Purpose, current
from exchanges.rate_budget.shared import GRANTED, HELD, PAUSED, SHARE, SPENT, Outcome, Wanted
from saas.clock import utc_now

logger = logging.getLogger(__name__)

REASONS = {
    SPENT: "{venue} is asked as much as it allows",
    SHARE: "this user has asked {venue} for a fair share of what it allows all users",
    PAUSED: "{venue} lets this account ask no more",
}


class Spender:
    """One connection's purse; used by one thread at a time. `holder` is the user a session is for."""

    def __init__(
        self,
        venue: Venue,
        dialect: Dialect,
        default: Purpose,
        holder: Hashable = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._venue = venue
        self._dialect = dialect
        self._default = default
        self._holder = "" if holder is None else str(holder)
        self._clock = clock
        self._wanted: Wanted | None = None
        self._outcome: Outcome | None = None

    def take(self, method: str, path: str, params: Mapping[str, Any] | None = None) -> None:
        """Take the weight of a request that is about to be sent.

        Raises RateLimited while the exchange lets nobody ask, and BudgetSpent where we hold back ourselves: nothing is to
        be sent then.
        """
        purpose, user = current(self._default)
        weight = self._dialect.weigh(method, path, params or {})
        wanted = Wanted(
            self._venue, self._dialect.limit, weight, purpose, self._holder or user, f"{method} {path}"
        )
        self._outcome, self._wanted = None, wanted
        self._refuse_held(holds.remembered(self._venue))
        try:
            outcome = shared.take(wanted)
        except RedisError:
            self._take_alone(wanted)
            return
        self._outcome = outcome
        if outcome.kind == HELD:
            holds.remember(self._venue, outcome.wait_seconds)
            self._refuse_held(outcome.wait_seconds)
        if outcome.kind != GRANTED:
            raise self._refusal(outcome.kind, outcome.wait_seconds)

    def note(self, headers: Mapping[str, str] | None) -> None:
        """Learn from the headers of the answer what the exchange has counted. Never raises.

        Where Redis was away a moment ago nobody waits for it once more.
        """
        wanted, outcome, self._wanted, self._outcome = self._wanted, self._outcome, None, None
        if wanted is None or outcome is None or headers is None:
            return
        try:
            self._learn(wanted, outcome, headers)
        except RedisError as error:
            logger.info("the account of %s was not corrected: %s", self._venue, type(error).__name__)

    def learn_limit(self, path: str, body: Any) -> None:
        """Take over what an answer says of the exchange's own limit, if it says it. Never raises."""
        weight = self._dialect.read_limit(path, body)
        if weight is not None:
            with suppress(RedisError):
                shared.learn_limit(self._venue, weight)

    def _learn(self, wanted: Wanted, outcome: Outcome, headers: Mapping[str, str]) -> None:
        used = self._dialect.used_weight(headers)
        if used is not None:
            self._correct(wanted.limit, outcome, used, headers)
        if wanted.user and (seconds := self._dialect.pause_seconds(headers, self._clock())):
            shared.pause(self._venue, wanted.user, wanted.endpoint, seconds)

    def _correct(self, limit: RateLimit, outcome: Outcome, used: int, headers: Mapping[str, str]) -> None:
        at = shared.time_of(headers)
        window = None if at is None else int(at.timestamp() * 1_000) // limit.milliseconds
        # Most answers tell nothing new: what the exchange has counted is what was granted, in the same window.
        if window != outcome.window or used > outcome.own + outcome.others:
            shared.correct(self._venue, limit, used, at)

    def _refuse_held(self, seconds: float) -> None:
        if seconds > 0:
            raise RateLimited(f"{self._venue} must not be asked for another {seconds:.0f} s", "", seconds)

    def _take_alone(self, wanted: Wanted) -> None:
        seconds = alone.account_of(self._venue).take(wanted.limit, wanted.weight, wanted.purpose)
        if seconds:
            raise self._refusal(SPENT, seconds)

    def _refusal(self, kind: str, seconds: float) -> BudgetSpent:
        reason = REASONS[kind].format(venue=self._venue)
        return BudgetSpent(f"{reason}; again in {max(1, round(seconds))} s", kind, seconds)


def forget() -> None:
    """Forget what this process remembers."""
    holds.forget()
    alone.forget()
    shared.forget()
