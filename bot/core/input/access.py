"""What every entry asks first: which permission a signal needs, and whether this person has it."""

from __future__ import annotations

from bot.core import permissions, refusals
from bot.core.decision import Refusal
from bot.core.input import personal, pressed
from bot.core.input.forms import FORMS, OPENED_BY
from bot.core.learning_set import roles as set_roles
from bot.core.learning_set.place import Room
from bot.core.permissions import Right, Role
from bot.core.signals import Caller, Pressed, Signal, Submitted, Typed
from bot.core.verbs import BY_NAME


def row_of(who: Caller, signal: Signal) -> Right | None:
    """The permission a command, button or form needs; None for what no person chose."""
    match signal:
        case Typed(verb=name):
            verb = BY_NAME.get(name or "home")
            return verb.right if verb is not None else None
        case Pressed():
            return _of_button(who, signal)
        case Submitted(form=key):
            return FORMS[key].needs if key in FORMS else Right.TAKE_PART
        case _:
            return None


def _of_button(who: Caller, signal: Pressed) -> Right:
    """A button asks for what its command asks for, or the form that it opens."""
    if signal.action in OPENED_BY:
        return OPENED_BY[signal.action].needs
    asked = personal.permission(who, signal) or pressed.permission(who, signal)
    return asked or Right.TAKE_PART


def stopped(room: Room, who: Caller, signal: Signal) -> Refusal | None:
    """Why this person may not do that here; None where they may, or where there is no set yet."""
    right = row_of(who, signal)
    if right is None or (room.set is None and right not in permissions.WITHOUT_A_SET):
        return None
    return refusals.stopped(roles_of(room, who), right)


def roles_of(room: Room, who: Caller) -> frozenset[Role]:
    """What this person is here, and whether they manage the workspace or server."""
    roles = set_roles.in_place(room.set, room.session, who.person)
    return roles | {Role.ADMIN} if who.admin else roles
