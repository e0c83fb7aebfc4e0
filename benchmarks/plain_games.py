"""Gathering and Cleanup in plain Python: the rules of the native engine, draw for draw.

It is here to be compared with. Positions are tuples, the map is a string, nothing is vectorised.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence

import numpy as np

from assay.dilemmas.games import game_spec

DIRECTIONS = ((-1, 0), (0, 1), (1, 0), (0, -1))
TURNS = (0, 2, 3, 1)
COLOURS = {
    "floor": (0, 0, 0),
    "wall": (127, 127, 127),
    "apple": (0, 200, 0),
    "self": (50, 100, 255),
    "other": (220, 50, 50),
    "fire": (255, 255, 60),
    "tagged": (100, 100, 100),
    "river": (100, 180, 255),
    "waste": (139, 90, 43),
    "stream": (0, 180, 200),
    "clean": (100, 255, 255),
}


class PlainGathering:
    """Gathering with apples that come back after a fixed time."""

    taken = "A"

    def __init__(self, name: str, n_agents: int) -> None:
        spec = game_spec(name)
        self.rules: Mapping[str, float] = spec.parameters
        self.n_agents = n_agents
        self.width = max(map(len, spec.rows))
        self.rows = [row.ljust(self.width) for row in spec.rows]
        self.height = len(self.rows)
        self.walls = set(self.cells("@"))
        self.apple_points = self.cells("A")
        self.spawns = self.cells("P")
        letters = set("".join(self.rows)) - {"@", *self.taken}
        self.free = self.cells("".join(letters))

    def cells(self, letters: str) -> list[tuple[int, int]]:
        return [
            (r, c)
            for r in range(self.height)
            for c in range(self.width)
            if self.rows[r][c] in letters
        ]

    def walkable(self, cell: tuple[int, int]) -> bool:
        row, column = cell
        inside = 0 <= row < self.height and 0 <= column < self.width
        return inside and cell not in self.walls

    def reset(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        spawns = list(self.spawns)
        self.random.shuffle(spawns)
        self.positions, self.orientations = [], []
        for agent in range(self.n_agents):
            if agent < len(spawns):
                self.positions.append(tuple(spawns[agent]))
            else:
                self.positions.append(self.free[int(self.random.integers(len(self.free)))])
            self.orientations.append(int(self.random.integers(4)))
        self.timeouts = [0] * self.n_agents
        self.hits = [0] * self.n_agents
        self.apples = dict.fromkeys(self.apple_points, 0)
        self.fired: set[tuple[int, int]] = set()
        self.cleaned: set[tuple[int, int]] = set()

    def step(self, actions: Sequence[int]) -> list[float]:
        rewards = [0.0] * self.n_agents
        self.fired, self.cleaned = set(), set()
        self.timeouts = [max(timeout - 1, 0) for timeout in self.timeouts]
        for agent, action in enumerate(actions):
            if self.timeouts[agent] == 0:
                self.act(agent, action, rewards)
        self.regrow()
        for agent, cell in enumerate(self.positions):
            if self.timeouts[agent] == 0 and self.apples.get(cell) == 0:
                self.apples[cell] = int(self.rules.get("apple_respawn_time", 1))
                rewards[agent] += 1
        return rewards

    def act(self, agent: int, action: int, rewards: list[float]) -> None:
        if action < 4:
            dr, dc = DIRECTIONS[(self.orientations[agent] + TURNS[action]) % 4]
            row, column = self.positions[agent]
            if self.walkable((row + dr, column + dc)):
                self.positions[agent] = (row + dr, column + dc)
        elif action < 6:
            turn = 3 if action == 4 else 1
            self.orientations[agent] = (self.orientations[agent] + turn) % 4
        elif action == 6:
            self.fire(agent, rewards)

    def beam(self, agent: int) -> set[tuple[int, int]]:
        row, column = self.positions[agent]
        dr, dc = DIRECTIONS[self.orientations[agent]]
        sr, sc = DIRECTIONS[(self.orientations[agent] + 1) % 4]
        half = int(self.rules["beam_width"]) // 2
        reached = (
            (row + f * dr + s * sr, column + f * dc + s * sc)
            for f in range(1, int(self.rules["beam_length"]) + 1)
            for s in range(-half, half + 1)
        )
        return {cell for cell in reached if self.walkable(cell)}

    def fire(self, agent: int, rewards: list[float]) -> None:
        reached = self.beam(agent)
        self.fired |= reached
        rewards[agent] -= self.rules.get("fire_cost", 0)
        for other, cell in enumerate(self.positions):
            if other != agent and self.timeouts[other] == 0 and cell in reached:
                rewards[other] -= self.rules.get("fire_penalty", 0)
                self.hits[other] += 1
                if self.hits[other] >= self.rules["hits_to_tag"]:
                    self.timeouts[other] = int(self.rules["timeout_steps"])
                    self.hits[other] = 0

    def regrow(self) -> None:
        for cell, timer in self.apples.items():
            if timer > 0:
                self.apples[cell] = timer - 1

    def colour(self, cell: tuple[int, int]) -> str:
        if cell in self.fired:
            return "fire"
        if cell in self.cleaned:
            return "clean"
        if not self.walkable(cell):
            return "wall"
        return "apple" if self.apples.get(cell) == 0 else self.ground(cell)

    def ground(self, cell: tuple[int, int]) -> str:
        return "floor"

    def observe(self) -> np.ndarray:
        """What all agents see, (n, 3, h, w) uint8."""
        ahead, side = int(self.rules["view_ahead"]), int(self.rules["view_side"])
        pixels = np.zeros((self.n_agents, 3, ahead + 1, 2 * side + 1), np.uint8)
        lowest: dict[tuple[int, int], int] = {}
        for agent, cell in enumerate(self.positions):
            lowest.setdefault(cell, agent)
        for agent, (row, column) in enumerate(self.positions):
            dr, dc = DIRECTIONS[self.orientations[agent]]
            sr, sc = DIRECTIONS[(self.orientations[agent] + 1) % 4]
            for y in range(ahead + 1):
                for x in range(2 * side + 1):
                    f, s = ahead - y, x - side
                    cell = (row + f * dr + s * sr, column + f * dc + s * sc)
                    if (seen := lowest.get(cell)) is None:
                        name = self.colour(cell)
                    elif seen == agent:
                        name = "self"
                    else:
                        name = "tagged" if self.timeouts[seen] > 0 else "other"
                    pixels[agent, :, y, x] = COLOURS[name]
        return pixels


class PlainCleanup(PlainGathering):
    """Cleanup."""

    taken = "AHRS"

    def __init__(self, name: str, n_agents: int) -> None:
        super().__init__(name, n_agents)
        self.river = self.cells("HR")
        self.stream = set(self.cells("S"))

    def reset(self, seed: int) -> None:
        super().reset(seed)
        self.waste = set(self.cells("H"))

    def act(self, agent: int, action: int, rewards: list[float]) -> None:
        super().act(agent, action, rewards)
        if action == 8:
            reached = self.beam(agent)
            self.cleaned |= reached
            self.waste -= reached
            rewards[agent] -= self.rules["clean_cost"]

    def regrow(self) -> None:
        occupied = set(self.positions)
        depletion = self.rules["threshold_depletion"]
        density = len(self.waste) / len(self.river)
        if density < depletion and self.random.random() < self.rules["waste_spawn_prob"]:
            clean = [c for c in self.river if c not in self.waste and c not in occupied]
            if clean:
                self.waste.add(clean[int(self.random.integers(len(clean)))])
        density = len(self.waste) / len(self.river)
        restoration = self.rules["threshold_restoration"]
        part = (density - restoration) / (depletion - restoration)
        chance = (1 - max(part, 0.0)) * self.rules["apple_respawn_prob"]
        if density >= depletion:
            return
        for cell, dead in self.apples.items():
            if dead and cell not in occupied and self.random.random() < chance:
                self.apples[cell] = 0

    def ground(self, cell: tuple[int, int]) -> str:
        row, column = cell
        if cell in self.waste:
            return "waste"
        if cell in self.stream:
            return "stream"
        return "river" if self.rows[row][column] in "HR" else "floor"


def nearest_apple(game: PlainGathering, agent: int) -> tuple[int, int] | None:
    """First step to the nearest apple, by breadth-first search."""
    start = game.positions[agent]
    if all(game.apples.values()):
        return None
    if game.apples.get(start) == 0:
        return (0, 0)
    first: dict[tuple[int, int], tuple[int, int] | None] = {start: None}
    queue = deque([start])
    while queue:
        cell = queue.popleft()
        for dr, dc in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            to = (cell[0] + dr, cell[1] + dc)
            if to in first or not game.walkable(to):
                continue
            first[to] = first[cell] or (dr, dc)
            if game.apples.get(to) == 0:
                return first[to]
            queue.append(to)
    return None


def greedy(game: PlainGathering, agent: int) -> int:
    """The action of the greedy policy."""
    step = nearest_apple(game, agent) if game.timeouts[agent] == 0 else None
    if step is None or step == (0, 0):
        return 7
    turn = (DIRECTIONS.index(step) - game.orientations[agent]) % 4
    return TURNS.index(turn)
