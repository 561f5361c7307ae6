"""The playground: a page on this machine where one person plays a whole set with invented peers."""
