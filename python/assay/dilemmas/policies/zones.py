"""Share the apples out at the start: everybody collects only those of a zone of its own."""

# Numbers of the agents that take part; None for all of them.
AGENTS = None
UNREACHABLE = 9999

zones = {}


def policy(env, agent_id):
    if not zones:
        zones.update(share_out(env))
    if env.agent_timeout[agent_id] > 0:
        return Action.STAND
    zone = zones[agent_id]
    living = {cell for apple, cell in zone if env.apple_alive[apple]}
    step = bfs_to_target_set(env, agent_id, living) if living else wait(env, agent_id, zone)
    if step is None:
        return Action.STAND
    return direction_to_action(step[0], step[1], int(env.agent_orient[agent_id]))


def share_out(env):
    """Zones of consecutive apples, each for the agent that is nearest, nearest pairs first."""
    agents = list(range(env.n_agents)) if AGENTS is None else list(AGENTS)
    groups = split(sorted(enumerate(env.apple_points), key=lambda item: item[1]), len(agents))
    pairs = []
    for agent in agents:
        distances = distances_from(env, *env.agent_pos[agent].tolist())
        for number, group in enumerate(groups):
            reach = [distances.get(cell, UNREACHABLE) for _, cell in group]
            pairs.append((min(reach, default=UNREACHABLE), agent, number))
    assigned, taken = {}, set()
    for _, agent, number in sorted(pairs):
        if agent not in assigned and number not in taken:
            assigned[agent] = groups[number]
            taken.add(number)
    return assigned


def split(items, parts):
    """Consecutive parts whose sizes differ by at most one, longer ones first."""
    size, longer = divmod(len(items), parts)
    bounds = [part * size + min(part, longer) for part in range(parts + 1)]
    return [items[bounds[part] : bounds[part + 1]] for part in range(parts)]


def distances_from(env, row, column):
    """Steps to every cell in reach."""
    distances = {(row, column): 0}
    queue = deque([(row, column)])
    while queue:
        r, c = queue.popleft()
        for cell in ((r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1)):
            inside = 0 <= cell[0] < env.height and 0 <= cell[1] < env.width
            if inside and cell not in distances and not env.walls[cell]:
                distances[cell] = distances[r, c] + 1
                queue.append(cell)
    return distances


def wait(env, agent_id, zone):
    """A step toward the middle of the zone."""
    if not zone:
        return None
    row = round(sum(cell[0] for _, cell in zone) / len(zone))
    column = round(sum(cell[1] for _, cell in zone) / len(zone))
    around = [(row, column)]
    around += [(row + r, column + c) for r in range(-2, 3) for c in range(-2, 3)]
    for r, c in around:
        if 0 <= r < env.height and 0 <= c < env.width and not env.walls[r, c]:
            return bfs_toward(env, agent_id, r, c)
    return None
