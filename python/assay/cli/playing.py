"""``assay games`` and ``assay play``: what there is to play, and how a policy does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import RenderableType
from rich.text import Text

from assay.cli.terminal import Output, number, table
from assay.dilemmas.episode import Episode
from assay.dilemmas.games import GAMES, game_spec, make
from assay.dilemmas.metrics import SHOWN_METRICS, interval_text, summarise
from assay.dilemmas.policies import policy_names, policy_source
from assay.dilemmas.render import LEGENDS, frames, render_text, write_gif
from assay.dilemmas.selfplay import Arena, Match
from assay.names import UsageError


@dataclass(frozen=True)
class Animation:
    """A GIF to write: where, every how many steps a picture, pixels per cell."""

    path: Path
    every: int
    cell: int


@dataclass(frozen=True)
class Request:
    """What to play."""

    game: str
    policy: str
    agents: int | None
    horizon: int | None
    seeds: Sequence[int]
    animation: Animation | None
    text: bool


def print_games(as_json: bool) -> None:
    """Print the games."""
    rows = table("game", "agents", "horizon", "actions", "policies", "what it is about")
    for column in rows.columns[4:]:
        column.justify, column.no_wrap = "left", False
    with Output() as output:
        for spec in GAMES.values():
            policies = policy_names(spec.kind)
            if as_json:
                output.print_json(
                    {
                        "game": spec.name,
                        "kind": spec.kind,
                        "agents": spec.agents,
                        "horizon": spec.horizon,
                        "actions": [action.name for action in spec.actions],
                        "parameters": dict(spec.parameters),
                        "policies": policies,
                        "summary": spec.summary,
                    }
                )
            else:
                numbers = (str(spec.agents), str(spec.horizon), str(len(spec.actions)))
                rows.add_row(spec.name, *numbers, ", ".join(policies), spec.summary)
        if not as_json:
            output.print(rows)


def run_play(request: Request, as_json: bool) -> None:
    """Play, print the metrics and write the animation."""
    spec = game_spec(request.game)
    source = read_policy(request.policy, spec.kind)
    match = Match(spec.name, request.agents, request.horizon)
    with Output(progress=not as_json) as output:
        output.show(f"playing {spec.name}")
        with Arena() as arena:
            episodes = arena.self_play(match, source, request.seeds)
        if request.animation is not None:
            output.show(f"drawing {request.animation.path}")
            _animate(episodes[0], request)
        if as_json:
            output.print_json(_record(request, episodes))
        else:
            output.print(*_report(request, episodes))


def read_policy(name: str, kind: str) -> str:
    """The source of a policy: of a file, or of one that comes with the game."""
    path = Path(name)
    if path.suffix != ".py" and not path.is_file():
        if name not in policy_names(kind):
            valid = ", ".join(policy_names(kind))
            raise UsageError(f"--policy {name}: no such file, and no policy of {kind} ({valid})")
        return policy_source(name)
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(f"--policy {name}: {reason}") from error


def _animate(episode: Episode, request: Request) -> None:
    animation = request.animation
    assert animation is not None
    pictures = frames(episode, animation.cell, animation.every, max_steps=request.horizon)
    write_gif(animation.path, pictures)


def _record(request: Request, episodes: Sequence[Episode]) -> dict[str, object]:
    return {
        "game": request.game,
        "policy": request.policy,
        "agents": episodes[0].n_agents,
        "horizon": len(episodes[0].actions),
        "seeds": list(request.seeds),
        "metrics": {name: asdict(value) for name, value in summarise(episodes).items()},
        "returns": [episode.totals.tolist() for episode in episodes],
        "events": [
            {name: counts.tolist() for name, counts in episode.events.items()}
            for episode in episodes
        ],
    }


def _report(request: Request, episodes: Sequence[Episode]) -> list[RenderableType]:
    first = episodes[0]
    seeds = request.seeds
    seed_text = f"seed {seeds[0]}" if len(seeds) == 1 else f"seeds {seeds[0]} to {seeds[-1]}"
    title = (
        f"{request.game}: {first.n_agents} agents run {request.policy}, "
        f"{len(first.actions)} steps, {seed_text}"
    )
    rows = table("metric", "mean (95 %)")
    estimates = summarise(episodes)
    for name, label in SHOWN_METRICS.items():
        rows.add_row(label, interval_text(asdict(estimates[name])))
    returns = table("agent", "return", *first.events, title="seed " + str(first.seed))
    for agent, total in enumerate(first.totals):
        counts = (str(events[agent]) for events in first.events.values())
        returns.add_row(str(agent), number(total), *counts)
    shown: list[RenderableType] = [Text(title, style="bold"), rows, Text(""), returns]
    if request.text:
        shown += [Text(""), Text(_last_text(first, request)), Text(LEGENDS[_kind(request)])]
    if request.animation is not None:
        shown.append(Text(f"\n{request.animation.path} shows seed {first.seed}."))
    return shown


def _kind(request: Request) -> str:
    return game_spec(request.game).kind


def _last_text(episode: Episode, request: Request) -> str:
    env = make(episode.game, episode.n_agents, max_steps=request.horizon)
    env.reset(seed=episode.seed)
    for actions in episode.actions:
        env.advance(actions)
    return render_text(env)
