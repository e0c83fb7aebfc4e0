"""Anthropic and OpenAI generate their SDKs with the same tool: clients and errors look alike."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

from assay.models._http import explanation, other_error, status_error
from assay.models._provider import Options, ProviderModel, import_sdk
from assay.models.retries import CallError


class StainlessModel(ProviderModel):
    """A model behind such an SDK, of which ``client_class`` is the client."""

    client_class: ClassVar[str]

    def __init__(self, model: str, options: Options) -> None:
        super().__init__(model, options)
        self._sdk = import_sdk(self.provider, self.provider)

    @abstractmethod
    def _status(self, error: Any) -> int:
        """HTTP status that an APIStatusError stands for."""

    def _open(self) -> Any:
        return getattr(self._sdk, self.client_class)(
            api_key=self._key,
            base_url=self._options.base_url,
            timeout=self._options.timeout,
            max_retries=0,
        )

    def _explain(self, error: Exception) -> CallError:
        if isinstance(error, self._sdk.APITimeoutError):
            return CallError("timeout", f"{self.name}: {error}", charged=True)
        if isinstance(error, self._sdk.APIConnectionError):
            return CallError("network", f"{self.name}: {error.__cause__ or error}")
        if not isinstance(error, self._sdk.APIStatusError):
            return other_error(self.name, error)
        message = explanation(error.body, error.message)
        headers = error.response.headers
        return status_error(self.name, self._status(error), message, headers, self._key_hint())
