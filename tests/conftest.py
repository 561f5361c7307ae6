"""What all tests share: how long Hypothesis looks for trouble."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    max_examples=40,
    stateful_step_count=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
settings.register_profile(
    "nightly", settings.get_profile("ci"), derandomize=False, max_examples=1500
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
