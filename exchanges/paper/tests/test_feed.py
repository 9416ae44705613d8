"""Whoever waits for news can be told to stop, also in the moment in which there is some."""

import asyncio
from typing import cast

from ..market import Market
from ..streams.feed import Feed


class StandingMarket:
    """A market whose clock stands still."""

    def now_second(self) -> int:
        return 7


def test_a_connection_that_ends_while_there_is_news_is_let_go() -> None:
    async def is_stuck() -> bool:
        feed = Feed(cast("Market", StandingMarket()))

        async def push() -> None:
            seen = feed.stamp()
            while True:
                seen = await feed.wait(seen)

        pushing = asyncio.create_task(push())
        await asyncio.sleep(0)
        feed.poke()
        pushing.cancel()
        done, _ = await asyncio.wait({pushing}, timeout=5)
        return not done

    assert not asyncio.run(is_stuck())
