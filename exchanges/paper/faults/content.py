"""Faults of what an answer says: nothing, nonsense, the wrong thing, or the right rows wrongly."""

from dataclasses import dataclass, replace
from typing import Any, Self

from ..bodies import InvalidFieldError
from .answer import Answer
from .interception import Interception
from .options import Options, take_choice, take_flag

_ID = "orderId"
_BROKEN = ("empty", "truncated", "garbled")
_PAGE = "html"
_SAID: dict[str, Any] = {"object": {}, "array": [], "null": None}
_IDS: dict[str, Any] = {"id_empty": "", "id_null": None, "id_zero": 0}
_FORMS = (*_BROKEN, _PAGE, *_SAID, "shape", *_IDS, "id_missing")


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
            await request.answer(Answer.of_json(200, _as_content(self.form, answer.content())))


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


def _as_content(form: str, content: Any) -> Any:
    if form in _SAID:
        return _SAID[form]
    if form == "shape":
        return {"data": [content]}
    return _change_ids(content, form)


def _change_ids(content: Any, form: str) -> Any:
    """The content with another order id, or none, wherever it has one."""
    if isinstance(content, list):
        return [_change_ids(one, form) for one in content]
    if not isinstance(content, dict):
        return content
    changed = {name: _change_ids(value, form) for name, value in content.items() if name != _ID}
    if _ID in content and form in _IDS:
        changed[_ID] = _zero_like(content[_ID]) if form == "id_zero" else _IDS[form]
    return changed


def _zero_like(value: object) -> object:
    return "0" if isinstance(value, str) else 0
