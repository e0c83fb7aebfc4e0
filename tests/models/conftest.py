"""A loopback server that speaks each provider's protocol, and the real SDKs pointed at it."""

from __future__ import annotations

import json
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from assay.models import Model, ModelError, Prompt, Reply, RetryPolicy, create

KEY = "key-for-tests"
TEXT = "Tiled.\n\n```metal\nkernel void f() {}\n```\n"
THOUGHTS = "Bandwidth-bound."

Handler = Callable[[Request], Response]


@dataclass(frozen=True)
class Answer:
    """What a provider answers, apart from its notation. ``stop`` is end, limit or refusal."""

    text: str = TEXT
    thoughts: str | None = THOUGHTS
    stop: str = "end"
    input_tokens: int = 120
    output_tokens: int = 34


def as_json(payload: object, status: int = 200, **headers: str) -> Response:
    return Response(json.dumps(payload), status, headers, content_type="application/json")


class Anthropic:
    model = "anthropic:claude-sonnet-4-6"
    path = "/v1/messages"
    key_variable = "ANTHROPIC_API_KEY"
    stops = {"end": "end_turn", "limit": "max_tokens", "refusal": "refusal"}  # noqa: RUF012
    tick = b"event: ping\ndata: {}\n\n"
    content_type = "text/event-stream"

    def error(self, status: int, message: str, **headers: str) -> Response:
        kind = {401: "authentication_error", 429: "rate_limit_error"}.get(status, "api_error")
        error = {"type": kind, "message": message}
        return as_json({"type": "error", "error": error}, status, **headers)

    def events(self, answer: Answer) -> list[dict[str, Any]]:
        blocks = [("thinking", answer.thoughts)] if answer.thoughts else []
        blocks += [("text", answer.text)]
        # The total is 120 where the default is used: some of the input comes from the cache.
        usage = {
            "input_tokens": answer.input_tokens - 30,
            "cache_creation_input_tokens": 10,
            "cache_read_input_tokens": 20,
            "output_tokens": 1,
        }
        message = {
            "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-6",
            "content": [], "stop_reason": None, "stop_sequence": None, "usage": usage,
        }  # fmt: skip
        events: list[dict[str, Any]] = [{"type": "message_start", "message": message}]
        for index, (kind, text) in enumerate(blocks):
            start = {"type": kind, kind: ""} | ({"signature": ""} if kind == "thinking" else {})
            events.append({"type": "content_block_start", "index": index, "content_block": start})
            for part in (text[:4], text[4:]):
                delta = {"type": f"{kind}_delta", kind: part}
                events.append({"type": "content_block_delta", "index": index, "delta": delta})
            events.append({"type": "content_block_stop", "index": index})
        delta = {"stop_reason": self.stops[answer.stop], "stop_sequence": None}
        tokens = {"output_tokens": answer.output_tokens}
        events.append({"type": "message_delta", "delta": delta, "usage": tokens})
        return [*events, {"type": "message_stop"}]

    def stream(self, events: list[dict[str, Any]]) -> Response:
        lines = [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events]
        return Response("".join(lines), content_type="text/event-stream")

    def answer(self, answer: Answer) -> Response:
        return self.stream(self.events(answer))

    def request(self, request: Request) -> tuple[str, str, str, int | None]:
        """(key, system prompt, user prompt, token limit) of a request."""
        body = request.get_json()
        key = request.headers.get("x-api-key") or request.headers["authorization"][len("Bearer ") :]
        assert [message["role"] for message in body["messages"]] == ["user"]
        assert body["stream"] is True and body["model"] == "claude-sonnet-4-6"
        return key, body["system"], body["messages"][0]["content"], body["max_tokens"]


