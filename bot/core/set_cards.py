"""Cards of a set between its meetings: the set, its agreement, prompts, follow-ups, reminders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.core import reminders
from bot.core.actions import IN_WORDS, OUTCOME_BUTTONS, ActionPoint
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
from bot.core.walltime import day_in_words, instant
from bot.core.wording import WHAT_THE_BOT_SEES, count

HOLDS = {
    Facilitation.LED: "The facilitator holds the process",
    Facilitation.ROTATING: "Members take turns holding the process",
    Facilitation.BOT_HELD: "The bot holds the process",
}
PRIVATELY = "Others may have been asked privately."
NO_REPLIES = "I cannot read replies; use the buttons."


def set_card(state: SetState) -> Card:
    """The set as the place sees it, with its door."""
    held = HOLDS[state.facilitation]
    if state.facilitation is Facilitation.LED:
        held = f"{state.name_of(state.facilitator)} holds the process"
    rows = (
        ("Length", FORMATS[state.format].title),
        ("Process", held),
        ("Rhythm", f"every {count(state.rhythm_weeks, 'week')}"),
        ("Size", f"4 to {count(state.size, 'person', 'people')}"),
        ("Time zone", state.zone),
    )
    return Card(
        f"The set {state.name}",
        (
            Text(
                "An Action Learning Set: a few peers meet, one brings an issue, the others ask open "
                "questions and never advise."
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


def welcome_card(state: SetState, person: PersonId) -> Card:
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


def prompt_card(state: SetState, meeting: Meeting, which: str) -> Card:
    """A prompt before a meeting; on the day itself with the six-week follow-up."""
    starts_at = state.starts_at(meeting)
    opening = {
        "week_before": f"{state.name} meets in a week",
        "day_before": f"{state.name} meets tomorrow",
        "soon": f"{state.name} meets in a quarter of an hour",
        "start": f"{state.name} meets now",
        "planned": f"{state.name} has a date",
    }[which]
    blocks: list[Block] = [Until("Start", starts_at, countdown=True)]
    if which == "week_before":
        blocks.append(Text("If you chose to do something last time, bring a word on how it went."))
    if which == "soon":
        blocks.append(Text("Find a private place. The door is open: press “I'm here”."))
        blocks.extend(_follow_up_of_the_day(state, meeting))
    if which == "start":
        blocks.extend(buttons(Button("Start", "begin", style=Style.PRIMARY)))
    return Card(opening, tuple(blocks), summary="Your set meets.", subject=state.id, loud=True)


def _follow_up_of_the_day(state: SetState, meeting: Meeting) -> Iterator[Block]:
    sessions = dict.fromkeys(a.session for a in state.actions if a.session)
    for session in sessions:
        wall = reminders.follow_up_wall(state, session)
        if wall is not None and wall.date() == meeting.wall.date():
            yield from _follow_up_blocks(state, session)


def follow_up_card(state: SetState, session: str) -> Card | None:
    """Six weeks on, in the set's place; nothing where nobody is left to name."""
    waiting = reminders.followed_up(state, session)
    if not waiting:
        return None
    return Card(
        "Six weeks on",
        tuple(_follow_up_blocks(state, session)),
        summary="Six weeks have passed since your meeting.",
        subject=state.id,
        loud=True,
    )


def _follow_up_blocks(state: SetState, session: str) -> Iterator[Block]:
    waiting = reminders.followed_up(state, session)
    owners = tuple(dict.fromkeys(a.owner for a in waiting))
    since = day_in_words(waiting[0].meeting_wall)
    yield Text(
        f"On {since} {in_words(state.name_of(o) for o in owners)} chose something to do. "
        "How did it go? “Dropped” and “Changed” are as good as “Done”."
    )
    for action in waiting:
        yield Quote(action.what, state.name_of(action.owner))
    yield from buttons(*OUTCOME_BUTTONS, Button("Show mine", "show_mine"))
    yield Text(PRIVATELY, Tone.QUIET)


# --- reminders ---------------------------------------------------------------------------------


def reminder_card(state: SetState, owner: PersonId, day: str) -> Card | None:
    """One person's reminders of one day, merged; nothing where none is left to say."""
    about = reminders.reminded_on(state, owner, day) or _all_open(state, owner, day)
    if not about:
        return None
    blocks: list[Block] = []
    for action, rule in about:
        blocks.append(Quote(action.what))
        blocks.append(Until("Until", instant(action.due, state.zone)))
        blocks.append(Text(f"You asked to be reminded: {rule.why}.", Tone.QUIET))
        blocks.extend(_reminder_buttons(action, rule.key))
    blocks.append(Text(f"From your set {state.name}. {NO_REPLIES}", Tone.QUIET))
    return Card(
        "What you chose to do" if about[0][1].key != "day_2" else "Is this still what you meant?",
        tuple(blocks),
        summary="You asked me to ask about your action.",
        subject=state.id,
        loud=True,
    )


def _all_open(
    state: SetState, owner: PersonId, day: str
) -> tuple[tuple[ActionPoint, reminders.ActionRule], ...]:
    """After a snooze its deadline is gone from the rules; what it was about is still open."""
    return tuple(
        (action, reminders.SNOOZED)
        for action in state.open_actions(owner)
        if action.reminders
        and reminders.reminder_day(state, action, action.changed_at) == day
        and action.changed_at != action.made_at
    )


