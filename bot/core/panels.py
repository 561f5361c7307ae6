"""Cards for one person's eyes in a meeting: what they may do now, where we are, what they keep."""

from __future__ import annotations

from collections.abc import Iterator

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
    people,
)
from bot.core.formats import FORMATS, PHASES
from bot.core.phases.action_plan import Plan
from bot.core.phases.bids import Bids
from bot.core.phases.learning_review import Learnings
from bot.core.phases.phase import may_be_taken_over
from bot.core.phases.present import Telling
from bot.core.phases.questions import WAITING, Questions
from bot.core.phases.reflect import Reflections
from bot.core.session import BOT, Presence, Session, Status
from bot.core.wording import count, minutes

HELP_IS_PEOPLE = (
    "This bot is no crisis service and nobody watches it. If somebody is in danger, call your local "
    "emergency number. You may hold a silence, stop your round or leave at any time."
)


def more_card(session: Session, who: PersonId) -> Card:
    """Everything this person may do now; for who holds the process, their panel."""
    rows = (_for_holder(session, who), _for_presenter(session, who), _for_everyone(session, who))
    return Card(
        "What you can do now",
        (
            *_where_we_are(session),
            *_waiting_names(session, who),
            *(block for row in rows for block in buttons(*row)),
        ),
        subject=session.id,
        step=session.at,
    )


def _for_holder(session: Session, who: PersonId) -> Iterator[Button]:
    holds = session.holder == who
    if holds or session.holder == BOT:
        yield Button("Next phase", "next", style=Style.PRIMARY)
        yield Button("+2 minutes", "extend", "2")
    if holds:
        yield Button("Resume" if session.clock.still else "Pause", "pause")
        yield Button("Back", "back")
        yield Button("Hand over", "hand_over")
    if holds or session.holder == BOT:
        yield Button("End", "end", style=Style.DANGER)
    if session.process.home == who != session.process.holder:
        yield Button("Take it back", "take_back_process")
    if may_be_taken_over(session) and not holds:
        yield Button("Take over", "take_over")


def _for_presenter(session: Session, who: PersonId) -> Iterator[Button]:
    if session.presenter == who:
        yield Button("Stop my round", "stop_round", style=Style.DANGER)
    mine = _waiting_question(session, who)
    if mine is not None:
        yield Button("Change my question", "change_question", str(mine))
        yield Button("Take back my question", "take_back", str(mine))


def _for_everyone(session: Session, who: PersonId) -> Iterator[Button]:
    if session.is_here(who):
        yield Button("Hold a silence", "silence")
        yield Button("Time-out", "time_out")
        yield Button("I have to go", "step_out")
    else:
        yield Button("I'm here", "here", style=Style.PRIMARY)
    yield Button("Save an action for me", "save_action")
    yield Button("I need help", "need_help")


def _waiting_question(session: Session, who: PersonId) -> int | None:
    memory = session.memories[session.at]
    if not isinstance(memory, Questions):
        return None
    return next(
        (n for n, q in enumerate(memory.all, 1) if q.asker == who and q.state == WAITING), None
    )


def _waiting_names(session: Session, who: PersonId) -> tuple[Block, ...]:
    """Who has not answered yet: names only to who holds the process."""
    memory = session.memories[session.at]
    if session.holder != who:
        return ()
    done = memory.answered() if isinstance(memory, Bids) else None
    turns = getattr(memory, "turns", memory)
    done = getattr(turns, "done", ()) if done is None else done
    waiting = [p for p in session.here if p.person not in done and p.person != session.presenter]
    if not done or not waiting:
        return ()
    return (people("Still to come", ((p.person, p.name) for p in waiting)),)


def _where_we_are(session: Session) -> tuple[Block, ...]:
    shown = [n for n, step in enumerate(session.plan) if step.phase != "arrive"]
    place = shown.index(session.at) + 1 if session.at in shown else 0
    where = PHASES[session.step.phase].title
    blocks: list[Block] = [
        Text(f"{where} ({place} of {len(shown)})." if place else f"{where}.", Tone.STRONG)
    ]
    if session.clock.still is not None:
        blocks.append(Text("The clock stands still."))
    elif session.step.seconds:
        blocks.append(Until("This part ends", session.clock.ends_at, countdown=True))
    return tuple(blocks)


def status_card(session: Session) -> Card:
    """Where we are and who is next."""
    holder = "The bot holds the process." if session.holder == BOT else ""
    holder = holder or f"{session.name(session.holder)} holds the process."
    presents = f"{session.name(session.presenter)} presents." if session.presenter else ""
    following = [s for s in session.plan[session.at + 1 :]]
    then = f"Then: {PHASES[following[0].phase].title}." if following else ""
    return Card(
        session.title,
        (
            *_where_we_are(session),
            Text(" ".join(line for line in (holder, presents, then) if line)),
            people("Here", ((p.person, p.name) for p in session.here)),
        ),
        subject=session.id,
        step=session.at,
    )


