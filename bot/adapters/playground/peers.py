"""The others play along: they see what they may see, and press, type and react as people do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import uuid4

from bot.adapters.cast import Persona
from bot.adapters.playground.inbound import Dismiss, Gesture, Press, React, Submit, Write
from bot.adapters.playground.render import Json

Do: TypeAlias = Callable[[Gesture], Awaitable[Json]]
View: TypeAlias = Callable[[str], Json]

MOST_QUESTIONS = 12
"""Questions a presenter answers in one go."""

YOURS = "No one else can do that now. It may be up to you."


class Peer:
    """One of the others, who sees and does no more than the person at the page can."""

    def __init__(self, persona: Persona, number: int, view: View, do: Do) -> None:
        """`number` is their place among the others, so that they do not all do the same."""
        self.persona = persona
        self.number = number
        self._view = view
        self._do = do

    def sees(self, *labels: str) -> Json | None:
        """The newest message in the channel whose card has all these buttons."""
        return card_with(self._view(self.persona.id)["channel"], labels)

    async def press(self, label: str, *beside: str) -> Json | None:
        """Press it on the newest card that has it and those beside it; None: there is none."""
        message = self.sees(label, *beside)
        if message is None:
            return None
        sealed = next(b["id"] for b in buttons_of(message) if b["label"] == label)
        reply = await self._do(Press(_new_id(), self.persona.id, message["id"], sealed))
        if "told" in reply:
            # A mere try leaves no refusal behind for the next one who plays this person.
            await self._do(Dismiss(_new_id(), self.persona.id, reply["told"]))
        return reply

    async def fill(self, opened: Json | None, **typed: str) -> bool:
        """Fill in the form that a press has opened; whether it was taken."""
        form = (opened or {}).get("form")
        if form is None:
            return False
        fields = {field["key"]: typed.get(field["key"], field["value"]) for field in form["fields"]}
        filled = Submit(_new_id(), self.persona.id, form["token"], tuple(fields.items()))
        return taken(await self._do(filled))

    async def say(self, words: str) -> None:
        """Type an ordinary message."""
        await self._do(Write(_new_id(), self.persona.id, words))

    async def react(self, message: Json, emoji: str) -> bool:
        """Put a reaction on a message."""
        reaction = React(_new_id(), self.persona.id, message["id"], emoji, on=True)
        return taken(await self._do(reaction))


def _new_id() -> str:
    return str(uuid4())


def taken(reply: Json | None) -> bool:
    """Whether something was there to press and nobody refused it."""
    return reply is not None and "refused" not in reply


def blocks_of(message: Json, kind: str) -> Iterator[dict[str, Any]]:
    """The blocks of one kind on a message's card."""
    card = message["card"] or {"blocks": []}
    return (block for block in card["blocks"] if block["kind"] == kind)


def buttons_of(message: Json) -> Iterator[dict[str, Any]]:
    """Every button on a message's card."""
    return (button for row in blocks_of(message, "buttons") for button in row["buttons"])


def card_with(messages: Iterable[Json], labels: Iterable[str]) -> Json | None:
    """The newest message whose card has all these buttons."""
    wanted = set(labels)
    found = (m for m in messages if wanted <= {button["label"] for button in buttons_of(m)})
    return max(found, key=lambda m: int(m["id"][1:]), default=None)


def speaks_of(message: Json, name: str) -> bool:
    """Whether a line of the card begins with that name, as “Ben presents” on the board does."""
    return any(block["text"].startswith(f"{name} ") for block in blocks_of(message, "text"))


# --- what each part of a meeting asks of them -----------------------------------------------------


async def arrive(peer: Peer) -> bool:
    """In by the board; a new person reads the agreement and agrees."""
    board = peer.sees("I'm here", "More")
    if board is None or is_here(board, peer.persona.name):
        return False
    came = taken(await peer.press("I'm here", "More"))
    agreed = await peer.press("I agree")
    return came and (agreed is None or taken(agreed))


def is_here(board: Json, name: str) -> bool:
    """Whether the board names that person among those here."""
    return any(name in block["names"] for block in blocks_of(board, "people"))


async def check_in(peer: Peer) -> bool:
    """How one is, typed below; then Done."""
    await peer.say(peer.persona.arriving)
    return taken(await peer.press("Done", "Pass"))


async def report(peer: Peer) -> bool:
    """How it went, told by a person with an open action; of several actions, the first."""
    act = peer.persona.issue.acts[0]
    opened = await peer.press(act.outcome, "Still going")
    if taken(opened) and not (opened or {}).get("form"):
        opened = await peer.press("This one (1)")
    return await peer.fill(
        opened,
        happened=act.happened,
        learned=act.learned,
        visibility="set",
    )


