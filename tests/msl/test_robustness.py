"""Whatever a model writes, the front end answers with diagnostics."""

from hypothesis import given
from hypothesis import strategies as st

from assay.msl import parser, rules, structure
from assay.msl.program import entries
from assay.msl.rewrite import rewrite
from assay.msl.tokens import code, tokenize
from assay.msl.translate import assemble

WORDS = (  # noqa: SIM905
    "kernel void template < > typename T , device constant threadgroup float4 float half * & "
    "( ) [ ] { } ; = : :: struct operator using namespace x y 1.0 buffer "
    "thread_position_in_grid max_total_threads_per_threadgroup host_name restrict vec"
).split()


@given(st.lists(st.sampled_from(WORDS), max_size=40))
def test_no_token_sequence_breaks_the_front_end(words: list[str]) -> None:
    tokens = tokenize(" ".join(words))
    try:
        parsed = parser.parse(code(tokens))
    except structure.StructureError:
        return
    findings = rules.check(parsed)
    if not findings:
        entries(parsed)
        assemble(tokens, rewrite(parsed))