def late_card(session: Session) -> Card:
    """For somebody who comes while the meeting runs: where we are and what they may do."""
    presenter = session.presenter
    if session.step.phase == "present" and presenter:
        what = f"{session.name(presenter)} is telling their story; please listen until they finish."
    elif presenter:
        what = f"{session.name(presenter)} presents. You may take part as the card says."
    else:
        what = "You may take part as the card says; your turn comes last."
    return Card(
        "Welcome, we have begun",
        (*_where_we_are(session), Text(what)),
        subject=session.id,
        step=session.at,
    )


def help_card(session: Session) -> Card:
    """A quiet word for somebody who needs help now."""
    return Card(
        "You are not alone in this",
        (
            Text(HELP_IS_PEOPLE),
            *buttons(Button("Hold a silence", "silence"), Button("I have to go", "step_out")),
        ),
        subject=session.id,
        step=session.at,
    )


def board(session: Session) -> Card:
    """The one card that says where the meeting is, from the door to the close."""
    blocks: tuple[Block, ...]
    door = buttons(Button("I'm here", "here", style=Style.PRIMARY), Button("More", "more"))
    if not session.live:
        words = "We have met." if session.status is Status.HELD else "This meeting was not held."
        blocks = (Text(words),)
    else:
        blocks = (
            *_where_we_are(session),
            *((Text(f"{session.name(session.presenter)} presents."),) if session.presenter else ()),
            people("Here", ((p.person, p.name) for p in session.here)),
            *door,
        )
    return Card(
        session.title,
        (Text(FORMATS[session.format].title, Tone.QUIET), *blocks),
        summary="An Action Learning Set meets here.",
        subject=session.id,
        loud=session.at == 0,
    )


def summary_card(session: Session) -> Card:
    """What the set may read of a meeting that is over: no words of anybody."""
    met = [p for p in session.people if p.presence is not Presence.EXPECTED]
    presented = [session.name(p) for p in session.presenters]
    lines = [
        f"{count(len(met), 'person', 'people').capitalize()} met.",
        f"{' and '.join(presented)} presented." if presented else "",
        "What I keep of your words comes to you privately and is deleted a day later.",
    ]
    blocks: tuple[Block, ...] = (Text(" ".join(line for line in lines if line)),)
    if session.next_at is not None:
        blocks += (Until("We meet again", session.next_at),)
    return Card("Thank you all", blocks, summary="The meeting is over.", subject=session.id)


def keepsake_card(session: Session, who: PersonId) -> Card | None:
    """What one person takes home: their own words, and as presenter what they were given."""
    blocks = (*_given_to(session, who), *_own_words(session, who))
    kept = Text(
        "I keep these words for a day after you got them, then they are deleted here. "
        "Your action points stay with you until you close them.",
        Tone.QUIET,
    )
    thanks = Text("Thank you for coming.")
    return Card(
        "From your meeting",
        (*(blocks or (thanks,)), kept),
        summary="Your notes from the meeting are here.",
        subject=session.id,
    )


def _given_to(session: Session, who: PersonId) -> Iterator[Block]:
    for at, memory in enumerate(session.memories):
        if session.presenter_of(at) != who or memory is None:
            continue
        match memory:
            case Telling(key_question=question) if question:
                yield Text("Your key question", Tone.STRONG)
                yield Quote(question)
            case Questions(all=asked) if any(q.words for q in asked):
                yield Text(PHASES[session.plan[at].phase].title, Tone.STRONG)
                for q in asked:
                    if q.words:
                        parked = " (parked)" if q.state == "parked" else ""
                        yield Quote(q.words, f"{session.name(q.asker)}{parked}")
            case Reflections(words=words) if any(said for _, said in words):
                yield Text("Reflections", Tone.STRONG)
                for person, said in words:
                    if said:
                        yield Quote(said, session.name(person))
            case Plan(actions=actions) if any(a.what for a in actions):
                yield Text("Your actions", Tone.STRONG)
                for action in actions:
                    if action.what:
                        yield Quote(action.what)


def _own_words(session: Session, who: PersonId) -> Iterator[Block]:
    for memory in session.memories:
        match memory:
            case Learnings(words=words) if dict(words).get(who):
                yield Text("What you learned", Tone.STRONG)
                yield Quote(dict(words)[who])
            case Bids() if memory.of(who) is not None and who not in session.presenters:
                yield Text("Your issue stays with you; bring it again when you like", Tone.STRONG)
                yield Quote(memory.of(who).title)  # type: ignore[union-attr]


def length_of(session: Session) -> str:
    """The current step's length in words."""
    return minutes(session.step.seconds)
