"""A set between its meetings: joining, planning, actions, reminders; and the core's values."""
