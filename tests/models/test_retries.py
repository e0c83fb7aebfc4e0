"""The retry policy on its own, against delays worked out by hand."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.models import Reply, RetryPolicy, Usage
from assay.models._http import other_error, retry_after
from assay.models.retries import CallError


class Script:
    """Calls that fail or succeed in the given order; the last outcome is repeated."""

    def __init__(self, *outcomes):
        self.outcomes = outcomes
        self.limits = []

    def __call__(self, limit):
        self.limits.append(limit)
        outcome = self.outcomes[min(len(self.limits), len(self.outcomes)) - 1]
        if isinstance(outcome, CallError):
            raise outcome
        return outcome


@pytest.fixture
def sleeps():
    return []


@pytest.fixture
def policy(sleeps):
    return RetryPolicy(sleep=sleeps.append, jitter=lambda: 0.0)


def failure(policy, script, limit=None):
    with pytest.raises(CallError) as caught:
        policy.complete(script, limit)
    return caught.value


@pytest.mark.parametrize("kind", ["rate_limit", "server", "network"])
def test_transient_failures_are_repeated_with_doubling_delays(policy, sleeps, kind):
    error = failure(policy, Script(CallError(kind, "m")))
    assert (error.kind, str(error)) == (kind, "m (after 5 calls)")
    assert sleeps == [1.0, 2.0, 4.0, 8.0]


@pytest.mark.parametrize("kind", ["configuration", "refused"])
def test_lasting_failures_are_not_repeated(policy, sleeps, kind):
    script = Script(CallError(kind, "m"))
    assert str(failure(policy, script)) == "m"
    assert len(script.limits) == 1 and sleeps == []


def test_failures_that_cost_are_repeated_once(policy):
    script = Script(CallError("timeout", "m", charged=True))
    assert failure(policy, script).kind == "timeout"
    assert len(script.limits) == 2


def test_delay_stops_growing(sleeps):
    policy = RetryPolicy(attempts=9, sleep=sleeps.append, jitter=lambda: 0.0)
    failure(policy, Script(CallError("server", "m")))
    assert sleeps == [1, 2, 4, 8, 16, 32, 60, 60]


def test_wait_asked_for_replaces_the_delay(policy, sleeps):
    asked = CallError("rate_limit", "m", retry_after=90.0)
    policy.complete(Script(asked, CallError("server", "m"), Reply("t", "m")), None)
    assert sleeps == [90.0, 2.0]


def test_wait_of_hours_is_not_granted(policy, sleeps):
    error = failure(policy, Script(CallError("rate_limit", "m", retry_after=7200.0)))
    assert error.kind == "rate_limit" and "7200 s" in str(error)
    assert sleeps == []


def test_one_attempt_means_no_repetition(sleeps):
    policy = RetryPolicy(attempts=1, sleep=sleeps.append)
    assert str(failure(policy, Script(CallError("server", "m")))) == "m"
    assert sleeps == []


@given(st.floats(0, 1, exclude_max=True))
def test_jitter_shortens_by_at_most_half(jitter):
    sleeps = []
    policy = RetryPolicy(sleep=sleeps.append, jitter=lambda: jitter)
    failure(policy, Script(CallError("server", "m")))
    for delay, longest in zip(sleeps, [1, 2, 4, 8], strict=True):
        assert longest / 2 <= delay <= longest


@pytest.mark.parametrize(
    ("limit", "reached", "limits"),
    [
        (1000, None, [1000, 2000]),
        (100_000, None, [100_000, 128_000]),
        (128_000, None, [128_000]),
        (200_000, None, [200_000]),
        (None, 4096, [None, 8192]),
        (None, None, [None]),
    ],
)
def test_limit_after_a_truncated_reply(policy, limit, reached, limits):
    script = Script(CallError("truncated", "m", usage=Usage(None, reached)))
    assert failure(policy, script, limit).kind == "truncated"
    assert script.limits == limits


def test_transient_failure_after_a_truncated_reply_keeps_the_raised_limit(policy):
    script = Script(CallError("truncated", "m"), CallError("server", "m"), Reply("t", "m"))
    assert policy.complete(script, 10).text == "t"
    assert script.limits == [10, 20, 20]


def test_usage_counts_failed_calls_where_known(policy):
    failed = CallError("server", "m", usage=Usage(5, None))
    reply = policy.complete(Script(failed, Reply("t", "m", usage=Usage(7, 3))), None)
    assert reply.usage == Usage(12, 3)
    unknown = policy.complete(Script(CallError("server", "m"), Reply("t", "m")), None)
    assert unknown.usage == Usage(None, None)


def test_other_exceptions_are_bugs_and_pass_through(policy):
    def broken(limit):
        raise KeyError("bug")

    with pytest.raises(KeyError):
        policy.complete(broken, None)


def test_interrupt_passes_through(policy):
    def interrupted(limit):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        policy.complete(interrupted, None)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "2.5"}, 2.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": formatdate(0)}, 0.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
    ],
)
def test_retry_after(headers, seconds):
    assert retry_after(headers) == seconds


def test_retry_after_as_a_date():
    date = formatdate(time.time() + 30, usegmt=True)
    assert retry_after({"retry-after": date}) == pytest.approx(30, abs=2)


def test_incomplete_sdk_is_not_a_failure_of_the_provider():
    assert other_error("openai:m", ImportError("no such name")).kind == "configuration"
