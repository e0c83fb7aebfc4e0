"""Any action, with equal probability."""

generators = {}


def policy(env, agent_id):
    if agent_id not in generators:
        # The same in every repetition of an episode, another one for every agent and start.
        generators[agent_id] = np.random.default_rng([agent_id, *env.agent_pos.ravel()])
    return int(generators[agent_id].integers(env.action_space_n))
