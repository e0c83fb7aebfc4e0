"""Sections of the report: R against R*, the gate, the audit, episodes step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from assay.report import (
    DomainPart,
    Fact,
    Figure,
    RunRecord,
    Section,
    badge,
    paragraph,
    table,
    theme,
)
from assay.safety.reporting.data import Round, boards, noise_curve, rounds

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

_TONES = {"true": "good", "false": "bad", "over-cautious": "warn"}


def describe(record: RunRecord) -> DomainPart:
    """The part of the page that is about specifications."""
    found = rounds(record)
    if not found:
        return DomainPart()
    sections = [_returns(found), _violations(found)]
    if record.state.gate is not None:
        details = record.state.gate.report.details
        sections += [_gate(record, details), _audit(details["audit"])]
    sections.append(_replays(record, found[-1]))
    return DomainPart(_facts(found[-1]), sections)


def _facts(last: Round) -> list[Fact]:
    tone = "good" if last.hidden == last.optimum else "warn"
    return [
        Fact("R of the last specification", _number(last.reward)),
        Fact("R*", _number(last.hidden), f"best: {_number(last.optimum)}", tone),
        Fact(
            "episodes with danger",
            f"{last.violations} of {len(last.episodes)}",
            tone="bad" if last.violations else "good",
        ),
    ]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def _returns(found: Sequence[Round]) -> Section:
    """R and R* by round."""

    def draw(canvas: Canvas) -> None:
        axes = canvas.subplots()
        numbers = [each.iteration for each in found]
        rewards = [each.reward for each in found]
        hidden = [(each.iteration, each.hidden) for each in found if each.hidden is not None]
        best = [(each.iteration, each.optimum) for each in found if each.optimum is not None]
        axes.plot(numbers, rewards, "o-", color=theme.series(0), label="R, visible")
        axes.plot(*zip(*hidden, strict=True), "s-", color=theme.series(1), label="R*, hidden")
        axes.plot(*zip(*best, strict=True), "--", color=theme.MUTED, label="best R*")
        axes.set_xlabel("rounds of reflection")
        axes.set_ylabel("mean return")
        _whole(axes)
        axes.legend()

    columns = ["specification", "R", "R*", "best R*", "goals", "replies without a plan"]
    rows = [
        [_name(each), _number(each.reward), _number(each.hidden), _number(each.optimum),
         each.goals, each.failures]
        for each in found
    ]  # fmt: skip
    first, last = found[0], found[-1]
    figure = Figure(
        name="returns",
        alt=f"Visible and hidden return by round: R from {_number(first.reward)} to "
        f"{_number(last.reward)}, R* from {_number(first.hidden)} to {_number(last.hidden)}.",
        draw=draw,
        caption="R* was shown to no model. Each point is measured under one specification.",
    )
    return Section(
        "Visible and hidden return", table("Means over a round's episodes", columns, rows), [figure]
    )


def _whole(axes: Axes) -> None:
    """Number rounds only."""
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _name(each: Round) -> str:
    return f"after {each.iteration}" if each.iteration else "at the start"


def _violations(found: Sequence[Round]) -> Section:
    """Danger and warnings by round."""

    def draw(canvas: Canvas) -> None:
        axes = canvas.subplots()
        numbers = [each.iteration for each in found]
        shares = [each.violations / len(each.episodes) for each in found]
        axes.bar(numbers, shares, color=theme.BAD, width=0.6)
        axes.set_ylim(0, 1)
        axes.set_xlabel("rounds of reflection")
        axes.set_ylabel("episodes with danger")
        _whole(axes)

    columns = ["specification", "episodes with danger", "warnings", "spurious", "missed"]
    rows = [
        [_name(each), f"{each.violations} of {len(each.episodes)}", each.warnings, each.spurious,
         each.missed]
        for each in found
    ]  # fmt: skip
    counts = ", ".join(str(each.violations) for each in found)
    figure = Figure(name="violations", alt=f"Episodes with danger by round: {counts}.", draw=draw)
    return Section("Danger", table("True danger and warnings", columns, rows), [figure])


def _gate(record: RunRecord, details: Mapping[str, Any]) -> Section:
    columns = ["setting", "specification", "R", "R*", "best R*", "normalised R*", "dangers"]
    rows = [
        [setting["setting"], role, *_measured(setting[role])]
        for setting in details["settings"]
        for role in ("seed", "incumbent")
        if role in setting
    ]
    html = table("Seeds and layouts that no round used", columns, rows, text_columns=2)
    curve = [(label, value) for label, value in noise_curve(record) if value is not None]
    figures = []
    if len(curve) > 1:

        def draw(canvas: Canvas) -> None:
            axes = canvas.subplots()
            axes.plot([value for _, value in curve], "o-", color=theme.series(0))
            axes.set_xticks(range(len(curve)), [label for label, _ in curve])
            axes.set_ylim(min(0.0, *(value for _, value in curve)), 1.05)
            axes.set_ylabel("normalised R*")
            axes.set_xlabel("spurious / missed warnings of one reflection more")

        values = ", ".join(f"{label}: {value:.2f}" for label, value in curve)
        caption = "0 is what random plans get, 1 is the best plan."
        figures.append(Figure("noise", f"Normalised R* by noise. {values}.", draw, caption=caption))
    return Section("Gate", html, figures)


def _measured(metrics: dict[str, Any]) -> list[object]:
    names = ("reward", "hidden", "optimum", "normalised")
    return [*(_number(metrics[name]) for name in names), metrics["dangers"]]


def _audit(audit: dict[str, Any]) -> Section:
    rows = [
        [rule["rule"], badge(rule["verdict"], _TONES.get(rule["verdict"], "")), rule["dangerous"],
         rule["steps"]]
        for rule in audit["rules"]
    ]  # fmt: skip
    way = "They leave no way to the goal."
    if audit["attainable"] is not None:
        way = (
            f"The best plan that keeps to them has R* {_number(audit['attainable'])};"
            f" without rules it is {_number(audit['optimum'])}."
        )
    html = paragraph(
        f"Together the rules forbid {audit['dangerous']} of {audit['dangers']} dangerous steps"
        f" and {audit['steps'] - audit['dangerous']} others. {way}"
    )
    if rows:
        html += table(
            "Each rule against the transition tables",
            ["rule", "verdict", "dangerous steps", "steps forbidden"],
            rows,
            text_columns=2,
        )
    return Section("Audit of the specification", html)


def _replays(record: RunRecord, last: Round) -> Section:
    """The last round's episodes, step by step."""
    html = Markup("")
    for number, episode in enumerate(last.episodes, 1):
        hidden = episode["ledger"]["hidden"]
        summary = f"Episode {number}: R {episode['reward']}, R* {hidden}"
        html += Markup("<details><summary>{}</summary>{}</details>").format(
            summary, _replay(record.config.problem, number, episode)
        )
    return Section("Episodes of the last specification", html)


def _replay(environment: str, number: int, episode: dict[str, Any]) -> Markup:
    pictures = boards(environment, episode)
    dangers = set(episode["ledger"]["dangers"])
    rows: list[list[object]] = [[0, "start", _picture(pictures[0]), "", ""]]
    for position, (planned, executed, state, reward, warned) in enumerate(episode["steps"], 1):
        action = executed if executed == planned else f"{executed} (planned: {planned})"
        marks = [badge("danger", "bad")] if position in dangers else []
        marks += [badge("warning", "warn")] if warned else []
        seen = _picture(pictures[position]) if position < len(pictures) else state
        rows.append([position, action, seen, Markup(" ").join(marks), f"{reward:+d}"])
    columns = ["step", "action", "what is seen", "danger", "reward"]
    return table(f"Episode {number} step by step", columns, rows, text_columns=4)


def _picture(board: Sequence[str]) -> Markup:
    return Markup("<pre>{}</pre>").format("\n".join(board))
