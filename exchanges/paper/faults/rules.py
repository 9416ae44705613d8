"""Which requests a fault strikes: its endpoint, its key, its probability and its count."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

from ..bodies import InvalidFieldError, read_amount, read_text
from .fault import Accident, Sight
from .kinds import ACCIDENTS, SIGHTS

_KINDS = (*ACCIDENTS, *SIGHTS)
_ANY = "*"
MOST_RULES = 10_000
_MOST_SPENT = 1_000
_MOST_COUNT = Decimal(1_000_000)


@dataclass(slots=True, eq=False)
class Rule:
    """A fault, an accident or a sight, for the requests to an endpoint, of one key or of all.

    The endpoint is "POST /api/v3/order", "/api/v3/order" or "*". It fires with its probability, and no more often
    than `remaining` where that is set.
    """

    id: int
    description: dict[str, Any]
    kind: str
    accident: Accident | None
    sight: Sight | None
    endpoint: str
    api_key: str | None
    probability: float
    remaining: int | None
    chance: Random
    hits: int = 0

    def fires(self, method: str, path: str) -> bool:
        """Whether it strikes this request, which draws from its luck."""
        named = self.endpoint in (_ANY, path, f"{method} {path}")
        return named and self.remaining != 0 and self.chance.random() < self.probability

    def strike(self) -> None:
        self.hits += 1
        if self.remaining is not None:
            self.remaining -= 1

    def render(self) -> dict[str, Any]:
        return {"id": self.id, **self.description, "hits": self.hits, "remaining": self.remaining}


@dataclass(slots=True)
class RuleBook:
    """The rules in force, in the order they were added, found by key; and the last of those that are used up."""

    by_key: dict[str | None, list[Rule]] = field(default_factory=dict)
    spent: deque[Rule] = field(default_factory=lambda: deque(maxlen=_MOST_SPENT))
    count: int = 0

    def add(self, rule: Rule) -> None:
        self.by_key.setdefault(rule.api_key, []).append(rule)
        self.count += 1

    def of(self, api_key: str) -> list[Rule]:
        """Those for one key and those for all, as they were added."""
        own = self.by_key.get(api_key, []) if api_key else []
        return sorted([*self.by_key.get(None, []), *own], key=lambda rule: rule.id)

    def retire(self, rule: Rule) -> None:
        """Put a rule aside that will not fire any more."""
        self.spent.append(rule)
        self._remove(rule)

    def clear(self, ids: set[int]) -> None:
        for rule in [one for one in self if one.id in ids]:
            self._remove(rule)
        kept = [rule for rule in self.spent if rule.id not in ids]
        self.spent.clear()
        self.spent.extend(kept)

    def clear_all(self) -> None:
        self.by_key.clear()
        self.spent.clear()
        self.count = 0

    def __iter__(self) -> Iterator[Rule]:
        return (rule for rules in self.by_key.values() for rule in rules)

    def render(self) -> list[dict[str, Any]]:
        return [rule.render() for rule in sorted([*self, *self.spent], key=lambda rule: rule.id)]

    def _remove(self, rule: Rule) -> None:
        rules = self.by_key[rule.api_key]
        rules.remove(rule)
        if not rules:
            del self.by_key[rule.api_key]
        self.count -= 1


def parse_rule(number: int, content: object, seed: int) -> Rule:
    """A rule from its JSON; its luck comes from the seed and its number. Raises InvalidFieldError."""
    if not isinstance(content, dict):
        raise InvalidFieldError("add", "must be a list of objects")
    options = dict(content)
    kind = options.pop("kind", None)
    if not isinstance(kind, str) or kind not in _KINDS:
        raise InvalidFieldError("kind", f"must be one of {', '.join(_KINDS)}")
    endpoint, api_key = _take_text(options, "endpoint") or _ANY, _take_text(options, "apiKey")
    probability = float(read_amount(options.pop("probability", 1), "probability", Decimal(1)))
    count = options.pop("count", None)
    remaining = None if count is None else int(read_amount(count, "count", _MOST_COUNT))
    accident = ACCIDENTS[kind].parse(options) if kind in ACCIDENTS else None
    sight = SIGHTS[kind].parse(options) if kind in SIGHTS else None
    for name in options:
        raise InvalidFieldError(str(name)[:64], f"is not an option of {kind}")
    chance = Random(f"{seed}:{number}")  # noqa: S311 a drill, not a secret
    place = (endpoint, api_key, probability, remaining)
    return Rule(number, _plain(content), kind, accident, sight, *place, chance)


def _take_text(options: dict[str, Any], name: str) -> str | None:
    text = read_text(options, name) if options.get(name) is not None else None
    options.pop(name, None)
    return text


def _plain(content: dict[str, Any]) -> dict[str, Any]:
    """The rule as it was given, in a form JSON can say."""
    return {name: float(value) if isinstance(value, Decimal) else value for name, value in content.items()}
