"""HTTP failures in our words, whichever SDK reports them."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from assay.models.retries import CallError

_LONGEST_EXPLANATION = 500


def status_error(
    name: str, status: int, message: str, headers: Mapping[str, str], key_hint: str
) -> CallError:
    """The failure that an HTTP status of 400 or more stands for.

    Args:
        name: Full name of the model.
        status: HTTP status.
        message: The provider's explanation.
        headers: Headers of the response, with case-insensitive lookup.
        key_hint: Which variable holds the key, for rejected keys.
    """
    text = f"{name}: HTTP {status}: {message}"
    wait = retry_after(headers)
    if status == 429:
        return CallError("rate_limit", text, retry_after=wait)
    if status == 408:
        return CallError("timeout", text, charged=True, retry_after=wait)
    if status == 409 or status >= 500:
        return CallError("server", text, retry_after=wait)
    if status in (401, 403):
        return CallError("configuration", f"{text} (check {key_hint})")
    if status == 404:
        return CallError("configuration", f"{text} (check the model's name and the base URL)")
    return CallError("configuration", text)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait according to Retry-After, a number or a date; None without a valid one."""
    value = headers.get("retry-after")
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - time.time()
        except ValueError:
            return None
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def explanation(body: object, default: str) -> str:
    """The sentence in the body of an error response; ``default`` where there is none."""
    inner = body.get("error", body) if isinstance(body, Mapping) else None
    message = inner.get("message") if isinstance(inner, Mapping) else None
    # A proxy may answer with a whole page.
    return str(message or default)[:_LONGEST_EXPLANATION]


def other_error(name: str, error: Exception) -> CallError:
    """The failure behind an exception that an SDK lets through: of its HTTP client or of parsing.

    The classes are told by name, because the SDKs do not all use the same HTTP client.
    """
    classes = [cls.__name__ for cls in type(error).__mro__]
    detail = f"{type(error).__name__}: {error}"
    if "TimeoutException" in classes:
        return CallError("timeout", f"{name}: {detail}", charged=True)
    if "TransportError" in classes:
        return CallError("network", f"{name}: {detail}")
    if isinstance(error, ImportError):
        return CallError("configuration", f"{name}: the SDK is incomplete: {detail}")
    return CallError("server", f"{name}: malformed reply: {detail}", charged=True)
