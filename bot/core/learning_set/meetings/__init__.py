"""The meetings of a set before and after they run."""
