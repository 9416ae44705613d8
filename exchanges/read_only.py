"""Tables that many share because nobody can change them: still dicts and lists to whoever asks what they are."""

from typing import Any, NoReturn


def _refuse(*_: object, **__: object) -> NoReturn:
    raise TypeError("this is shared and cannot be changed")


class ReadOnlyDict(dict[Any, Any]):
    """A copy of it is an ordinary dict."""

    __slots__ = ()
    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse


class ReadOnlyList(list[Any]):
    """A copy of it is an ordinary list."""

    __slots__ = ()
    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = extend = insert = remove = pop = clear = sort = reverse = _refuse


def freeze(value: Any) -> Any:
    """The same dicts and lists to whatever depth, read-only; anything else as it is."""
    if isinstance(value, dict):
        return ReadOnlyDict({name: freeze(held) for name, held in value.items()})
    if isinstance(value, list):
        return ReadOnlyList([freeze(held) for held in value])
    return value
