"""The page for everybody: small screens, the keyboard alone, light and dark."""

import re

from playwright.async_api import Page, expect

PHONE = {"width": 360, "height": 740}


async def test_on_a_narrow_screen_everything_is_there_and_nothing_sticks_out(enter):
    visitor = await enter(viewport=PHONE)
    page = visitor.page
    await expect(page.get_by_role("button", name="Start a set")).to_be_visible()
    await fits(page)
    await page.get_by_role("button", name="What is this?").click()
    await expect(
        page.get_by_role("heading", name="What is an Action Learning Set?")
    ).to_be_visible()
    await fits(page)
    await page.keyboard.press("Escape")

    await visitor.press_anywhere("Start a set")
    await fits(page)
    name = "Aurora of the unbelievably long and unbroken nameeeeeeeeeeeeeeeeeeeeeeeeeeeee"
    await visitor.fill("Start a set", "Start it", Name=name)
    await visitor.form_is_taken()
    await fits(page)
    await visitor.press("I'm here")
    await visitor.press("I agree")
    await visitor.others("arrive and agree")
    await visitor.press("More")
    await visitor.sees("What you can do now")
    await fits(page)

    await expect(page.get_by_role("radio", name=re.compile("^Ben"))).to_be_hidden()
    await page.get_by_text("You: Ana", exact=False).click()
    await fits(page)
    await visitor.become("Ben")
    await expect(page.get_by_role("radio", name=re.compile("^Ben"))).to_be_hidden()
    await visitor.does_not_see("What you can do now")
    await page.get_by_text("Inspector", exact=True).click()
    await expect(page.get_by_role("heading", name="Outbox")).to_be_visible()
    await fits(page)


async def fits(page: Page) -> None:
    """Nothing has to be scrolled sideways."""
    width = await page.evaluate("document.scrollingElement.scrollWidth")
    assert width <= PHONE["width"]


async def test_a_phase_can_be_played_by_the_keyboard_alone(enter):
    visitor = await enter()
    page = visitor.page
    await expect(page.get_by_role("button", name="Start a set")).to_be_visible()

    await tab_to(page, "Start a set")
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Name", exact=True)).to_be_focused()
    await page.keyboard.type("Aurora")
    await tab_to(page, "90")
    await page.keyboard.press("ArrowUp")
    await expect(page.get_by_label("60 minutes, 1 presenter")).to_be_checked()
    await page.keyboard.press("ArrowDown")
    await tab_to(page, "Start it")
    await page.keyboard.press("Space")
    await visitor.form_is_taken()

    await tab_to(page, "I'm here")
    await page.keyboard.press("Enter")
    await visitor.sees("Ground rules of Aurora")
    await tab_to(page, "I agree")
    await page.keyboard.press("Enter")
    await visitor.sees("Ana has joined Aurora")
    # The private card has gone; focus has not fallen out of the conversation.
    assert await page.evaluate("document.activeElement.closest('[role=log]') !== null")

    await tab_to(page, "The others: arrive and agree")
    await page.keyboard.press("Enter")
    await visitor.sees("0 of 6 have spoken.")
    assert await page.evaluate("document.activeElement !== document.body")
    await tab_to(page, "words")
    await page.keyboard.type("/als sta")
    await expect(page.get_by_role("option").first).to_contain_text("/als start")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("combobox", name="Write")).to_have_value("/als status")
    await page.keyboard.press("Enter")
    await visitor.sees("Ana facilitates.")

    await tab_to(page, "Done")
    await page.keyboard.press("Enter")
    await visitor.sees("1 of 6 have spoken.")
    # The card was drawn anew under the fingers; the same button still has the focus.
    await expect(page.get_by_role("button", name="Done", exact=True)).to_be_focused()


async def tab_to(page: Page, wanted: str, most: int = 80) -> None:
    """Press Tab until something of that name, value or id has the focus, visibly."""
    for _ in range(most):
        found = await page.evaluate(
            """wanted => {
              const at = document.activeElement;
              const name = at.getAttribute('aria-label') ?? at.textContent.trim();
              return name === wanted || at.value === wanted || at.id === wanted;
            }""",
            wanted,
        )
        if found:
            outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none"
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"Tab never came to {wanted}")


