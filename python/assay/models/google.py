"""Google: generate_content of the Gemini API."""

from __future__ import annotations

import re
from typing import Any

from assay.models._http import explanation, other_error, status_error
from assay.models._provider import Options, ProviderModel, import_sdk
from assay.models.base import Prompt, Reply, Usage
from assay.models.registry import register
from assay.models.retries import CallError

_REFUSED = ("SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII")


@register("google", bare_names=r"(gemini|gemma)")
class GoogleModel(ProviderModel):
    """A Gemini or Gemma model. ``effort`` is a thinking level: minimal, low, medium, high."""

    provider = "google"
    key_variables = ("GEMINI_API_KEY", "GOOGLE_API_KEY")

    def __init__(self, model: str, options: Options) -> None:
        super().__init__(model, options)
        self._sdk = import_sdk("google.genai", "google-genai")
        self._errors = import_sdk("google.genai.errors", "google-genai")

    def _open(self) -> Any:
        http: dict[str, Any] = {"timeout": max(1, round(self._options.timeout * 1000))}
        if self._options.base_url:
            http["base_url"] = self._options.base_url
        # Explicitly not Vertex AI, which an environment variable could switch on.
        return self._sdk.Client(api_key=self._key, vertexai=False, http_options=http)

    def _send(self, client: Any, prompt: Prompt, limit: int | None) -> Reply:
        config: dict[str, Any] = self._thinking()
        if prompt.system:
            config["system_instruction"] = prompt.system
        if limit is not None:
            config["max_output_tokens"] = limit
        response = client.models.generate_content(
            model=self._model, contents=prompt.user, config=config
        )
        return self._complete_reply(response, limit)

    def _thinking(self) -> dict[str, Any]:
        generation = re.match(r"gemini-(\d+)(?:\.(\d+))?", self._model)
        version = (int(generation[1]), int(generation[2] or 0)) if generation else (0, 0)
        effort = self._options.effort or ("high" if version >= (3, 0) else None)
        if effort:
            return {"thinking_config": {"include_thoughts": True, "thinking_level": effort.upper()}}
        return {"thinking_config": {"include_thoughts": True}} if version >= (2, 5) else {}

    def _complete_reply(self, response: Any, limit: int | None) -> Reply:
        usage = _usage(response.usage_metadata)
        if not response.candidates:
            raise self._blocked(response, usage)
        candidate = response.candidates[0]
        parts = (candidate.content.parts if candidate.content else None) or []
        texts = [(bool(part.thought), part.text) for part in parts if part.text]
        reply = Reply(
            text="".join(text for thought, text in texts if not thought),
            model=self.name,
            reasoning="".join(text for thought, text in texts if thought) or None,
            usage=usage,
        )
        reason = candidate.finish_reason.value if candidate.finish_reason else None
        if reason == "MAX_TOKENS":
            raise self._truncated(limit, reply)
        if reason in _REFUSED:
            raise CallError("refused", f"{self.name}: refused ({reason})", usage=usage)
        if reason != "STOP":
            message = f"{self.name}: the reply ended with finish reason {reason}"
            raise CallError("server", message, charged=True, usage=usage)
        return reply

    def _blocked(self, response: Any, usage: Usage) -> CallError:
        feedback = response.prompt_feedback
        if feedback and feedback.block_reason:
            message = f"{self.name}: the prompt was blocked ({feedback.block_reason.value})"
            return CallError("refused", message, usage=usage)
        return CallError("server", f"{self.name}: empty reply", charged=True, usage=usage)

    def _explain(self, error: Exception) -> CallError:
        if not isinstance(error, self._errors.APIError):
            return other_error(self.name, error)
        headers = getattr(error.response, "headers", {})
        message = explanation(error.details, error.message or str(error))
        if error.code == 400 and "API_KEY_INVALID" in str(error.details):
            return CallError("configuration", f"{self.name}: {message} (check {self._key_hint()})")
        failure = status_error(self.name, error.code, message, headers, self._key_hint())
        failure.retry_after = failure.retry_after or _retry_delay(error.details)
        return failure


def _retry_delay(details: Any) -> float | None:
    """Seconds in the RetryInfo of an error, Google's counterpart of the header Retry-After."""
    match = re.search(r"'retryDelay': '(\d+(?:\.\d+)?)s'", str(details))
    return float(match[1]) if match else None


def _usage(metadata: Any) -> Usage:
    if metadata is None:
        return Usage()
    counts = (metadata.candidates_token_count, metadata.thoughts_token_count)
    output = sum(count or 0 for count in counts) if any(c is not None for c in counts) else None
    return Usage(metadata.prompt_token_count, output)
