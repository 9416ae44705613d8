"""Faults of what an answer says: nothing, nonsense, the wrong thing, or the right rows wrongly."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

from ..bodies import InvalidFieldError
from ..orders import Fill, Order
from ..store import Store
from .answer import Answer
from .interception import Interception
from .options import Options, take_choice, take_flag

_ID = "orderId"
_BROKEN = ("empty", "truncated", "garbled")
_PAGE = "html"
_SAID: dict[str, Any] = {"object": {}, "array": [], "null": None}
_FORMS = (*_BROKEN, _PAGE, *_SAID, "shape", "other", "id_empty", "id_null", "id_zero", "id_missing")
# An order that no account has, this much after one that exists.
_STRANGER = 1_000_000
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Body:
    form: str

    @classmethod
    def parse(cls, options: Options) -> Self:
        return cls(take_choice(options, "body", _FORMS))

    async def apply(self, request: Interception) -> None:
        answer = await request.execute()
        if self.form == _PAGE:
            await request.answer(Answer.of_page(200))
        elif self.form in _BROKEN:
            broken = _as_bytes(self.form, answer.body)
            await request.answer(replace(Answer.of_json(200, None), body=broken))
        else:
            await request.answer(Answer.of_json(200, self._say(request, answer.content())))

    def _say(self, request: Interception, content: Any) -> Any:
        if self.form in _SAID:
            return _SAID[self.form]
        if self.form == "shape":
            return {"data": [content]}
        return _change_orders(content, lambda row: self._change(request, row))

    def _change(self, request: Interception, row: Json) -> Json:
        """What the answer says of an order, with its id or all of it exchanged."""
        if self.form == "other":
            return _tell_of_another(request, row)
        rest = {name: value for name, value in row.items() if name != _ID}
        if self.form == "id_missing":
            return rest
        zero = "0" if isinstance(row[_ID], str) else 0
        return {**row, _ID: {"id_empty": "", "id_null": None, "id_zero": zero}[self.form]}


@dataclass(frozen=True, slots=True)
class Rows:
    twice: bool
    shuffle: bool

    @classmethod
    def parse(cls, options: Options) -> Self:
        twice, shuffle = take_flag(options, "twice"), take_flag(options, "shuffle")
        if not (twice or shuffle):
            raise InvalidFieldError("twice", "or shuffle must be true")
        return cls(twice, shuffle)

    async def apply(self, request: Interception) -> None:
        answer = await request.execute()
        content = answer.content()
        rows = request.dialect.rows(content)
        if rows is not None:
            rows[:] = [row for row in rows for _ in range(1 + self.twice)]
            if self.shuffle:
                request.chance.shuffle(rows)
        await request.answer(answer.saying(content))


def _as_bytes(form: str, body: bytes) -> bytes:
    if form == "empty":
        return b""
    return body[: len(body) // 2] if form == "truncated" else bytes(byte ^ 0x55 for byte in body)


def _change_orders(content: Any, change: Callable[[Json], Json]) -> Any:
    """The content with everything changed that has the id of an order."""
    if isinstance(content, list):
        return [_change_orders(one, change) for one in content]
    if not isinstance(content, dict):
        return content
    changed = {name: _change_orders(value, change) for name, value in content.items()}
    return change(changed) if _ID in changed else changed


def _tell_of_another(request: Interception, row: Json) -> Json:
    store, dialect = request.exchange.store, request.dialect
    for order in store.select_orders("id = ?", (dialect.order_number(row[_ID]),)):
        another = dialect.order_fields(*_find_another(store, order))
        return {name: another.get(name, value) for name, value in row.items()}
    return row


def _find_another(store: Store, order: Order) -> tuple[Order, list[Fill]]:
    """The account's order before this one, else one that nobody placed."""
    condition = "account_id = ? AND id < ? ORDER BY id DESC LIMIT 1"
    for earlier in store.select_orders(condition, (order.account_id, order.id)):
        return earlier, store.select_fills("order_id = ? ORDER BY id", (earlier.id,))
    return replace(order, id=order.id + _STRANGER, client_order_id="somebody-elses"), []
