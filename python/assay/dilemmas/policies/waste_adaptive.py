"""As many cleaners as the waste asks for, each with rows of its own; the others collect."""

# More dirty cells than the first number call for as many cleaners as the second one.
QUOTAS = ((50, 6), (35, 5), (20, 4), (10, 3), (2, 2), (0, 1))
# Cleaners keep to the columns below this one.
CLEANING_COLUMNS = 12
# What a step to walk and a quarter turn cost, in cells of waste.
STEP_COST = 0.1
TURN_COST = 0.05
SAME_SCORE = 1e-5


def policy(env, agent_id):
    if env.agent_timeout[agent_id] > 0:
        return CleanupAction.STAND
    waste = int(env.waste.sum())
    active = [agent for agent in range(env.n_agents) if env.agent_timeout[agent] == 0]
    cleaners = sorted(active, key=lambda agent: (env.agent_pos[agent, 1], agent))
    cleaners = cleaners[: quota(env, waste, len(active))]
    if agent_id in cleaners:
        return clean(env, agent_id, cleaners)
    step = bfs_nearest_apple(env, agent_id)
    if step is not None:
        return direction_to_action(step[0], step[1], int(env.agent_orient[agent_id]))
    return clean(env, agent_id, cleaners) if waste > 0 else patrol(env, agent_id)


def quota(env, waste, active):
    """How many agents clean."""
    if waste > 0 and not env.apple_alive.any():
        return active
    return min(active, next((cleaners for more, cleaners in QUOTAS if waste > more), 0))


def clean(env, agent_id, cleaners):
    whole = (0, env.height)
    rows = own_rows(env, agent_id, cleaners)
    reached = waste_ahead(env)
    best = best_cells(env, agent_id, reached, rows)
    if not best and rows != whole:
        best = best_cells(env, agent_id, reached, whole)
    if not best:
        return patrol(env, agent_id)
    row, column = env.agent_pos[agent_id].tolist()
    if (row, column) in best:
        return turn_and_clean(env, agent_id, reached[:, row, column])
    step = bfs_to_target_set(env, agent_id, best)
    if step is None:
        near = min(best, key=lambda cell: abs(cell[0] - row) + abs(cell[1] - column))
        step = bfs_toward(env, agent_id, *near)
    if step is None:
        return patrol(env, agent_id)
    return direction_to_action(step[0], step[1], int(env.agent_orient[agent_id]))


def own_rows(env, agent_id, cleaners):
    """Rows that are this agent's to clean, as first and end."""
    if agent_id not in cleaners or len(cleaners) < 2:
        return 0, env.height
    order = sorted(cleaners, key=lambda agent: (env.agent_pos[agent, 0], agent))
    k, m = order.index(agent_id), len(order)
    end = env.height if k == m - 1 else int((k + 1) * env.height / m)
    return int(k * env.height / m), end


def waste_ahead(env):
    """Waste within a clean beam, by orientation, row and column."""
    reach, half = env.beam_length, env.beam_width // 2
    # Sums over all cells above and to the left, with a margin of nothing.
    sums = np.zeros((env.height + 2 * reach + 1, env.width + 2 * reach + 1), int)
    inner = sums[1:, 1:]
    inner[reach : reach + env.height, reach : reach + env.width] = env.waste
    inner[...] = inner.cumsum(0).cumsum(1)

    def corner(r, c):
        return sums[reach + r : reach + r + env.height, reach + c : reach + c + env.width]

    def window(top, bottom, left, right):
        return (
            corner(bottom + 1, right + 1)
            - corner(top, right + 1)
            - corner(bottom + 1, left)
            + corner(top, left)
        )

    return np.stack(
        (
            window(-reach, -1, -half, half),
            window(-half, half, 1, reach),
            window(1, reach, -half, half),
            window(-half, half, -reach, -1),
        )
    )


def best_cells(env, agent_id, reached, rows):
    """The cells in those rows from which cleaning pays most."""
    first, end = rows
    row, column = env.agent_pos[agent_id].tolist()
    r = np.arange(first, end)[:, None]
    c = np.arange(min(CLEANING_COLUMNS, env.width))[None, :]
    turns = turn_costs(int(env.agent_orient[agent_id]))
    waste = reached[:, first:end, : c.size]
    walk = STEP_COST * (abs(r - row) + abs(c - column))
    spread = 0.0001 * ((13 * r + 7 * c + agent_id) % 100)
    score = waste - walk - turns[:, None, None] + spread
    score[(waste == 0) | env.walls[first:end, : c.size]] = -np.inf
    top = score.max(initial=-np.inf)
    if top == -np.inf:
        return set()
    _, best_rows, best_columns = np.nonzero(score > top - SAME_SCORE)
    return {(first + int(i), int(j)) for i, j in zip(best_rows, best_columns)}


def turn_costs(orient):
    return TURN_COST * np.array([_rotation_distance(orient, wanted) for wanted in range(4)])


def turn_and_clean(env, agent_id, waste):
    """Clean in the direction that pays most, or turn to it; ``waste`` is by orientation."""
    orient = int(env.agent_orient[agent_id])
    score = np.where(waste > 0, waste - turn_costs(orient), -np.inf)
    turns = (int(score.argmax()) - orient) % 4
    return (
        CleanupAction.CLEAN,
        CleanupAction.ROTATE_RIGHT,
        CleanupAction.ROTATE_RIGHT,
        CleanupAction.ROTATE_LEFT,
    )[turns]


def patrol(env, agent_id):
    """Walk to a place of one's own in the orchard."""
    row = min(agent_id % 3 * 6 + 3, env.height - 1)
    column = min(15 + agent_id % 4 * 2, env.width - 1)
    step = bfs_toward(env, agent_id, row, column)
    if step is None:
        return CleanupAction.STAND
    return direction_to_action(step[0], step[1], int(env.agent_orient[agent_id]))
