"""The verbs of `/als`: names, options, rights, help; one table that all platforms register from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.core.cards import Block, Text
from bot.core.permissions import Right


class Suggests(StrEnum):
    """What an option that is typed freely could be, offered where the platform can do that."""

    PHASE = "a part of the meeting"
    OWN_ACTION = "an open action of one's own"
    MOMENT = "a day and a time"
    DATE = "a day"


@dataclass(frozen=True, slots=True)
class VerbOption:
    """One option of a verb. `choices` are the values it takes, where they are few.

    `person` says that it names somebody: a mention in it reaches the core as their id.
    """

    name: str
    help: str
    required: bool = False
    choices: tuple[str, ...] = ()
    number: tuple[int, int] | None = None
    suggests: Suggests | None = None
    person: bool = False


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb: `name` may have two words. `opens` is the button action whose form it opens."""

    name: str
    help: str
    right: Right
    options: tuple[VerbOption, ...] = ()
    also: tuple[str, ...] = ()
    in_meeting: bool = False
    opens: str = ""


VERBS: tuple[Verb, ...] = (
    Verb("help", "What you can do now.", Right.ASK_HELP),
    Verb("home", "Your sets, next meeting and open actions.", Right.SEE_SET),
    Verb(
        "start",
        "Start a meeting, or a set where there's none.",
        Right.START,
        (VerbOption("format", "How long?", choices=("60", "90", "120", "180-deep", "180-wide")),),
        opens="start_set",
    ),
    Verb("set new", "Start a set in this channel.", Right.CREATE_SET, opens="start_set"),
    Verb("set join", "Join this channel's set.", Right.JOIN),
    Verb(
        "set people",
        "See, invite or remove members.",
        Right.SEE_SET,
        (
            VerbOption("add", "Invite someone: mention them.", person=True),
            VerbOption("remove", "Remove someone: mention or name them.", person=True),
            VerbOption(
                "facilitator", "Who facilitates from now on: mention or name them.", person=True
            ),
        ),
    ),
    Verb("set leave", "Leave this set. You choose who hears.", Right.SEE_SET),
    Verb(
        "schedule",
        "Plan the next meeting, or move it.",
        Right.CHANGE_SET,
        (
            VerbOption("when", "A day and a time.", suggests=Suggests.MOMENT),
            VerbOption("every", "How often you meet, like 6 weeks or once."),
            VerbOption("length", "How long?", choices=("60", "90", "120", "180-deep", "180-wide")),
            VerbOption("where", "The link of a call, or a place."),
        ),
        opens="schedule",
    ),
    Verb(
        "cancel",
        "Cancel the next meeting.",
        Right.CHANGE_SET,
        (
            VerbOption("meeting", "Which one, if several are planned."),
            VerbOption("reason", "Why, in a few words."),
        ),
    ),
    Verb(
        "next",
        "Move on to the next part, or the one you name.",
        Right.ADVANCE,
        (VerbOption("to", "The part to go to, also an earlier one.", suggests=Suggests.PHASE),),
        in_meeting=True,
    ),
    Verb(
        "extend",
        "Give this part more time.",
        Right.ADVANCE,
        (VerbOption("minutes", "How many minutes more?", number=(1, 30)),),
        in_meeting=True,
    ),
    Verb("pause", "Pause or resume the clock.", Right.ADVANCE, in_meeting=True),
    Verb("end", "End the meeting.", Right.ADVANCE, in_meeting=True),
    Verb("status", "See where you are and who's next.", Right.SEE_STATUS, in_meeting=True),
    Verb(
        "bid",
        "Offer your issue. No one sees it before the vote.",
        Right.ADD_ISSUE,
        (VerbOption("title", "Your issue in 1 or 2 sentences."),),
        also=("pitch",),
        opens="offer",
    ),
    Verb(
        "ask",
        "Ask the presenter a question.",
        Right.TAKE_PART,
        (VerbOption("question", "Your question."),),
        in_meeting=True,
        opens="ask",
    ),
    Verb("vote", "See and change your vote.", Right.VOTE, in_meeting=True),
    Verb(
        "action",
        "Save an action of your own.",
        Right.OWN_ACTION,
        (
            VerbOption("what", "What will you do?"),
            VerbOption("by", "By when?", suggests=Suggests.DATE),
        ),
        opens="save_action",
    ),
    Verb(
        "actions",
        "Your actions, or the set's shared ones.",
        Right.OWN_ACTION,
        (VerbOption("whose", "Whose actions?", choices=("me", "set")),),
    ),
    Verb(
        "calendar",
        "Your coming meetings, as a calendar file.",
        Right.SEE_SET,
        (VerbOption("renew", "End the address your calendar uses.", choices=("yes", "no")),),
    ),
    Verb("undo", "Undo what you did in the last 10 minutes.", Right.SEE_SET),
    Verb(
        "settings",
        "Your language, time zone, quiet hours and DMs.",
        Right.OWN_SETTINGS,
        opens="settings",
    ),
    Verb(
        "done",
        "Say how an action went.",
        Right.OWN_ACTION,
        (VerbOption("action", "Which of your actions?", suggests=Suggests.OWN_ACTION),),
    ),
    Verb("privacy", "What I keep about you, who sees it, how long.", Right.ASK_HELP),
    Verb("mydata export", "Your own words and acts, as files for you alone.", Right.EXPORT),
    Verb("mydata forget", "Delete everything of yours, in every set here.", Right.ERASE),
    Verb("concern", "Tell the named lead that you're worried, without content.", Right.CONCERN),
    Verb("set burn", "Delete this set, once most of you agree.", Right.BURN, also=("set delete",)),
    Verb("admin doctor", "What works and what is missing, in counts.", Right.LOOK_AFTER),
    Verb("admin sets", "How many sets there are, and their state.", Right.LOOK_AFTER),
    Verb("admin delivery", "Message delivery, in counts.", Right.LOOK_AFTER),
    Verb("admin audit", "What was done, without names or words.", Right.LOOK_AFTER),
    Verb(
        "admin archive",
        "Archive a set. It stops meeting.",
        Right.PURGE,
        (VerbOption("set", "Its number, as in the list of sets.", required=True),),
    ),
    Verb(
        "admin purge",
        "Delete a set for good, unread.",
        Right.PURGE,
        (VerbOption("set", "Its number, as in the list of sets.", required=True),),
    ),
    Verb(
        "admin signpost",
        "Say where people find help, and who hears of a concern.",
        Right.SIGNPOST,
        (
            VerbOption("words", "Numbers and addresses, as people should read them."),
            VerbOption("country", "2 letters, if this is for one country."),
            VerbOption("lead", "The person who hears of a concern.", person=True),
        ),
    ),
    Verb("report", "The last meeting's summary, and your part of it.", Right.SEE_REPORT),
)

BY_NAME: dict[str, Verb] = {name: verb for verb in VERBS for name in (verb.name, *verb.also)}
"""Every verb by its name and its other names."""


def option_of(verb: str, name: str) -> VerbOption | None:
    """The option of that name, where there is one."""
    known = BY_NAME.get(verb)
    return next((o for o in known.options if o.name == name), None) if known else None


def help_lines(*, running: bool) -> tuple[Block, ...]:
    """At most eight lines, first what one can do now."""
    first = sorted(VERBS, key=lambda v: v.in_meeting is not running)
    useful = [v for v in first if v.name not in ("help", "set new") and v.name[:6] != "admin "][:8]
    return tuple(Text(f"/als {v.name}: {v.help}") for v in useful)
