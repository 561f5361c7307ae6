"""Getting the app into a workspace, and keeping its tokens."""
