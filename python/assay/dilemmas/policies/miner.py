"""Mine what is in reach, gold if a partner may come; else walk to the nearest ore."""

# A partner that is at most this far from gold may come in time.
PARTNER_DISTANCE = 4


def policy(env, agent_id):
    orient = int(env.agent_orient[agent_id])
    for turns in (0, 1, 3, 2):
        ore = first_ore(env, agent_id, (orient + turns) % 4)
        if ore is not None and pays(env, agent_id, ore):
            return (
                MiningAction.MINE,
                MiningAction.ROTATE_RIGHT,
                MiningAction.ROTATE_RIGHT,
                MiningAction.ROTATE_LEFT,
            )[turns]
    step = bfs_to_target_set(env, agent_id, beside_ores(env, agent_id))
    if step is None:
        return MiningAction.STAND
    return direction_to_action(step[0], step[1], orient)


def first_ore(env, agent_id, orient):
    """The ore that would be mined in that direction."""
    row, column = env.agent_pos[agent_id].tolist()
    a, _, c, _ = _ROTATIONS[orient]
    for forward in range(1, env.beam_length + 1):
        cell = (row + a * forward, column + c * forward)
        if not (0 <= cell[0] < env.height and 0 <= cell[1] < env.width) or env.walls[cell]:
            return None
        if cell in env.ore_points:
            ore = env.ore_points.index(cell)
            if env.ore_alive[ore]:
                return ore
    return None


def pays(env, agent_id, ore):
    """Whether mining may be paid."""
    if env.ore_types[ore] == IRON:
        return True
    if env.gold_window_left[ore] > 0:
        return env.gold_activator[ore] != agent_id
    row, column = env.ore_points[ore]
    others = [position for i, position in enumerate(env.agent_pos.tolist()) if i != agent_id]
    return any(abs(r - row) + abs(c - column) <= PARTNER_DISTANCE for r, c in others)


def beside_ores(env, agent_id):
    """Cells next to living ores, other than the agent's own."""
    cells = set()
    for (row, column), alive, kind in zip(env.ore_points, env.ore_alive, env.ore_types):
        if alive and kind == IRON:
            cells |= {(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)}
    return cells - {tuple(env.agent_pos[agent_id].tolist())}
