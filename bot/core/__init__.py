"""The engine: pure, knows no platform, no clock and no storage. Come in by `bot.core.engine`."""
