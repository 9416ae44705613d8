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
from tests.chaos.own_database import open_trades
from tests.chaos.random_kills import kill_at_random
from tests.chaos.report import Row
from tests.chaos.scenario import Options, Scenario, say

SETTINGS = {"BOT_DISPATCH": "wake"}
# Those without whom no bot is woken. The dispatcher is the first, and then as often as any other.
WAKERS = ("dispatcher", "redis", "market_data", "worker", "worker-2", "beat")
# Each fall is deeper than all prices before and each rise higher, so that no average is beyond it.
FIRST_MOVE, FURTHER_MOVE = Decimal("0.04"), Decimal("0.01")
MOST_APART_SECONDS = 1.0
# A worker that dies leaves an order in doubt, and one that was never placed is called so after about a minute.
ACTED_SECONDS = 150
EACH_CROSSING_KILLS = 20


def run(options: Options) -> list[Row]:
    with trading(options, "waking-kills", settings=SETTINGS) as ground:
        return [storm(ground, options.kills, max(2, options.kills // EACH_CROSSING_KILLS), options.seed)]


def storm(ground: Ground, kills: int, crossings: int, seed: int) -> Row:
    """Kills at random while prices move, then crossings one by one; a bot that slept through one counts as lost."""
    chance = Random(seed)
    killed = kill_at_random(ground, kills, chance).total()
    ground.keep_up()
    ground.waves.stop()
    ground.platform.wait_ready(READY_SECONDS)
    seconds: list[float] = []
    asleep = sum(_cross(ground, factor, seconds, chance) for factor in _factors(crossings))
    note = f"{crossings} crossings, acted upon by all within {max(seconds):.0f} s"
    row = ground.judge("kill -9, bots woken at levels", killed + crossings, note)
    return replace(row, lost=row.lost + asleep)


def _factors(crossings: int) -> Iterator[Decimal]:
    for number in range(crossings):
        move = FIRST_MOVE + FURTHER_MOVE * (number // 2)
        yield 1 + move if number % 2 else 1 - move


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
    wanted = _positions(ground) if factor < 1 else set()
    try:
        until(lambda: open_trades(ground.platform) == wanted, ACTED_SECONDS)
    except TimeoutError:
        asleep = open_trades(ground.platform) ^ wanted
        say(f"nothing came of {factor} at {victim}'s death: bot and symbol {sorted(asleep)}")
        return len(asleep)
    finally:
        seconds.append(time.monotonic() - began)
    return 0


def _positions(ground: Ground) -> set[tuple[int, str]]:
    """Bot and symbol of every trade that can be open at once."""
    made = (
        (bot, symbols) for trader in ground.crowd for bot, symbols in zip(trader.bot_ids, BOTS, strict=True)
    )
    return {(bot, symbol) for bot, symbols in made for symbol in symbols}


SCENARIO = Scenario("waking-kills", "the same with bots woken at levels, and levels crossed meanwhile", run)
