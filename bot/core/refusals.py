"""What somebody hears who may not do what they want, or where there is nothing to do it with."""

from __future__ import annotations

from bot.core.decision import Refusal
from bot.core.permissions import Right, Role, may

NOT_MEMBER = Refusal("Press I'm here on the set's board first.", "not_member")
NOT_FACILITATOR = Refusal(
    "The facilitator plans and starts this set's meetings. Please ask them.", "not_facilitator"
)
NOT_ADMIN = Refusal(
    "Only those who manage this workspace or server can do that. Please ask one of them.",
    "not_admin",
)

NO_SET = Refusal("There's no set here yet. Type /als start to make one.", "no_set")
NO_MEETING = Refusal("No meeting is on now. See /als home for the next one.", "no_meeting")


def stopped(roles: frozenset[Role], right: Right) -> Refusal | None:
    """Why somebody of these roles may not do this; None where they may."""
    if may(roles, right):
        return None
    if right in (Right.LOOK_AFTER, Right.PURGE, Right.SIGNPOST):
        return NOT_ADMIN
    led = (Right.START, Right.CHANGE_SET, Right.NEXT_FACILITATOR, Right.FREEZE, Right.ARCHIVE)
    return NOT_FACILITATOR if right in led else NOT_MEMBER