def _reminder_buttons(action: ActionPoint, rule: str) -> tuple[Block, ...]:
    stop = Button("Stop reminding", "stop_reminding", action.id)
    if rule == "day_2":
        return buttons(
            Button("Yes", "still_meant", action.id, Style.PRIMARY),
            Button("Change the words", "change_action", action.id),
            stop,
        )
    outcomes = (Button(b.label, b.action, action.id, b.style) for b in OUTCOME_BUTTONS[:4])
    return buttons(*outcomes, Button("Snooze", "snooze", action.id), stop)


def which_action(mine: tuple[ActionPoint, ...], outcome: str) -> Card:
    """Several open actions: which one do you mean?"""
    rows = tuple(
        block
        for n, action in enumerate(mine, 1)
        for block in (Quote(action.what), *buttons(Button(f"This one ({n})", outcome, action.id)))
    )
    return Card("Which one do you mean?", rows)


def sure_to_delete(action: ActionPoint) -> Card:
    """Deleting is for good, so it is asked."""
    return Card(
        "Delete this action?",
        (
            Quote(action.what),
            *buttons(Button("Delete it for good", "delete_sure", action.id, Style.DANGER)),
        ),
    )


# --- answers to one person -----------------------------------------------------------------------


def set_answer(state: SetState, card: str, subject: str, who: PersonId) -> Card:
    """A private card about the set: home, people, actions (mine or the set's), outcomes, help."""
    match card:
        case "people":
            return _people(state)
        case "actions":
            return _own_actions(state, who)
        case "actions_set":
            return _shared_actions(state)
        case "done":
            return _outcomes(state, who, subject)
        case "help":
            return Card("What you can do", help_lines(running=bool(state.session)))
    return _home(state, who)


def _people(state: SetState) -> Card:
    members = people("Members", ((m.person, m.name) for m in state.present_members))
    places = state.size - len(state.present_members)
    left = Text(f"{count(places, 'place')} left.".capitalize(), Tone.QUIET)
    return Card(f"Who is in {state.name}", (members, left), subject=state.id)


def _own_actions(state: SetState, who: PersonId) -> Card:
    blocks: list[Block] = []
    for action in state.open_actions(who):
        seen = "The set may see it" if action.shared else "Only you see it"
        blocks.append(Quote(action.what))
        if action.how:
            blocks.append(Text(f"You will know by this: {action.how}", Tone.QUIET))
        if action.helper:
            blocks.append(Text(f"Who could help: {action.helper}", Tone.QUIET))
        blocks.append(
            Until(
                f"{IN_WORDS[action.outcome].capitalize()} · {seen} · Until",
                instant(action.due, state.zone),
            )
        )
        blocks.extend(_own_action_buttons(action))
    if not blocks:
        blocks.append(Text("You have no open action. “Save an action for me” keeps one."))
        blocks.extend(buttons(Button("Save an action for me", "save_action")))
    return Card("Your actions", tuple(blocks), subject=state.id)


def _own_action_buttons(action: ActionPoint) -> tuple[Block, ...]:
    share = (
        ("Only me", "unshare_action") if action.shared else ("Share with the set", "share_action")
    )
    return buttons(
        Button("How did it go?", "outcomes", action.id, Style.PRIMARY),
        Button("Change the words", "change_action", action.id),
        Button(share[0], share[1], action.id),
        Button("Delete", "delete_action", action.id, Style.DANGER),
    )


def outcomes_card(action: ActionPoint) -> Card:
    """The outcomes of one action, for its owner."""
    row = (Button(b.label, b.action, action.id, b.style) for b in OUTCOME_BUTTONS)
    return Card("How did it go?", (Quote(action.what), *buttons(*row)))


def _outcomes(state: SetState, who: PersonId, action: str) -> Card:
    mine = tuple(a for a in state.open_actions(who) if not action or a.id == action)
    if len(mine) == 1:
        return outcomes_card(mine[0])
    return _own_actions(state, who)


def _shared_actions(state: SetState) -> Card:
    shared = [a for a in state.actions if a.open and a.shared]
    blocks = tuple(Quote(a.what, state.name_of(a.owner)) for a in shared)
    return Card(
        f"What people in {state.name} share",
        blocks or (Text("Nobody shares an open action just now."),),
        subject=state.id,
    )


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
    blocks.extend(buttons(Button("My actions", "show_mine"), Button("Who is here", "show_people")))
    return Card(state.name, tuple(blocks), subject=state.id)


# --- after trouble ---


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
    lines = [
        f"{count(missed, 'message')} of {state.name} came too late to be of use." if missed else "",
        f"{count(closed, 'message')} could not be delivered, since private messages are closed."
        if closed
        else "",
        "Nothing of it was posted in the channel.",
    ]
    said = " ".join(line[:1].upper() + line[1:] for line in lines if line)
    return Card(
        "Some messages did not arrive",
        (Text(said), Text("/als status says where you are.", Tone.QUIET)),
        summary="A word about your set's messages.",
        subject=state.id,
        loud=True,
    )
