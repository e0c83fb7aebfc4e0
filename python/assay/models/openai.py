"""OpenAI: the Responses API; with a base URL, the Chat Completions of any compatible server."""

from __future__ import annotations

import re
from typing import Any

from assay.models._provider import Options
from assay.models._stainless import StainlessModel
from assay.models.base import ModelError, Prompt, Reply, Usage
from assay.models.registry import register
from assay.models.retries import CallError

_REASONING_MODEL = re.compile(r"o\d|gpt-[56]")
# What servers call the natural end of a reply; anything else is not a complete one.
_COMPLETE = ("stop", "eos", "eos_token", "end_turn")


class _OpenAIModel(StainlessModel):
    provider = "openai"
    client_class = "OpenAI"
    key_variables = ("OPENAI_API_KEY",)

    def _status(self, error: Any) -> int:
        # An exhausted quota comes as a rate limit, 429, but waiting does not help.
        return 402 if error.code == "insufficient_quota" else int(error.status_code)


class ResponsesModel(_OpenAIModel):
    """A model of OpenAI itself. ``effort`` is one of none, minimal, low, medium, high, xhigh."""

    def _key_hint(self) -> str:
        return "OPENAI_API_KEY, or give --base-url for another server"

    def _send(self, client: Any, prompt: Prompt, limit: int | None) -> Reply:
        arguments = self._reasoning()
        if limit is not None:
            arguments["max_output_tokens"] = limit
        response = client.responses.create(
            model=self._model,
            instructions=prompt.system,
            input=prompt.user,
            store=False,
            **arguments,
        )
        return self._complete_reply(response, limit)

    def _reasoning(self) -> dict[str, Any]:
        effort = self._options.effort
        if effort is None and _REASONING_MODEL.match(self._model):
            effort = "high"
        return {"reasoning": {"effort": effort, "summary": "auto"}} if effort else {}

    def _complete_reply(self, response: Any, limit: int | None) -> Reply:
        items = [item for item in response.output if item.type == "reasoning"]
        thoughts = [part.text for item in items for part in item.summary]
        reply = Reply(
            text=response.output_text,
            model=self.name,
            reasoning="\n\n".join(thoughts) or None,
            usage=_responses_usage(response.usage),
        )
        if response.status == "completed":
            self._check_refusal(response, reply)
            return reply
        reason = response.incomplete_details.reason if response.incomplete_details else None
        if reason == "max_output_tokens":
            raise self._truncated(limit, reply)
        if reason == "content_filter":
            raise CallError("refused", f"{self.name}: content filter", usage=reply.usage)
        code = response.error.code if response.error else None
        detail = response.error.message if response.error else reason
        message = f"{self.name}: the response is {response.status}: {detail}"
        if code == "rate_limit_exceeded":
            raise CallError("rate_limit", message, usage=reply.usage)
        raise CallError("server", message, charged=True, usage=reply.usage)

    def _check_refusal(self, response: Any, reply: Reply) -> None:
        messages = [item for item in response.output if item.type == "message"]
        parts = [part for item in messages for part in item.content if part.type == "refusal"]
        if parts:
            message = f"{self.name}: the model refused: {parts[0].refusal}"
            raise CallError("refused", message, usage=reply.usage)


class ChatModel(_OpenAIModel):
    """A model of a compatible server, for example Ollama, vLLM, LM Studio or llama.cpp."""

    def _find_key(self) -> str:
        try:
            return super()._find_key()
        except ModelError:
            return "none"

    def _send(self, client: Any, prompt: Prompt, limit: int | None) -> Reply:
        arguments: dict[str, Any] = {}
        if limit is not None:
            arguments["max_tokens"] = limit
        if self._options.effort is not None:
            arguments["reasoning_effort"] = self._options.effort
        completion = client.chat.completions.create(
            model=self._model,
            messages=[
                {"role": "system", "content": prompt.system},
                {"role": "user", "content": prompt.user},
            ],
            **arguments,
        )
        return self._complete_reply(completion, limit)

    def _complete_reply(self, completion: Any, limit: int | None) -> Reply:
        choice = completion.choices[0]
        thoughts, text = _split_thoughts(choice.message.content or "")
        # The two names under which servers put reasoning; neither is in the SDK's types.
        for field in ("reasoning_content", "reasoning"):
            thoughts = thoughts or getattr(choice.message, field, None)
        reply = Reply(text, self.name, thoughts, _chat_usage(completion.usage))
        reason = choice.finish_reason
        if reason == "length":
            raise self._truncated(limit, reply)
        if reason == "content_filter" or getattr(choice.message, "refusal", None):
            raise CallError("refused", f"{self.name}: the model refused", usage=reply.usage)
        if reason not in _COMPLETE:
            message = f"{self.name}: the reply ended with finish_reason {reason!r}"
            raise CallError("server", message, charged=True, usage=reply.usage)
        return reply


def _split_thoughts(content: str) -> tuple[str | None, str]:
    """Reasoning that a server left in the text as ``<think>…</think>``, and the rest."""
    match = re.match(r"\s*<think>(.*?)</think>\s*", content, re.DOTALL)
    return (match[1].strip() or None, content[match.end() :]) if match else (None, content)


def _responses_usage(usage: Any) -> Usage:
    return Usage(usage.input_tokens, usage.output_tokens) if usage else Usage()


def _chat_usage(usage: Any) -> Usage:
    return Usage(usage.prompt_tokens, usage.completion_tokens) if usage else Usage()


@register("openai", bare_names=r"(gpt|chatgpt|o\d)")
def _create(model: str, options: Options) -> _OpenAIModel:
    return (ChatModel if options.base_url else ResponsesModel)(model, options)
