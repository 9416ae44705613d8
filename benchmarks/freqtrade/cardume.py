"""Cardume's side: a platform with some bots and then with many, and three more that follow the very rule."""

import time
from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.benchmark import say
from benchmarks.freqtrade.figures import Findings, latencies, per_further, per_minute
from benchmarks.freqtrade.rule import Rule, fallen
from benchmarks.rig.installation import Rig, running
from benchmarks.rig.measuring import Measured, measure, own_usage
from benchmarks.rig.population import CAPITAL, BotPlan, Population, plan_bots
from benchmarks.rig.waiting import wait_or_say, wait_until
from benchmarks.ticks import count_looks

FOLLOWERS = 3
LOOK_SECONDS = 120
WINDOW_SECONDS = 10
# Falls come at many moments of the second and of the tick.
BETWEEN_FALLS_SECONDS = 3.37
ORDER_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Amounts:
    """How many bots are measured first, how many then, for how long each, after how long, and how often a price falls."""

    few: int
    many: int
    seconds: float
    settle: float
    falls: int


def measure_cardume(dispatch: str, amounts: Amounts, rule: Rule, settings: Mapping[str, str]) -> Findings:
    say(f"Cardume: BOT_DISPATCH={dispatch}, {amounts.few} and {amounts.many} bots")
    began = time.monotonic()
    with running({**settings, "BOT_DISPATCH": dispatch}) as rig:
        platform_seconds = time.monotonic() - began
        few, many = _measure_both(rig, amounts, rule)
        say(f"Cardume: {amounts.falls} falls of a price")
        followers = _start_followers(rig, rule)
        late = _let_fall(rig, followers, rule, amounts.falls)
    further = amounts.many - amounts.few
    requests = many.whole.requests_per_minute(public=True)
    return Findings(
        name=dispatch,
        label=f"Cardume: the price, every second, {dispatch}",
        bytes_per_bot=per_further(_memory(few), _memory(many), further),
        cpu_per_bot=per_further(_cpu(few), _cpu(many), further),
        startups=[follower.startup for follower in followers if follower.startup is not None],
        starts=len(followers),
        requests=requests,
        requests_per_bot=requests / amounts.many,
        latencies=late,
        falls=amounts.falls * FOLLOWERS,
        notes={
            "platform_seconds": platform_seconds,
            "bots": [amounts.few, amounts.many],
            "memory": [_memory(few), _memory(many)],
            "cpu": [_cpu(few), _cpu(many)],
            "public_requests": [few.whole.requests_per_minute(public=True), requests],
            "dropped": many.dropped(),
        },
    )


def _measure_both(rig: Rig, amounts: Amounts, rule: Rule) -> tuple[Measured, Measured]:
    plans = plan_quiet(amounts.many, rule)
    rig.start_bots(rig.fill(plans[: amounts.few], CAPITAL))
    wait_until(lambda: count_looks(rig), LOOK_SECONDS, "a first look")
    time.sleep(amounts.settle)
    few = measure(rig, amounts.seconds, WINDOW_SECONDS)
    rig.start_bots(rig.fill(_renumber(plans[amounts.few :]), CAPITAL))
    time.sleep(amounts.settle)
    return few, measure(rig, amounts.seconds, WINDOW_SECONDS)


def plan_quiet(count: int, rule: Rule) -> list[BotPlan]:
    """Bots that look at the same pairs once a second, with averages and thresholds of their own, and never buy."""
    return plan_bots(Population(bots=count, symbols_per_bot=len(rule.pairs)), rule.pairs, held_symbol="")


def _renumber(plans: Sequence[BotPlan]) -> list[BotPlan]:
    """Users are counted from 0 on in what is filled at once."""
    first = min((plan.user for plan in plans), default=0)
    return [BotPlan(plan.user - first, plan.kind, plan.fields, plan.phase) for plan in plans]


def plan_follower(rule: Rule) -> BotPlan:
    """A bot with freqtrade's pairs and rule, that keeps what it buys."""
    fields = {
        "name": "follower",
        "symbols": list(rule.pairs),
        "parameters": {
            "timeframe": rule.timeframe,
            "window": rule.window,
            "threshold_percent": str(rule.percent),
            "exit_at_average": False,
        },
        "capital": str(CAPITAL),
        "capital_currency": "USDT",
        "interval_seconds": 1,
        "max_open_trades": len(rule.pairs),
        "take_profit_percent": "80",
        "stop_loss_percent": "60",
        "trailing_stop_percent": None,
    }
    return BotPlan(0, "follower", fields, 0.5)


@dataclass(frozen=True, slots=True)
class Follower:
    """`startup`: seconds from its start to its first order, for a price that had fallen before; None without one."""

    api_key: str
    startup: float | None


def _start_followers(rig: Rig, rule: Rule) -> list[Follower]:
    pair = rule.pairs[0]
    rig.exchange.set_price(pair, fallen(rig.exchange.price_of(pair), rule))
    followers = []
    for _ in range(FOLLOWERS):
        crowd = rig.fill([plan_follower(rule)], CAPITAL)
        started = rig.start_bots(crowd)
        accepted = _await_order(rig, crowd.api_keys[0], pair)
        followers.append(Follower(crowd.api_keys[0], None if accepted is None else accepted - started))
    return followers


def _await_order(rig: Rig, api_key: str, pair: str) -> float | None:
    """When the exchange accepted it; None if it has not in time."""
    wait_or_say(lambda: pair in _orders(rig, api_key), ORDER_SECONDS, f"a follower's first order, of {pair}")
    return _orders(rig, api_key).get(pair)


def _orders(rig: Rig, api_key: str) -> dict[str, float]:
    """When the exchange accepted the first order for each pair, in Unix seconds."""
    first: dict[str, float] = {}
    for order in rig.exchange.list_orders(api_key):
        pair = f"{order['symbol'].removesuffix('USDT')}/USDT"
        first[pair] = min(first.get(pair, float("inf")), order["created_ms"] / 1_000)
    return first


def _let_fall(rig: Rig, followers: Sequence[Follower], rule: Rule, count: int) -> list[float]:
    """The first pair has fallen already. All followers' latencies."""
    fell: dict[str, float] = {}
    for pair in rule.pairs[1 : 1 + count]:
        price = fallen(rig.exchange.price_of(pair), rule)
        fell[pair] = time.time()
        rig.exchange.set_price(pair, price)
        time.sleep(BETWEEN_FALLS_SECONDS)
    wait_or_say(lambda: _have_all_ordered(rig, followers, fell), ORDER_SECONDS, "an order for every fall")
    return [one for follower in followers for one in latencies(fell, _orders(rig, follower.api_key))]


def _have_all_ordered(rig: Rig, followers: Sequence[Follower], fell: Mapping[str, float]) -> bool:
    return all(fell.keys() <= _orders(rig, follower.api_key).keys() for follower in followers)


def _memory(measured: Measured) -> list[float]:
    """PSS of all processes of ours after each window, in bytes."""
    return [float(own_usage(window.after).pss) for window in measured.windows]


def _cpu(measured: Measured) -> list[float]:
    """CPU seconds a minute of all processes of ours in each window."""
    return [per_minute(window.own_cpu(), window.seconds) for window in measured.windows]


def read_amounts(wanted: Namespace, dispatch: str) -> Amounts:
    many = {"wake": wanted.wake_bots, "every": wanted.every_bots}[dispatch]
    return Amounts(wanted.first_bots, many, wanted.bot_seconds, wanted.settle, wanted.falls)
