"""The commands that list games and play them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from assay.cli.domains.dilemmas import Agents, Horizon


def games(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON only.")] = False,
) -> None:
    """List the games and the policies that come with them.

    With --json, one object per game and line.

    \b
    Examples:
      assay games
      assay games --json
    """
    from assay.cli.playing import print_games

    print_games(as_json)


def play(
    game: Annotated[str, typer.Argument(metavar="GAME", help="Name of a game; see 'assay games'.")],
    policy: Annotated[
        str,
        typer.Option(
            metavar="POLICY",
            help="Python file that defines policy(env, agent_id), or the name of one that comes "
            "with the game.",
        ),
    ] = "random",
    agents: Agents = None,
    horizon: Horizon = None,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Seed of the first episode.")] = 0,
    episodes: Annotated[
        int, typer.Option(metavar="N", min=1, help="Episodes, with seeds that follow each other.")
    ] = 1,
    gif: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write the first episode as an animation.",
            show_default=False,
        ),
    ] = None,
    every: Annotated[
        int, typer.Option(metavar="N", min=1, help="Steps between two pictures of --gif.")
    ] = 1,
    cell: Annotated[
        int, typer.Option(metavar="N", min=1, max=64, help="Pixels per cell in --gif.")
    ] = 8,
    text: Annotated[
        bool, typer.Option("--text", help="Print how the first episode ends, as text.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON only.")] = False,
) -> None:
    """Play a game: every agent runs the same policy.

    The policy runs in a confined process. What it scores is counted by playing its actions again
    in a clean engine. Several episodes give means with 95 % confidence intervals. With --json, one
    object.

    The exit code is 0 if all episodes were played, 1 if the policy failed, 2 for wrong usage.

    \b
    Examples:
      assay play cleanup --policy waste_adaptive --agents 10 --episodes 5
      assay play gathering_large --policy zones --gif zones.gif --every 5
      assay play cleanup --policy mine.py --seed 3 --text
      assay play production_economy --policy mine.py --json
    """
    from assay.cli.playing import Animation, Request, run_play

    animation = Animation(gif, every, cell) if gif is not None else None
    request = Request(game, policy, agents, horizon, range(seed, seed + episodes), animation, text)
    run_play(request, as_json)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("games")(games)
    app.command("play")(play)
