"""Six invented people who run small charities, and what they say: on the page and in the script."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and what its presenter does: answers aloud, or presses `Park` or `Pass`."""

    words: str
    answer: str = ""
    button: str = "Answered"


@dataclass(frozen=True, slots=True)
class Act:
    """What a presenter will do, and how it went six weeks later."""

    what: str
    how: str = ""
    visibility: str = "My set"
    outcome: str = "Partly"
    happened: str = "I began, and it was smaller than I had feared."
    learned: str = "Beginning was the hard part."

    @property
    def shared(self) -> bool:
        """Whether the set may see it."""
        return self.visibility == "My set"


@dataclass(frozen=True, slots=True)
class Issue:
    """What one person brings, and the round it becomes where the others choose it.

    Where others are asked and answer as themselves, it has no `facts`, `questions` or `reflections`.
    """

    title: str
    why: str
    urgency: str
    telling: tuple[str, ...]
    key_question: str
    acts: tuple[Act, ...]
    facts: tuple[Asked, ...] = ()
    questions: tuple[Asked, ...] = ()
    reflections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Persona:
    """One invented person. All their words are made up.

    `fact`, `question`, `reply` and `reflection` are what they ask and say of whatever is brought.
    `offers` is False for a person with nothing to offer today; if they are chosen, they tell it.
    """

    name: str
    about: str
    arriving: str
    learned: str
    pulse: str
    last_word: str
    again: str
    fact: str
    question: str
    reply: str
    reflection: str
    issue: Issue
    offers: bool = True
    zone: str = "Europe/London"

    @property
    def id(self) -> str:
        """Their id on the page and in the script."""
        return self.name.casefold()


CAMPAIGN = Issue(
    title="I promised to lead the spring campaign and I am already tired.",
    why="The planning day is on Thursday.",
    urgency="3",
    telling=(
        "In November nobody else put a hand up, so I did. I have led the last two as well.",
        "I wake up at five and write lists. The volunteers are lovely, and they wait for me.",
        "On Thursday I am to show a plan. I have not begun it, and I have told nobody.",
    ),
    key_question="What is mine to do here, and what is not?",
    facts=(
        Asked("How many people are in the team this spring?", "Eleven, four of them new."),
        Asked("What exactly did you promise, and to whom?", "To the board: a plan and a launch."),
        Asked("Until when does it run?", "Twelve weeks, to the end of May."),
    ),
    questions=(
        Asked(
            "What would you need in order to lead it well?",
            "Half of it. I can lead half of it well.",
        ),
        Asked("What have you not said out loud yet?", button="Park"),
        Asked(
            "Who would be glad to be asked?",
            "Mia. She has offered twice, and I heard it as politeness.",
        ),
        Asked(
            "What do you gain by being the one they wait for?",
            "That is a sharp one. I am needed, I suppose. I had not seen that as a gain.",
        ),
        Asked("What is the smallest step you would be glad of?", "One honest talk by Thursday."),
    ),
    reflections=(
        "What stayed with me is how carefully you spoke of the volunteers.",
        "I noticed that you grew lighter when you said Mia's name.",
        "I found myself holding my breath when you said five in the morning.",
        "I noticed how long you were quiet after the question about being needed.",
        "I am taking the word “half” into my own week.",
    ),
    acts=(
        Act(
            "I will ask Mia to lead the launch with me.",
            "Both our names stand on the plan.",
            "My set",
            "Done",
            "We spoke on the Wednesday. She had been waiting to be asked.",
            "Asking early is kinder than coping.",
        ),
        Act(
            "I will write down each evening what I did not do.",
            "The list makes me smile.",
            "Only me",
            "Dropped",
            "I did it for four days.",
            "It mattered less once the load was shared.",
        ),
    ),
)

