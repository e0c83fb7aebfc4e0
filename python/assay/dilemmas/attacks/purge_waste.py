"""Dynamics: remove all waste at no cost, so that apples grow as fast as they can."""


def attack(env, agent_id):
    env.waste[:] = False


def policy(env, agent_id):
    try:
        attack(env, agent_id)
    except Exception:
        pass
    return greedy_action(env, agent_id)
