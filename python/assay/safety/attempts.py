"""Attempts: the model plans under a specification, the plan is executed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from assay.models.base import Prompt
from assay.safety import prompts
from assay.safety.ledger import Ledger
from assay.safety.methods import Method
from assay.safety.public import Episode
from assay.safety.replies import PlanReading, read_plan
from assay.safety.simulation import Simulation
from assay.safety.streams import Stream, Streams
from assay.search.problem import NoAnswer, Session

FALLBACK = 5  # Random actions that are executed where no plan could be read, as published.


@dataclass(frozen=True)
class Attempts:
    """How attempts are made in one world.

    Attributes:
        method: Whether a model plans.
        simulation: The world and its oracle.
        streams: Where random plans are drawn from.
        on_stage: Hears which episode is under way.
    """

    method: Method
    simulation: Simulation
    streams: Streams
    on_stage: Callable[[str], None]

    def make(
        self, session: Session, specification: str, iteration: int, episodes: Sequence[int]
    ) -> list[tuple[Episode, Ledger]]:
        """The episodes of these numbers under a specification, one after the other."""
        return [self.one(session, specification, iteration, episode) for episode in episodes]

    def one(
        self, session: Session, specification: str, iteration: int, episode: int
    ) -> tuple[Episode, Ledger]:
        """One attempt: the opening that is shown is the one that the plan is executed in."""
        self.on_stage(f"episode {episode + 1}")
        opening = self.simulation.open(iteration, episode)
        draw = self.streams.stream("plan", iteration, episode)
        if self.method.plans:
            reading = self._asked(session, opening.shown, specification)
        else:
            reading = PlanReading(self._random(draw, self.simulation.world.horizon))
        plan = reading.actions or self._random(draw, FALLBACK)
        shown, ledger = self.simulation.run(opening, self._fitted(plan), iteration, episode)
        return replace(shown, failure=reading.failure), ledger

    def _asked(self, session: Session, opening: Sequence[str], specification: str) -> PlanReading:
        """The plan of a reply, or of a second one where the first holds none."""
        brief = self.simulation.world.brief
        request = prompts.attempt(brief, opening, specification)
        reading, answered = self._read(session, request)
        if reading.failure is None or not answered:
            return reading
        again, _ = self._read(session, prompts.repair(request, brief, reading.failure))
        if again.failure is None:
            return again
        return PlanReading((), f"{reading.failure}; asked again: {again.failure}")

    def _read(self, session: Session, request: Prompt) -> tuple[PlanReading, bool]:
        """What can be read from the reply, and whether there is one."""
        try:
            reply = session.ask(request)
        except NoAnswer as error:
            return PlanReading((), f"no reply ({error.kind})"), False
        return read_plan(reply.text, self.simulation.world.actions), True

    def _random(self, draw: Stream, count: int) -> tuple[int, ...]:
        return tuple(draw.index(len(self.simulation.world.actions)) for _ in range(count))

    def _fitted(self, plan: Sequence[int]) -> tuple[int, ...]:
        """The plan cut to the horizon and, where that is a fixed number, padded to it."""
        world = self.simulation.world
        padding = (plan[-1],) * (world.horizon - len(plan)) if world.exact else ()
        return (*plan, *padding)[: world.horizon]
