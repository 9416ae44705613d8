"""Every scenario of the proof, in the order in which they are run."""

from tests.chaos.scenario import Options, Scenario

__all__ = ["SCENARIOS", "Options", "Scenario"]

SCENARIOS: tuple[Scenario, ...] = ()
