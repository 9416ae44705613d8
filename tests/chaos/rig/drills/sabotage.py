"""Ledgers that are wrong on purpose: the rig is worth something only if it finds them out."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any

from exchanges.errors import OrderRefused, OrderStatusUnknown
from tests.chaos.report import Row
from tests.chaos.rig import children, work
from tests.chaos.rig.crash_points import replace_everywhere
from tests.chaos.rig.lab import PLACE, Lab, Subject
from tests.chaos.rig.trial import repeat

Wrap = Callable[[Callable[..., Any]], Callable[..., Any]]


def _send_again(send: Callable[..., Any]) -> Callable[..., Any]:
    """What ccxt's manual allows: an order that was not answered is sent once more."""

    def send_order(self: Any, request: Any, **options: Any) -> Any:
        try:
            return send(self, request, **options)
        except OrderStatusUnknown:
            return send(self, replace(request, client_order_id=request.client_order_id[:-1] + "z"), **options)

    return send_order


def _believe_it_failed(send: Callable[..., Any]) -> Callable[..., Any]:
    """An order that was not answered was not placed."""

    def send_order(self: Any, request: Any, **options: Any) -> Any:
        try:
            return send(self, request, **options)
        except OrderStatusUnknown as doubt:
            raise OrderRefused(doubt.reason, "-1") from None

    return send_order


def _round_prices(build: Callable[..., Any]) -> Callable[..., Any]:
    def fill_of(order: Any, fill: Any, rates: Any) -> Any:
        return build(order, replace(fill, quantity=fill.quantity + Decimal("1e-8")), rates)

    return fill_of


def _forget_a_fill(take_over: Callable[..., Any]) -> Callable[..., Any]:
    def import_order(order: Any, found: Any, fills: Any, *rest: Any) -> Any:
        merged = replace(fills[-1], quantity=fills[-1].quantity + fills[-2].quantity)
        take_over(order, found, [*fills[:-2], merged], *rest)

    return import_order


SEND = "exchanges.gateway:Session.send_order"
MISTAKES: dict[str, tuple[str, Wrap]] = {
    "sends again": (SEND, _send_again),
    "believes that it failed": (SEND, _believe_it_failed),
    "rounds a fill": ("trades.imports._fill_of", _round_prices),
    "merges two fills": ("trades.imports.import_order", _forget_a_fill),
}


def make_mistakes(lab: Lab, count: int) -> list[Row]:
    """One row for each mistake. The exchange places every order and cuts the connection."""
    return [_make_mistake(lab, name, count) for name in MISTAKES]


def _make_mistake(lab: Lab, name: str, count: int) -> Row:
    def suffer(subject: Subject) -> bool:
        if name.startswith(("sends", "believes")):
            cut = {"kind": "drop", "when": "after", "endpoint": lab.endpoint(PLACE), "count": 1}
            lab.set_faults([(subject, [cut])])
        return bool(children.run(partial(_run_mistaken, lab, subject, name)))

    return repeat(lab, name, count, suffer)


def _run_mistaken(lab: Lab, subject: Subject, name: str) -> bool:
    replace_everywhere(*MISTAKES[name])
    return work.run_bot(lab, subject)
