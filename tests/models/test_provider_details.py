"""What only one provider does."""

from __future__ import annotations

import json

import pytest
from werkzeug import Response

TEXT = "Tiled.\n\n```metal\nkernel void f() {}\n```\n"


def body(provider):
    return provider.requests[0].get_json()


class TestAnthropic:
    @pytest.mark.parametrize(
        ("name", "adaptive"),
        [
            ("claude-sonnet-4-6", True),
            ("claude-opus-4-8", True),
            ("claude-opus-5", True),
            ("claude-haiku-5-5-20270101", True),
            ("claude-haiku-4-5-20251001", False),
            ("claude-sonnet-4-20250514", False),
            ("claude-3-7-sonnet-latest", False),
            ("another-model", False),
        ],
    )
    def test_effort_is_sent_to_models_that_take_one(self, anthropic, name, adaptive):
        model = anthropic.model(name=f"anthropic:{name}")
        wanted = {
            "output_config": {"effort": "high"},
            "thinking": {"type": "adaptive", "display": "summarized"},
        }
        assert model._reasoning() == (wanted if adaptive else {})

    def test_chosen_effort(self, anthropic, prompt):
        anthropic.answers(anthropic.answer())
        anthropic.complete(prompt, effort="low")
        assert body(anthropic)["output_config"] == {"effort": "low"}

    def test_a_limit_is_always_sent(self, anthropic, prompt):
        anthropic.answers(anthropic.answer())
        anthropic.complete(prompt)
        assert anthropic.limits() == [32_000]

    @pytest.mark.parametrize("events", range(1, 11))
    def test_reply_that_breaks_off_is_never_adopted(self, anthropic, prompt, events):
        whole = anthropic.events()
        assert [event["type"] for event in whole].index("message_delta") == 9
        if events < 10:
            anthropic.answers(anthropic.protocol.stream(whole[:events]), anthropic.answer())
            assert anthropic.complete(prompt).text == TEXT
            assert len(anthropic.requests) == 2
        else:
            anthropic.answers(anthropic.protocol.stream(whole[:events]))
            assert anthropic.complete(prompt).text == TEXT

    @pytest.mark.parametrize(
        ("kind", "expected"),
        [
            ("overloaded_error", "server"),
            ("api_error", "server"),
            ("rate_limit_error", "rate_limit"),
        ],
    )
    def test_error_within_the_stream_is_transient(self, anthropic, prompt, kind, expected):
        events = anthropic.events()[:4]
        error = {"type": "error", "error": {"type": kind, "message": "Busy."}}
        anthropic.answers(anthropic.protocol.stream([*events, error]), anthropic.answer())
        assert anthropic.complete(prompt).text == TEXT

        anthropic.requests.clear()
        anthropic.server.clear()
        anthropic.answers(anthropic.protocol.stream([*events, error]))
        failure = anthropic.failure(prompt)
        assert failure.kind == expected and "Busy." in str(failure)

    def test_unexpected_stop_is_not_adopted(self, anthropic, prompt, monkeypatch):
        monkeypatch.setitem(anthropic.protocol.stops, "end", "pause_turn")
        anthropic.answers(anthropic.answer())
        failure = anthropic.failure(prompt)
        assert failure.kind == "server" and "pause_turn" in str(failure)


class TestResponses:
    @pytest.mark.parametrize("name", ["gpt-5.5", "gpt-6-mini", "o3", "o4-mini"])
    def test_reasoning_models_think_hard(self, responses, name):
        model = responses.model(name=f"openai:{name}")
        assert model._reasoning() == {"reasoning": {"effort": "high", "summary": "auto"}}

    @pytest.mark.parametrize("name", ["gpt-4.1", "gpt-4o", "chatgpt-4o-latest"])
    def test_other_models_get_no_effort(self, responses, name):
        assert responses.model(name=f"openai:{name}")._reasoning() == {}

    def test_effort_and_storage(self, responses, prompt):
        responses.answers(responses.answer())
        responses.complete(prompt, effort="low")
        assert body(responses)["reasoning"] == {"effort": "low", "summary": "auto"}
        assert body(responses)["store"] is False

    def test_no_limit_unless_wanted(self, responses, prompt):
        responses.answers(responses.answer(stop="limit", output_tokens=9000), responses.answer())
        responses.complete(prompt)
        assert responses.limits() == [None, 18_000]

    def test_exhausted_quota_is_not_waited_for(self, responses, prompt):
        error = {"message": "No credit.", "code": "insufficient_quota"}
        responses.answers(Response(json.dumps({"error": error}), 429, mimetype="application/json"))
        failure = responses.failure(prompt)
        assert failure.kind == "configuration" and "No credit." in str(failure)
        assert len(responses.requests) == 1

    @pytest.mark.parametrize(
        ("changes", "kind", "calls"),
        [
            (
                {"status": "failed", "error": {"code": "server_error", "message": "Oops"}},
                "server",
                2,
            ),
            (
                {"status": "failed", "error": {"code": "rate_limit_exceeded", "message": "Oops"}},
                "rate_limit",
                5,
            ),
            ({"status": "incomplete", "incomplete_details": None}, "server", 2),
            (
                {"status": "incomplete", "incomplete_details": {"reason": "content_filter"}},
                "refused",
                1,
            ),
            ({"status": "cancelled"}, "server", 2),
            ({"status": "in_progress"}, "server", 2),
        ],
    )
    def test_response_that_did_not_complete(self, responses, prompt, changes, kind, calls):
        payload = responses.answer().get_json() | changes
        responses.answers(Response(json.dumps(payload), mimetype="application/json"))
        assert responses.failure(prompt).kind == kind
        assert len(responses.requests) == calls