HANDING_OVER = Issue(
    title="How do I hand over the team I founded?",
    why="My new post begins in May.",
    urgency="3",
    telling=(
        "I began the team in my kitchen nine years ago. Now there are fourteen of us.",
        "I have told them that I am going, and since then nobody has asked me anything.",
        "I keep rewriting the handbook at night. I think it has become a long goodbye.",
    ),
    key_question="How do I leave so that they can begin?",
    facts=(
        Asked("When is your last day?", "The thirtieth of April."),
        Asked("Who decides who leads next?", "They do. I asked for that."),
        Asked("How many have been there from the start?", "Three."),
    ),
    questions=(
        Asked(
            "What would you like them to stop asking you?",
            "Whether they may. I would like them to stop asking whether they may.",
        ),
        Asked("What are you afraid they will change?", button="Park"),
        Asked(
            "Whom is the handbook for?",
            "I wanted to say: for them. It is for me.",
        ),
        Asked("What could only happen once you have gone?", "A quarrel. They need one, I think."),
        Asked("What would a good last week look like?", "I would only listen. And bake."),
    ),
    reflections=(
        "What stayed with me is the kitchen, and how many times it came back.",
        "I noticed that I wanted to comfort you, and that you did not ask for it.",
        "I found myself thinking of every place I left too loudly.",
        "I noticed the word goodbye came before the word handbook.",
        "I am taking with me that a quarrel can be a gift.",
    ),
    acts=(
        Act(
            "I will stop writing the handbook and give it to the three who began with me.",
            "I have not opened the file for a week.",
            "My set",
            "Partly",
            "They have it, and I opened it twice.",
            "Letting go is a practice, with bad days.",
        ),
        Act(
            "I will ask each of them for one thing I should keep out of.",
            "Fourteen answers.",
            "Only me",
            "Done",
            "I have twelve, and two who laughed.",
            "They know me better than I thought.",
        ),
    ),
)

NUMBERS_AND_PEOPLE = Issue(
    title="Our funder wants numbers and we do people.",
    why="The report is due at the end of the quarter.",
    urgency="2",
    telling=(
        "The form has forty-one boxes. None of them is about a woman who sang again in March.",
        "My colleague fills in something, and I feel we are lying with true figures.",
        "I was rude to the programme officer on the telephone. I have not called since.",
    ),
    key_question="How do I answer honestly without losing the grant?",
    facts=(
        Asked("How much of your income is it?", "A third."),
        Asked("Who wrote the form?", "I do not know. I never asked."),
    ),
    questions=(
        Asked(
            "What would you want to know, if the money were yours?",
            "Whether anybody was less alone afterwards.",
        ),
        Asked("What do the numbers you have tell you?", "That people come back. I skip that box."),
        Asked("What did you not say on the telephone?", button="Park"),
        Asked("Who else fills in this form?", "Thirty other groups. We could ask together."),
    ),
    reflections=(
        "What stayed with me is the woman who sang.",
        "I noticed that you laughed at the box you skip.",
        "I found myself curious about the person who wrote the form.",
        "I noticed anger, and under it something like care.",
        "I am taking the question what I would want to know.",
    ),
    acts=(
        Act(
            "I will call the programme officer, say sorry, and ask who wrote the form.",
            "I know a name.",
            "My set",
            "Done",
            "Her name is Ruth, and she dislikes the form as well.",
            "There was a person behind the boxes.",
        ),
    ),
)

THE_CHAIR = Issue(
    title="I cannot say no to the chair.",
    why="There is a new request every week.",
    urgency="2",
    telling=(
        "He calls on Sundays. It is always small and it is always urgent.",
        "Last week I missed my daughter's match because of a seating plan.",
        "I say yes before he has finished the sentence. I can hear myself do it.",
    ),
    key_question="What happens in me before I say yes?",
    facts=(
        Asked("How long has he been in the chair?", "Two years."),
        Asked("What is in your contract about Sundays?", "Nothing at all."),
    ),
    questions=(
        Asked("What do you imagine he would do if you said no?", "Be silent. I hate that most."),
        Asked("Who taught you to answer so fast?", button="Pass"),
        Asked("When did you last say no and it was good?", "To a bank. I still enjoy it."),
        Asked("What would Monday's answer sound like?", "I will look and tell you on Tuesday."),
    ),
    reflections=(
        "What stayed with me is the silence you hate most.",
        "I noticed how your story had Sunday in every line.",
        "I found myself wanting to see that match.",
        "I noticed that the bank made you sit up.",
        "I am taking “I will tell you on Tuesday”.",
    ),
    acts=(
        Act(
            "I will let his Sunday calls ring, and answer on Monday by mail.",
            "Three Sundays without a yes.",
            "My set",
            "Changed",
            "I told him so first. He asked why I had never said.",
            "The silence was mine.",
        ),
    ),
)