async def offer(peer: Peer) -> bool:
    """An issue, or nothing today."""
    issue = peer.persona.issue
    if not peer.persona.offers:
        return taken(await peer.press("Nothing today", "Offer an issue"))
    opened = await peer.press("Offer an issue", "Nothing today")
    if has_words(opened):
        return False
    return await peer.fill(opened, title=issue.title, why=issue.why, urgency=issue.urgency)


def has_words(opened: Json | None) -> bool:
    """Whether the form's first question is filled in already: somebody has played this person."""
    fields = ((opened or {}).get("form") or {"fields": []})["fields"]
    return bool(fields and fields[0]["value"])


async def vote(peer: Peer) -> bool:
    """One vote each for the first two issues, never one's own: one more can make a tie."""
    ballot = peer.sees("My vote")
    if ballot is None or has_reacted(ballot, peer.persona.id):
        return False
    issues = [option for block in blocks_of(ballot, "options") for option in block["options"]]
    leading = [i for i in issues[:2] if not i["label"].startswith(f"{peer.persona.name}: ")]
    if not leading:
        return False
    return await peer.react(ballot, leading[peer.number % len(leading)]["emoji"])


def has_reacted(message: Json, person: str) -> bool:
    """Whether that person has put any reaction on a message."""
    return any(person == who for reaction in message["reactions"] for who, _ in reaction["who"])


async def tell(peer: Peer) -> bool:
    """The presenter's story, typed below; then what they would like from the others."""
    for words in peer.persona.issue.telling:
        await peer.say(words)
    return await peer.fill(
        await peer.press("I've finished"), question=peer.persona.issue.key_question
    )


async def ask(peer: Peer) -> bool:
    """A question: an open one where the card asks for open ones, else one for a fact."""
    card = peer.sees("Ask", "Enough")
    board = peer.sees("I'm here", "More")
    if card is None or (board is not None and speaks_of(board, peer.persona.name)):
        return False
    wants_open = "open" in card["card"]["title"].casefold()
    question = peer.persona.question if wants_open else peer.persona.fact
    return await peer.fill(await peer.press("Ask", "Enough"), question=question)


async def answer(peer: Peer) -> bool:
    """The presenter answers question after question, and parks the last."""
    answered = 0
    while peer.sees("Answered", "Park") is not None and answered < MOST_QUESTIONS:
        if answered == 0:
            await peer.say(peer.persona.reply)
        if not taken(await peer.press("Answered", "Park")):
            break
        answered += 1
    return answered > 0


async def reflect(peer: Peer) -> bool:
    """What stayed with them; the presenter listens."""
    opened = await peer.press("Reflect", "Nothing to add")
    return not has_words(opened) and await peer.fill(opened, reflection=peer.persona.reflection)


async def plan(peer: Peer) -> bool:
    """The presenter's actions, for the set or for themselves alone."""
    kept = False
    for act in peer.persona.issue.acts:
        opened = await peer.press("Add an action", "That's all")
        seen = "set" if act.shared else "me"
        kept = await peer.fill(opened, what=act.what, how=act.how, visibility=seen) or kept
    return taken(await peer.press("That's all", "Add an action")) and kept


async def learn(peer: Peer) -> bool:
    """What they take away, and how the set worked together."""
    opened = await peer.press("What I learned", "Pass")
    return not has_words(opened) and await peer.fill(
        opened, learning=peer.persona.learned, pulse=peer.persona.pulse
    )


FOR_ALL = frozenset({"Next phase", "More"})
"""The buttons under every part; the part's own come before them."""


async def press_first(peer: Peer) -> bool:
    """The first button of a part that nobody has written for; a form it opens is filled in."""
    card = peer.sees(*FOR_ALL)
    own = own_buttons(card) if card is not None else []
    if not own:
        return False
    opened = await peer.press(own[0], *FOR_ALL)
    if (opened or {}).get("form") is None:
        return taken(opened)
    fields = (opened or {})["form"]["fields"]
    said = {
        f["key"]: f["choices"][0]["value"] if f["choices"] else peer.persona.reply for f in fields
    }
    return await peer.fill(opened, **said)


def own_buttons(message: Json) -> list[str]:
    """The labels of a card's buttons, without those that every part has."""
    labels = [button["label"] for button in buttons_of(message)]
    return [label for label in labels if label not in FOR_ALL]


