"""How well a model does, as running scores; `figures.py` knows the names of what they compute, without torch.

A row of `contracts/target_kinds.py` says which figures a kind of target has; its codec in `tasks/targets/` makes them.
"""
