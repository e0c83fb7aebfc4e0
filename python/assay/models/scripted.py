"""A model that is a Python function: for tests, and for searches of one's own."""

from __future__ import annotations

from collections.abc import Callable

from assay.models.base import Prompt, Reply


class ScriptedModel:
    """Answers every prompt with what ``function(prompt)`` returns.

    Args:
        function: Returns a Reply, or just its text. A ModelError it raises is a failed call;
            any other exception is a mistake in the function and ends the run.
        name: Name under which the run is recorded.
    """

    is_free = True

    def __init__(self, function: Callable[[Prompt], str | Reply], name: str = "scripted") -> None:
        self._function = function
        self.name = name

    def complete(self, prompt: Prompt) -> Reply:
        answer = self._function(prompt)
        return Reply(answer, self.name) if isinstance(answer, str) else answer
