from __future__ import annotations

import pytest

from assay.names import UsageError
from assay.search.acceptance import Trial, acceptance
from assay.search.problem import Attempt, Candidate, Evaluation


def _trial(incumbent, challenger):
    def attempt(score):
        return Attempt(1, Candidate(""), Evaluation(score, "ok"))

    return Trial(problem=None, incumbent=attempt(incumbent), challenger=attempt(challenger))


@pytest.mark.parametrize(
    ("incumbent", "challenger", "promoted"),
    [
        (1.0, None, False),
        (1.0, 0.5, False),
        (1.0, 1.0, False),
        (1.0, 1.0000000000000002, True),  # the next double
        (0.0, 5e-324, True),
        (-2.0, -1.0, True),
    ],
)
def test_strict_promotes_a_strictly_higher_score_only(incumbent, challenger, promoted):
    assert acceptance("strict")(_trial(incumbent, challenger)).promoted is promoted


def test_an_unknown_rule_is_answered_with_the_names_and_the_nearest():
    with pytest.raises(UsageError, match=r"'strickt'; did you mean 'strict'\? Valid: strict,"):
        acceptance("strickt")
    with pytest.raises(UsageError) as error:
        acceptance("xyz")
    assert "did you mean" not in str(error.value)


@pytest.mark.parametrize(("challenger", "promoted"), [(0.5, True), (2.0, True), (None, False)])
def test_replace_promotes_whatever_has_a_score(challenger, promoted):
    assert acceptance("replace")(_trial(2.0, challenger)).promoted is promoted
