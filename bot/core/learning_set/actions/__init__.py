"""Action points: their owner's words, reminders, and the six-week follow-up."""
