"""``assay attacks``: what attacks on an evaluator are worth, with a naive one and with ours."""

from __future__ import annotations

from typing import Annotated

import typer

from assay.cli.task_commands import Json

_AGENTS = 10


def attacks(
    game: Annotated[
        str, typer.Argument(metavar="GAME", help="Game to attack: cleanup or cleanup_small.")
    ] = "cleanup",
    agents: Annotated[
        int, typer.Option(metavar="N", min=2, help="Number of agents; agent 0 attacks.")
    ] = _AGENTS,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Seed of the episode.")] = 42,
    as_json: Json = False,
) -> None:
    """Show what attacks on an evaluator of policies are worth.

    In each episode agent 0 runs an attack and the others an honest policy. A naive evaluator gives
    policies the game itself, and the attack changes it. Here policies get a read-only copy in a
    process of their own, and what counts is the replay of their actions. With --json, one object
    per line of the table.

    \b
    Examples:
      assay attacks cleanup
      assay attacks cleanup --seed 7 --json
    """
    from assay.cli.attack_table import print_attacks

    print_attacks(game, agents, seed, as_json)


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("attacks")(attacks)
