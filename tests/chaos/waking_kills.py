"""Kills while bots are woken at their levels, as by default; and prices that cross those levels while somebody is dead.

With `every` a bot that was forgotten would be run a second later anyway. Here a crossing that nobody sees leaves its bot
asleep, so after each one every bot must have bought, or sold, whoever was killed around it.
"""

import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from random import Random

from tests.chaos.crowd import BOTS
from tests.chaos.ground import READY_SECONDS, Ground, trading, until
from tests.chaos.own_database import bots_in_doubt, open_trades
from tests.chaos.random_kills import kill_at_random
from tests.chaos.report import Row
from tests.chaos.scenario import Options, Scenario, say

SETTINGS = {"BOT_DISPATCH": "wake"}
# Those without whom no bot is woken. The dispatcher is the first, and then as often as any other.
WAKERS = ("dispatcher", "redis", "market_data", "worker", "worker-2", "beat")
# Each fall is deeper than all prices before and each rise higher, so that no average is beyond it.
FIRST_MOVE, FURTHER_MOVE = Decimal("0.04"), Decimal("0.01")
MOST_APART_SECONDS = 1.0
# Enough to start again whatever was killed, and less than the minute after which a bot is run anyway.
ASLEEP_SECONDS = 45
# A worker that dies leaves an order in doubt, and one that was never placed is called so after about a minute.
ACTED_SECONDS = 150
# Some times what it takes from a price to the order that follows.
CALM_SECONDS = 5.0
KILLS_PER_CROSSING, LEAST_CROSSINGS = 20, 6


def run(options: Options) -> list[Row]:
    with trading(options, "waking-kills", settings=SETTINGS) as ground:
        return [
            storm(
                ground, options.kills, max(LEAST_CROSSINGS, options.kills // KILLS_PER_CROSSING), options.seed
            )
        ]


def storm(ground: Ground, kills: int, crossings: int, seed: int) -> Row:
    """Kills at random while prices move, then crossings one by one; a bot that slept through one counts as lost."""
    chance = Random(seed)
    killed = kill_at_random(ground, kills, chance).total()
    ground.keep_up()
    ground.waves.stop()
    ground.platform.wait_ready(READY_SECONDS)
    until(Calm(ground).has_come, ACTED_SECONDS)
    seconds: list[float] = []
    asleep = sum(_cross(ground, factor, seconds, chance) for factor in _factors(crossings))
    note = f"{crossings} crossings, acted upon by all within {max(seconds):.0f} s"
    row = ground.judge("kill -9, bots woken at levels", killed + crossings, note)
    return replace(row, lost=row.lost + asleep)


def _factors(crossings: int) -> Iterator[Decimal]:
    for number in range(crossings):
        move = FIRST_MOVE + FURTHER_MOVE * (number // 2)
        # First a rise, on which all are sold: from then on what every bot must do is known.
        yield 1 - move if number % 2 else 1 + move


def _cross(ground: Ground, factor: Decimal, seconds: list[float], chance: Random) -> int:
    """Move all prices, and kill somebody a moment before or after; how many bots and symbols nothing came of."""
    victim = chance.choice(WAKERS) if seconds else WAKERS[0]
    is_dead_first, apart = chance.random() < 0.5, chance.uniform(0, MOST_APART_SECONDS)
    if is_dead_first:
        ground.kill(victim)
        time.sleep(apart)
    began = time.monotonic()
    ground.waves.hold(factor)
    if not is_dead_first:
        time.sleep(apart)
        ground.kill(victim)
    sleepers = Sleepers(ground, _positions(ground) if factor < 1 else set())
    try:
        until(sleepers.are_counted, ACTED_SECONDS)
    except TimeoutError:
        sleepers.asleep = set(sleepers.late)
    if sleepers.asleep:
        say(f"nothing came of {factor} at {victim}'s death: bot and symbol {sorted(sleepers.asleep)}")
    seconds.append(time.monotonic() - began)
    return len(sleepers.asleep)


class Calm:
    """Whether the last price that moved by itself has been acted upon.

    A purchase that was decided before a rise and executed after it is no trade that the rise ends.
    """

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._held: set[tuple[int, str]] = set()
        self._since = time.monotonic()

    def has_come(self) -> bool:
        held = open_trades(self._ground.platform)
        if held != self._held or bots_in_doubt(self._ground.platform):
            self._held, self._since = held, time.monotonic()
        return time.monotonic() - self._since > CALM_SECONDS


class Sleepers:
    """Who has not acted upon a crossing: what has another position than `wanted`, and no order that must be settled first.

    Positions are pairs of bot and symbol.
    """

    def __init__(self, ground: Ground, wanted: set[tuple[int, str]]) -> None:
        self._ground = ground
        self._wanted = wanted
        self.late: dict[tuple[int, str], float] = {}
        self.asleep: set[tuple[int, str]] = set()

    def are_counted(self) -> bool:
        """Whether all have acted, or some have not for so long that they never would have."""
        now, busy = time.monotonic(), set(bots_in_doubt(self._ground.platform))
        late = open_trades(self._ground.platform) ^ self._wanted
        self.late = {pair: now if pair[0] in busy else self.late.get(pair, now) for pair in late}
        self.asleep = {pair for pair, since in self.late.items() if now - since > ASLEEP_SECONDS}
        return bool(self.asleep) or not late


def _positions(ground: Ground) -> set[tuple[int, str]]:
    """Bot and symbol of every trade that can be open at once."""
    made = (
        (bot, symbols) for trader in ground.crowd for bot, symbols in zip(trader.bot_ids, BOTS, strict=True)
    )
    return {(bot, symbol) for bot, symbols in made for symbol in symbols}


SCENARIO = Scenario("waking-kills", "the same with bots woken at levels, and levels crossed meanwhile", run)
