"""What people ask of the bot itself: their data, help, the lead, and the organiser's counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.core import command as command_kinds
from bot.core import engine
from bot.core.cards import Button, Card, Fields, Style, Text, Tone, buttons
from bot.core.decision import Matter, Notice, Refusal, Where
from bot.core.input.access import roles_of
from bot.core.learning_set.place import Room
from bot.core.permissions import Thing, Visible, may_see
from bot.core.person import commands as person_commands
from bot.core.person import privacy, signposts
from bot.core.person.retention import privacy_card
from bot.core.refusals import NO_SET
from bot.core.signals import Caller
from bot.core.wording import count
from bot.runtime.ports import Answer, File
from bot.runtime.store import audit, figures, posts_of
from bot.runtime.store.unit_of_work import Unit
from bot.runtime.store.upkeep import erasing

NO_SUCH_SET = Refusal("I can't find a set of that number. See /als admin sets.", "no_such_set")
SIGNPOST_EMPTY = Refusal("Give words=, lead= or both.", "empty")

FIGURES_CARD = {
    "doctor": "What works",
    "sets": "Sets, in counts",
    "delivery": "Message delivery",
    "audit": "What was done",
}


@dataclass(frozen=True, slots=True)
class Request:
    """One question or wish: by whom, where, and who runs this bot."""

    installation: str
    who: Caller
    room: Room
    operator: str = ""


Done = Answer | Refusal


def only_shows(command: command_kinds.Command) -> bool:
    """Whether it changes nothing, so that one read answers it."""
    if isinstance(command, person_commands.ShowPrivacy | person_commands.AskHelp):
        return True
    asks = isinstance(
        command,
        person_commands.ForgetMe | person_commands.BurnSet | person_commands.RaiseConcern,
    )
    return asks and not getattr(command, "sure", False)


def do(unit: Unit, ask: Request, command: command_kinds.ForPerson) -> Answer:
    """What follows; everything that is told or deleted leaves its row in the trail."""
    done = DEEDS[type(command)](unit, ask, command)
    return Answer(refusal=done) if isinstance(done, Refusal) else done


# --- one's own data ---------------------------------------------------------------------------


def _privacy(unit: Unit, ask: Request, command: person_commands.ShowPrivacy) -> Done:
    return Answer((privacy_card(ask.operator),))


def _export(unit: Unit, ask: Request, command: person_commands.ExportMine) -> Done:
    person, now = ask.who.person, unit.now
    rooms = unit.rooms_that_knew(ask.installation, person)
    sets = [privacy.mine(room, person) for room in rooms if _may_take(room, ask.who)]
    settings = posts_of.settings_of(unit, ask.installation, person)
    audit.note(unit, ask.installation, person, "export")
    files = (
        File(
            "my-data.txt",
            "text/plain",
            privacy.as_text(sets, settings, now),
            "Your own words and acts, to read.",
            direct=True,
        ),
        File(
            "my-data.json",
            "application/json",
            privacy.as_json(sets, settings, now),
            "The same for other programs.",
            direct=True,
        ),
    )
    return Answer(("Your data, as 2 files for you alone.",), files=files)


def _may_take(room: Room, who: Caller) -> bool:
    """Whether what they said there is theirs to see."""
    thing = Thing(Visible.ACTION, who.person)
    return may_see(roles_of(room, who), who.person, thing)


def _forget(unit: Unit, ask: Request, command: person_commands.ForgetMe) -> Done:
    if not command.sure:
        return Answer((privacy.FORGET_CARD,))
    erasing.erase(unit, ask.installation, ask.who.person)
    audit.note(unit, ask.installation, ask.who.person, "forget")
    return Answer((privacy.FORGOTTEN,), changed=True)


# --- the set ----------------------------------------------------------------------------------------


def _burn(unit: Unit, ask: Request, command: person_commands.BurnSet) -> Done:
    state = ask.room.set
    if state is None:
        return NO_SET
    if command.sure:
        posts_of.wish(unit, state.id, ask.who.person)
    wishes = posts_of.wishes(unit, state)
    if not command.sure or not wishes.enough:
        return Answer((_burn_card(state.name, wishes, state.id),))
    posts_of.burn(unit, ask.installation, state.id)
    audit.note(unit, ask.installation, ask.who.person, "burn", state.id)
    words = "The set is deleted. My messages go within a minute. What people typed stays."
    return Answer((words,), changed=True)


def _burn_card(name: str, wishes: posts_of.Wishes, set_id: str) -> Card:
    so_far = f"{count(wishes.members, 'member')} of {wishes.of} agree so far."
    lacks = "Its facilitator hasn't agreed yet." if wishes.lacks_facilitator else ""
    return Card(
        f"Delete {name} for good?",
        (
            Text(
                "Everything of this set goes: words, actions, dates and my messages. This "
                "can't be undone."
            ),
            Text("More than half of you and the facilitator must agree, within a day."),
            Text(f"{so_far} {lacks}".strip()),
            *buttons(Button("Delete the set", "burn_sure", style=Style.DANGER)),
        ),
        summary="Are you sure?",
        subject=set_id,
    )


# --- help and concern ---------------------------------------------------------------------------


def _help(unit: Unit, ask: Request, command: person_commands.AskHelp) -> Done:
    posts = posts_of.signposts_of(unit, ask.installation)
    return Answer((engine.help_for(ask.room, ask.who.person, posts, unit.now),))


def _concern(unit: Unit, ask: Request, command: person_commands.RaiseConcern) -> Done:
    state, who = ask.room.set, ask.who.person
    if state is None:
        return NO_SET
    lead = next((p.lead for p in posts_of.signposts_of(unit, ask.installation) if p.lead), "")
    if not lead:
        return signposts.NO_LEAD
    if not command.sure:
        return Answer((signposts.sure_card(state),))
    slot = f"{state.id}:concern:{who}:{int(unit.now.timestamp())}"
    notice = Notice(Matter.NOTICE, slot, "concern", who, Where.DIRECT, lead)
    unit.keep(ask.installation, ask.room, ask.room, (notice,))
    audit.note(unit, ask.installation, who, "concern", state.id)
    return Answer((signposts.TOLD,))


# --- the organiser ----------------------------------------------------------------------------------


def _look(unit: Unit, ask: Request, command: person_commands.LookAfter) -> Done:
    rows = figures.LOOKS[command.what](unit, ask.installation)
    audit.note(unit, ask.installation, ask.who.person, f"look at {command.what}")
    quiet = Text("Counts and states only. I show no words and no names.", Tone.QUIET)
    shown = Fields(tuple(rows)) if rows else Text("Nothing yet.")
    return Answer((Card(FIGURES_CARD[command.what], (shown, quiet), "Counts."),))


def _put_away(unit: Unit, ask: Request, command: person_commands.PutAway) -> Done:
    set_id = figures.set_of_number(unit, ask.installation, command.subject)
    if set_id is None:
        return NO_SUCH_SET
    if not command.sure:
        return Answer((_put_away_card(command),))
    act = posts_of.archive if command.what == "archive" else posts_of.burn
    act(unit, ask.installation, set_id)
    audit.note(unit, ask.installation, ask.who.person, command.what, set_id)
    said = "Archived." if command.what == "archive" else "Deleted for good."
    return Answer((said,), changed=True)


def _put_away_card(command: person_commands.PutAway) -> Card:
    archives = command.what == "archive"
    what = "It stops meeting. Its members keep what is theirs."
    label = "Archive the set" if archives else "Delete the set for good"
    words = what if archives else ("Everything of it goes, my messages too. This can't be undone.")
    style = Style.PRIMARY if archives else Style.DANGER
    row = buttons(Button(label, f"{command.what}_sure", command.subject, style))
    return Card(f"{label}?", (Text(words), *row), summary="Are you sure?")


def _signpost(unit: Unit, ask: Request, command: person_commands.SetSignpost) -> Done:
    if not command.words and not command.lead:
        return SIGNPOST_EMPTY
    posts_of.put_signpost(unit, ask.installation, command)
    audit.note(unit, ask.installation, ask.who.person, "signpost", command.country)
    posts = posts_of.signposts_of(unit, ask.installation)
    return Answer(
        ("This is what people read when they press “I need help”:", signposts.help_card(posts))
    )


DEEDS: dict[type[command_kinds.Command], Callable[[Unit, Request, Any], Done]] = {
    person_commands.ShowPrivacy: _privacy,
    person_commands.ExportMine: _export,
    person_commands.ForgetMe: _forget,
    person_commands.BurnSet: _burn,
    person_commands.AskHelp: _help,
    person_commands.RaiseConcern: _concern,
    person_commands.LookAfter: _look,
    person_commands.PutAway: _put_away,
    person_commands.SetSignpost: _signpost,
}
"""Who does what of all this."""
