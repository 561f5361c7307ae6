"""A whole set, played through the page by its visible words: founding, meeting, six weeks on."""

from playwright.async_api import expect

from tests.browser.visitor import Visitor

ANAS_ISSUE = "Our volunteers cook and I decide."
BENS_ISSUE = "I promised to hand over and keep taking things back."
SHARED = "Give the Thursdays to Mia"
ONLY_BENS = "Say out loud that I am afraid of it"


async def test_a_set_from_its_founding_to_six_weeks_later(enter):
    visitor = await enter()

    await found(visitor)
    await arrive(visitor)
    await check_in(visitor)
    await offer_issues(visitor)
    await vote_with_a_tie(visitor)
    await present(visitor)
    await clarify(visitor)
    await explore(visitor)
    await reflect(visitor)
    await plan(visitor)
    await review_and_close(visitor)
    await keepsakes(visitor)
    await six_weeks_on(visitor)
    await meet_again(visitor)


async def found(visitor: Visitor) -> None:
    await expect(visitor.page.get_by_text("This channel is empty")).to_be_visible()
    await visitor.press_anywhere("Start a set")
    await visitor.fill("Start a set", "Start it", Name="Aurora", Time_zone="Nowhere/Atall")
    await expect(visitor.page.get_by_role("dialog")).to_contain_text("I couldn't read “Time zone”")
    await expect(visitor.page.get_by_label("Name", exact=True)).to_have_value("Aurora")

    await visitor.fill("Start a set", "Start it", Time_zone="Europe/London")
    await visitor.form_is_taken()
    await visitor.sees("Press “I'm here” once you're somewhere private.")
    await visitor.sees("To invite the others, paste this")


async def arrive(visitor: Visitor) -> None:
    await visitor.press("I'm here")
    await visitor.sees("Ground rules of Aurora")
    await visitor.sees("Only Ana sees this")
    await visitor.press("I agree")
    await visitor.sees("Ana has joined Aurora")

    await visitor.become("Ben")
    await visitor.learns_nothing_of("Only Ana sees this")
    await visitor.learns_nothing_of("To invite the others, paste this")
    await visitor.press("I'm here")
    await visitor.sees("Only Ben sees this")
    await visitor.become("Chidi")
    await visitor.learns_nothing_of("Ground rules of Aurora")
    await visitor.become("Ben")
    await visitor.press("I agree")
    await visitor.sees("Ben has joined Aurora")

    await visitor.become("Ana")
    await visitor.others("arrive and agree")
    await visitor.is_told("Chidi, Dana, Eve and Farid came in.")
    await visitor.sees("0 of 6 have spoken.")


async def check_in(visitor: Visitor) -> None:
    await visitor.say("A little tired, and glad to see you.")
    await visitor.sees("A little tired, and glad to see you.")
    await visitor.press("Done")
    await visitor.sees("1 of 6 have spoken.")
    await visitor.others("say how they are")
    await visitor.sees("0 of 6 have answered.")


async def offer_issues(visitor: Visitor) -> None:
    await visitor.press("Offer an issue")
    await visitor.fill("Your issue", "Offer it", Issue="   ")
    await expect(visitor.page.get_by_role("dialog")).to_contain_text("Please fill in “Issue”")
    await visitor.fill("Your issue", "Offer it", Issue=ANAS_ISSUE)
    await visitor.form_is_taken()
    await visitor.sees("Saved. You can edit it until the vote.")

    await visitor.become("Ben")
    await visitor.press("Offer an issue")
    pressing = {"Issue": BENS_ISSUE, "How_urgent?": "3 · It's pressing"}
    await visitor.fill("Your issue", "Offer it", **pressing)
    await visitor.form_is_taken()
    await visitor.learns_nothing_of(ANAS_ISSUE)
    await visitor.become("Ana")
    await visitor.learns_nothing_of(BENS_ISSUE)

    await visitor.others("offer issues")
    await visitor.sees(f"Ana: {ANAS_ISSUE}")
    await visitor.sees(f"Ben: {BENS_ISSUE}")


async def vote_with_a_tie(visitor: Visitor) -> None:
    await visitor.press("Vote for 1")
    await visitor.sees("Your own issue already has your support")
    await visitor.log.get_by_role("button", name="Vote for 1").click()
    await visitor.others("vote")
    await visitor.press("My vote")
    await visitor.sees("You haven't voted yet.")
    await visitor.press("Put away")
    await visitor.learns_nothing_of("You haven't voted yet.")
    await visitor.log.get_by_role("button", name="Vote for 2").click()
    mine = visitor.log.get_by_role("button", name="Vote for 2")
    await expect(mine).to_have_attribute("aria-pressed", "true")
    await expect(mine).to_contain_text("3")
    await visitor.sees("Everyone has voted. Closing in 20 seconds.")

    await visitor.clock("+1 minute")
    await visitor.sees("Ben presents.")
    await visitor.sees("so urgency decided.")
    await visitor.learns_nothing_of(f"Ana: {ANAS_ISSUE}")


