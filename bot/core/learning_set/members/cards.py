"""Cards about coming into a set and going out of it, and about whose turn it is."""

from __future__ import annotations

from bot.core.cards import Button, Card, PersonId, Style, Text, Tone, buttons
from bot.core.learning_set.state import Member, SetState, has_room_for
from bot.core.wording import NO_REPLIES


def full_card(state: SetState) -> Card:
    """To who would like to come in while there is no place."""
    return Card(
        f"{state.name} is full",
        (
            Text(
                "A bigger set gives each person too little time. I can tell you when there's room."
            ),
            *buttons(Button("Put me on the waiting list", "wait_for_place", style=Style.PRIMARY)),
        ),
        summary="This set is full.",
        subject=state.id,
    )


def invitation_card(state: SetState) -> Card:
    """To somebody the facilitator would like to have in the set."""
    who = state.name_of(state.facilitator)
    return Card(
        f"{who} invites you to {state.name}",
        (
            Text("An Action Learning Set: 1 person brings an issue. The others ask."),
            Text(f"Can't see its channel? Ask {who} to add you."),
            *buttons(Button("Join", "join", style=Style.PRIMARY), Button("Not now", "not_now")),
            Text(NO_REPLIES, Tone.QUIET),
        ),
        summary="You're invited to a set.",
        subject=state.id,
        loud=True,
    )


def place_free_card(state: SetState, who: PersonId) -> Card | None:
    """To the person who has waited longest; nothing where the place is taken again."""
    if state.agreed(who) or not has_room_for(state, who):
        return None
    return Card(
        f"There's room in {state.name}",
        (
            Text("You asked me to tell you. The first to join gets the place."),
            *buttons(Button("Join", "join", style=Style.PRIMARY), Button("Not now", "not_now")),
        ),
        summary="There's room in a set.",
        subject=state.id,
        loud=True,
    )


def leave_question(state: SetState, who: PersonId) -> Card:
    """How would you like to go? No reason is asked."""
    lines = ["You may leave at any time. No one asks why.", "You keep your actions."]
    if who == state.facilitator and len(state.present_members) > 1:
        lines.append("The longest-standing member then facilitates.")
    return Card(
        f"Leave {state.name}?",
        (
            Text(" ".join(lines)),
            *buttons(
                Button("Tell the set", "leave_set", "set"),
                Button("Only the facilitator", "leave_set", "facilitator"),
            ),
            Text("“Tell the set” posts one line with your name.", Tone.QUIET),
        ),
        summary="Leave this set?",
        subject=state.id,
    )


def left_card(state: SetState, who: PersonId) -> Card:
    """One line, in the place or to the facilitator alone."""
    return Card(
        f"{state.name_of(who)} has left {state.name}",
        summary="Someone has left your set.",
        loud=False,
    )


def take_out_question(state: SetState, member: Member) -> Card:
    """Taking somebody out is asked; they keep what is theirs."""
    name = member.name or "Someone"
    return Card(
        f"Remove {name} from {state.name}?",
        (
            Text("They keep their actions. It's kinder to talk to them first."),
            *buttons(Button("Remove them", "take_out", member.person, Style.DANGER)),
        ),
        summary="Are you sure?",
        subject=state.id,
    )


def facilitates_card(state: SetState) -> Card:
    """To who facilitates from now on."""
    return Card(
        f"You now facilitate {state.name}",
        (
            Text("You plan its meetings. In a led set you also run them."),
            Text("To pass it on: /als set people facilitator=…", Tone.QUIET),
        ),
        summary="You now facilitate a set.",
        subject=state.id,
        loud=True,
    )


def swap_question(state: SetState, who: PersonId) -> Card:
    """With whom?"""
    others = [m for m in state.present_members if m.person != who]
    if not others:
        return Card("Swap your turn", (Text("There's no one to swap with yet."),), "Swap turns.")
    row = (Button(m.name, "swap_with", m.person) for m in others)
    return Card("Who would you like to swap with?", buttons(*row), "Swap turns.", state.id)


def swapped_card(state: SetState, who: PersonId) -> Card:
    """To the other one of the two."""
    return Card(
        f"{state.name_of(who)} has swapped turns with you",
        (
            Text(f"This is about who facilitates {state.name}. If it doesn't suit you:"),
            *buttons(Button("Swap", "swap"), Button("Skip my turn", "skip_turn")),
        ),
        summary="Someone has swapped turns with you.",
        subject=state.id,
        loud=True,
    )