class Responses:
    model = "openai:gpt-5.5"
    path = "/v1/responses"
    key_variable = "OPENAI_API_KEY"
    tick = b" "
    content_type = "application/json"

    def error(self, status: int, message: str, **headers: str) -> Response:
        error = {"message": message, "type": "some_error", "param": None, "code": None}
        return as_json({"error": error}, status, **headers)

    def body(self, answer: Answer) -> dict[str, Any]:
        part = {"type": "output_text", "text": answer.text, "annotations": []}
        if answer.stop == "refusal":
            part = {"type": "refusal", "refusal": "No."}
        message = {"id": "m", "type": "message", "role": "assistant", "status": "completed"}
        output: list[dict[str, Any]] = [message | {"content": [part]}]
        if answer.thoughts:
            summary = [{"type": "summary_text", "text": answer.thoughts}]
            output.insert(0, {"id": "r", "type": "reasoning", "summary": summary})
        limited = answer.stop == "limit"
        details = {"reason": "max_output_tokens"} if limited else None
        return {
            "id": "resp", "object": "response", "created_at": 1, "model": "gpt-5.5",
            "status": "incomplete" if limited else "completed", "error": None,
            "incomplete_details": details, "instructions": None, "metadata": {}, "output": output,
            "parallel_tool_calls": True, "temperature": 1.0, "tool_choice": "auto", "tools": [],
            "top_p": 1.0,
            "usage": {
                "input_tokens": answer.input_tokens, "input_tokens_details": {"cached_tokens": 0},
                "output_tokens": answer.output_tokens,
                "output_tokens_details": {"reasoning_tokens": 5},
                "total_tokens": answer.input_tokens + answer.output_tokens,
            },
        }  # fmt: skip

    def answer(self, answer: Answer) -> Response:
        return as_json(self.body(answer))

    def request(self, request: Request) -> tuple[str, str, str, int | None]:
        body = request.get_json()
        key = request.headers["authorization"][len("Bearer ") :]
        assert body["model"] == "gpt-5.5"
        return key, body["instructions"], body["input"], body.get("max_output_tokens")


class Chat:
    model = "openai:qwen3"
    path = "/v1/chat/completions"
    key_variable = "OPENAI_API_KEY"
    stops = {"end": "stop", "limit": "length", "refusal": "content_filter"}  # noqa: RUF012
    tick = b" "
    content_type = "application/json"

    def error(self, status: int, message: str, **headers: str) -> Response:
        return as_json({"error": {"message": message, "code": status}}, status, **headers)

    def body(self, answer: Answer) -> dict[str, Any]:
        message = {"role": "assistant", "content": answer.text}
        if answer.thoughts:
            message["reasoning_content"] = answer.thoughts
        choice = {"index": 0, "message": message, "finish_reason": self.stops[answer.stop]}
        return {
            "id": "c", "object": "chat.completion", "created": 1, "model": "qwen3",
            "choices": [choice],
            "usage": {
                "prompt_tokens": answer.input_tokens, "completion_tokens": answer.output_tokens,
                "total_tokens": answer.input_tokens + answer.output_tokens,
            },
        }  # fmt: skip

    def answer(self, answer: Answer) -> Response:
        return as_json(self.body(answer))

    def request(self, request: Request) -> tuple[str, str, str, int | None]:
        body = request.get_json()
        key = request.headers["authorization"][len("Bearer ") :]
        system, user = body["messages"]
        assert (system["role"], user["role"], body["model"]) == ("system", "user", "qwen3")
        return key, system["content"], user["content"], body.get("max_tokens")


class Google:
    model = "google:gemini-3.1-pro"
    path = re.compile(r"/v1(beta)?/models/gemini-3.1-pro:generateContent")
    key_variable = "GEMINI_API_KEY"
    stops = {"end": "STOP", "limit": "MAX_TOKENS", "refusal": "SAFETY"}  # noqa: RUF012
    tick = b" "
    content_type = "application/json"

    def error(self, status: int, message: str, **headers: str) -> Response:
        error = {"code": status, "message": message, "status": "SOME_STATUS"}
        return as_json({"error": error}, status, **headers)

    def body(self, answer: Answer) -> dict[str, Any]:
        parts: list[dict[str, Any]] = [{"text": answer.text}]
        if answer.thoughts:
            parts.insert(0, {"text": answer.thoughts, "thought": True})
        content = {"role": "model", "parts": parts}
        candidate = {"content": content, "finishReason": self.stops[answer.stop], "index": 0}
        usage = {
            "promptTokenCount": answer.input_tokens,
            "candidatesTokenCount": answer.output_tokens - 4,
            "thoughtsTokenCount": 4,
        }
        return {"candidates": [candidate], "usageMetadata": usage}

    def answer(self, answer: Answer) -> Response:
        return as_json(self.body(answer))

    def request(self, request: Request) -> tuple[str, str, str, int | None]:
        body = request.get_json()
        system = body["systemInstruction"]["parts"][0]["text"]
        [content] = body["contents"]
        limit = body.get("generationConfig", {}).get("maxOutputTokens")
        return request.headers["x-goog-api-key"], system, content["parts"][0]["text"], limit


