"""Whom a platform is filled with: so many bots with varied settings, the same ones for the same seed. Pure."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

CAPITAL = 1_000


@dataclass(frozen=True, slots=True)
class Population:
    """What the bots look like.

    A bot is `trading` (its threshold is so small that it buys and sells as prices move), `holding` (it has a trade
    that it keeps) or quiet: its threshold is between `thresholds` percent, which the simulated prices do not reach.
    Shares are fractions of the bots. Every `bots_per_user` bots have an owner, an account and a key of their own.
    """

    bots: int
    symbols_per_bot: int = 10
    interval_seconds: int = 1
    bots_per_user: int = 1
    timeframes: tuple[str, ...] = ("1m", "5m", "15m", "1h")
    windows: tuple[int, int] = (10, 200)
    thresholds: tuple[int, int] = (10, 40)
    holding_share: float = 0.0
    trading_share: float = 0.0
    seed: int = 1

    @property
    def users(self) -> int:
        return -(-self.bots // self.bots_per_user)


@dataclass(frozen=True, slots=True)
class BotPlan:
    """One bot to make: whose it is (a number from 0 on), its row's fields, when it is due within its interval (0 to 1)."""

    user: int
    kind: str
    fields: dict[str, Any]
    phase: float


def plan_bots(population: Population, symbols: Sequence[str], held_symbol: str) -> list[BotPlan]:
    """The bots, with symbols out of `symbols`. Those that hold a trade watch `held_symbol` as well; no other bot does."""
    chance = random.Random(population.seed)  # noqa: S311 -- a crowd, not a secret
    others = [symbol for symbol in symbols if symbol != held_symbol]
    kinds = _kinds(population, chance)
    return [_plan(population, number, kind, others, held_symbol, chance) for number, kind in enumerate(kinds)]


def _kinds(population: Population, chance: random.Random) -> list[str]:
    holding = round(population.bots * population.holding_share)
    trading = min(round(population.bots * population.trading_share), population.bots - holding)
    kinds = ["holding"] * holding + ["trading"] * trading
    kinds += ["quiet"] * (population.bots - len(kinds))
    chance.shuffle(kinds)
    return kinds


def _plan(
    population: Population, number: int, kind: str, others: list[str], held_symbol: str, chance: random.Random
) -> BotPlan:
    watched = chance.sample(others, min(population.symbols_per_bot, len(others)))
    symbols = [held_symbol, *watched[1:]] if kind == "holding" else watched
    fields = {
        "name": f"{kind} {number}",
        "symbols": symbols,
        "parameters": _rule(population, kind, chance),
        "capital": str(CAPITAL),
        "capital_currency": "USDT",
        "interval_seconds": population.interval_seconds,
        "max_open_trades": 3 if kind == "trading" else 1,
        **_exits(kind, chance),
    }
    return BotPlan(number // population.bots_per_user, kind, fields, chance.random())


def _rule(population: Population, kind: str, chance: random.Random) -> dict[str, Any]:
    rule = {
        "timeframe": chance.choice(population.timeframes),
        "window": chance.randint(*population.windows),
        "threshold_percent": str(round(chance.uniform(*population.thresholds), 2)),
        "exit_at_average": False,
    }
    if kind == "holding":
        # What it holds is bought at a price that is set so low; a few minutes of that hardly move a long average.
        return {**rule, "timeframe": "1m", "window": population.windows[1], "threshold_percent": "5"}
    if kind == "trading":
        threshold = str(round(chance.uniform(0.02, 0.3), 2))
        return {**rule, "timeframe": "1m", "window": 20, "threshold_percent": threshold}
    return rule


def _exits(kind: str, chance: random.Random) -> dict[str, str | None]:
    if kind == "trading":
        return {"take_profit_percent": "0.3", "stop_loss_percent": "1", "trailing_stop_percent": None}
    trailing = str(chance.randint(30, 60)) if chance.random() < 0.5 else None
    return {"take_profit_percent": "80", "stop_loss_percent": "60", "trailing_stop_percent": trailing}
