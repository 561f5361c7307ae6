"""The whole bot on a virtual clock against a faulty platform, stopped at every point in turn."""
