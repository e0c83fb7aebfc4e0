"""Anthropic: the Messages API, streamed."""

from __future__ import annotations

import re
import time
from typing import Any

from assay.models._stainless import StainlessModel
from assay.models.base import Prompt, Reply, Usage
from assay.models.registry import register
from assay.models.retries import CallError

# HTTP status that each type of error has; errors inside a stream come with status 200.
_STREAM_STATUS = {
    "rate_limit_error": 429,
    "overloaded_error": 529,
    "invalid_request_error": 400,
    "authentication_error": 401,
    "permission_error": 403,
    "not_found_error": 404,
}
_COMPLETE = ("end_turn", "stop_sequence")
_TRUNCATED = ("max_tokens", "model_context_window_exceeded")


@register("anthropic", bare_names=r"claude")
class AnthropicModel(StainlessModel):
    """A Claude model. ``effort`` is one of low, medium, high, xhigh, max."""

    provider = "anthropic"
    client_class = "Anthropic"
    key_variables = ("ANTHROPIC_API_KEY",)
    # The API requires a limit. This one is within that of every current model.
    default_limit = 32_000

    def _send(self, client: Any, prompt: Prompt, limit: int | None) -> Reply:
        # Streamed, because an idle connection may be cut in the minutes that a long reply takes.
        deadline = time.monotonic() + self._options.timeout
        with client.messages.stream(
            model=self._model,
            max_tokens=limit,
            system=prompt.system,
            messages=[{"role": "user", "content": prompt.user}],
            extra_body=self._reasoning(),
        ) as stream:
            for _ in stream:
                # Ends the generation, and so its cost, of a reply that nobody waits for.
                if time.monotonic() > deadline:
                    raise CallError("timeout", f"{self.name}: out of time", charged=True)
            message = stream.get_final_message()
        return self._complete_reply(message, limit)

    def _reasoning(self) -> dict[str, Any]:
        adaptive = _thinks_adaptively(self._model)
        effort = self._options.effort or ("high" if adaptive else None)
        body: dict[str, Any] = {"output_config": {"effort": effort}} if effort else {}
        if adaptive:
            body["thinking"] = {"type": "adaptive", "display": "summarized"}
        return body

    def _complete_reply(self, message: Any, limit: int | None) -> Reply:
        blocks = message.content
        thoughts = [block.thinking for block in blocks if block.type == "thinking"]
        reply = Reply(
            text="".join(block.text for block in blocks if block.type == "text"),
            model=self.name,
            reasoning="\n\n".join(filter(None, thoughts)) or None,
            usage=_usage(message.usage),
        )
        reason = message.stop_reason
        if reason in _TRUNCATED:
            raise self._truncated(limit, reply)
        if reason == "refusal":
            raise CallError("refused", f"{self.name}: the model refused", usage=reply.usage)
        if reason is None:
            raise CallError("network", f"{self.name}: the connection broke off within the reply")
        if reason not in _COMPLETE:
            text = f"{self.name}: the reply stopped with {reason!r}"
            raise CallError("server", text, charged=True, usage=reply.usage)
        return reply

    def _status(self, error: Any) -> int:
        if error.status_code >= 400:
            return int(error.status_code)
        details = error.body.get("error") if isinstance(error.body, dict) else None
        kind = details.get("type") if isinstance(details, dict) else None
        return _STREAM_STATUS.get(str(kind), 500)


def _thinks_adaptively(model: str) -> bool:
    """Whether the model takes an effort and adaptive thinking: Claude 4.6 and later."""
    match = re.match(r"claude-[a-z]+-(\d+)(?:-(\d{1,2}))?(?!\d)", model)
    return match is not None and (int(match[1]), int(match[2] or 0)) >= (4, 6)


def _usage(usage: Any) -> Usage:
    cached = (usage.cache_creation_input_tokens or 0) + (usage.cache_read_input_tokens or 0)
    return Usage(usage.input_tokens + cached, usage.output_tokens)
