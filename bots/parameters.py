"""A strategy's parameters as a user sends them: unknown names refused, defaults filled in, bounds kept."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from bots.strategies import STRATEGIES
from bots.strategies.base import Parameter, ParameterInvalid
from exchanges.timeframes import supported_timeframes

Errors = dict[str, list[str]]


class ParametersInvalid(ValueError):
    """`errors` has the messages by parameter name, in the active language."""

    def __init__(self, errors: Errors) -> None:
        super().__init__("parameters")
        self.errors = errors


def clean_parameters(strategy: str, given: Mapping[str, Any], exchange: str) -> dict[str, Any]:
    """Every parameter of the strategy in the form it is stored in. Raises ParametersInvalid."""
    known = {parameter.name: parameter for parameter in STRATEGIES[strategy].parameters}
    errors: Errors = {
        name: [_("This strategy has no such parameter.")] for name in given if name not in known
    }
    cleaned: dict[str, Any] = {}
    for name, parameter in known.items():
        try:
            cleaned[name] = parameter.clean(given.get(name, parameter.default))
        except ParameterInvalid as error:
            errors[name] = [_explain(parameter, error.code)]
    if not errors:
        errors = _check_timeframe(strategy, cleaned, exchange)
    if errors:
        raise ParametersInvalid(errors)
    return cleaned


def _check_timeframe(strategy: str, cleaned: Mapping[str, Any], exchange: str) -> Errors:
    timeframe = STRATEGIES[strategy].candles_needed(cleaned).timeframe
    offered = supported_timeframes(exchange)
    if timeframe in offered:
        return {}
    message = _("{exchange} has no such candles; it has {offered}.")
    return {"timeframe": [message.format(exchange=exchange, offered=", ".join(offered))]}


def _explain(parameter: Parameter, code: str) -> str:
    messages = {
        "minimum": _("At least {minimum}."),
        "maximum": _("At most {maximum}."),
        "choices": _("One of: {choices}."),
        "type": _("A value of the type {type} is needed."),
    }
    return messages[code].format(
        minimum=parameter.minimum,
        maximum=parameter.maximum,
        choices=", ".join(parameter.choices),
        type=parameter.type.value,
    )