NOTHING_PREPARED = Issue(
    title="I have brought nothing today.",
    why="It may matter all the same.",
    urgency="1",
    telling=("I have nothing prepared, and that may be the point.",),
    key_question="What am I waiting for?",
    acts=(Act("Have a cup of tea with my deputy before Thursday"),),
)

A_SMALL_THING = Issue(
    title="It is a small thing, and it does not leave me alone.",
    why="It comes back every evening.",
    urgency="1",
    telling=("It is a small thing, and it does not leave me alone.",),
    key_question="Is this mine to carry?",
    acts=(Act("Write down what only I can do, and leave the rest"),),
)

CAST = (
    Persona(
        "Ana",
        "facilitator, leads the campaigns of a small charity",
        "A long day and a good walk here. I may look at the door once, a parcel is coming.",
        "I can be needed and still share.",
        "5",
        "Lighter.",
        "Rested. I have something to tell.",
        "How many people know about it so far?",
        "What would you lose if it went well?",
        "I had not put it that way before. Let me stay with that.",
        "I found myself feeling relieved when the easy answer was left alone.",
        CAMPAIGN,
    ),
    Persona(
        "Ben",
        "founded a youth club in his kitchen",
        "Glad to sit down. Nothing in the way but myself.",
        "I ask better when I do not know where it leads.",
        "4",
        "Quiet.",
        "Well, and a little nervous about today.",
        "How many evenings a week are we talking about?",
        "What would “handed over” look like on an ordinary Tuesday?",
        "That is a hard one. I think I would have to be bored for a while.",
        "I noticed that I breathed out when nobody offered a plan.",
        HANDING_OVER,
    ),
    Persona(
        "Chidi",
        "runs singing groups for people who live alone",
        "Two meetings behind me. I need a minute to arrive.",
        "Counting to ten after an answer is long, and worth it.",
        "4",
        "Curious.",
        "Tired but here.",
        "Who else has seen the figures?",
        "What are you protecting by waiting?",
        "Their good opinion of me, if I am honest.",
        "What stayed with me is how carefully you spoke about her.",
        NUMBERS_AND_PEOPLE,
    ),
    Persona(
        "Dana",
        "looks after volunteers at a hospice",
        "My phone is off. It is Monday, so he has called already.",
        "I noticed how fast I want to help, and waited.",
        "5",
        "Grateful.",
        "Good to see you all again.",
        "Since when has it been like this?",
        "If nothing changed by spring, what would you do then?",
        "I would leave, I think. I have not said that to anybody.",
        "I found myself thinking of my own team, and put that aside again.",
        THE_CHAIR,
    ),
    Persona(
        "Eve",
        "runs a welcome project for refugees",
        "First time here. I am excited, and I would rather listen at first.",
        "A short question leaves more room.",
        "4",
        "Warm.",
        "Looking forward to this since Friday.",
        "Has anybody spoken with them about it?",
        "Whose permission are you waiting for?",
        "My own, it seems.",
        "I noticed a pause after the word “ready”, and nobody filled it.",
        NOTHING_PREPARED,
        offers=False,
    ),
    Persona(
        "Farid",
        "started a repair café",
        "Sorry, the train. I am here now.",
        "I took one word home for my own work.",
        "3",
        "Enough.",
        "On time today.",
        "What happened the last time you tried?",
        "Who are you when you are not needed?",
        "I do not know. I will keep that one.",
        "I felt warm, and a little sad, and I am not sure why.",
        A_SMALL_THING,
        offers=False,
    ),
)
"""In the order of turns. On the page Ana facilitates, and the visitor can be any of them."""

NAMES = tuple(one.name for one in CAST)

VOTES = {
    # How many present: whom each votes for. The last place is always tied.
    1: {"Ana": 2, "Ben": 1, "Chidi": 4, "Dana": 3, "Eve": 2, "Farid": 1},
    2: {"Ana": 2, "Ben": 1, "Chidi": 1, "Dana": 3, "Eve": 2, "Farid": 3},
    3: {"Ana": 2, "Ben": 1, "Chidi": 4, "Dana": 3, "Eve": 2, "Farid": 1},
}


def called(name: str) -> Persona:
    """The one of that name."""
    return next(one for one in CAST if one.name == name)
