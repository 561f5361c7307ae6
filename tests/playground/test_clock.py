"""The movable clock: what it says of what falls due, and where its buttons lead."""

import re
from datetime import UTC, datetime
from pathlib import Path

from bot import core
from bot.adapters.playground.clock import DUE, in_words, six_weeks_on
from bot.core.learning_set.actions.reminders import ACTION_RULES, MEETING_RULES, SNOOZED


def test_everything_that_can_fall_due_has_words():
    sources = Path(core.__file__).parent.rglob("*.py")
    named = re.compile(r'Deadline\([^"()]*(?:\([^()]*\)[^"()]*)*"([a-z_]+)"')
    keys = {key for path in sources for key in named.findall(path.read_text(encoding="utf-8"))}
    keys |= {f"remind_{rule.key}" for rule in (*ACTION_RULES, SNOOZED)}
    keys |= {rule.key for rule in MEETING_RULES}

    assert len(keys) > 15
    assert keys - DUE.keys() == set()


def test_something_unknown_goes_by_its_own_name():
    assert in_words("tea_is_ready") == "tea is ready"


def test_six_weeks_are_counted_on_the_wall():
    before = datetime(2027, 3, 1, 18, 0, tzinfo=UTC)

    assert six_weeks_on(before, "Europe/London").astimezone(UTC).hour == 17
    assert six_weeks_on(before, "Nowhere/Atall").astimezone(UTC).hour == 18
