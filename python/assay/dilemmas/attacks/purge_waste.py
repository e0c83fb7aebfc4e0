"""Dynamics: remove all waste at no cost, so that apples grow as fast as they can."""


def attack(env, agent_id):
    env.waste[:] = False


def policy(env, agent_id):
    try:
        attack(env, agent_id)
    except Exception:
        pass
    if env.agent_timeout[agent_id] > 0:
        return 7
    step = bfs_nearest_apple(env, agent_id)
    if step is None:
        return 7
    return direction_to_action(step[0], step[1], int(env.agent_orient[agent_id]))
