"""The tests, and the stand-ins of the platforms they run against."""
