"""The exits every strategy shares: stop loss, trailing stop, take profit. Pure."""

from decimal import Decimal

from bots.strategies.base import Action, ExitRules, Levels, MarketView, Position, Signal
from trades.domain import Reason

HUNDRED = Decimal(100)


def stop_price(position: Position, rules: ExitRules) -> Decimal | None:
    if rules.stop_loss_percent is None:
        return None
    return position.entry_price * (1 - rules.stop_loss_percent / HUNDRED)


def target_price(position: Position, rules: ExitRules) -> Decimal | None:
    if rules.take_profit_percent is None:
        return None
    return position.entry_price * (1 + rules.take_profit_percent / HUNDRED)


def trail_price(position: Position, rules: ExitRules) -> Decimal | None:
    """Where the trailing stop sells; it never moves down, since the peak never does."""
    if rules.trailing_stop_percent is None:
        return None
    return position.peak_price * (1 - rules.trailing_stop_percent / HUNDRED)


def find_exit(view: MarketView, position: Position, rules: ExitRules) -> Signal | None:
    """The exit that this price asks for, the protecting ones first; None to stay in."""
    stop, trail, target = (level(position, rules) for level in (stop_price, trail_price, target_price))
    if stop is not None and view.price <= stop:
        return _sell(view, Reason.STOP_LOSS, stop)
    if trail is not None and view.price <= trail:
        return _sell(view, Reason.TRAILING_STOP, trail)
    if target is not None and view.price >= target:
        return _sell(view, Reason.TAKE_PROFIT, target)
    return None


def exit_levels(position: Position, rules: ExitRules) -> Levels:
    """Where `find_exit` finds one."""
    protecting = [level for level in (stop_price(position, rules), trail_price(position, rules)) if level]
    return Levels(below=max(protecting, default=None), above=target_price(position, rules))


def _sell(view: MarketView, reason: Reason, level: Decimal) -> Signal:
    return Signal(Action.SELL, reason.value, view.price, reason=reason, details={"level": format(level, "f")})
