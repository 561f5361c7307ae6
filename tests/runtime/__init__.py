"""The shell: store, writer, service, alarms, vault, codec, clock."""
