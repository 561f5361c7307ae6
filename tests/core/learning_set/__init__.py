"""A set between its meetings: joining, planning, actions, reminders."""
