"""Every scenario of the proof, in the order in which they are run."""

from tests.chaos import (
    database_losses,
    random_kills,
    redis_losses,
    repeated_messages,
    second_processes,
    waking_kills,
)
from tests.chaos.rig import proof
from tests.chaos.scenario import Options, Scenario

__all__ = ["SCENARIOS", "Options", "Scenario"]

SCENARIOS: tuple[Scenario, ...] = (
    *proof.SCENARIOS,
    random_kills.SCENARIO,
    waking_kills.SCENARIO,
    redis_losses.SCENARIO,
    *second_processes.SCENARIOS,
    repeated_messages.SCENARIO,
    *database_losses.SCENARIOS,
)
