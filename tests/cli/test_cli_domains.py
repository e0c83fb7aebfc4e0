"""Options of several domains in one command, and the domain of a problem or of a stored run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import pytest
import typer
from typer.testing import CliRunner

from assay.cli.domains import DOMAINS, domain_of, find
from assay.cli.options import Sectioned, given, grouped
from assay.names import UsageError


@dataclass(frozen=True)
class Paint:
    heading: ClassVar[str] = "Options for painters"

    colour: Annotated[str, typer.Option(metavar="NAME", help="Which paint.")] = "blue"
    coats: Annotated[int, typer.Option(metavar="N", min=1, help="How many layers.")] = 2


@dataclass(frozen=True)
class Wood:
    heading: ClassVar[str] = "Options for carpenters"

    grain: Annotated[str | None, typer.Option(metavar="WORD", help="Its direction.")] = None


@pytest.fixture
def run():
    seen: list[Any] = []
    app = typer.Typer(rich_markup_mode=None)

    @app.command(cls=Sectioned)
    @grouped(Paint, Wood)
    def work(
        ctx: typer.Context,
        what: Annotated[str, typer.Argument(help="The thing.")],
        *,
        options: dict[type, Any],
    ) -> None:
        """Work on a thing."""
        seen.append((what, options, given(ctx, Paint), given(ctx, Wood)))

    def call(*arguments: str) -> Any:
        result = CliRunner().invoke(app, list(arguments))
        return result, seen.pop() if seen else None

    return call


def test_a_command_gets_each_group_filled(run):
    result, (what, options, paint, wood) = run("door", "--coats", "3", "--grain", "long")
    assert result.exit_code == 0
    assert what == "door"
    assert options == {Paint: Paint("blue", 3), Wood: Wood("long")}
    assert (paint, wood) == (["--coats"], ["--grain"])


def test_the_range_of_an_option_still_holds(run):
    result, seen = run("door", "--coats", "0")
    assert result.exit_code == 2 and seen is None
    assert "--coats" in result.output


def test_the_help_lists_each_group_under_its_heading(run):
    text = run("--help")[0].stdout
    painters = text.partition("Options for painters:")[2].partition("Options for carpenters:")
    assert "--colour NAME" in painters[0] and "[default: 2" in painters[0]
    assert "--grain WORD" in painters[2] and "--colour" not in painters[2]


def test_every_problem_has_one_domain():
    names = [name for domain in DOMAINS for name in domain.problems()]
    assert len(names) == len(set(names))
    for name in names:
        assert name in find(name).problems()


def test_a_stored_run_knows_its_domain():
    for domain in DOMAINS:
        assert domain_of({"domain": domain.name}) is domain
    with pytest.raises(UsageError, match=r"domain 'poetry'; this version knows kernels"):
        domain_of({"domain": "poetry"})


def test_an_option_of_another_domain_is_refused(assay, monkeypatch, tmp_path):
    from assay.cli import domains, search_commands

    class Walls(type(find("saxpy"))):
        name, kind, options = "walls", "walls", Wood

        def problems(self, tasks: Sequence[Any] = ()) -> Sequence[str]:
            return ["fence"]

    monkeypatch.chdir(tmp_path)
    for module in (domains, search_commands):
        monkeypatch.setattr(module, "DOMAINS", (*DOMAINS, Walls()))
    result = assay("evolve", "fence", "--warmup", 1, "--device", "cpu")
    assert result.exit_code == 2
    assert "'fence' takes no --device and no --warmup (for kernel tasks); leave" in result.stderr
    assert not list(tmp_path.iterdir())
