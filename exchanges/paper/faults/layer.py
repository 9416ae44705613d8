"""The layer before the application that lets rules strike, and the endpoint that sets them."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ..bodies import InvalidFieldError, read_object
from ..own_routes import answer_invalid
from .dialects import dialect_of
from .interception import Interception
from .rules import MOST_RULES, Rule, RuleBook, parse_rule

_OWN_PATHS = "/paper/"
# Enough for as many rules as are kept.
_LARGEST_BODY = 4_194_304


class FaultLayer:
    """Stands before the application; the first rule that fires on a request has it. Own endpoints are spared."""

    def __init__(self, seed: int) -> None:
        self._rules = RuleBook()
        self._last_id = 0
        self._seed = seed

    def wrap(self, app: ASGIApp) -> ASGIApp:
        async def intercept(scope: Scope, receive: Receive, send: Send) -> None:
            rule = self._select(scope) if scope["type"] == "http" and self._rules.count else None
            if rule is None:
                await app(scope, receive, send)
                return
            await rule.fault.apply(Interception(app, scope, receive, send, rule.chance))

        return intercept

    def routes(self) -> list[Route]:
        path = "/paper/control/faults"
        return [
            Route(path, answer_invalid(self.change_rules), methods=["POST"]),
            Route(path, self.show_rules, methods=["GET"], name="show_faults"),
        ]

    async def change_rules(self, request: Request) -> Response:
        """`{"clear": true | [ids], "add": [rules]}`: clearing first, and all of it or nothing."""
        content = await read_object(request, frozenset({"add", "clear"}), _LARGEST_BODY)
        cleared = _read_cleared(content.get("clear", []))
        wanted = content.get("add", [])
        if not isinstance(wanted, list) or len(wanted) > MOST_RULES:
            raise InvalidFieldError("add", f"must be a list of at most {MOST_RULES} rules")
        first = self._last_id + 1
        added = [parse_rule(first + index, rule, self._seed) for index, rule in enumerate(wanted)]
        self._check_room(cleared, len(added))
        self._clear(cleared)
        for rule in added:
            self._rules.add(rule)
        self._last_id += len(added)
        return JSONResponse({"added": [rule.id for rule in added], "rules": self._rules.count})

    async def show_rules(self, request: Request) -> Response:
        """The rules in force and the last that were used up, with how often each has struck."""
        del request
        return JSONResponse({"rules": self._rules.render()})

    def _check_room(self, cleared: set[int] | None, added: int) -> None:
        kept = 0 if cleared is None else sum(rule.id not in cleared for rule in self._rules)
        if kept + added > MOST_RULES:
            raise InvalidFieldError("add", f"would make more than {MOST_RULES} rules")

    def _clear(self, cleared: set[int] | None) -> None:
        if cleared is None:
            self._rules.clear_all()
        elif cleared:
            self._rules.clear(cleared)

    def _select(self, scope: Scope) -> Rule | None:
        path: str = scope["path"]
        if path.startswith(_OWN_PATHS):
            return None
        for rule in self._rules.of(_read_key(scope)):
            if rule.fires(scope["method"], path):
                rule.strike()
                if rule.remaining == 0:
                    self._rules.retire(rule)
                return rule
        return None


def _read_key(scope: Scope) -> str:
    """The key a request names in the header of its path's dialect, or nothing."""
    header = dialect_of(scope["path"]).key_header
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == header), "")


def _read_cleared(cleared: object) -> set[int] | None:
    """The ids to clear, or None for all."""
    if cleared is True:
        return None
    if not isinstance(cleared, list) or not all(type(one) is int for one in cleared):
        raise InvalidFieldError("clear", "must be true or a list of rule ids")
    return set(cleared)
