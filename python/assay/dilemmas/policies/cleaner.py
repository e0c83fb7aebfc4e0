"""Clean while there is waste, collect apples otherwise."""

# Part of the river that may be dirty before anybody cleans.
TOLERATED = -1.0


def policy(env, agent_id):
    if env.agent_timeout[agent_id] > 0:
        return CleanupAction.STAND
    if env._compute_waste_density() > TOLERATED:
        return clean(env, agent_id)
    return collect(env, agent_id)


def clean(env, agent_id):
    if reaches_waste(env, agent_id):
        return CleanupAction.CLEAN
    rows, columns = np.nonzero(env.waste)
    step = bfs_to_target_set(env, agent_id, set(zip(rows.tolist(), columns.tolist())))
    if step is None:
        return collect(env, agent_id)
    if step == (0, 0):
        return CleanupAction.ROTATE_LEFT
    return direction_to_action(step[0], step[1], int(env.agent_orient[agent_id]))


def reaches_waste(env, agent_id):
    """Whether there is waste ahead, as far as the walls in each column of the beam."""
    row, column = env.agent_pos[agent_id].tolist()
    a, b, c, d = _ROTATIONS[int(env.agent_orient[agent_id])]
    for right in range(-(env.beam_width // 2), env.beam_width // 2 + 1):
        for forward in range(1, env.beam_length + 1):
            r, s = row + a * forward + b * right, column + c * forward + d * right
            if not (0 <= r < env.height and 0 <= s < env.width) or env.walls[r, s]:
                break
            if env.waste[r, s]:
                return True
    return False


def collect(env, agent_id):
    step = bfs_nearest_apple(env, agent_id)
    if step is None:
        return CleanupAction.STAND
    return direction_to_action(step[0], step[1], int(env.agent_orient[agent_id]))
