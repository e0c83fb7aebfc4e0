"""What the providers have in common: options, the key, one call within its time limit."""

from __future__ import annotations

import importlib
import math
import os
import threading
from abc import ABC, abstractmethod
from concurrent.futures import Future, wait
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from types import ModuleType
from typing import Any, ClassVar
from urllib.parse import urlsplit

from assay.models.base import ModelError, Prompt, Reply
from assay.models.retries import CallError, RetryPolicy

DEFAULT_TIMEOUT = 600.0


@dataclass(frozen=True)
class Options:
    """How a provider's model is called; ``registry.create`` describes the fields."""

    base_url: str | None = None
    timeout: float = DEFAULT_TIMEOUT
    max_output_tokens: int | None = None
    effort: str | None = None
    retry: RetryPolicy = field(default_factory=RetryPolicy)

    def __post_init__(self) -> None:
        if self.base_url is not None and not self.base_url.startswith(("http://", "https://")):
            message = f"base URL {self.base_url!r} must start with http:// or https://"
            raise ModelError("configuration", message)
        if not (math.isfinite(self.timeout) and self.timeout > 0):
            message = f"timeout {self.timeout!r} must be a number of seconds above 0"
            raise ModelError("configuration", message)
        if self.max_output_tokens is not None and self.max_output_tokens < 1:
            message = f"token limit {self.max_output_tokens!r} must be at least 1"
            raise ModelError("configuration", message)


class ProviderModel(ABC):
    """A model behind an SDK. A subclass opens a client, sends one prompt, and explains errors.

    Every call has a client of its own: nothing stays open between calls, and calls may run in
    several threads.
    """

    provider: ClassVar[str]
    key_variables: ClassVar[tuple[str, ...]]
    default_limit: ClassVar[int | None] = None

    def __init__(self, model: str, options: Options) -> None:
        self.name = f"{self.provider}:{model}"
        self._model = model
        self._options = options
        self._key = self._find_key()

    @property
    def has_list_price(self) -> bool:
        """Whether the provider itself is asked, and not some other server."""
        return self._options.base_url is None

    @property
    def is_remote(self) -> bool:
        """Whether another machine does the work."""
        host = urlsplit(self._options.base_url or "").hostname
        return host not in ("localhost", "127.0.0.1", "::1", "0.0.0.0")

    def complete(self, prompt: Prompt) -> Reply:
        limit = self._options.max_output_tokens or self.default_limit
        return self._options.retry.complete(partial(self._call_in_time, prompt), limit)

    @abstractmethod
    def _open(self) -> Any:
        """A new client of the SDK, with the SDK's own retries off; has ``close()``."""

    @abstractmethod
    def _send(self, client: Any, prompt: Prompt, limit: int | None) -> Reply:
        """One call. Raises CallError for an answer that is not a complete reply."""

    @abstractmethod
    def _explain(self, error: Exception) -> CallError:
        """The CallError that an exception of the SDK stands for."""

    def _find_key(self) -> str:
        for variable in self.key_variables:
            # A newline copied along with the key would be rejected as an invalid header.
            if key := os.environ.get(variable, "").strip():
                return key
        raise ModelError("configuration", f"{self.name} needs a key: set {self._key_hint()}")

    def _key_hint(self) -> str:
        return " or ".join(self.key_variables)

    def _truncated(self, limit: int | None, reply: Reply) -> CallError:
        shown = "the provider's token limit" if limit is None else f"the limit of {limit} tokens"
        message = f"{self.name}: the reply was cut off by {shown}; allow more output tokens"
        return CallError("truncated", message, usage=reply.usage)

    def _call_in_time(self, prompt: Prompt, limit: int | None) -> Reply:
        """One call, in a thread that is left to itself when its time is over.

        The timeouts of HTTP clients bound the wait for the next bytes only, so a server that sends
        some now and then would never reach them. The abandoned thread closes its client itself:
        a socket must not be closed under a thread that reads from it.
        """
        future: Future[Reply] = Future()

        def run() -> None:
            try:
                future.set_result(self._call(prompt, limit))
            except BaseException as error:
                future.set_exception(error)

        threading.Thread(target=run, name="assay-model-call", daemon=True).start()
        seconds = self._options.timeout
        wait([future], seconds)
        if not future.done():
            raise CallError("timeout", f"{self.name}: no reply within {seconds:g} s", charged=True)
        return future.result()

    def _call(self, prompt: Prompt, limit: int | None) -> Reply:
        try:
            client = self._open()
        except Exception as error:
            message = f"{self.name}: the SDK's client cannot be made: {error}"
            raise CallError("configuration", message) from error
        with closing(client):
            try:
                reply = self._send(client, prompt, limit)
            except CallError:
                raise
            except Exception as error:
                raise self._explain(error) from error
        if not reply.text.strip():
            message = f"{self.name}: empty reply"
            raise CallError("server", message, charged=True, usage=reply.usage)
        return reply


def import_sdk(module: str, package: str) -> ModuleType:
    """Import a provider's SDK; ModelError ``configuration`` where it is not installed."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        message = f"the package {package} cannot be imported ({error}): pip install {package}"
        raise ModelError("configuration", message) from error
