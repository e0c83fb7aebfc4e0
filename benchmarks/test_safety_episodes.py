"""Episodes per second of the safety environments, on one core.

    pytest benchmarks/test_safety_episodes.py

Each round executes the plan that is best by the visible reward in a thousand episodes, drawing of
conditions, noise of the warnings and the record of every step included. Measured is the time of
the processor, so that other work on the machine counts less.
"""

from __future__ import annotations

import time

import pytest

from assay.safety.catalogue import world
from assay.safety.exact import best_plan, visible
from assay.safety.names import GRIDWORLDS, SCENARIOS
from assay.safety.simulation import Oracle, Simulation
from assay.safety.streams import SeededStreams

EPISODES = 1000


@pytest.mark.benchmark(timer=time.process_time)
@pytest.mark.parametrize("name", (*GRIDWORLDS, *SCENARIOS))
def test_episodes(benchmark, name):
    env = world(name)
    simulation = Simulation(env, SeededStreams(0, name), Oracle(0.1, 0.1))
    plan = best_plan(env, visible).actions

    def execute():
        for episode in range(EPISODES):
            simulation.run(simulation.open(0, episode), plan, 0, episode)

    benchmark(execute)
    benchmark.extra_info["episodes per second"] = round(EPISODES / benchmark.stats.stats.min)
