"""`python -m bot` and the `als` command: says its version at once, loads everything else when needed."""

import sys


def main() -> None:
    """Run the command line."""
    if sys.argv[1:] == ["--version"]:
        from bot import __version__

        print(f"als-bot {__version__}")  # noqa: T201
        return
    from bot.cli import main as command_line

    command_line()


if __name__ == "__main__":
    main()
