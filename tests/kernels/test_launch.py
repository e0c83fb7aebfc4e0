from __future__ import annotations

import re

import pytest

from assay.kernels.folder import load_task
from assay.kernels.launch import LaunchError, Limits, describe, round_up, threadgroup

# (rule, width, threads the pipeline allows, shape), from the published rules.
SHAPES = [
    ("line", 256, 1024, (256, 1, 1)),
    ("line", 128, 256, (128, 1, 1)),
    ("line", 128, 64, (64, 1, 1)),
    ("line", 64, 1024, (64, 1, 1)),
    ("line", 16, 1024, (32, 1, 1)),
    ("capped_line", 64, 1024, (64, 1, 1)),
    ("capped_line", 16, 1024, (16, 1, 1)),
    ("capped_line", 256, 100, (100, 1, 1)),
    ("square", 16, 1024, (16, 16, 1)),
    ("square", 16, 256, (16, 16, 1)),
    ("square", 16, 255, (16, 8, 1)),
    ("square", 16, 64, (16, 4, 1)),
    ("square", 16, 32, (16, 2, 1)),
    ("square", 16, 16, (16, 1, 1)),
    ("box", 8, 1024, (8, 8, 4)),
    ("box", 8, 128, (8, 8, 2)),
    ("box", 8, 64, (8, 8, 1)),
    ("box", 8, 32, (8, 4, 1)),
    ("box", 8, 4, (4, 1, 1)),
    ("power_of_two", 256, 1024, (256, 1, 1)),
    ("power_of_two", 256, 200, (128, 1, 1)),
    ("exact", 128, 128, (128, 1, 1)),
    ("exact", 32, 1024, (32, 1, 1)),
]


@pytest.mark.parametrize(("rule", "width", "most", "shape"), SHAPES)
def test_threadgroup_shapes(rule, width, most, shape):
    assert threadgroup(rule, width, Limits(most)) == shape


@pytest.mark.parametrize(("rule", "width", "most"), [("square", 16, 8), ("exact", 128, 127)])
def test_a_pipeline_that_allows_too_little_is_an_error(rule, width, most):
    with pytest.raises(LaunchError, match=str(width)):
        threadgroup(rule, width, Limits(most))


def test_grids_are_rounded_up_per_axis():
    assert round_up((1000, 30, 1), (256, 16, 1)) == (1024, 32, 1)
    assert round_up((512, 1, 1), (128, 1, 1)) == (512, 1, 1)


def test_every_rule_can_be_described():
    for rule in {shape[0] for shape in SHAPES}:
        assert "max_threads" in describe(rule, "16")
        assert re.search(r"\bN\b", describe(rule, "N"))


def test_numbers_are_computed_where_the_width_is_one():
    assert describe("line", "128").startswith("128 x 1 x 1 threads, or max_threads x 1 x 1")
    assert describe("line", "16").startswith("32 x 1 x 1")
    assert describe("line", "n").startswith("max(32, n) x 1 x 1")
    assert describe("box", "8").startswith("8 x 8 x 4 threads")
    assert describe("box", "n").startswith("n x n x (n / 2) threads")


@pytest.mark.parametrize(
    ("name", "kernel", "rule", "width"),
    [
        ("saxpy", "saxpy", "line", "256"),
        ("heat2d", "heat_step", "square", "16"),
        ("nbody", "nbody_step", "line", "128"),
    ],
)
def test_tasks_use_the_published_rules(name, kernel, rule, width):
    given = load_task(name).spec.kernels[kernel].threadgroup
    assert (given.rule, given.width) == (rule, width)
