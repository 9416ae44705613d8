"""What `/metrics` says of the exchanges' limits: how much of each is used, by what, and who was refused."""

from redis.exceptions import RedisError

from exchanges.rate_budget.tallies import Tally, Use, read_tallies, read_use
from saas.metrics import Metric


def count_weights() -> list[Metric]:
    """Nothing while Redis is away."""
    try:
        tallies = read_tallies()
        uses = [read_use(place) for place in sorted({tally.place for tally in tallies})]
    except RedisError:
        return []
    return [*_gauges(uses), *_counters(tallies)]


def _gauges(uses: list[Use]) -> list[Metric]:
    used = [({"venue": use.place}, float(use.used)) for use in uses]
    left = [({"venue": use.place}, float(max(0, use.limit - use.used))) for use in uses]
    return [
        Metric(
            "cardume_exchange_weight_used", "gauge", "Weight used of an address's limit at an exchange.", used
        ),
        Metric("cardume_exchange_weight_remaining", "gauge", "Weight that is left of it.", left),
    ]


def _counters(tallies: list[Tally]) -> list[Metric]:
    granted = [
        ({"venue": one.place, "purpose": one.purpose}, float(one.amount))
        for one in tallies
        if not one.refusal
    ]
    refused = [
        ({"venue": one.place, "purpose": one.purpose, "reason": one.refusal}, float(one.amount))
        for one in tallies
        if one.refusal
    ]
    return [
        Metric(
            "cardume_exchange_weight_total",
            "counter",
            "Weight of the requests sent, by their purpose.",
            granted,
        ),
        Metric(
            "cardume_exchange_refusals_total", "counter", "Requests that were not sent, and why.", refused
        ),
    ]
