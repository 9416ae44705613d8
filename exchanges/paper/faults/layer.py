"""The layer before the application that lets rules strike, and the endpoint that sets them."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ..bodies import InvalidFieldError, read_object
from ..exchange import Exchange
from ..own_routes import answer_invalid
from ..requests import EXCHANGE
from .dialects import key_of
from .interception import Interception
from .options import take_flag
from .rules import MOST_RULES, Rule, RuleBook, parse_rule

_OWN_PATHS = "/paper/"
# The place that all accidents share: a request has one at most.
_ACCIDENT = "accident"
# Enough for as many rules as are kept.
_LARGEST_BODY = 4_194_304


class FaultLayer:
    """Stands before the application. Own endpoints are spared.

    Of the accidents the first rule that fires on a request has it; of the sights the first of each kind.
    """

    def __init__(self, exchange: Exchange, seed: int) -> None:
        self._exchange = exchange
        self._rules = RuleBook()
        self._last_id = 0
        self._seed = seed

    def wrap(self, app: ASGIApp) -> ASGIApp:
        async def intercept(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or not self._rules.count or scope["path"].startswith(_OWN_PATHS):
                await app(scope, receive, send)
                return
            rules = self._select(scope)
            self._put_sights(scope, rules)
            for rule in rules:
                if rule.accident is not None:
                    await rule.accident.apply(Interception(app, scope, receive, send, rule.chance))
                    return
            await app(scope, receive, send)

        return intercept

    def routes(self) -> list[Route]:
        path = "/paper/control/faults"
        return [
            Route(path, answer_invalid(self.change_rules), methods=["POST"]),
            Route(path, self.show_rules, methods=["GET"], name="show_faults"),
        ]

    async def change_rules(self, request: Request) -> Response:
        """`{"clear": true | [ids], "release": true, "add": [rules]}`: clearing first, and all of it or nothing.

        `release` lets every order that an earlier rule holds from the market meet it now.
        """
        content = await read_object(request, frozenset({"add", "clear", "release"}), _LARGEST_BODY)
        cleared = _read_cleared(content.get("clear", []))
        wanted = content.get("add", [])
        if not isinstance(wanted, list) or len(wanted) > MOST_RULES:
            raise InvalidFieldError("add", f"must be a list of at most {MOST_RULES} rules")
        first = self._last_id + 1
        added = [parse_rule(first + index, rule, self._seed) for index, rule in enumerate(wanted)]
        self._check_room(cleared, len(added))
        self._clear(cleared)
        if take_flag(content, "release"):
            self._exchange.release_deferred()
        for rule in added:
            self._rules.add(rule)
        self._last_id += len(added)
        return JSONResponse({"added": [rule.id for rule in added], "rules": self._rules.count})

    async def show_rules(self, request: Request) -> Response:
        """The rules in force and the last that were used up, with how often each has struck."""
        del request
        return JSONResponse({"rules": self._rules.render()})

    def _check_room(self, cleared: set[int] | None, added: int) -> None:
        kept = 0 if cleared is None else self._rules.count
        if cleared:
            kept = sum(rule.id not in cleared for rule in self._rules)
        if kept + added > MOST_RULES:
            raise InvalidFieldError("add", f"would make more than {MOST_RULES} rules")

    def _clear(self, cleared: set[int] | None) -> None:
        if cleared is None:
            self._rules.clear_all()
        elif cleared:
            self._rules.clear(cleared)

    def _select(self, scope: Scope) -> list[Rule]:
        found: dict[str, Rule] = {}
        for rule in self._rules.of(key_of(scope)):
            slot = rule.kind if rule.sight else _ACCIDENT
            if slot not in found and rule.fires(scope["method"], scope["path"]):
                found[slot] = rule
                self._strike(rule)
        return list(found.values())

    def _strike(self, rule: Rule) -> None:
        rule.strike()
        if rule.remaining == 0:
            self._rules.retire(rule)

    def _put_sights(self, scope: Scope, rules: list[Rule]) -> None:
        met: Exchange = scope.get(EXCHANGE, self._exchange)
        for rule in rules:
            met = rule.sight.look(met) if rule.sight else met
        scope[EXCHANGE] = met


def _read_cleared(cleared: object) -> set[int] | None:
    """The ids to clear, or None for all."""
    if cleared is True:
        return None
    if not isinstance(cleared, list) or not all(type(one) is int for one in cleared):
        raise InvalidFieldError("clear", "must be true or a list of rule ids")
    return set(cleared)
