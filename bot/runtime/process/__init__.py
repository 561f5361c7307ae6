"""What a process needs around it: one owner, a log, a port, waiting without wasting time."""
