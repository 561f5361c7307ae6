"""The shell: one file per outside thing, from the inbox to the outbox."""
