"""The playground's Slack look: the very payload, with buttons that name their place."""

from __future__ import annotations

from bot.adapters.slack.look import look
from bot.core.meeting.formats import PHASES
from tests.standins.slack_blocks import buttons, check_message


def test_every_card_of_a_meeting_has_its_slack_look():
    for phase in PHASES.values():
        for card in phase.examples():
            drawn = look(card)
            check_message(drawn)
            pressed = [e["action_id"].partition("#")[0] for _, e in buttons(drawn["blocks"])]
            labels = [card.buttons()[int(place)].label for place in pressed]
            assert labels == [b.label for b in card.buttons()]
