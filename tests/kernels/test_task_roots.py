"""Tasks outside the package: directories, the variable, entry points, and names that clash."""

from __future__ import annotations

import os
import shutil
import types
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from assay.kernels import task_roots as roots
from assay.kernels.folder import TaskError, load_task, task_names, task_paths
from assay.names import UsageError


@pytest.fixture(autouse=True)
def clean(monkeypatch):
    monkeypatch.delenv(roots.VARIABLE, raising=False)
    monkeypatch.setattr(roots, "entry_points", lambda group: ())


def installed(monkeypatch, target):
    """Pretend that a distribution has an entry point of our group that loads ``target``."""

    class Entry(EntryPoint):
        def load(self):
            if isinstance(target, Exception):
                raise target
            return target

    entry = Entry("mine", "my_package:tasks", roots.GROUP)
    monkeypatch.setattr(
        roots, "entry_points", lambda group: [entry] if group == entry.group else []
    )


def test_the_package_has_fourteen_tasks():
    assert len(task_names()) == 14
    assert {"qsim", "compact", "saxpy"} <= set(task_names())


@pytest.mark.parametrize("given", ["directory", "folder", "text"])
def test_a_directory_of_tasks_or_one_task_is_found(twice_folder, given):
    path = {"directory": twice_folder.parent, "folder": twice_folder, "text": str(twice_folder)}
    more = [path[given]]
    assert set(task_names(more)) - set(task_names()) == {"twice"}
    assert load_task("twice", more).path == twice_folder.resolve()
    assert load_task("saxpy", more).name == "saxpy"


def test_the_variable_names_directories(twice_folder, monkeypatch, tmp_path):
    other = tmp_path / "more" / "thrice"
    shutil.copytree(twice_folder, other)
    toml = other / "task.toml"
    toml.write_text(toml.read_text().replace('name = "twice"', 'name = "thrice"'))
    monkeypatch.setenv(roots.VARIABLE, os.pathsep.join([str(twice_folder), str(other.parent)]))
    assert {"twice", "thrice"} <= set(task_names())
    # The same directory twice is no clash.
    assert load_task("twice", [twice_folder.parent]).name == "twice"


def test_an_entry_point_names_a_package_or_a_function(twice_folder, monkeypatch):
    package = types.ModuleType("my_package")
    package.__path__ = [str(twice_folder.parent)]
    installed(monkeypatch, package)
    assert "twice" in task_names()
    installed(monkeypatch, lambda: twice_folder.parent)
    assert load_task("twice").path == twice_folder.resolve()


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (ImportError("no module my_package"), "ImportError: no module my_package"),
        (lambda: Path("nowhere"), "there is no directory 'nowhere'"),
        (7, "gives no directory: TypeError"),
    ],
)
def test_a_broken_entry_point_is_named(monkeypatch, target, message):
    installed(monkeypatch, target)
    with pytest.raises(UsageError) as caught:
        task_names()
    for part in ("entry point 'mine' (my_package:tasks)", roots.GROUP, message):
        assert part in str(caught.value)


def test_a_real_entry_point_is_found(twice_folder, monkeypatch, tmp_path):
    site = tmp_path / "site"
    package, info = site / "my_tasks", site / "my_tasks-1.0.dist-info"
    shutil.copytree(twice_folder, package / "twice")
    (package / "__init__.py").write_text("")
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-tasks\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{roots.GROUP}]\nmine = my_tasks\n")
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.undo()
    monkeypatch.syspath_prepend(str(site))
    assert load_task("twice").path == (package / "twice").resolve()


def test_two_tasks_of_one_name_are_an_error_that_names_both(twice_folder, tmp_path):
    copy = tmp_path / "copies" / "twice"
    shutil.copytree(twice_folder, copy)
    with pytest.raises(TaskError, match="two tasks are called 'twice'") as caught:
        task_paths([twice_folder.parent, copy.parent])
    assert str(twice_folder) in str(caught.value)
    assert str(copy) in str(caught.value)
    shutil.copytree(roots.TASKS / "saxpy", copy.parent / "saxpy")
    shutil.rmtree(copy)
    with pytest.raises(TaskError, match="two tasks are called 'saxpy'"):
        load_task("heat2d", [copy.parent])


def test_directories_without_tasks_are_refused(tmp_path, monkeypatch):
    with pytest.raises(UsageError, match="--tasks: there is no directory 'nowhere'"):
        task_names(["nowhere"])
    with pytest.raises(UsageError, match=r"holds no task; a task is a folder with task\.toml"):
        task_names([tmp_path])
    monkeypatch.setenv(roots.VARIABLE, str(tmp_path / "absent"))
    with pytest.raises(UsageError, match=f"{roots.VARIABLE}: there is no directory"):
        task_names()
