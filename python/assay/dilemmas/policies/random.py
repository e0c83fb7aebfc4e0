"""Any action, with equal probability."""

# A linear congruential generator (Knuth, MMIX) per agent; its high bits are used.
MULTIPLIER = 6364136223846793005
INCREMENT = 1442695040888963407
states = {}


def policy(env, agent_id):
    if agent_id not in states:
        # The same in every repetition of an episode, another one for every agent and start.
        states[agent_id] = agent_id
        for number in env.agent_pos.ravel().tolist():
            states[agent_id] += number
            draw(agent_id)
    return draw(agent_id) * env.action_space_n >> 32


def draw(agent_id):
    """32 random bits."""
    states[agent_id] = (MULTIPLIER * states[agent_id] + INCREMENT) % 2**64
    return states[agent_id] >> 32