async def present(visitor: Visitor) -> None:
    await visitor.press("I've finished")
    await visitor.sees("Ben has the floor")
    await visitor.become("Ben")
    await visitor.say("Two years ago I said that Mia would lead the evenings.")
    await visitor.press("I've finished")
    wish = {"Key_question": "What stops me?"}
    await visitor.fill("What would you like from us?", "I've finished", **wish)
    await visitor.form_is_taken()
    await visitor.sees("What Ben would like from you:")
    await visitor.press("Ask")
    await visitor.sees("You're the presenter, so please listen")


async def clarify(visitor: Visitor) -> None:
    await visitor.become("Eve")
    await visitor.press("Ask")
    await visitor.fill("Your question", "Ask", Question="How many evenings are there?")
    await visitor.sees("Eve asks")
    await visitor.become("Farid")
    await visitor.press("Ask")
    await visitor.fill("Your question", "Ask", Question="Who knows about it?")
    await visitor.sees("You're second. I'll post it when Ben is ready.")
    await visitor.press("Answered")
    await visitor.sees("Only Ben can press that")

    await visitor.become("Ben")
    await visitor.learns_nothing_of("You're second")
    await visitor.learns_nothing_of("Who knows about it?")
    await visitor.press("Answered")
    await visitor.sees("Who knows about it?")
    await visitor.press("Enough")


async def explore(visitor: Visitor) -> None:
    await visitor.become("Chidi")
    await visitor.sees("Ask what you couldn't guess the answer to.")
    await visitor.press("Ask")
    await visitor.fill("Your question", "Ask", Question="What are you protecting?")
    await visitor.sees("Chidi asks")
    await visitor.become("Ben")
    await visitor.press("Park")
    await visitor.sees("Parked. The presenter keeps it for later.")
    await visitor.press("Enough")


async def reflect(visitor: Visitor) -> None:
    await visitor.become("Ana")
    await visitor.press("Reflect")
    await visitor.fill("What stayed with you?", "Share it", Reflection="I noticed a long pause.")
    await visitor.sees("Ana reflects")
    await visitor.others("reflect")
    await visitor.is_told("Chidi, Dana, Eve and Farid reflected.")


async def plan(visitor: Visitor) -> None:
    await visitor.press("Add an action")
    await visitor.sees("Only Ben adds actions here")
    await visitor.become("Ben")
    await visitor.press("Add an action")
    in_the_past = {"What_will_you_do?": SHARED, "By_when?": "2020-01-01"}
    await visitor.fill("Your action", "Save", **in_the_past)
    await expect(visitor.page.get_by_role("dialog")).to_contain_text("That date has passed")
    await visitor.fill("Your action", "Save", **{"By_when?": ""})
    await visitor.sees("Saved, 1 of 3.")
    await visitor.press("Add an action")
    private = {"What_will_you_do?": ONLY_BENS, "Who_may_see_it?": "Only me"}
    await visitor.fill("Your action", "Save", **private)
    await visitor.sees("Saved, 2 of 3.")
    await visitor.press("That's all")
    await visitor.sees("Ben's actions")

    await visitor.become("Ana")
    await visitor.sees(SHARED)
    await visitor.learns_nothing_of(ONLY_BENS)


async def review_and_close(visitor: Visitor) -> None:
    await visitor.press("What I learned")
    review = {"Learning": "I like to wait.", "How_did_we_work_together?": "5 · Very well"}
    await visitor.fill("What I learned", "Save", **review)
    await visitor.sees("Saved, only for you.")
    await visitor.others("say what they learned")
    await visitor.sees("One word each.")
    await visitor.press("Close the meeting")
    await visitor.sees("Thank you all")


async def keepsakes(visitor: Visitor) -> None:
    await visitor.reads_direct()
    await visitor.sees("I like to wait.")
    await visitor.does_not_see("What are you protecting?")
    await visitor.become_in_direct("Ben")
    await visitor.sees("What are you protecting?")
    await visitor.sees("I noticed a long pause.")
    await visitor.sees(ONLY_BENS)
    await visitor.learns_nothing_of("I like to wait.")
    await visitor.reads_channel()
    await visitor.does_not_see(ONLY_BENS)


async def six_weeks_on(visitor: Visitor) -> None:
    await visitor.clock("+6 weeks")
    await visitor.is_told("Mon 12 April 2027, 18:01")
    await visitor.sees("Aurora meets tomorrow")
    await visitor.does_not_see(ONLY_BENS)
    await visitor.reads_direct()
    await visitor.sees(ONLY_BENS)
    await visitor.sees("Due in 3 days.")
    await visitor.become_in_direct("Ana")
    await visitor.does_not_see(SHARED)
    await visitor.learns_nothing_of(ONLY_BENS)
    await visitor.reads_channel()
    await visitor.learns_nothing_of(ONLY_BENS)


async def meet_again(visitor: Visitor) -> None:
    await visitor.press("I'm here")
    await visitor.others("arrive and agree")
    await visitor.press("Done")
    await visitor.others("say how they are")
    await visitor.sees("How did your action go, and what did you learn?")
    await visitor.become("Ben")
    await visitor.press("Partly")
    await visitor.sees("Which action?")
    await visitor.press("This one (1)")
    await visitor.fill("How did it go?", "Save", **{"What_happened?": "Mia was ready."})
    await visitor.sees("Saved.")
