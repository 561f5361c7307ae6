"""A running process does not walk the libraries' objects again and again."""

import gc

from bot.runtime.process.garbage import settle_in


def test_what_is_there_when_the_bot_has_started_is_left_alone_by_the_collector():
    before = gc.get_freeze_count()
    try:
        settle_in()
        assert gc.get_freeze_count() > before
    finally:
        gc.unfreeze()
