"""Further calls of the model, made by an evaluation or the gate: none is lost, none paid twice."""

from __future__ import annotations

import time
from dataclasses import replace

from assay.models.base import Model, ModelError, Prompt, Reply
from assay.search.events import Answered, AnswerFailed, Asked, Stage, Withheld
from assay.search.layout import call_name
from assay.search.observer import Observer
from assay.search.problem import Json, NoAnswer
from assay.search.run import Run


class LoggedSession:
    """The ``Session`` of one evaluation or gate: question and answer go into the run's log.

    Args:
        run: The run, whose log may hold answers from before an interruption.
        model: Who is asked; None where only the log may answer.
        stage: What the calls are made for.
        iteration: The iteration that is evaluated; for the gate, the last one.
        observer: Hears of each call that is not answered from the log.
    """

    def __init__(
        self, run: Run, model: Model | None, stage: Stage, iteration: int, observer: Observer
    ) -> None:
        self.iteration = iteration
        self.seed = run.config.seed
        self._run = run
        self._model = model
        self._stage: Stage = stage
        self._observer = observer
        self._calls = 0

    def withhold(self, details: Json) -> None:
        """Store measurements that no prompt may depend on; see ``Session``."""
        self._run.record(Withheld(iteration=self.iteration, details=details))

    def ask(self, prompt: Prompt) -> Reply:
        """The reply to a prompt, from the log or from the model; see ``Session``."""
        self._calls += 1
        call = self._calls
        name = call_name(self._stage, self.iteration, call)
        prompt = replace(prompt, iteration=self.iteration, call=name)
        outcome = self._logged(prompt, call) or self._asked(prompt, call)
        if isinstance(outcome, AnswerFailed):
            raise NoAnswer(outcome.kind, outcome.message)
        return outcome.reply

    def _logged(self, prompt: Prompt, call: int) -> Answered | AnswerFailed | None:
        """What the log says about this call; nothing where another question was asked then."""
        known = self._run.state.exchanges.get((self._stage, call))
        if known is None or (known.system, known.user) != (prompt.system, prompt.user):
            return None
        return known.outcome

    def _asked(self, prompt: Prompt, call: int) -> Answered | AnswerFailed:
        if self._model is None:
            message = f"the answer to {prompt.call} is not in the log, so the model is needed"
            raise ModelError("configuration", message)
        system = prompt.system if prompt.system != self._run.state.system else None
        self._run.record(
            Asked(
                stage=self._stage,
                iteration=self.iteration,
                call=call,
                user=prompt.user,
                system=system,
            )
        )
        self._observer.asking(prompt.call)
        self._run.record(self._complete(self._model, prompt, call))
        logged = self._run.state.exchanges[self._stage, call].outcome
        assert logged is not None
        return logged

    def _complete(self, model: Model, prompt: Prompt, call: int) -> Answered | AnswerFailed:
        start = time.perf_counter()
        try:
            reply = model.complete(prompt)
        except ModelError as error:
            if error.kind == "configuration":
                raise
            return AnswerFailed(
                stage=self._stage,
                iteration=self.iteration,
                call=call,
                kind=error.kind,
                message=str(error),
                elapsed_s=time.perf_counter() - start,
                usage=error.usage,
                calls=error.calls,
            )
        return Answered(
            stage=self._stage,
            iteration=self.iteration,
            call=call,
            reply=reply,
            elapsed_s=time.perf_counter() - start,
        )
