"""What runs in a confined process: one policy, for one episode.

The process has the rules of the game, but neither the seed nor the stream of random numbers: it
gets the state of every step and gives actions, and nothing else that it does matters.
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Sequence
from dataclasses import asdict
from importlib import import_module
from typing import Any

from assay import _native
from assay.dilemmas.games import GAMES, make
from assay.dilemmas.helpers import namespace
from assay.dilemmas.loading import (
    PolicyFault,
    PolicyFunction,
    checked_action,
    fault_of,
    load_policy,
)
from assay.dilemmas.policies import add_reference_actions
from assay.dilemmas.view import PolicyView, refresh

TARGET = "assay.dilemmas.player:play"
_MESSAGE = b"\x01"
_LONGEST_MESSAGE = 1 << 15


def _load_what_is_read_late() -> None:
    """Read files while they can be read: a confined process opens none."""
    for module in ("numpy.ma", "numpy.random"):
        import_module(module)  # Else numpy imports them on first use.
    for spec in GAMES.values():
        make(spec.name, 1)
        add_reference_actions(namespace(spec.kind), spec.kind)


_load_what_is_read_late()


def play(connection: socket.socket, payload: bytes) -> None:
    """Serve actions until the parent closes the connection, or tell what is wrong."""
    request = json.loads(payload)
    env = make(
        request["game"],
        request["n_agents"],
        max_steps=request["max_steps"],
        **request["parameters"],
    )
    env.reset(0)
    view = env.view()
    try:
        policy = load_policy(request["source"], env.spec.kind)
    except BaseException as error:
        return _tell(connection, fault_of(error))
    fault = _serve(connection.fileno(), env.game, view, policy, request["agents"])
    if fault is not None:
        _tell(connection, fault)
    return None


def _serve(
    descriptor: int,
    game: _native.Game,
    view: PolicyView,
    policy: PolicyFunction,
    agents: Sequence[int],
) -> PolicyFault | None:
    """The loop of an episode; what the policy did wrong, or None at the end."""
    count = view.action_space_n
    while _native.receive_state(game, descriptor):
        refresh(view)
        actions = []
        for agent in agents:
            try:
                action: Any = policy(view, agent)
            except BaseException as error:
                return fault_of(error, view._step_count, agent)
            if type(action) is not int or not 0 <= action < count:
                action = checked_action(action, count, view._step_count, agent)
                if isinstance(action, PolicyFault):
                    return action
            actions.append(action)
        _native.send_actions(descriptor, actions)
    return None


def _tell(connection: socket.socket, fault: PolicyFault) -> None:
    text = json.dumps(asdict(fault)).encode()[:_LONGEST_MESSAGE]
    connection.sendall(_MESSAGE + struct.pack("<I", len(text)) + text)
