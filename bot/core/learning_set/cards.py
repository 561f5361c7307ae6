"""Cards of a set between its meetings: the set, its agreement, prompts, follow-ups, reminders."""

from __future__ import annotations

from bot.core.cards import (
    Block,
    Button,
    Card,
    Fields,
    PersonId,
    Style,
    Text,
    Tone,
    Until,
    buttons,
    people,
)
from bot.core.learning_set.actions import cards as action_cards
from bot.core.learning_set.change_cards import facilitators_row
from bot.core.learning_set.rhythm import rhythm_in_words
from bot.core.learning_set.roles import in_set
from bot.core.learning_set.state import Direct, SetState, next_holder, takes_turns
from bot.core.meeting.formats import FORMATS
from bot.core.meeting.session import Facilitation
from bot.core.permissions import Right, may
from bot.core.verbs import help_lines
from bot.core.wording import (
    NO_REPLIES,
    WHAT_THE_BOT_SEES,
    capital,
    count,
    whole,
)

HOLDS = {
    Facilitation.LED: "A facilitator leads",
    Facilitation.ROTATING: "Members take turns",
    Facilitation.BOT_HELD: "The bot facilitates",
}


def set_card(state: SetState) -> Card:
    """The set as everyone in the channel sees it, with the way in."""
    held = HOLDS[state.facilitation]
    if state.facilitation is Facilitation.LED:
        held = f"{state.name_of(state.facilitator)} facilitates"
    rows = (
        ("Length", FORMATS[state.format].title),
        ("Facilitation", held),
        ("Rhythm", rhythm_in_words(state.rhythm)),
        ("Size", f"4 to {state.size} people"),
        ("Time zone", state.zone),
        *((("Events", "Every meeting is a server event"),) if state.listed else ()),
    )
    return Card(
        f"The set {state.name}",
        (
            Text(
                "An Action Learning Set: 1 person brings an issue. The others ask open "
                "questions and never advise."
            ),
            *((Text(f"Purpose: {state.purpose}"),) if state.purpose else ()),
            Fields(rows),
            *((Text("This set is paused."),) if state.frozen_at is not None else ()),
            people("Members", ((m.person, m.name) for m in state.present_members)),
            *_turns(state),
            *buttons(Button("Join", "join", style=Style.PRIMARY)),
            *facilitators_row(state),
        ),
        summary="A new Action Learning Set.",
        subject=state.id,
    )


def _turns(state: SetState) -> tuple[Block, ...]:
    """Whose turn it is to facilitate, where members take turns."""
    if not takes_turns(state) or not state.present_members:
        return ()
    row = buttons(Button("Skip my turn", "skip_turn"), Button("Swap", "swap"))
    return (Text(f"{state.name_of(next_holder(state))} facilitates next."), *row)


def agreement_card(state: SetState, *, arriving: bool) -> Card:
    """The agreement, shown privately before anything else."""
    lines = tuple(Text(f"{n}. {rule}") for n, rule in enumerate(state.agreement, 1))
    value = "arriving" if arriving else ""
    return Card(
        f"Ground rules of {state.name}",
        (
            *lines,
            Text(WHAT_THE_BOT_SEES, Tone.QUIET),
            *buttons(
                Button("I agree", "agree", value, Style.PRIMARY), Button("Not now", "not_now")
            ),
        ),
        summary="The set's ground rules.",
        subject=state.id,
    )


def joined_card(state: SetState, person: PersonId) -> Card:
    """One line for the place."""
    return Card(f"{state.name_of(person)} has joined {state.name}", summary="Someone has joined.")


def welcome_card(state: SetState) -> Card:
    """The first direct message: it also shows whether such messages get through."""
    return Card(
        f"Welcome to {state.name}",
        (
            Text(f"I'll remind you of your actions. {NO_REPLIES}"),
            Text("Quiet hours are 20:00 to 08:00 in your time zone.", Tone.QUIET),
        ),
        summary="Welcome to your set.",
        subject=state.id,
    )


# --- answers to one person -----------------------------------------------------------------------


def set_answer(state: SetState, card: str, subject: str, who: PersonId) -> Card:
    """A private card about the set: home, people, actions (mine or the set's), outcomes, help."""
    match card:
        case "people":
            return _people(state)
        case "calendar":
            return _calendar(state)
        case "actions":
            return action_cards.own_actions(state, who, whole(subject) or 0)
        case "actions_set":
            return action_cards.shared_actions(state, who, whole(subject) or 0)
        case "done":
            return action_cards.outcomes(state, who, subject)
        case "which":
            outcome, _, page = subject.partition(":")
            return action_cards.which_action(state.open_actions(who), outcome, whole(page) or 0)
        case "help":
            return Card("What you can do", help_lines(running=bool(state.session)))
        case _:
            return _home(state, who)


def _calendar(state: SetState) -> Card:
    """What the file that comes with it is for."""
    if not state.planned():
        return Card("Your calendar", (Text("No meeting is planned."),), "Your calendar.")
    words = "Open this file to add the dates to your calendar. It says only “Meeting”."
    again = "If a date moves, ask for the file again. It updates your calendar."
    return Card("Your calendar", (Text(words), Text(again, Tone.QUIET)), "Your calendar.")


def _people(state: SetState) -> Card:
    members = people("Members", ((m.person, m.name) for m in state.present_members))
    places = count(state.size - len(state.present_members), "place")
    left = Text(f"{capital(places)} free.", Tone.QUIET)
    return Card(f"Who's in {state.name}", (members, left), "Your set.", state.id)


def _home(state: SetState, who: PersonId) -> Card:
    blocks: list[Block] = []
    if state.session:
        blocks.append(Text(f"{state.name} is meeting now. Press “I'm here” on its board."))
    following = state.planned()
    if following:
        blocks.append(Until("Next meeting", state.starts_at(following[0])))
    mine = state.open_actions(who)
    blocks.append(Text(f"You have {count(len(mine), 'open action')}."))
    member = state.member(who)
    if member is not None and member.direct is Direct.CLOSED:
        blocks.append(Text("I can't send you DMs. Your actions are still here."))
    blocks.extend(
        buttons(
            Button("My actions", "show_mine"),
            Button("Who's in the set", "show_people"),
            Button("Calendar", "calendar"),
        )
    )
    if may(in_set(state, who), Right.CHANGE_SET):
        blocks.extend(facilitators_row(state))
    if takes_turns(state):
        blocks.extend(_turns(state))
    return Card(state.name, tuple(blocks), summary="Your set.", subject=state.id)


# --- after trouble ----------------------------------------------------------------------------


def undelivered_card(state: SetState, missed: int, closed: int, held: int = 0) -> Card:
    """For the facilitator: how much did not arrive, never what or whose.

    `missed` came too late, `closed` were refused by their readers' settings, `held` wait because the
    set's channel does not take them.
    """
    lines = []
    if missed:
        late = capital(count(missed, "message"))
        lines.append(f"{late} for {state.name} came too late to send.")
    if closed:
        which = capital(count(closed, "message"))
        lines.append(f"{which} couldn't be delivered: DMs from me are closed.")
    if held:
        lines.append(f"I can't post in the channel of {state.name}. Please invite me again.")
    said = " ".join((*lines, "I posted none of it in the channel."))
    return Card(
        "Some messages didn't arrive",
        (Text(said), Text("See /als status.", Tone.QUIET)),
        summary="About your set's messages.",
        subject=state.id,
        loud=True,
    )
