"""What freqtrade is told: a strategy with the rule, and a configuration in which the exchange is the paper exchange."""

from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

from benchmarks.freqtrade.rule import Rule

STRATEGY = "BuyBelowAverage"
STAKE = 50
WALLET = 100_000
SEEN = "first look at"
DATABASE, LOG = "trades.sqlite", "log.txt"

STRATEGY_TEXT = Template('''\
"""Written by a benchmark of Cardume against freqtrade's documented strategy interface."""

import logging

from freqtrade.strategy import IStrategy

logger = logging.getLogger(__name__)


class $name(IStrategy):
    INTERFACE_VERSION = 3
    timeframe = "$timeframe"
    startup_candle_count = $window
    process_only_new_candles = $only_new_candles
    minimal_roi = {}
    stoploss = -0.99
    use_exit_signal = False
    at_price = $at_price
    seen = set()

    def populate_indicators(self, dataframe, metadata):
        dataframe["average"] = dataframe["close"].rolling($window).mean()
        return dataframe

    def populate_entry_trend(self, dataframe, metadata):
        if metadata["pair"] not in self.seen:
            self.seen.add(metadata["pair"])
            logger.info("$seen %s", metadata["pair"])
        if self.at_price:
            dataframe["enter_long"] = 1
        else:
            dataframe.loc[dataframe["close"] <= dataframe["average"] * $factor, "enter_long"] = 1
        return dataframe

    def populate_exit_trend(self, dataframe, metadata):
        return dataframe

    def confirm_trade_entry(self, pair, order_type, amount, rate, *arguments, **others):
        if not self.at_price:
            return True
        dataframe, _ = self.dp.get_analyzed_dataframe(pair, self.timeframe)
        return rate <= dataframe["average"].iat[-1] * $factor
''')


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to run it: how often its loop turns, and what it looks at then.

    freqtrade looks at closed candles, which are pushed to it where `streams` is on. With `at_price` its strategy says yes
    at each turn and judges the price that it is then about to buy at, which is the one way to act within a candle, and
    the rule that Cardume's bots follow.
    """

    name: str
    label: str
    throttle_seconds: int
    only_new_candles: bool
    at_price: bool = False
    streams: bool = False


VARIANTS = (
    Variant("minute", "a closed candle, once a minute", 60, only_new_candles=True),
    Variant("default", "a closed candle, as it comes (5 s, streams)", 5, only_new_candles=True, streams=True),
    Variant("second", "closed candles, every second", 1, only_new_candles=False),
    Variant("price", "the price, every second", 1, only_new_candles=False, at_price=True),
)


def write_strategy(variant: Variant, rule: Rule) -> str:
    return STRATEGY_TEXT.substitute(
        name=STRATEGY,
        seen=SEEN,
        timeframe=rule.timeframe,
        window=rule.window,
        factor=rule.factor,
        only_new_candles=variant.only_new_candles,
        at_price=variant.at_price,
    )


def _addresses(exchange_url: str) -> dict[str, Any]:
    rest, streams = f"{exchange_url}/api/v3", exchange_url.replace("http", "ws", 1)
    # ccxt writes a number behind the address of the streams; in the query it leads nowhere else.
    return {"public": rest, "private": rest, "ws": {"spot": f"{streams}/stream?"}}


def build_configuration(variant: Variant, rule: Rule, exchange_url: str, folder: Path) -> dict[str, Any]:
    """Market orders at the ticker's price, no telegram, no web server, and no other address than this one."""
    prices = {"price_side": "other", "use_order_book": False}
    return {
        "bot_name": folder.name,
        "initial_state": "running",
        "dry_run": True,
        "dry_run_wallet": WALLET,
        "trading_mode": "spot",
        "stake_currency": "USDT",
        "stake_amount": STAKE,
        "max_open_trades": len(rule.pairs),
        "timeframe": rule.timeframe,
        "strategy": STRATEGY,
        "db_url": f"sqlite:///{folder / DATABASE}",
        "entry_pricing": prices,
        "exit_pricing": prices,
        "order_types": {
            "entry": "market",
            "exit": "market",
            "stoploss": "market",
            "stoploss_on_exchange": False,
        },
        "pairlists": [{"method": "StaticPairList"}],
        "internals": {"process_throttle_secs": variant.throttle_seconds},
        "exchange": {
            "name": "binance",
            "key": "",
            "secret": "",
            "enable_ws": variant.streams,
            "pair_whitelist": list(rule.pairs),
            "ccxt_config": {
                "urls": {"api": _addresses(exchange_url)},
                "options": {"fetchMarkets": {"types": ["spot"]}, "fetchCurrencies": False},
            },
        },
    }