@dataclass
class Provider:
    """One provider's server: hand it the answers in order, the last one is repeated."""

    protocol: Any
    server: HTTPServer
    requests: list[Request] = field(default_factory=list)
    sleeps: list[float] = field(default_factory=list)

    def answer(self, **changes: Any) -> Response:
        """A complete reply in the provider's notation; ``changes`` are fields of Answer."""
        return self.protocol.answer(Answer(**changes))

    def events(self) -> list[dict[str, Any]]:
        """The events of a complete reply, of a provider that streams."""
        return self.protocol.events(Answer())

    def answers(self, *answers: Response | Handler) -> None:
        def handle(request: Request) -> Response:
            request.get_data()
            self.requests.append(request)
            answer = answers[min(len(self.requests), len(answers)) - 1]
            return answer if isinstance(answer, Response) else answer(request)

        self.server.expect_request(self.protocol.path, method="POST").respond_with_handler(handle)

    def model(self, **options: Any) -> Model:
        # The variable steers the SDK to the server without the option that means Chat Completions.
        suffix = "/v1" if isinstance(self.protocol, (Chat, Responses)) else ""
        if not isinstance(self.protocol, Responses):
            options.setdefault("base_url", f"http://127.0.0.1:{self.server.port}{suffix}")
        name = options.pop("name", self.protocol.model)
        policy = RetryPolicy(sleep=self.sleeps.append, jitter=lambda: 0.0)
        return create(name, **({"retry": policy, "timeout": 10.0} | options))

    def complete(self, prompt: Prompt, **options: Any) -> Reply:
        return self.model(**options).complete(prompt)

    def failure(self, prompt: Prompt, **options: Any) -> ModelError:
        with pytest.raises(ModelError) as caught:
            self.complete(prompt, **options)
        return caught.value

    def limits(self) -> list[int | None]:
        return [self.protocol.request(request)[3] for request in self.requests]


@pytest.fixture(scope="session")
def loopback() -> Iterator[HTTPServer]:
    # Threaded, lest a handler that is slow on purpose holds up the next test.
    with HTTPServer(host="127.0.0.1", port=0, threaded=True) as server:
        yield server


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key, proxy or setting of this machine, and no connection to another one."""
    for variable in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.lower(), raising=False)
    for variable in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY"):
        monkeypatch.setenv(variable, KEY)
    for variable in ("GOOGLE_API_KEY", "ANTHROPIC_BASE_URL", "OPENAI_BASE_URL"):
        monkeypatch.delenv(variable, raising=False)
    # Loading the certificates takes longer than all else, and the server speaks plain HTTP.
    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", lambda *_, **__: None)
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        assert self.family == socket.AF_UNIX or address[0] == "127.0.0.1", address
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def prompt() -> Prompt:
    return Prompt(system="Be brief.", user="Improve this.", parent="", iteration=1)


def _provider(protocol: Any, server: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> Provider:
    server.clear()
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{server.port}/v1")
    return Provider(protocol, server)


@pytest.fixture(params=[Anthropic, Responses, Chat, Google], ids=lambda cls: cls.__name__.lower())
def provider(
    request: pytest.FixtureRequest, loopback: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> Provider:
    return _provider(request.param(), loopback, monkeypatch)


@pytest.fixture
def anthropic(loopback: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> Provider:
    return _provider(Anthropic(), loopback, monkeypatch)


@pytest.fixture
def responses(loopback: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> Provider:
    return _provider(Responses(), loopback, monkeypatch)


@pytest.fixture
def chat(loopback: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> Provider:
    return _provider(Chat(), loopback, monkeypatch)


@pytest.fixture
def google(loopback: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> Provider:
    return _provider(Google(), loopback, monkeypatch)
