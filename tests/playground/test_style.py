"""The page's colours: everything that is read stands out enough, in light and in dark."""

import re
from pathlib import Path

import pytest

from bot.adapters import playground

CSS = (Path(playground.__file__).parent / "static" / "style.css").read_text(encoding="utf-8")
COLOURS: dict[str, str] = dict(re.findall(r"--([\w-]+): light-dark\((#\w{6}, #\w{6})\)", CSS))
ENOUGH = 4.5
FOR_EDGES = 3.0

READ_ON = {
    "ink": ("paper", "sheet", "raised", "tint", "private"),
    "soft": ("paper", "sheet", "raised", "tint", "private"),
    "accent": ("paper", "sheet", "raised", "tint"),
    "on-accent": ("accent",),
    "danger": ("paper", "sheet", "raised"),
    "on-danger": ("danger",),
}


def luminance(colour: str) -> float:
    """How bright a colour is, as the accessibility guidelines count it."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def colour(name: str, scheme: int) -> str:
    return COLOURS[name].split(", ")[scheme]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground"), [(text, ground) for text, on in READ_ON.items() for ground in on]
)
def test_text_stands_out_from_its_ground(text, ground, scheme):
    assert contrast(colour(text, scheme), colour(ground, scheme)) >= ENOUGH


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "sheet", "raised"])
def test_the_edges_of_what_can_be_pressed_stand_out(ground, scheme):
    assert contrast(colour("edge", scheme), colour(ground, scheme)) >= FOR_EDGES
    assert contrast(colour("accent", scheme), colour(ground, scheme)) >= FOR_EDGES


def test_every_colour_comes_from_the_list():
    rules = CSS.partition("*, ::before")[2]

    assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?!-)", rules) == []
