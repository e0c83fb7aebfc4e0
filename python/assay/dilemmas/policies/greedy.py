"""Walk to the nearest apple."""


def policy(env, agent_id):
    if env.agent_timeout[agent_id] > 0:
        return Action.STAND
    step = bfs_nearest_apple(env, agent_id)
    if step is None:
        return Action.STAND
    dr, dc = step
    return direction_to_action(dr, dc, int(env.agent_orient[agent_id]))
