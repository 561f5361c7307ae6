"""Cards of a set between its meetings: the set, its agreement, prompts, follow-ups, reminders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.core import action_cards, reminders
from bot.core.actions import OUTCOME_BUTTONS, ActionPoint
from bot.core.cards import (
    Block,
    Button,
    Buttons,
    Card,
    Fields,
    PersonId,
    Quote,
    Style,
    Text,
    Tone,
    Until,
    buttons,
    people,
)
from bot.core.formats import FORMATS
from bot.core.learning_set import Direct, Meeting, SetState
from bot.core.session import Facilitation, in_words
from bot.core.verbs import help_lines
from bot.core.walltime import day_in_words
from bot.core.wording import (
    NO_REPLIES,
    TITLE_LIMIT,
    WHAT_THE_BOT_SEES,
    capital,
    count,
    shorten,
    whole,
)

HOLDS = {
    Facilitation.LED: "The facilitator holds the process",
    Facilitation.ROTATING: "Members take turns holding the process",
    Facilitation.BOT_HELD: "The bot holds the process",
}
PRIVATELY = "Others may have been asked privately."

ROOM_FOR_ACTIONS = 2400
"""Characters the actions of one follow-up may take together."""


def set_card(state: SetState) -> Card:
    """The set as the place sees it, with its door."""
    held = HOLDS[state.facilitation]
    if state.facilitation is Facilitation.LED:
        held = f"{state.name_of(state.facilitator)} holds the process"
    rows = (
        ("Length", FORMATS[state.format].title),
        ("Process", held),
        ("Rhythm", f"every {count(state.rhythm_weeks, 'week')}"),
        ("Size", f"4 to {state.size} people"),
        ("Time zone", state.zone),
    )
    return Card(
        f"The set {state.name}",
        (
            Text(
                "An Action Learning Set: a few peers meet and one brings an issue. "
                "The others ask open questions and never advise."
            ),
            Fields(rows),
            people("Members", ((m.person, m.name) for m in state.present_members)),
            *buttons(Button("Join", "join", style=Style.PRIMARY)),
        ),
        summary="A new Action Learning Set.",
        subject=state.id,
    )


def agreement_card(state: SetState, *, arriving: bool) -> Card:
    """The agreement, shown privately before anything else."""
    lines = tuple(Text(f"{n}. {rule}") for n, rule in enumerate(state.agreement, 1))
    value = "arriving" if arriving else ""
    return Card(
        f"What we agree on in {state.name}",
        (
            *lines,
            Text(WHAT_THE_BOT_SEES, Tone.QUIET),
            *buttons(
                Button("I agree", "agree", value, Style.PRIMARY), Button("Not now", "not_now")
            ),
        ),
        summary="The set's agreement.",
        subject=state.id,
    )


def joined_card(state: SetState, person: PersonId) -> Card:
    """One line for the place."""
    return Card(f"{state.name_of(person)} has joined {state.name}", summary="Somebody has joined.")


def welcome_card(state: SetState) -> Card:
    """The first direct message: it also shows whether such messages get through."""
    return Card(
        f"Welcome to {state.name}",
        (
            Text(f"Here I remind you of what you chose to do, at most once a day. {NO_REPLIES}"),
            Text("Quiet hours are 20:00 to 08:00 in your time zone.", Tone.QUIET),
        ),
        summary="Welcome to your set.",
        subject=state.id,
    )


# --- meetings ----------------------------------------------------------------------------------

PROMPTS = {
    "planned": "has a date",
    "week_before": "meets in a week",
    "day_before": "meets tomorrow",
    "open": "meets soon",
    "start": "meets now",
}


def prompt_card(state: SetState, meeting: Meeting, which: str) -> Card:
    """A prompt before a meeting; when its door opens, with the six-week follow-up of that day."""
    blocks: list[Block] = [Until("Start", state.starts_at(meeting), countdown=True)]
    if which == "week_before":
        blocks.append(Text("If you chose to do something last time, bring a word on how it went."))
    if which == "open":
        blocks.append(Text("Find a private place. The door is open: press “I'm here”."))
        blocks.extend(_follow_up_blocks(state, _follow_up_of_the_day(state, meeting)))
    if which == "start":
        blocks.extend(buttons(Button("Start", "begin", style=Style.PRIMARY)))
    title = f"{state.name} {PROMPTS[which]}"
    return Card(title, tuple(blocks), summary="Your set meets.", subject=state.id, loud=True)


def _follow_up_of_the_day(state: SetState, meeting: Meeting) -> tuple[ActionPoint, ...]:
    found: list[ActionPoint] = []
    for session in dict.fromkeys(a.session for a in state.actions if a.session):
        wall = reminders.follow_up_wall(state, session)
        if wall is not None and wall.date() == meeting.wall.date():
            found.extend(reminders.followed_up(state, session))
    return tuple(found)


def follow_up_card(state: SetState, session: str) -> Card | None:
    """Six weeks on, in the set's place; nothing where nobody is left to name."""
    waiting = reminders.followed_up(state, session)
    if not waiting:
        return None
    return Card(
        "Six weeks on",
        tuple(_follow_up_blocks(state, waiting)),
        summary="Six weeks have passed since your meeting.",
        subject=state.id,
        loud=True,
    )


