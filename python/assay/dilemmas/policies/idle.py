"""Do nothing, which some games pay better than much that is done."""


def policy(env, agent_id):
    return Action.STAND if hasattr(env, "agent_orient") else 0
