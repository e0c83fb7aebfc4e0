"""``assay evolve --estimate``: what a search would cost, before anybody is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from assay.cli.costs import money
from assay.cli.evolution import Request
from assay.cli.terminal import Output
from assay.models.base import Prompt, Usage
from assay.models.prices import Price
from assay.names import UsageError
from assay.search.config import CONFIG_NAME
from assay.search.preview import first_prompt
from assay.search.run import load_run
from assay.search.state import RunState

CHARACTERS_PER_TOKEN = (4.5, 3.0)  # English text, and dense code.
GROWTH = 2.5  # Later prompts also hold the previous attempt, the incumbent and the history.
OUTPUT = (1_000, 16_000)  # A short reply, and one with a long chain of thought.


@dataclass(frozen=True)
class Estimate:
    """Low and high expectation for the calls that are left; costs None where unknown."""

    calls: int
    input_tokens: tuple[int, int]
    output_tokens: tuple[int, int]
    usd: tuple[float | None, float | None]
    basis: str


def run_estimate(request: Request, as_json: bool) -> int:
    """Print the estimate; the exit code."""
    model = request.model()
    price = request.price(model)
    with Output(progress=not as_json) as output:
        result = _estimate(request, price, output)
        if as_json:
            output.print_json({"model": model.name, **asdict(result)})
        else:
            output.print(*_report(model.name, price, result))
    return 0


def _estimate(request: Request, price: Price | None, output: Output) -> Estimate:
    wanted = request.search.iterations * request.search.children
    if price is not None and price.is_free:
        return Estimate(wanted, (0, 0), (0, 0), (0.0, 0.0), "this model asks no provider")
    if (request.run / CONFIG_NAME).exists():
        _, state = load_run(request.run)
        if state.spending.calls and not state.spending.uncounted:
            return _from_run(wanted, state, price)
    prompt = _prompt(request, output)
    characters = len(prompt.system) + len(prompt.user)
    low, high = (round(characters / per) for per in CHARACTERS_PER_TOKEN)
    longest = request.model_options.max_output_tokens or OUTPUT[1]
    out = (min(OUTPUT[0], longest), longest)
    return _of(wanted, (low, round(high * GROWTH)), out, price, "the first prompt")


def _from_run(wanted: int, state: RunState, price: Price | None) -> Estimate:
    spending, left = state.spending, max(wanted - state.candidates, 0)
    each = [round(n / spending.calls) for n in (spending.input_tokens, spending.output_tokens)]
    basis = f"the {spending.calls} calls of the run so far"
    return _of(left, (each[0], each[0]), (each[1], each[1]), price, basis)


def _of(
    calls: int,
    per_input: tuple[int, int],
    per_output: tuple[int, int],
    price: Price | None,
    basis: str,
) -> Estimate:
    costs = [
        price.of(Usage(*usage)) if price else None
        for usage in zip(per_input, per_output, strict=True)
    ]
    low, high = (None if cost is None else calls * cost for cost in costs)
    return Estimate(
        calls,
        (calls * per_input[0], calls * per_input[1]),
        (calls * per_output[0], calls * per_output[1]),
        (low, high),
        basis,
    )


def _prompt(request: Request, output: Output) -> Prompt:
    def measuring(stage: str) -> None:
        output.show(f"seed: {stage}", 0, 1)

    with request.domain.open(request.problem, request.options, measuring, request.tasks) as problem:
        prompt = first_prompt(problem)
    if not isinstance(prompt, Prompt):
        raise UsageError(f"{request.problem} proposes its first candidate itself: no estimate")
    return prompt


def _report(name: str, price: Price | None, result: Estimate) -> Iterator[str]:
    yield f"{result.calls} calls of {name}, estimated from {result.basis}:"
    yield f"  input   {_range(result.input_tokens)} tokens"
    yield f"  output  {_range(result.output_tokens)} tokens, reasoning included"
    if None in result.usd:
        yield "  cost    unknown: no price is known (--prices FILE names yours)"
    else:
        low, high = result.usd
        cost = money(low) if low == high else f"{money(low)} to {money(high)}"
        dated = f", list prices of {price.as_of}" if price and price.as_of else ""
        yield f"  cost    {cost}{dated}"
    yield "Nobody was asked. --max-usd, --max-tokens and --max-calls set limits."


def _range(tokens: tuple[int, int]) -> str:
    low, high = tokens
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
