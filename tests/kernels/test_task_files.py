"""Task folders: what is accepted, and what the messages say about the rest."""

from __future__ import annotations

import pytest

from assay.kernels.encoding import Encoder, written
from assay.kernels.expressions import evaluate
from assay.kernels.folder import TaskError, load_folder, load_task
from assay.kernels.spec import Argument, HeldOut, TaskSpec
from assay.names import UsageError


def test_expressions_are_arithmetic():
    assert evaluate("20 * n**2 * steps", {"n": 3, "steps": 10}) == 1800
    assert evaluate("-(n + 1) // 2 % 5", {"n": 4}) == -(4 + 1) // 2 % 5
    assert evaluate("a / 2", {"a": 5}) == 2.5


@pytest.mark.parametrize(
    "text",
    ["m", "__import__('os')", "n.real", "n[0]", "n if n else 1", "9**9**9", "1/0", "'a'", ""],
)
def test_expressions_refuse_everything_else(text):
    with pytest.raises(ValueError):
        evaluate(text, {"n": 1})


def test_arguments_are_parsed():
    pointer = Argument.parse(0, "device  const float4* pos_in")
    assert (pointer.type, pointer.name) == ("device const float4 *", "pos_in")
    assert not pointer.writable
    assert Argument.parse(1, "device float *y").writable
    scalar = Argument.parse(2, "constant uint& N = nx * ny")
    assert (scalar.name, scalar.value, scalar.dtype.name) == ("N", "nx * ny", "uint32")


@pytest.mark.parametrize("text", ["float x", "threadgroup float* x", "constant float4& v = n"])
def test_wrong_arguments_are_refused(text):
    with pytest.raises(ValueError, match="float"):
        Argument.parse(0, text)


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ('regime = "test"', "", ["'regime' is missing"]),
        ('regime = "test"', 'regime = "test"\nregme = 1', ["'regme'", "not a known key"]),
        ('ceiling = "bandwidth"', 'ceiling = "speed"', ["ceiling = 'speed'", "bandwidth"]),
        ('rule = "line"', 'rule = "lines"', ["threadgroup.rule = 'lines'", "capped_line"]),
        ('work = "8 * n"', 'work = "8 * m"', ["work", "unknown name 'm'", "n"]),
        ("middle = { n = 37 }", "middle = { m = 37 }", ["unknown name 'n'", "middle"]),
        ("middle = { n = 37 }", "small = { n = 37 }", ["held_out.small", "rename"]),
        ("middle = { n = 37 }", "middle = { n = '37' }", ["held_out.middle.n", "'37'"]),
        ('name = "twice"', 'name = "thrice"', ["thrice", "folder's name"]),
        ("[sizes]", "[sizes", ["not a TOML file"]),
    ],
)
def test_errors_name_file_key_and_fix(twice_folder, old, new, parts):
    path = twice_folder / "task.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(TaskError) as caught:
        load_folder(twice_folder)
    for part in [str(path), *parts]:
        assert part in str(caught.value)


def test_missing_files_are_named(twice_folder):
    (twice_folder / "reference.py").unlink()
    with pytest.raises(TaskError, match=r"'reference\.py' is missing"):
        load_folder(twice_folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("import nonsense_module", "nonsense_module"),
        ("x = 1", "exactly one subclass"),
        ("from assay.kernels.task import Task\nclass A(Task): pass", "lacks buffers, cases"),
    ],
)
def test_wrong_task_modules_are_refused(twice_folder, content, message):
    (twice_folder / "task.py").write_text(content)
    with pytest.raises(TaskError, match=message):
        load_folder(twice_folder)


def test_a_changed_folder_is_loaded_anew(twice_folder):
    first = load_folder(twice_folder)
    assert load_folder(twice_folder) is first
    path = twice_folder / "task.toml"
    path.write_text(path.read_text().replace("y = 2 x", "y is x doubled"))
    assert load_folder(twice_folder).spec.brief == "y is x doubled"


def test_unknown_names_get_the_nearest_one(twice):
    with pytest.raises(UsageError, match="did you mean 'nbody'") as caught:
        load_task("nbdy")
    assert set(caught.value.valid) >= {"saxpy", "heat2d", "nbody"}
    with pytest.raises(UsageError, match="did you mean 'large'"):
        twice.spec.size("larg")


def test_held_out_sizes_are_no_part_of_the_public_specification(twice):
    assert [size.label for size in twice.held_out.sizes] == ["middle"]
    assert "middle" not in twice.spec.model_dump_json()
    assert not any(field.annotation is HeldOut for field in TaskSpec.model_fields.values())


def test_the_encoder_refuses_what_cannot_be_bound(twice):
    encoder = Encoder(twice.spec, twice.spec.size("small"))
    with pytest.raises(ValueError, match="'y' of kernel 'twice' is not bound"):
        encoder.dispatch("twice", x="x")
    with pytest.raises(ValueError, match="no argument 'z'"):
        encoder.dispatch("twice", x="x", y="y", z="z")
    with pytest.raises(ValueError, match="no kernel 'thrice'"):
        encoder.dispatch("thrice")
    encoder.dispatch("twice", x=("x", 4), y="y")
    assert encoder.dispatches[0].buffers[0] == ("x", 4)
    assert written(twice.spec, encoder.dispatches) == {"y"}
