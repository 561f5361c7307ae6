"""Where everything is connected, from the settings to the platforms."""
