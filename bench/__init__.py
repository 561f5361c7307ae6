"""How many people one process carries: each figure as a ratio to a peer measured beside it."""
