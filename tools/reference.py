"""What is written from the code: .env.example, and tables in docs.

Run it with --write to bring them up to date, with --check to learn whether they are.
"""

import inspect
import sys
from collections.abc import Callable
from pathlib import Path

import typer

from bot.cli import app
from bot.config import Settings, example
from bot.core.meeting.formats import PHASES
from bot.core.permissions import Right, Role, may
from bot.core.person.retention import RULES
from bot.core.verbs import VERBS, Verb

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / ".env.example"
SETTINGS = ROOT / "docs" / "settings.md"
PRIVACY = ROOT / "docs" / "privacy.md"
COMMANDS = ROOT / "docs" / "commands.md"
BEGIN = "<!-- written by `python -m tools.reference --write`, not by hand -->\n"
END = "<!-- end -->\n"


def settings_table() -> str:
    """Every setting, what it is for, and what holds where it is not set."""
    rows = ["| Setting | What it is for | Unset |", "|---|---|---|"]
    for field in Settings.model_fields.values():
        default = "" if field.default in (None, "") else f"`{field.default}`"
        rows.append(f"| `{field.alias}` | {field.description} | {default} |")
    return "\n".join(rows) + "\n"


def commands_table() -> str:
    """Every verb of `/als`, its options, and who may use it."""
    rows = ["| Command | Options | What it does | Who |", "|---|---|---|---|"]
    rows += [
        f"| {_names(verb)} | {_options(verb)} | {verb.help} | {_who(verb.right)} |"
        for verb in VERBS
    ]
    return "\n".join(rows) + "\n"


def _names(verb: Verb) -> str:
    return ", ".join(f"`/als {name}`" for name in (verb.name, *verb.also))


def _options(verb: Verb) -> str:
    shown = []
    for option in verb.options:
        values = "/".join(option.choices)
        if option.number:
            values = f"{option.number[0]}-{option.number[1]}"
        shown.append(f"`{option.name}{'=' if values else ''}{values}`")
    return " ".join(shown)


def _who(right: Right) -> str:
    if right is Right.ADVANCE:
        return "who holds the process"
    if may(frozenset({Role.NOBODY}), right):
        return "anyone who can see the place"
    if may(frozenset({Role.MEMBER}), right):
        return "members"
    led = may(frozenset({Role.FACILITATOR}), right)
    return "the facilitator" if led else "who manages the workspace or server"


def phases_table() -> str:
    """Every part of a meeting by its name and the key that `/als next to` takes."""
    rows = ["| Part | `to` | What it is for |", "|---|---|---|"]
    rows += [f"| {phase.title} | `{key}` | {phase.purpose} |" for key, phase in PHASES.items()]
    return "\n".join(rows) + "\n"


def command_line_table() -> str:
    """Every command of `als` in a terminal, what it takes and what it does."""
    rows = ["| Command | What it does | Takes |", "|---|---|---|"]
    rows += [f"| `{name}` | {what} | {takes} |" for name, what, takes in _command_line("als", app)]
    return "\n".join(rows) + "\n"


def _command_line(name: str, group: typer.Typer) -> list[tuple[str, str, str]]:
    found = []
    for command in group.registered_commands:
        assert command.callback is not None
        full = f"{name} {command.name or command.callback.__name__}"
        what = " ".join((command.callback.__doc__ or "").split())
        found.append((full, what, _takes(command.callback)))
    for inner in group.registered_groups:
        assert inner.typer_instance is not None
        found += _command_line(f"{name} {inner.name}", inner.typer_instance)
    return found


def _takes(command: Callable[..., object]) -> str:
    """The command's options, and its arguments in capitals as `--help` shows them."""
    shown = []
    for parameter in inspect.signature(command, eval_str=True).parameters.values():
        (info,) = getattr(parameter.annotation, "__metadata__", (None,))
        is_argument = type(info).__name__ == "ArgumentInfo"
        name = parameter.name.replace("_", "-")
        shown.append(f"`{parameter.name.upper()}`" if is_argument else f"`--{name}`")
    return " ".join(shown)


def retention_table() -> str:
    """What is kept, who sees it and for how long: the table the sweep obeys."""
    rows = ["| What | Who sees it | How long |", "|---|---|---|"]
    rows += [f"| {rule.what} | {rule.seen_by} | {rule.kept} |" for rule in RULES.values()]
    return "\n".join(rows) + "\n"


def with_tables(page: Path, *tables: str) -> str:
    """The page as it should read, with these tables between its markers, in order."""
    first, *rest = page.read_text(encoding="utf-8").split(BEGIN)
    if len(rest) != len(tables):
        raise ValueError(f"{page.name} has {len(rest)} places for {len(tables)} tables")
    parts = [first]
    for table, old in zip(tables, rest, strict=True):
        parts.append(f"{BEGIN}\n{table}\n{END}{old.partition(END)[2]}")
    return "".join(parts)


def wanted() -> dict[Path, str]:
    """Each page and how it should read."""
    return {
        EXAMPLE: example(),
        SETTINGS: with_tables(SETTINGS, settings_table()),
        PRIVACY: with_tables(PRIVACY, retention_table()),
        COMMANDS: with_tables(COMMANDS, commands_table(), phases_table(), command_line_table()),
    }


def outdated() -> list[str]:
    """The pages that do not read as they should."""
    return [
        page.relative_to(ROOT).as_posix()
        for page, text in wanted().items()
        if not page.exists() or page.read_text(encoding="utf-8") != text
    ]


def main(argument: str) -> int:
    """Do what was asked; the exit code says whether all is well."""
    if argument == "--write":
        for page, text in wanted().items():
            page.write_text(text, encoding="utf-8")
        return 0
    for name in outdated():
        print(f"{name} is not up to date: run `python -m tools.reference --write`")
    return 1 if outdated() else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "--check"))
