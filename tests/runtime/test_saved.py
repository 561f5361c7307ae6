"""Whatever people do, a meeting that is saved and read back after every step goes on as it was."""

from __future__ import annotations

from dataclasses import replace

from hypothesis.stateful import invariant

from bot.runtime import codec
from tests.core.test_always import AMeeting


class ASavedMeeting(AMeeting):
    """The same stories, told by a bot that is restarted all the time."""

    @invariant()
    def it_is_read_back_as_it_was_and_goes_on(self) -> None:
        session = self.play.session
        again = codec.load(codec.dump(session))
        assert again == session
        self.play.room = replace(self.play.room, session=again)


TestASavedMeeting = ASavedMeeting.TestCase