async def test_focus_stays_while_messages_arrive_from_others(enter, playground):
    visitor = await enter()
    await visitor.press_anywhere("Start a set")
    await visitor.fill("Start a set", "Start it", Name="Aurora")
    await visitor.form_is_taken()
    words = visitor.page.get_by_role("combobox", name="Write")
    await words.fill("half a sent")

    friend = await enter()
    await friend.become("Ben")
    await friend.press("I'm here")
    await friend.press("I agree")

    await visitor.sees("Ben has joined Aurora")
    await expect(words).to_be_focused()
    await expect(words).to_have_value("half a sent")


async def test_dark_and_light_follow_the_system_until_one_is_chosen(enter, tmp_path):
    visitor = await enter(color_scheme="dark")
    page = visitor.page
    await expect(page.get_by_role("button", name="Start a set")).to_be_visible()
    assert brightness(await paper(page)) < 60
    picture = tmp_path / "dark.png"
    await page.screenshot(path=picture)
    assert picture.stat().st_size > 10_000

    await page.get_by_label("Colours").select_option("Light")
    assert brightness(await paper(page)) > 200
    await page.reload()
    await expect(page.get_by_role("button", name="Start a set")).to_be_visible()
    assert brightness(await paper(page)) > 200


async def paper(page: Page) -> str:
    """The colour the page is drawn on."""
    return str(await page.evaluate("getComputedStyle(document.body).backgroundColor"))


def brightness(colour: str) -> float:
    """The mean of red, green and blue."""
    parts = [float(part) for part in re.findall(r"[\d.]+", colour)[:3]]
    return sum(parts) / len(parts)


async def test_everything_that_can_be_used_has_a_name_and_every_id_is_one(enter):
    visitor = await enter()
    await visitor.press_anywhere("Start a set")
    nameless = await visitor.page.evaluate(
        """() => [...document.querySelectorAll('button, input, select, textarea, dialog')]
          .filter(one => !one.labels?.length && !one.textContent.trim()
            && !one.getAttribute('aria-label') && !one.getAttribute('aria-labelledby'))
          .map(one => one.outerHTML.slice(0, 120))"""
    )
    ids = await visitor.page.evaluate("[...document.querySelectorAll('[id]')].map(one => one.id)")

    assert nameless == []
    assert len(ids) == len(set(ids))
    for landmark in ("banner", "navigation", "main", "complementary"):
        await expect(visitor.page.get_by_role(landmark)).to_have_count(1)
    log = visitor.page.get_by_role("log", name="The channel and its threads", include_hidden=True)
    await expect(log).to_have_attribute("aria-live", "polite")


async def test_the_guide_ticks_itself_off_and_can_be_put_away(enter):
    visitor = await enter()
    guide = visitor.page.get_by_role("region", name="Your first 60 seconds")
    await expect(guide).to_contain_text("Start a set next")
    await visitor.press_anywhere("Start a set")
    await visitor.fill("Start a set", "Start it", Name="Aurora")
    await expect(guide).to_contain_text("Start a set done")
    await expect(guide).to_contain_text("Come in next")

    await visitor.press_anywhere("Hide this guide")
    await expect(guide).to_be_hidden()
    await visitor.page.reload()
    await visitor.press_anywhere("Show the guide")
    await expect(guide).to_be_visible()


async def test_starting_over_leaves_an_empty_channel(enter):
    visitor = await enter()
    await visitor.press_anywhere("Start a set")
    await visitor.fill("Start a set", "Start it", Name="Aurora")
    await visitor.form_is_taken()

    await visitor.press_anywhere("Start over")
    await visitor.press_anywhere("Start over and forget everything")

    await expect(visitor.page.get_by_text("This channel is empty")).to_be_visible()
    await expect(visitor.page.get_by_text("No set yet")).to_be_visible()
    await visitor.press_anywhere("Start a set")
    await visitor.fill("Start a set", "Start it", Name="Borealis")
    await visitor.form_is_taken()
    await visitor.sees("Borealis")


async def test_a_page_whose_bot_has_gone_says_so_and_keeps_the_words(enter, playground):
    visitor = await enter()
    await visitor.press_anywhere("Start a set")
    form = visitor.page.get_by_role("dialog")
    await form.get_by_label("Name", exact=True).fill("Aurora")
    await playground.stop()

    await expect(visitor.page.get_by_text("The bot isn't answering.").last).to_be_attached()
    await form.get_by_role("button", name="Start it").click()
    await expect(form.get_by_label("Name", exact=True)).to_have_value("Aurora")
    await expect(form).to_contain_text("The bot isn't answering")
    visitor.complaints.clear()  # a browser always complains of a connection that fails
