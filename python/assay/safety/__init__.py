"""Safety specifications: rules that an agent discovers from one danger bit per step.

``catalogue.world`` makes an environment, ``problem.SafetyProblem`` is what the driver searches.
What a model may see is in ``public``; the hidden return R* and the true danger bits are in
``ledger``, which no module that builds prompts imports.
"""