class TestChat:
    def test_server_needs_no_key(self, chat, prompt, monkeypatch):
        monkeypatch.delenv("OPENAI_API_KEY")
        chat.answers(chat.answer())
        assert chat.complete(prompt).text == TEXT

    def test_only_chosen_effort_is_sent(self, chat, prompt):
        chat.answers(chat.answer())
        chat.complete(prompt)
        assert set(body(chat)) == {"model", "messages"}
        chat.complete(prompt, effort="low")
        assert chat.requests[1].get_json()["reasoning_effort"] == "low"

    def test_reasoning_under_its_other_name(self, chat, prompt):
        payload = chat.answer(thoughts=None).get_json()
        payload["choices"][0]["message"]["reasoning"] = "Hm."
        chat.answers(Response(json.dumps(payload), mimetype="application/json"))
        assert chat.complete(prompt).reasoning == "Hm."

    def test_reasoning_left_in_the_text(self, chat, prompt):
        chat.answers(chat.answer(text=f"<think>\nHm.\n</think>\n\n{TEXT}", thoughts=None))
        reply = chat.complete(prompt)
        assert (reply.reasoning, reply.text) == ("Hm.", TEXT)

    def test_nothing_but_reasoning_is_an_empty_reply(self, chat, prompt):
        chat.answers(chat.answer(text="<think>Hm.</think>", thoughts=None))
        assert "empty reply" in str(chat.failure(prompt))

    @pytest.mark.parametrize("reason", ["abort", "error", "tool_calls", None])
    def test_reply_that_did_not_end_by_itself_is_not_adopted(self, chat, prompt, reason):
        payload = chat.answer().get_json()
        payload["choices"][0]["finish_reason"] = reason
        chat.answers(Response(json.dumps(payload), mimetype="application/json"))
        assert chat.failure(prompt).kind == "server"

    def test_usage_may_be_missing(self, chat, prompt):
        payload = chat.answer().get_json()
        del payload["usage"]
        chat.answers(Response(json.dumps(payload), mimetype="application/json"))
        usage = chat.complete(prompt).usage
        assert (usage.input_tokens, usage.output_tokens) == (None, None)


class TestGoogle:
    @pytest.mark.parametrize(
        ("name", "thinking"),
        [
            ("gemini-3.1-pro", {"include_thoughts": True, "thinking_level": "HIGH"}),
            ("gemini-4-flash", {"include_thoughts": True, "thinking_level": "HIGH"}),
            ("gemini-2.5-pro", {"include_thoughts": True}),
            ("gemini-2.0-flash", None),
            ("gemma-3-27b-it", None),
        ],
    )
    def test_thinking_is_asked_of_models_that_can(self, google, name, thinking):
        model = google.model(name=f"google:{name}")
        assert model._thinking() == ({"thinking_config": thinking} if thinking else {})

    def test_chosen_effort(self, google, prompt):
        google.answers(google.answer())
        google.complete(prompt, effort="low")
        thinking = body(google)["generationConfig"]["thinkingConfig"]
        assert thinking == {"include_thoughts": True, "thinking_level": "LOW"}

    def test_second_key_variable(self, google, prompt, monkeypatch):
        monkeypatch.delenv("GEMINI_API_KEY")
        monkeypatch.setenv("GOOGLE_API_KEY", "other")
        google.answers(google.answer())
        google.complete(prompt)
        assert google.requests[0].headers["x-goog-api-key"] == "other"

    def test_vertex_is_never_used(self, google, prompt, monkeypatch):
        monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
        google.answers(google.answer())
        assert google.complete(prompt).text == TEXT

    def test_wait_that_is_asked_for_in_the_body(self, google, prompt):
        info = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.5s"}
        error = {"code": 429, "message": "m", "status": "RESOURCE_EXHAUSTED", "details": [info]}
        limited = Response(json.dumps({"error": error}), 429, mimetype="application/json")
        google.answers(limited, google.answer())
        google.complete(prompt)
        assert google.sleeps == [34.5]

    def test_invalid_key_has_status_400(self, google, prompt):
        info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}
        error = {"code": 400, "message": "m", "status": "INVALID_ARGUMENT", "details": [info]}
        google.answers(Response(json.dumps({"error": error}), 400, mimetype="application/json"))
        failure = google.failure(prompt)
        assert failure.kind == "configuration" and "GEMINI_API_KEY" in str(failure)

    def test_blocked_prompt(self, google, prompt):
        payload = json.dumps({"promptFeedback": {"blockReason": "SAFETY"}})
        google.answers(Response(payload, mimetype="application/json"))
        failure = google.failure(prompt)
        assert failure.kind == "refused" and "SAFETY" in str(failure)

    @pytest.mark.parametrize("reason", ["OTHER", "MALFORMED_RESPONSE", None])
    def test_reply_that_did_not_end_by_itself_is_not_adopted(self, google, prompt, reason):
        payload = google.answer().get_json()
        payload["candidates"][0]["finishReason"] = reason
        google.answers(Response(json.dumps(payload), mimetype="application/json"))
        assert google.failure(prompt).kind == "server"

    def test_no_usage(self, google, prompt):
        payload = google.answer().get_json()
        del payload["usageMetadata"]
        google.answers(Response(json.dumps(payload), mimetype="application/json"))
        assert google.complete(prompt).usage.output_tokens is None
