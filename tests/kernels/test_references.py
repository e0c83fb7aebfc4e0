from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from assay.kernels import references
from assay.kernels.folder import load_folder
from assay.kernels.references import expected
from assay.paths import cache_directory


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ASSAY_CACHE", str(tmp_path / "cache"))


def entries():
    return sorted(cache_directory("references").iterdir())


def test_the_cache_lies_where_the_environment_says(tmp_path):
    assert cache_directory("x") == tmp_path / "cache" / "x"
    assert (tmp_path / "cache" / "x").is_dir()


def test_inputs_and_reference_are_those_of_the_task(twice):
    size = twice.spec.size("small")
    found = expected(twice, size)
    assert np.array_equal(found.inputs["x"], np.random.default_rng(0).uniform(1, 2, 8).astype("f4"))
    assert np.array_equal(found.reference, 2 * found.inputs["x"])
    assert not found.inputs["x"].flags.writeable
    assert not np.array_equal(expected(twice, size, seed=1).inputs["x"], found.inputs["x"])


def test_the_second_time_nothing_is_computed(twice, monkeypatch):
    size = twice.spec.size("small")
    first = expected(twice, size)
    monkeypatch.setattr(references, "_compute", pytest.fail)
    assert np.array_equal(expected(twice, size).reference, first.reference)


def test_changed_code_or_parameters_do_not_meet_old_entries(twice, twice_folder):
    size = twice.spec.size("small")
    expected(twice, size)
    expected(twice, twice.spec.size("large"))
    path = twice_folder / "reference.py"
    path.write_text(path.read_text() + "\n# changed\n")
    expected(load_folder(twice_folder), size)
    text = (twice_folder / "task.toml").read_text()
    (twice_folder / "task.toml").write_text(text.replace("factor = 2.0", "factor = 3.0"))
    changed = load_folder(twice_folder)
    found = expected(changed, changed.spec.size("small"))
    assert np.array_equal(found.reference, 3 * found.inputs["x"])
    assert len(entries()) == 4


def test_a_damaged_entry_is_computed_again(twice):
    size = twice.spec.size("small")
    before = np.array(expected(twice, size).reference)
    [entry] = entries()
    (entry / "reference.npy").write_bytes(b"\x93NUMPY")
    assert np.array_equal(expected(twice, size).reference, before)
    assert [path.name for path in entries()] == [entry.name]
    (entry / "reference.npy").unlink()
    assert np.array_equal(expected(twice, size).reference, before)


def test_an_entry_appears_complete_or_not_at_all(twice, monkeypatch):
    def full_disk(*_):
        raise OSError(28, "No space left on device")

    size = twice.spec.size("small")
    monkeypatch.setattr(np, "save", full_disk)
    found = expected(twice, size)
    assert np.array_equal(found.reference, 2 * found.inputs["x"])
    assert entries() == []


def test_writers_at_the_same_time_leave_one_good_entry(twice):
    size = twice.spec.size("large")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: expected(twice, size), range(24)))
    assert all(np.array_equal(one.reference, found[0].reference) for one in found)
    [entry] = entries()
    assert sorted(os.listdir(entry)) == ["reference.npy", "x.npy"]
    assert Path(entry).name.startswith("twice-large-")
