"""Cards about action points: reminders, one's own, what the set shares, and which one is meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import TypeVar

from bot.core import permissions
from bot.core.cards import (
    Block,
    Button,
    Card,
    PersonId,
    Quote,
    Style,
    Text,
    Tone,
    Until,
    buttons,
)
from bot.core.exchange import OUTCOME_BUTTONS
from bot.core.learning_set import roles as set_roles
from bot.core.learning_set.actions import reminders
from bot.core.learning_set.actions.action import IN_WORDS, ActionPoint
from bot.core.learning_set.state import SetState
from bot.core.walltime import instant
from bot.core.wording import NO_REPLIES, capital, count

MOST_REMINDED = 4
"""Actions one reminder shows in full, so that it stays one message."""

CHOSEN = "How are your actions going?"
OWN_PER_PAGE = 3
PER_PAGE = 8

T = TypeVar("T")


def reminder_card(
    state: SetState, owner: PersonId, day: str, now: datetime | None = None
) -> Card | None:
    """One person's reminders of one day, merged; nothing where none is left to say.

    Its reasons are true at `now`; by default on the day (ISO, theirs) it was meant for.
    """
    about = reminders.reminded_on(state, owner, day)
    if not about:
        return None
    today = date.fromisoformat(day) if now is None else reminders.today_of(state, owner, now)
    shown = about[:MOST_REMINDED]
    reasons = [reminders.why(state, action, rule, today) for action, rule in shown]
    one_for_all = reasons[0] if len(set(reasons)) == 1 else ""
    blocks: list[Block] = []
    for (action, rule), reason in zip(shown, reasons, strict=True):
        blocks.append(Quote(action.what))
        blocks.append(Until("Due", instant(action.due, state.zone)))
        if not one_for_all:
            blocks.append(Text(reason, Tone.QUIET))
        blocks.extend(_reminder_buttons(action, asks=_asks(state, action, rule, today)))
    blocks.extend(_more(len(about) - MOST_REMINDED))
    blocks.append(_from(state, one_for_all))
    asks = _asks(state, *about[0], today)
    return Card(
        "Still your plan?" if asks else CHOSEN,
        tuple(blocks),
        summary="You asked me to ask about your action.",
        subject=state.id,
        loud=True,
    )


def late_reminders(state: SetState, owner: PersonId, days: Iterable[str], now: datetime) -> Card:
    """Reminders of several days that could not go out in time: each action once, as it stands now."""
    about = {a.id: a for day in days for a, _ in reminders.reminded_on(state, owner, day)}
    today = reminders.today_of(state, owner, now)
    blocks: list[Block] = []
    for action in tuple(about.values())[:MOST_REMINDED]:
        to_go = reminders.days_to_go(state, action, today)
        stands = "Was due" if to_go < 0 else "Due" if to_go else "Due today"
        blocks.append(Quote(action.what))
        blocks.append(Until(stands, instant(action.due, state.zone)))
        outcomes = (Button(b.label, b.action, action.id, b.style) for b in OUTCOME_BUTTONS)
        blocks.extend(buttons(*outcomes))
    blocks.extend(_more(len(about) - MOST_REMINDED))
    blocks.append(_from(state))
    return Card(CHOSEN, tuple(blocks), "You asked me to ask about your action.", state.id)


def _more(number: int) -> tuple[Block, ...]:
    if number <= 0:
        return ()
    words = Text(f"And {count(number, 'more action', 'more actions')}.")
    return (words, *buttons(Button("Show mine", "show_mine")))


def _from(state: SetState, reason: str = "") -> Text:
    """Why it comes, from where, and that nobody reads an answer: one line of small print."""
    return Text(f"{reason} From {state.name}. {NO_REPLIES}".strip(), Tone.QUIET)


def _asks(state: SetState, action: ActionPoint, rule: reminders.ActionRule, today: date) -> bool:
    """Whether it is asked if the words still hold, and not yet what became of them."""
    return rule.key == "day_2" and reminders.days_to_go(state, action, today) >= 0


def _reminder_buttons(action: ActionPoint, *, asks: bool) -> tuple[Block, ...]:
    stop = Button("Stop reminding", "stop_reminding", action.id)
    if asks:
        return buttons(
            Button("Yes", "still_meant", action.id, Style.PRIMARY),
            Button("Change the words", "change_action", action.id),
            stop,
        )
    outcomes = (Button(b.label, b.action, action.id, b.style) for b in OUTCOME_BUTTONS[:4])
    return buttons(*outcomes, Button("Snooze", "snooze", action.id), stop)


def which_action(mine: tuple[ActionPoint, ...], outcome: str, page: int = 0) -> Card:
    """Several open actions: which one do you mean?"""
    blocks: list[Block] = []
    shown, following = _page(mine, page, PER_PAGE)
    for n, action in enumerate(shown, 1):
        blocks.append(Quote(action.what))
        blocks.extend(buttons(Button(f"This one ({n})", outcome, action.id)))
    blocks.extend(_rest("which", f"{outcome}:{following}" if following else ""))
    return Card("Which action?", tuple(blocks), summary="Which action?")


def _page(all_of_them: tuple[T, ...], page: int, size: int) -> tuple[tuple[T, ...], str]:
    """One page of many, counted from 0, and the number of the next where there is one."""
    begin = page * size
    if begin >= len(all_of_them):
        begin, page = 0, 0
    shown = all_of_them[begin : begin + size]
    return shown, str(page + 1) if begin + size < len(all_of_them) else ""


def _rest(action: str, value: str) -> tuple[Block, ...]:
    return buttons(Button("Show the rest", action, value)) if value else ()


def sure_to_delete(action: ActionPoint) -> Card:
    """Deleting is for good, so it is asked."""
    row = buttons(Button("Delete it for good", "delete_sure", action.id, Style.DANGER))
    return Card("Delete this action?", (Quote(action.what), *row), summary="Are you sure?")


def own_actions(state: SetState, who: PersonId, page: int = 0) -> Card:
    """One's open actions with everything one can do about them."""
    shown, following = _page(state.open_actions(who), page, OWN_PER_PAGE)
    blocks = [block for action in shown for block in _own_action(state, action)]
    if not blocks:
        blocks.append(Text("You have no open actions. “Save an action for me” adds one."))
        blocks.extend(buttons(Button("Save an action for me", "save_action")))
    blocks.extend(_rest("show_mine", following))
    return Card("Your actions", tuple(blocks), summary="Your actions.", subject=state.id)


