"""What people want of the bot itself: their data, help, a word to the lead, the organiser's look."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.command import ForPerson
from bot.core.permissions import Right


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowPrivacy(ForPerson, needs=Right.ASK_HELP):
    """What is stored about people, who sees it, and when it goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportMine(ForPerson, needs=Right.EXPORT):
    """My own words and acts, as files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetMe(ForPerson, needs=Right.ERASE):
    """Delete what is mine; asked once more before it is done."""

    sure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BurnSet(ForPerson, needs=Right.BURN):
    """Delete the whole set, once its facilitator and more than half of its members want it."""

    sure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AskHelp(ForPerson, needs=Right.ASK_HELP):
    """I need help: where to find people, for their eyes only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseConcern(ForPerson, needs=Right.CONCERN):
    """Tell the named lead that I am worried: who, when, which set, and no content."""

    sure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAfter(ForPerson, needs=Right.LOOK_AFTER):
    """An organiser looks at counts and states: `what` is one of the parts of `/als admin`."""

    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PutAway(ForPerson, needs=Right.PURGE):
    """An organiser archives a set, or deletes it for good, without reading it."""

    what: str
    subject: str = ""
    sure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSignpost(ForPerson, needs=Right.SIGNPOST):
    """An organiser says where people find help, and who is told of a concern."""

    country: str = ""
    words: str = ""
    lead: str = ""
