"""A person's roles in a set and in its place, and which messages may go to them."""

from __future__ import annotations

from bot.core.cards import PersonId
from bot.core.learning_set.state import SetState
from bot.core.meeting.roles import in_session
from bot.core.meeting.session import CLOCK, Facilitation, Session
from bot.core.permissions import Role, Thing, Visible, may_see


def in_set(state: SetState, who: PersonId) -> frozenset[Role]:
    """A person's roles in a set between its meetings.

    Where turns are taken or the bot facilitates, every member may start a meeting.
    """
    if who == CLOCK:
        return frozenset({Role.CLOCK})
    roles = set[Role]()
    if state.agreed(who):
        roles.add(Role.MEMBER)
        if state.facilitation is not Facilitation.LED:
            roles.add(Role.FACILITATOR)
    if who == state.facilitator and state.member(who) is not None:
        roles.add(Role.FACILITATOR)
    if not roles:
        known = any(m.person == who for m in state.members)
        roles.add(Role.FORMER if known and state.member(who) is None else Role.NOBODY)
    return frozenset(roles)


def in_place(state: SetState | None, session: Session | None, who: PersonId) -> frozenset[Role]:
    """A person's roles wherever they speak: in the set and, while one runs, in its meeting.

    Who has left the set has left its meeting too.
    """
    if state is None:
        return frozenset({Role.NOBODY})
    roles = in_set(state, who)
    if session is not None and session.live and Role.FORMER not in roles:
        roles |= in_session(session, who)
    return roles


OF_CARD: dict[str, Visible] = {
    "welcome": Visible.WELCOME,
    "undelivered": Visible.NOTICE,
    "concern": Visible.NOTICE,
    "invitation": Visible.WELCOME,
    "place_free": Visible.WELCOME,
    "keepsake": Visible.KEEPSAKE,
    "reminder": Visible.REMINDER,
    "claim": Visible.PROMPT,
    "silent": Visible.PROMPT,
    "time_up": Visible.PROMPT,
}
"""What a direct message shows, by the card it carries; any other shows the set."""


def may_be_told(state: SetState, who: PersonId, card: str) -> bool:
    """Whether a direct message with that card may go to this person now."""
    kind = OF_CARD.get(card, Visible.SET)
    return may_see(in_set(state, who), who, Thing(kind, owner=who))
