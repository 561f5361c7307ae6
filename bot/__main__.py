"""`python -m bot` is the `als` command."""

from bot.cli import main

main()
