"""The driver: it searches anything that follows the ``Problem`` protocol, with any ``Model``.

``evolve.evolve`` runs a search in a folder, ``run.load_run`` reads one back.
"""
