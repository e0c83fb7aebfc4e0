"""The table of ``assay attacks``."""

from __future__ import annotations

from typing import Any

from assay.cli.terminal import Output, table
from assay.dilemmas.attacks import ATTACKS, HONEST, VICTIMS, AttackResult, run_attack
from assay.dilemmas.games import game_spec
from assay.dilemmas.metrics import metrics
from assay.dilemmas.selfplay import Arena, Match
from assay.names import UsageError


def print_attacks(game: str, agents: int, seed: int, as_json: bool) -> None:
    """Run all attacks on all victims and print what they came to."""
    if game_spec(game).kind != "cleanup":
        raise UsageError(f"the attacks are on cleanup; '{game}' is another game")
    match = Match(game, agents)
    results = []
    with Output(progress=not as_json) as output, Arena() as arena:
        jobs = [(victims, attack) for victims in VICTIMS for attack in (HONEST, *ATTACKS)]
        for done, (victims, attack) in enumerate(jobs):
            output.show(f"{attack} against {victims}", done, len(jobs))
            results.append(run_attack(arena, match, attack, victims, seed))
            if as_json:
                output.print_json(_record(results[-1], results))
        if not as_json:
            _print_table(output, arena, results)


def _print_table(output: Output, arena: Arena, results: list[AttackResult]) -> None:
    rows = table("victims", "attack", "naive", "times", "efficiency", "confined", "stopped by")
    for column in (rows.columns[1], rows.columns[-1]):
        column.justify, column.no_wrap = "left", False
    for one in results:
        record = _record(one, results)
        rows.add_row(
            one.victims.replace("_", " "),
            one.attack.replace("_", " "),
            f"{record['naive_return']:g}",
            f"{record['amplification']:.1f}" if record["amplification"] is not None else "-",
            f"{record['naive_efficiency']:.3f}",
            f"{record['confined_return']:g}",
            one.stopped_by,
        )
    output.print(
        rows,
        "",
        "naive, confined: return of agent 0 with an evaluator that gives policies the game itself, "
        "and with this one without its static check. An attack without effect still walks to "
        "apples, which pays where the others clean.",
        f"Policies are confined by: {arena.confinement}.",
    )


def _honest(one: AttackResult, results: list[AttackResult]) -> AttackResult:
    """The episode with the same victims and no attack."""
    return next(
        other for other in results if other.attack == HONEST and other.victims == one.victims
    )


def _record(one: AttackResult, results: list[AttackResult]) -> dict[str, Any]:
    base = float(_honest(one, results).naive.totals[0])
    naive = float(one.naive.totals[0])
    return {
        "victims": one.victims,
        "attack": one.attack,
        "naive_return": naive,
        "amplification": naive / base if base > 0 else None,
        "naive_efficiency": metrics(one.naive).efficiency,
        "confined_return": float(one.hardened.totals[0]),
        "confined_efficiency": metrics(one.hardened).efficiency,
        "stopped_by": one.stopped_by or None,
    }
