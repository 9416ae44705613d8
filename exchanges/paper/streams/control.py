"""The endpoint that cuts, silences or refuses streams, for tests of what happens then."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..bodies import InvalidFieldError, read_object
from ..own_routes import answer_invalid
from .feed import Feed, State


class StreamControl:
    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    def routes(self) -> list[Route]:
        return [Route("/paper/control/streams", answer_invalid(self.change), methods=["GET", "POST"])]

    async def change(self, request: Request) -> Response:
        """`{"state": "open" | "silent" | "closed", "cut": true}`, both optional; answers how things stand.

        Silent connections stay and say nothing more. Closed ones are cut, and no other is accepted. `cut` ends those
        that are open now, without a closing handshake.
        """
        if request.method == "POST":
            content = await read_object(request, frozenset({"state", "cut"}))
            self._feed.change(_read_state(content.get("state", self._feed.state)))
            if content.get("cut", False) is True:
                self._feed.cut()
        feed = self._feed
        return JSONResponse(
            {"state": feed.state.value, "connections": len(feed.connected), "messages": feed.messages}
        )


def _read_state(value: object) -> State:
    try:
        return State(str(value))
    except ValueError:
        raise InvalidFieldError("state", f"must be one of {', '.join(State)}") from None