def _follow_up_blocks(state: SetState, waiting: tuple[ActionPoint, ...]) -> Iterator[Block]:
    """The owners, the words they share, one row of outcomes; nothing that shows who answered."""
    if not waiting:
        return
    owners = in_words(state.name_of(o) for o in dict.fromkeys(a.owner for a in waiting))
    since = day_in_words(waiting[0].meeting_wall)
    yield Text(f"On {since} {owners} chose something to do.")
    yield Text("How did it go? “Dropped” and “Changed” are as good as “Done”.")
    room = min(ROOM_FOR_ACTIONS // len(waiting), TITLE_LIMIT)
    for action in waiting:
        yield Quote(shorten(action.what, room), state.name_of(action.owner))
    yield from buttons(*OUTCOME_BUTTONS, Button("Show mine", "show_mine"))
    yield Text(PRIVATELY, Tone.QUIET)


# --- answers to one person -----------------------------------------------------------------------


def set_answer(state: SetState, card: str, subject: str, who: PersonId) -> Card:
    """A private card about the set: home, people, actions (mine or the set's), outcomes, help."""
    match card:
        case "people":
            return _people(state)
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


def _people(state: SetState) -> Card:
    members = people("Members", ((m.person, m.name) for m in state.present_members))
    places = count(state.size - len(state.present_members), "place")
    left = Text(f"{capital(places)} left.", Tone.QUIET)
    return Card(f"Who is in {state.name}", (members, left), "Your set.", state.id)


def _home(state: SetState, who: PersonId) -> Card:
    blocks: list[Block] = []
    if state.session:
        blocks.append(Text(f"{state.name} meets now. Press “I'm here” on its board."))
    following = state.planned()
    if following:
        blocks.append(Until("Next meeting", state.starts_at(following[0])))
    mine = state.open_actions(who)
    blocks.append(Text(f"You have {count(len(mine), 'open action')}."))
    member = state.member(who)
    if member is not None and member.direct is Direct.CLOSED:
        blocks.append(
            Text("My private messages do not reach you; your actions are here all the same.")
        )
    blocks.extend(
        buttons(Button("My actions", "show_mine"), Button("Who is in the set", "show_people"))
    )
    return Card(state.name, tuple(blocks), summary="Your set.", subject=state.id)


# --- after trouble ----------------------------------------------------------------------------


def catch_up_card(cards: tuple[Card, ...]) -> Card:
    """Several messages that could not go out in time, as one."""
    blocks: list[Block] = [Text("I could not reach you for a while. This is what I had to say.")]
    for card in cards:
        blocks.append(Text(card.title, Tone.STRONG))
        blocks.extend(_of_its_own(card, block) for block in card.blocks)
    return Card(
        "While I was away",
        tuple(blocks),
        summary="Some messages come late.",
        subject=cards[-1].subject,
        loud=True,
    )


def _of_its_own(card: Card, block: Block) -> Block:
    """A block whose buttons still speak of the card they came from."""
    if not isinstance(block, Buttons):
        return block
    return Buttons(
        tuple(
            b if b.subject is not None else replace(b, subject=card.subject) for b in block.buttons
        )
    )


def undelivered_card(state: SetState, missed: int, closed: int) -> Card:
    """For the facilitator: how much did not arrive, never what or whose."""
    lines = []
    if missed:
        late = capital(count(missed, "message"))
        lines.append(f"{late} of {state.name} came too late to be of use.")
    if closed:
        which = capital(count(closed, "message"))
        lines.append(f"{which} could not be delivered, since private messages are closed.")
    said = " ".join((*lines, "Nothing of it was posted in the channel."))
    return Card(
        "Some messages did not arrive",
        (Text(said), Text("/als status says where you are.", Tone.QUIET)),
        summary="A word about your set's messages.",
        subject=state.id,
        loud=True,
    )
