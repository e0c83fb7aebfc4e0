"""What every provider does, through its real SDK and a server on the loopback interface."""

from __future__ import annotations

import gc
import socket
import sys
import threading
from collections.abc import Iterator

import pytest
from werkzeug import Request, Response

from assay.models import ModelError, Usage, create

TEXT = "Tiled.\n\n```metal\nkernel void f() {}\n```\n"


def test_success(provider, prompt):
    provider.answers(provider.answer())
    reply = provider.complete(prompt)
    assert reply.text == TEXT
    assert reply.reasoning == "Bandwidth-bound."
    assert reply.usage == Usage(120, 34)
    assert reply.model == provider.protocol.model
    [request] = provider.requests
    key, system, user, _ = provider.protocol.request(request)
    assert (key, system, user) == ("key-for-tests", "Be brief.", "Improve this.")
    assert provider.sleeps == []


def test_name_is_the_one_of_the_command_line(provider):
    assert provider.model().name == provider.protocol.model


def test_no_reasoning_is_none(provider, prompt):
    provider.answers(provider.answer(thoughts=None))
    assert provider.complete(prompt).reasoning is None


def test_token_limit_is_sent(provider, prompt):
    provider.answers(provider.answer())
    provider.complete(prompt, max_output_tokens=777)
    assert provider.limits() == [777]


def test_a_model_answers_again_and_again(provider, prompt):
    provider.answers(provider.answer(text="one"), provider.answer(text="two"))
    model = provider.model()
    assert [model.complete(prompt).text for _ in range(2)] == ["one", "two"]


def test_calls_from_several_threads(provider, prompt):
    provider.answers(provider.answer())
    model = provider.model()
    texts = []
    threads = [
        threading.Thread(target=lambda: texts.append(model.complete(prompt).text)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert texts == [TEXT] * 4


def test_rate_limit_waits_as_long_as_asked(provider, prompt):
    limited = provider.protocol.error(429, "Slow down.", **{"Retry-After": "7"})
    provider.answers(limited, limited, provider.answer())
    assert provider.complete(prompt).text == TEXT
    assert provider.sleeps == [7.0, 7.0]


@pytest.mark.parametrize("status", [500, 503, 529])
def test_server_error_then_success(provider, prompt, status):
    provider.answers(provider.protocol.error(status, "Overloaded."), provider.answer())
    assert provider.complete(prompt).text == TEXT
    assert provider.sleeps == [1.0]


def test_server_error_for_ever(provider, prompt):
    provider.answers(provider.protocol.error(500, "Out of order."))
    error = provider.failure(prompt)
    assert error.kind == "server"
    assert "Out of order." in str(error) and "after 5 calls" in str(error)
    assert len(provider.requests) == 5
    assert provider.sleeps == [1.0, 2.0, 4.0, 8.0]


def test_truncated_reply_is_asked_for_again_with_twice_the_limit(provider, prompt):
    cut = provider.answer(text="Tiled.\n```metal\nkern", stop="limit", output_tokens=500)
    provider.answers(cut, provider.answer())
    reply = provider.complete(prompt, max_output_tokens=500)
    assert reply.text == TEXT
    assert provider.limits() == [500, 1000]
    assert reply.usage == Usage(120 + 120, 500 + 34)


def test_truncated_twice_fails(provider, prompt):
    provider.answers(provider.answer(stop="limit"))
    error = provider.failure(prompt, max_output_tokens=500)
    assert error.kind == "truncated"
    assert "1000 tokens" in str(error)
    assert provider.limits() == [500, 1000]
    assert error.usage == Usage(240, 68)


def test_truncated_and_a_larger_limit_rejected(provider, prompt):
    rejected = provider.protocol.error(400, "At most 500 tokens.")
    provider.answers(provider.answer(stop="limit"), rejected)
    error = provider.failure(prompt, max_output_tokens=500)
    assert error.kind == "truncated"
    assert "At most 500 tokens." in str(error)


def test_refusal_is_not_repeated(provider, prompt):
    provider.answers(provider.answer(stop="refusal", text=""))
    assert provider.failure(prompt).kind == "refused"
    assert len(provider.requests) == 1


@pytest.fixture
def given_up():
    """Set when the caller has given up, so that the server need not guess for how long it waits."""
    event = threading.Event()
    yield event
    event.set()


def test_no_answer_in_time(provider, prompt, given_up):
    def slow(request: Request) -> Response:
        given_up.wait(300)
        return provider.answer()

    provider.answers(slow)
    error = provider.failure(prompt, timeout=0.2)
    assert error.kind == "timeout"
    # Only one repetition: calls that time out are charged for. The server may not know of it yet.
    assert "after 2 calls" in str(error)


def test_time_limit_holds_while_bytes_trickle_in(provider, prompt, given_up):
    def ticks() -> Iterator[bytes]:
        while not given_up.wait(0.05):
            yield provider.protocol.tick

    def slow(request: Request) -> Response:
        return Response(ticks(), content_type=provider.protocol.content_type)

    provider.answers(slow)
    assert provider.failure(prompt, timeout=0.2).kind == "timeout"


def test_rejected_key_stops_at_once(provider, prompt):
    provider.answers(provider.protocol.error(401, "Invalid key."))
    error = provider.failure(prompt)
    assert error.kind == "configuration"
    assert "Invalid key." in str(error) and provider.protocol.key_variable in str(error)
    assert len(provider.requests) == 1


@pytest.mark.parametrize("status", [400, 404, 413, 422])
def test_rejected_request_stops_at_once(provider, prompt, status):
    provider.answers(provider.protocol.error(status, "No such thing."))
    error = provider.failure(prompt)
    assert error.kind == "configuration"
    assert "No such thing." in str(error)
    assert len(provider.requests) == 1


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("{", "application/json"),
        ("null", "application/json"),
        ('{"detail": 1}', "application/json"),
        ("<html>Welcome</html>", "text/html"),
    ],
)
def test_malformed_body(provider, prompt, body, content_type):
    provider.answers(Response(body, content_type=content_type))
    error = provider.failure(prompt)
    assert error.kind == "server"
    assert len(provider.requests) == 2


