"""No policy gets out of its process, with the static check or without, and no score comes from
anything but actions."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from assay.dilemmas import replay
from assay.dilemmas.selfplay import Arena, Match, Patience, PolicyFailed
from assay.sandbox import Limits

MATCH = Match("cleanup_small", 3, max_steps=8)
STAND = "def policy(env, agent_id):\n    return 7\n"

_HEAD = "def policy(env, agent_id):\n"
_TAIL = "    return 7\n"


def _policy(*lines: str) -> str:
    return _HEAD + "".join(f"    {line}\n" for line in lines) + _TAIL


def _quietly(*lines: str) -> str:
    """A policy that goes on as if nothing had happened where its attempt fails."""
    body = "".join(f"        {line}\n" for line in lines)
    return f"{_HEAD}    try:\n{body}    except Exception:\n        pass\n{_TAIL}"


_OS = "[c for c in ().__class__.__base__.__subclasses__() if c.__name__ == '_wrap_close'][0]"

# Each against one way out. MARK stands for the path of a file that none may bring into being.
ESCAPES = {
    "builtins of a helper": _quietly(
        "b = bfs_to_target_set.__self__",
        "b = direction_to_action.__globals__['__builtins__']",
        "b = b if isinstance(b, dict) else b.__dict__",
        "b['open']('MARK', 'w').write('x')",
    ),
    "import through a helper": _quietly(
        "b = get_opponents.__globals__['__builtins__']",
        "b = b if isinstance(b, dict) else b.__dict__",
        "b['__import__']('os').system('touch MARK')",
    ),
    "modules of a helper": _quietly(
        "names = get_opponents.__globals__",
        "names['__loader__'].get_data('/etc/passwd')",
        "names['__spec__'].loader.set_data('MARK', b'x')",
    ),
    "subclasses of object": _quietly(f"{_OS}.__init__.__globals__['system']('touch MARK')"),
    "subclasses by mro": _quietly(
        "base = type(()).mro()[-1]",
        "getattr(base, '__subcl' + 'asses__')()",
        "[].append(getattr(env, '__cl' + 'ass__'))",
    ),
    "attribute by format string": _policy(
        "'{0.__class__.__init__.__globals__}'.format(env)",
    ),
    "frames of a generator": _quietly(
        "g = (x for x in [1])",
        "g.gi_frame.f_back.f_globals['json'].codecs.open('MARK', 'w').write('x')",
    ),
    "frames of an exception": _quietly(
        "try:",
        "    1 // 0",
        "except ZeroDivisionError as error:",
        "    f = error.__traceback__.tb_frame",
        "    while f.f_back: f = f.f_back",
        "    f.f_builtins['open']('MARK', 'w').write('x')",
    ),
    "numpy writes a file": _quietly("np.save('MARK', np.zeros(1))"),
    "an array writes a file": _quietly("np.zeros(1).tofile('MARK')"),
    "an array dumps itself": _quietly("np.zeros(1).dump('MARK')"),
    "numpy maps a file": _quietly("np.memmap('MARK', dtype='uint8', mode='w+', shape=4)"),
    "numpy reads a file": _quietly("np.loadtxt('/etc/passwd', dtype=str)"),
    "numpy by its module": _quietly(
        "getattr(np.zeros, '__modu' + 'le__')",
        "np.zeros.__globals__['_save']('MARK')",
    ),
    "ctypes of an array": _quietly(
        "env.agent_pos.ctypes.data_as",
        "env.agent_pos.setflags(write=True)",
        "env.agent_pos[agent_id] = (1, 12)",
    ),
    "write through the base of an array": _quietly(
        "array = env.agent_pos",
        "while getattr(array, 'base', None) is not None: array = array.base",
        "array[agent_id] = (1, 12)",
    ),
    "import at load": "import os\nos.system('touch MARK')\n" + _policy(),
    "import inside": _policy("import subprocess", "subprocess.run(['touch', 'MARK'])"),
    "eval by another name": "e = eval\n" + _policy("e('7')"),
    "exec of a string": _policy("exec('import os')"),
    "compile and a function of it": _quietly(
        "code = compile('1', 'x', 'eval')",
        "type(policy)(code, {})()",
    ),
    "the engine by gc": _quietly(
        "gc = type(env).__mro__[-1].__subclasses__",
        "[o for o in gc() if 'Game' in o.__name__][0].seed",
    ),
    "step the environment": _quietly("env.step({i: 7 for i in range(env.n_agents)})"),
    "the stream of random numbers": _quietly("env.rng.bit_generator.state", "env.game.seed(0)"),
    "state of the view": _quietly(
        "env.agent_timeout = np.zeros(99)",
        "object.__setattr__(env, 'apple_alive', np.ones(99, bool))",
        "env.__dict__['n_agents'] = 0",
    ),
    "patch the view's class": _quietly(
        "GatheringEnv.compute_metrics = staticmethod(lambda r, t: {'efficiency': 99.0})",
        "type(env)._compute_waste_density = lambda self: 0.0",
    ),
    "patch a helper": _quietly(
        "bfs_nearest_apple.__code__ = (lambda env, i: (0, 1)).__code__",
        "Action.STAND._value_ = 3",
    ),
    "swallow everything": _policy(
        "try:",
        "    while True: pass",
        "except BaseException:",
        "    pass",
    ),
    "a handler for signals": _quietly(
        f"s = {_OS}.__init__.__globals__['sys'].modules['signal']",
        "s.signal(s.SIGTERM, s.SIG_IGN); s.signal(s.SIGXCPU, s.SIG_IGN)",
    ),
    "kill the parent": _quietly(
        f"g = {_OS}.__init__.__globals__",
        "g['kill'](g['getppid'](), 9)",
    ),
    "write to the socket": _quietly(
        f"g = {_OS}.__init__.__globals__",
        "[g['write'](fd, b'\\x00' + b'\\xff' * 64) for fd in range(3, 40)]",
    ),
    "claim of a message": _quietly(
        f"g = {_OS}.__init__.__globals__",
        "[g['write'](fd, b'\\x01\\xff\\xff\\xff\\x7f') for fd in range(3, 40)]",
    ),
    "leave": _quietly(f"{_OS}.__init__.__globals__['_exit'](0)"),
    "a raised exit": _policy("raise SystemExit(0)"),
    "much memory": _policy("x = [0] * (10 ** 10)"),
    "much memory in numpy": _policy("x = np.ones(10 ** 11)"),
    "endless recursion": _policy("return policy(env, agent_id)"),
    "deep nesting": "x = " + "(" * 5000 + ")" * 5000 + "\n" + _policy(),
    "a number without end": _policy("x = 10 ** 10 ** 10"),
    "memory across episodes": "seen = []\n" + _policy("seen.append(1)", "return len(seen) % 8"),
}

# What reading the source is enough for.
ACCEPTED = {
    # Nothing in these is forbidden; what they do is of no avail.
    "attribute by format string", "a number without end", "endless recursion", "much memory",
    "memory across episodes", "step the environment", "the stream of random numbers",
    "write through the base of an array", "numpy writes a file", "numpy maps a file",
    "numpy reads a file", "much memory in numpy",
    "patch the view's class",
}  # fmt: skip


@pytest.fixture(scope="module")
def arena():
    limits = Limits(memory=256 << 20, cpu_seconds=10)
    with Arena(Patience(step=2.0, episode=20.0), limits) as arena:
        yield arena


@pytest.fixture
def unchecked(monkeypatch):
    monkeypatch.setattr("assay.dilemmas.selfplay.violations", lambda source: [])


def test_there_are_enough():
    assert len(ESCAPES) >= 25


@pytest.mark.parametrize("name", ESCAPES)
def test_the_static_check_rejects_what_it_can(arena, name, tmp_path):
    source = ESCAPES[name].replace("MARK", str(tmp_path / "mark"))
    try:
        arena.self_play(MATCH, source, [0])
        verdict = "ok"
    except PolicyFailed as failure:
        verdict = failure.verdict
    assert (verdict != "rejected") == (name in ACCEPTED)
    assert not (tmp_path / "mark").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="confinement differs elsewhere")
@pytest.mark.parametrize("name", ESCAPES)
def test_nothing_comes_of_it_without_the_check_either(arena, unchecked, name, tmp_path):
    if not arena.confinement.startswith("seccomp"):
        pytest.skip(arena.confinement)
    source = ESCAPES[name].replace("MARK", str(tmp_path / "mark"))
    try:
        episodes = arena.self_play(MATCH, source, [0, 1])
    except PolicyFailed as failure:
        assert failure.verdict in ("exception", "action", "timeout", "crash", "malformed")
    else:
        for episode in episodes:
            honest = replay(MATCH.game, episode.seed, episode.actions, **MATCH.options)
            assert np.array_equal(episode.rewards, honest.rewards)
    assert not (tmp_path / "mark").exists()
    # The arena goes on, and nobody else is the worse for it.
    (after,) = arena.self_play(MATCH, STAND, [0])
    assert (after.actions == 7).all() and not after.rewards.any()


def test_an_episode_remembers_nothing_of_another(arena):
    first, second = arena.self_play(MATCH, ESCAPES["memory across episodes"], [3, 3])
    assert np.array_equal(first.actions, second.actions)
    assert first.actions[0].tolist() == [1, 2, 3]