def _own_action(state: SetState, action: ActionPoint) -> Iterator[Block]:
    yield Quote(action.what)
    if action.how:
        yield Text(f"How you'll know: {action.how}", Tone.QUIET)
    if action.helper:
        yield Text(f"Who could help: {action.helper}", Tone.QUIET)
    seen = "Shared with the set" if action.shared else "Only you can see it"
    label = f"{capital(IN_WORDS[action.outcome])} · {seen} · Due"
    yield Until(label, instant(action.due, state.zone))
    hide, show = Button("Only me", "unshare_action"), Button("Share with the set", "share_action")
    visibility = hide if action.shared else show
    yield from buttons(
        Button("How did it go?", "outcomes", action.id, Style.PRIMARY),
        Button("Change the words", "change_action", action.id),
        Button(visibility.label, visibility.action, action.id),
        Button("Delete", "delete_action", action.id, Style.DANGER),
    )


def outcomes(state: SetState, who: PersonId, action: str) -> Card:
    """The outcomes of one action, for its owner; all of theirs where it is not clear which."""
    mine = tuple(a for a in state.open_actions(who) if action in ("", a.id))
    if len(mine) != 1:
        return own_actions(state, who)
    row = (Button(b.label, b.action, mine[0].id, b.style) for b in OUTCOME_BUTTONS)
    return Card(
        "How did it go?",
        (Quote(mine[0].what), *buttons(*row)),
        summary="How did it go?",
        subject=state.id,
    )


def shared_actions(state: SetState, who: PersonId, page: int = 0) -> Card:
    """The open actions whose owners let the set see them."""
    roles = set_roles.in_set(state, who)
    shared = tuple(
        a
        for a in state.actions
        if a.open
        and a.shared
        and state.agreed(a.owner)
        and permissions.may_see(roles, who, reminders.words_of(a))
    )
    shown, following = _page(shared, page, PER_PAGE)
    blocks: tuple[Block, ...] = tuple(Quote(a.what, state.name_of(a.owner)) for a in shown)
    if not blocks:
        blocks = (Text("No shared actions yet."),)
    return Card(
        f"Shared actions in {state.name}",
        (*blocks, *_rest("show_shared", following)),
        summary="Your set's shared actions.",
        subject=state.id,
    )