def test_error_page_is_not_quoted_in_full(provider, prompt):
    provider.answers(Response("x" * 10_000, 403))
    assert len(str(provider.failure(prompt))) < 800


@pytest.mark.parametrize("text", ["", " \n"])
def test_empty_text(provider, prompt, text):
    provider.answers(provider.answer(text=text))
    error = provider.failure(prompt)
    assert error.kind == "server" and "empty reply" in str(error)
    assert len(provider.requests) == 2
    assert error.usage == Usage(240, 68)


def test_empty_text_then_success(provider, prompt):
    provider.answers(provider.answer(text=""), provider.answer())
    assert provider.complete(prompt).text == TEXT


def test_connection_refused(provider, prompt, monkeypatch):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    monkeypatch.setattr(provider.server, "port", port)
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{port}/v1")
    error = provider.failure(prompt)
    assert error.kind == "network"
    assert provider.sleeps == [1.0, 2.0, 4.0, 8.0]


def test_connection_lost_then_success(provider, prompt):
    def cut_off(request: Request) -> Response:
        whole = provider.answer()
        half = whole.get_data()[: len(whole.get_data()) // 2]
        # The announced length never comes: the server closes the connection.
        return Response(half, headers={"Content-Length": "5000"}, content_type=whole.content_type)

    provider.answers(cut_off, provider.answer())
    assert provider.complete(prompt).text == TEXT
    assert len(provider.requests) == 2


@pytest.mark.parametrize(
    ("name", "variables"),
    [
        ("anthropic:claude-sonnet-4-6", ["ANTHROPIC_API_KEY"]),
        ("openai:gpt-5.5", ["OPENAI_API_KEY", "--base-url"]),
        ("google:gemini-3.1-pro", ["GEMINI_API_KEY", "GOOGLE_API_KEY"]),
    ],
)
@pytest.mark.parametrize("value", [None, "", " \n"])
def test_missing_key_names_the_variable(name, variables, value, monkeypatch):
    for variable in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY"):
        if value is None:
            monkeypatch.delenv(variable)
        else:
            monkeypatch.setenv(variable, value)
    with pytest.raises(ModelError) as caught:
        create(name)
    assert caught.value.kind == "configuration"
    assert all(variable in str(caught.value) for variable in variables)


def test_key_copied_with_its_newline(provider, prompt, monkeypatch):
    monkeypatch.setenv(provider.protocol.key_variable, "key-for-tests\n")
    provider.answers(provider.answer())
    assert provider.complete(prompt).text == TEXT


def test_sdk_that_is_not_installed(provider, monkeypatch):
    name = provider.protocol.model.partition(":")[0]
    monkeypatch.setitem(sys.modules, "google.genai" if name == "google" else name, None)
    with pytest.raises(ModelError, match="pip install") as caught:
        provider.model()
    assert caught.value.kind == "configuration"


# The SDKs' clients fail once more when they are collected half made.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_sdk_that_cannot_make_a_client(provider, prompt, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "nonsense://127.0.0.1:1")
    assert provider.failure(prompt).kind == "configuration"
    gc.collect()
