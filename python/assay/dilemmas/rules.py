"""The published numbers of every game's rules."""

from __future__ import annotations

GATHERING = {
    "view_ahead": 15,
    "view_side": 10,
    "beam_length": 20,
    "beam_width": 1,
    "hits_to_tag": 2,
    "timeout_steps": 25,
    "beam_enabled": 1,
    "apple_respawn_time": 25,
    # 1 lets apples grow back among living ones within the radius instead of after a fixed time.
    "density_respawn": 0,
    "density_radius": 2,
}
COMMONS = {**GATHERING, "view_ahead": 20, "beam_width": 5, "hits_to_tag": 1, "density_respawn": 1}
CLEANUP = {
    "view_ahead": 7,
    "view_side": 7,
    "beam_length": 5,
    "beam_width": 3,
    "hits_to_tag": 1,
    "timeout_steps": 25,
    "beam_enabled": 1,
    "fire_cost": 1,
    "fire_penalty": 50,
    "clean_cost": 1,
    # Parts of the river that are dirty: from the first one on nothing grows, up to the second one
    # apples grow best.
    "threshold_depletion": 0.4,
    "threshold_restoration": 0.0,
    "waste_spawn_prob": 0.5,
    "apple_respawn_prob": 0.05,
}
COOP_MINING = {
    "beam_length": 3,
    "iron_reward": 1,
    "gold_reward": 8,
    "gold_window": 3,
    "ore_respawn_time": 20,
}
NESTED_COMMONS = {
    # Waste of a clan's river (w_q), of 1 at most: growth per step, its share per apple eaten in the
    # clan's orchard, and what a clean takes away.
    "river_growth": 0.005,
    "river_growth_per_apple": 0.04,
    "river_clean": 0.025,
    # The same of the plaza (w_p); apples eaten in all orchards count.
    "plaza_growth": 0.003,
    "plaza_growth_per_apple": 0.002,
    "plaza_clean": 0.025,
    # Orchard apples come back with probability max * (1 - slope * w_q).
    "orchard_regrow_max_a": 0.20,
    "orchard_regrow_max_b": 0.14,
    "orchard_regrow_max_c": 0.10,
    "orchard_regrow_max_d": 0.06,
    "orchard_regrow_slope": 2,
    "bonus_threshold": 0.25,
    "bonus_regrow_threshold": 0.35,
    "bonus_regrow_prob": 0.06,
    "bonus_value": 1,
    "bonus_min_held": 1,
    "clean_cost": 1,
    "raid_cost": 0.5,
    "raid_success_prob": 0.6,
    "travel_steps": 3,
    "travel_cost": 0.1,
    "holding_reward": 0.05,
    "capacity": 3,
    "initial_held": 2,
    "initial_w_q": 0.1,
    "initial_w_p": 0.1,
    "orchard_fill": 10,
    "plaza_fill": 8,
    "shared_bonus_in_plaza_only": 0,
    "bonus_needs_clean_river": 0,
    "forced_retaliation": 0,
}
PRODUCTION_ECONOMY = {
    "capacity": 3,
    "cell_capacity": 5,
    "gathered": 1,
    "gathered_with_tool": 2,
    "initial_stocked": 10,
    "regrow_prob": 0.05,
    "tool_income": 2,
    "tool_life": 80,
    "winter_step": 200,
    "winter_reward": 50,
    "winter_penalty": 50,
    "shelters_needed": 6,
}