def unwritten(message: Json, peer: Persona) -> bool:
    """Whether a part has buttons of its own, and none of those that the others know."""
    own = own_buttons(message)
    known = {label for part in PARTS for label in part.needs if part is not UNWRITTEN}
    return bool(own) and not known.intersection(own)


def anybody(message: Json, peer: Persona) -> bool:
    """A part for everyone."""
    return True


def the_absent(message: Json, peer: Persona) -> bool:
    """A part for those the board does not name."""
    return not is_here(message, peer.name)


BOARD = ("I'm here", "More")
"""The buttons of the one card that names who is here and who presents."""


def the_one_named(message: Json, peer: Persona) -> bool:
    """A part for whom the board names: the presenter."""
    return speaks_of(message, peer.name)


@dataclass(frozen=True, slots=True)
class Prompted:
    """Something the others can do, offered while one card has all the buttons in `needs`.

    `whose` says for which of them it is, judged by the newest card with the buttons in `by`.
    """

    key: str
    label: str
    done: str
    needs: tuple[str, ...]
    act: Callable[[Peer], Awaitable[bool]]
    whose: Callable[[Json, Persona], bool] = anybody
    by: tuple[str, ...] = ()


UNWRITTEN = Prompted(
    "first",
    "press the first button",
    "pressed the first button",
    tuple(FOR_ALL),
    press_first,
    unwritten,
)
"""What the others do in a part that is new to them."""

PARTS: tuple[Prompted, ...] = (
    Prompted("arrive", "arrive and agree", "came in", ("I'm here", "More"), arrive, the_absent),
    Prompted("check_in", "say how they are", "said how they are", ("Done", "Pass"), check_in),
    Prompted("report", "say how it went", "said how it went", ("Partly", "Still going"), report),
    Prompted(
        "offer",
        "offer issues",
        "offered an issue or passed",
        ("Offer an issue", "Nothing today"),
        offer,
    ),
    Prompted("vote", "vote (yours can make a tie)", "voted", ("My vote",), vote),
    Prompted(
        "tell", "tell their story", "told the story", ("I've finished",), tell, the_one_named, BOARD
    ),
    Prompted("ask", "ask", "asked", ("Ask", "Enough"), ask),
    Prompted(
        "answer",
        "answer the questions",
        "answered",
        ("Answered", "Park"),
        answer,
        the_one_named,
        BOARD,
    ),
    Prompted("reflect", "reflect", "reflected", ("Reflect", "Nothing to add"), reflect),
    Prompted(
        "plan",
        "plan actions",
        "planned what to do",
        ("Add an action", "That's all"),
        plan,
        the_one_named,
        BOARD,
    ),
    Prompted(
        "learn",
        "say what they learned",
        "said what they learned",
        ("What I learned", "Pass"),
        learn,
    ),
    UNWRITTEN,
)
"""What the others can do, in the order of a meeting."""

BY_KEY = {part.key: part for part in PARTS}


class Peers:
    """The people of the set whom nobody plays just now."""

    def __init__(self, personas: Mapping[str, Persona], view: View, do: Do) -> None:
        """They see through `view` and act through `do`, as the page does."""
        self._personas = personas
        self._view = view
        self._do = do

    def offers(self, person: str, channel: list[Json]) -> list[Json]:
        """What the others could do now, as the page of `person` shows it."""
        public = [message for message in channel if not message["only"]]
        others = [p for p in self._personas.values() if p.id != person]
        return [
            {"key": part.key, "label": part.label}
            for part in PARTS
            if card_with(public, part.needs) is not None and _for_any(part, public, others)
        ]

    async def act(self, key: str, *, but: str) -> str:
        """Let the others do that part; one sentence on who did."""
        part = BY_KEY.get(key)
        if part is None:
            return YOURS
        acted = [peer.persona.name for peer in self._peers(but) if await self._try(part, peer)]
        return f"{_in_words(acted)} {part.done}." if acted else YOURS

    async def _try(self, part: Prompted, peer: Peer) -> bool:
        card = peer.sees(*(part.by or part.needs))
        if peer.sees(*part.needs) is None or card is None or not part.whose(card, peer.persona):
            return False
        return await part.act(peer)

    def _peers(self, but: str) -> list[Peer]:
        others = [persona for persona in self._personas.values() if persona.id != but]
        return [Peer(p, number, self._view, self._do) for number, p in enumerate(others)]


def _for_any(part: Prompted, public: list[Json], others: list[Persona]) -> bool:
    card = card_with(public, part.by or part.needs)
    return card is not None and any(part.whose(card, peer) for peer in others)


def _in_words(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)
