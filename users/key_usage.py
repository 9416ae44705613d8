"""Whether an exchange key is in use. The apps above register their answer here, so that none is imported."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from users.models import ExchangeAPIKey

IsInUse = Callable[["ExchangeAPIKey"], bool]
_questions: list[IsInUse] = []


def register(question: IsInUse) -> None:
    """From an AppConfig.ready. Asked inside the transaction that deletes, with the key's row locked."""
    if question not in _questions:
        _questions.append(question)


def is_in_use(key: "ExchangeAPIKey") -> bool:
    return any(question(key) for question in _questions)
