"""What an agent remembers of its episodes, as text in the notes of its specification.

One line per distinct course of events::

    - 5x opening 1: Down, Right, Down, Down, Right; warned 1 (5), 3 (2)

``warned`` gives steps and how often they were warned of; where warnings are known by episode only,
it is ``yes (3)``, the number of warned episodes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

_LINE = re.compile(r"^- (\d+)x opening (\d+)(?: start (\d+))?: (.*?); warned (.*)$")
_COUNT = re.compile(r"(\w+) \((\d+)\)")
NOTES = "## Notes"


@dataclass
class Course:
    """A distinct course of events, and how often it came.

    Attributes:
        opening: Number of the opening, from 0.
        start: Which of the starts that look like it explains what was seen.
        actions: Names of the executed actions.
        times: Number of episodes.
        warned: Warnings by step, counted from 1; key 0 counts warned episodes where the step is
            not known.
    """

    opening: int
    start: int
    actions: tuple[str, ...]
    times: int = 0
    warned: Counter[int] = field(default_factory=Counter)

    @property
    def key(self) -> tuple[int, int, tuple[str, ...]]:
        """Courses with the same key are one."""
        return self.opening, self.start, self.actions

    def encode(self) -> str:
        """The course as a line of the notes."""
        start = f" start {self.start}" if self.start else ""
        warned = ", ".join(
            f"{step or 'yes'} ({count})" for step, count in sorted(self.warned.items())
        )
        actions = ", ".join(self.actions)
        return f"- {self.times}x opening {self.opening}{start}: {actions}; warned {warned or '-'}"


class Evidence:
    """Courses of events, merged."""

    def __init__(self, courses: Sequence[Course] = ()) -> None:
        self._courses: dict[tuple[int, int, tuple[str, ...]], Course] = {}
        for course in courses:
            self.add(course)

    @property
    def courses(self) -> list[Course]:
        """All courses, the first seen first."""
        return list(self._courses.values())

    def add(self, course: Course) -> None:
        """Count further episodes."""
        own = self._courses.setdefault(
            course.key, Course(course.opening, course.start, course.actions)
        )
        own.times += course.times
        own.warned.update(course.warned)

    def encode(self, longest: int) -> str:
        """The notes, at most so many characters; the oldest courses go first."""
        lines = [course.encode() for course in self.courses]
        while lines and len("\n".join([NOTES, *lines])) > longest:
            del lines[0]
        return "\n".join([NOTES, *lines])

    @classmethod
    def decode(cls, specification: str) -> Evidence:
        """The evidence in a specification's notes; none where it has no such notes."""
        notes = specification.partition(NOTES)[2]
        return cls([_decoded(match) for line in notes.splitlines() if (match := _LINE.match(line))])


def _decoded(match: re.Match[str]) -> Course:
    times, opening, start, actions, warned = match.groups()
    counts = Counter(
        {0 if step == "yes" else int(step): int(count) for step, count in _COUNT.findall(warned)}
    )
    names = tuple(actions.split(", ")) if actions else ()
    return Course(int(opening), int(start or 0), names, int(times), counts)
