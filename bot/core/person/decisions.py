"""What follows from each thing that people ask of the bot itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from bot.core.command import Command, ForPerson
from bot.core.decision import Matter, Notice, Refusal, Where, on
from bot.core.person import burning, organising, privacy, signposts
from bot.core.person.commands import (
    BurnSet,
    ExportMine,
    ForgetMe,
    LookAfter,
    PutAway,
    RaiseConcern,
    SetSignpost,
    ShowPrivacy,
)
from bot.core.person.outcome import Erase, Known, PersonDecision, TextFile
from bot.core.person.retention import privacy_card
from bot.core.refusals import NO_SET


def decide(known: Known, command: ForPerson, now: datetime) -> PersonDecision | Refusal:
    """What follows from what somebody asks of the bot, by what is known of them; nothing is done yet."""
    return DECIDERS[type(command)](known, command, now)


# --- one's own data ---------------------------------------------------------------------------


def _privacy(known: Known, command: ShowPrivacy, now: datetime) -> PersonDecision:
    return PersonDecision((privacy_card(known.operator),))


def _export(known: Known, command: ExportMine, now: datetime) -> PersonDecision:
    sets = privacy.all_of_mine(known.knew, command.who)
    files = (
        TextFile(
            "my-data.txt",
            "text/plain",
            privacy.as_text(sets, known.settings, now),
            "Your own words and acts, to read.",
        ),
        TextFile(
            "my-data.json",
            "application/json",
            privacy.as_json(sets, known.settings, now),
            "The same for other programs.",
        ),
    )
    told = "Your data, as 2 files for you alone."
    return PersonDecision((told,), files=files, audit=("export",))


def _forget(known: Known, command: ForgetMe, now: datetime) -> PersonDecision:
    if not command.sure:
        return PersonDecision((privacy.FORGET_CARD,))
    erased = (Erase(command.who),)
    return PersonDecision((privacy.FORGOTTEN,), erased, audit=("forget",), changed=True)


# --- a concern ------------------------------------------------------------------------------------


def _concern(known: Known, command: RaiseConcern, now: datetime) -> PersonDecision | Refusal:
    state, who = known.room.set, command.who
    if state is None:
        return NO_SET
    lead = next((post.lead for post in known.signposts if post.lead), "")
    if not lead:
        return signposts.NO_LEAD
    if not command.sure:
        return PersonDecision((signposts.sure_card(state),))
    slot = f"{state.id}:concern:{who}:{int(now.timestamp())}"
    notice = Notice(Matter.NOTICE, slot, "concern", who, Where.DIRECT, lead)
    return PersonDecision((signposts.TOLD,), notices=(notice,), audit=("concern", state.id))


DECIDERS: Mapping[type[Command], Callable[[Known, Command, datetime], PersonDecision | Refusal]] = {
    **on(ShowPrivacy, _privacy),
    **on(ExportMine, _export),
    **on(ForgetMe, _forget),
    **on(BurnSet, burning.burn),
    **on(RaiseConcern, _concern),
    **on(LookAfter, organising.look),
    **on(PutAway, organising.put_away),
    **on(SetSignpost, organising.signpost),
}
"""Who decides each of them; help is the engine's, which knows the meeting too."""
