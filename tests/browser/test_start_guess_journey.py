"""Ten guesses on *Start* in a real browser, by key and by hand: the count is right, nothing is told
before the word is said, and all that acts and answers is on one screen."""

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

Open = Callable[..., "Page"]
SIZES = [(1280, 800), (390, 844)]
MIXED = [True, False, False, True, False, True, True, True, False, True]
PLAIN = """() => {  // all that the game has in the page, but for its pictures
    const inside = (node) => [...node.querySelectorAll("*")].flatMap((one) =>
        [one, ...(one.shadowRoot ? inside(one.shadowRoot) : [])]);
    const all = inside(document);
    const tags = all.map((one) => one.cloneNode(false));
    tags.forEach((one) => one.removeAttribute("src"));
    const words = all.filter((one) => !one.children.length && !one.matches("script, style"));
    return [...tags.map((one) => one.outerHTML), ...words.map((one) => one.textContent)].join(" ");
}"""


class Seen(NamedTuple):
    """What stands on the screen after a word."""

    names: list[str]  # of the two people
    headline: str
    verdicts: list[str]  # 'one person' or 'two people', of the net and of pixels

    @property
    def same(self) -> bool:
        return self.names[0] == self.names[1]


def begun(visit: Open, path: str = "/", size: tuple[int, int] = (1280, 800), **how: str) -> "Page":
    page = visit(path, **how)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    pair(page, 1)
    return page


def pair(page: "Page", number: int) -> None:
    page.get_by_text(f"Pair {number} of 10").wait_for()


def say(page: "Page", same: bool, by: str) -> Seen:
    if by == "mouse":
        page.get_by_role("button", name="One person" if same else "Two people").click()
    else:
        page.keyboard.press({"numbers": "12", "arrows": ["ArrowLeft", "ArrowRight"]}[by][not same])
    page.locator(".result .big").wait_for()
    names = page.locator("figcaption").all_inner_texts()
    lines = page.locator(".result .verdict").all_inner_texts()
    return Seen(
        [name.rsplit(" ", 1)[0] for name in names],
        page.locator(".result .big").inner_text(),
        [re.findall("one person|two people", line)[0] for line in lines[1:]],
    )


def go(page: "Page", by: str) -> None:
    if by == "mouse":
        page.locator(".panel .next").click()
    else:
        page.keyboard.press("Enter")


def play(page: "Page", words: Sequence[bool], by: str = "numbers") -> list[Seen]:
    seen = []
    for same in words:
        seen.append(say(page, same, by))
        go(page, by)
    return seen


def scores(page: "Page") -> list[int]:
    page.get_by_role("button", name="Ten new pairs").wait_for()
    return [int(score) for score in page.locator(".scores b").all_inner_texts()]


@pytest.mark.parametrize("by", ["numbers", "arrows", "mouse"])
def test_the_count_is_right(visit: Open, by: str) -> None:
    page = begun(visit)
    seen = play(page, MIXED, by)
    for said, one in zip(MIXED, seen, strict=True):
        assert one.headline.startswith("Right" if said == one.same else "Wrong")
        assert all(name in one.headline for name in one.names)
    counted = [sum(said == one.same for said, one in zip(MIXED, seen, strict=True))]
    counted += [
        sum((one.verdicts[who] == "one person") == one.same for one in seen) for who in (0, 1)
    ]
    assert scores(page) == counted
    assert f"{counted[0]} right ones" in page.locator(".closing").inner_text()
    marks = page.locator(".pairs button").all()
    for mark, said, one in zip(marks, MIXED, seen, strict=True):
        label = str(mark.get_attribute("aria-label"))
        assert f"you {'right' if said == one.same else 'wrong'}" in label
        assert all(name in label for name in one.names)


@pytest.mark.parametrize("same", [True, False])
def test_who_always_says_the_same_is_right_five_times(visit: Open, same: bool) -> None:
    page = begun(visit, size=(390, 844))
    play(page, [same] * 10, "mouse")
    assert scores(page)[0] == 5


def test_nothing_is_told_before_the_word(visit: Open) -> None:
    page = begun(visit)
    for said in MIXED:
        before = page.evaluate(PLAIN)
        assert "First face" in before
        assert not page.locator(".result").inner_text()
        seen = say(page, said, "numbers")
        after = page.evaluate(PLAIN)
        for name in seen.names:
            assert not re.search(rf"\b{name}\b", before)
            assert re.search(rf"\b{name}\b", after)  # so the look finds what is there
        go(page, "numbers")


def inside(page: "Page", *selectors: str) -> bool:
    """Whether all of these are whole on the screen as it stands, without scrolling."""
    size: Any = page.viewport_size
    boxes = [place.bounding_box() for one in selectors for place in page.locator(one).all()]
    assert len(boxes) >= len(selectors)
    assert page.evaluate("scrollY") == 0
    return all(
        box
        and min(box["x"], box["y"]) >= 0
        and box["x"] + box["width"] <= size["width"]
        and box["y"] + box["height"] <= size["height"]
        for box in boxes
    )


@pytest.mark.parametrize("size", SIZES)
def test_all_is_on_one_screen(visit: Open, size: tuple[int, int]) -> None:
    page = begun(visit, size=size)
    faces = page.locator("figure img").first.bounding_box()
    for said in MIXED:
        assert inside(page, "h1", "figure img", ".says button")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        say(page, said, "numbers")
        assert inside(page, "figure img", ".result", ".panel .next")
        assert page.locator("figure img").first.bounding_box() == faces  # nothing jumps
        go(page, "numbers")
    scores(page)
    assert inside(page, ".scores", ".closing", ".pairs", ".again", ".show")


def test_buttons_are_as_big_as_a_thumb(visit: Open) -> None:
    page = begun(visit, size=(390, 844))
    for button in page.locator(".says button").all():
        box: Any = button.bounding_box()
        assert box["height"] >= 48
        assert box["width"] >= 140


def test_a_word_is_kept_on_other_pages_and_after_a_reload(visit: Open) -> None:
    page = begun(visit)
    first = play(page, MIXED[:3])
    pair(page, 4)
    picture = page.locator("figure img").first.get_attribute("src")
    page.get_by_role("link", name="Losses").click()
    page.locator("h1", has_text="punished").wait_for()
    page.get_by_role("link", name="Two faces, one net").click()
    pair(page, 4)
    page.reload()
    pair(page, 4)
    assert page.locator("figure img").first.get_attribute("src") == picture
    seen = first + play(page, MIXED[3:])
    assert scores(page)[0] == sum(said == one.same for said, one in zip(MIXED, seen, strict=True))
    page.reload()
    assert scores(page)[0] == sum(said == one.same for said, one in zip(MIXED, seen, strict=True))


def test_ten_new_pairs(visit: Open) -> None:
    page = begun(visit)
    before = play(page, MIXED)
    page.get_by_role("button", name="Ten new pairs").click()
    pair(page, 1)
    assert page.locator("ol .right, ol .wrong").count() == 0
    after = play(page, MIXED)
    assert [one.headline for one in before] != [one.headline for one in after]
    assert 0 <= scores(page)[0] <= 10
    page.reload()
    scores(page)


def test_who_does_not_want_to_play(visit: Open) -> None:
    page = begun(visit)
    play(page, MIXED[:2])
    page.get_by_role("button", name="Just show me").click()
    page.wait_for_selector(".twins:not(.waiting)")
    page.get_by_role("link", name="Losses").click()
    page.locator("h1", has_text="punished").wait_for()
    page.get_by_role("link", name="Two faces, one net").click()
    page.wait_for_selector(".twins:not(.waiting)")
    page.get_by_role("button", name="Guess ten pairs").click()
    pair(page, 3)


def test_a_pair_of_the_end_goes_through_the_net(visit: Open) -> None:
    page = begun(visit)
    seen = play(page, MIXED)
    total = scores(page)
    page.locator(".pairs button").nth(4).click()
    page.wait_for_selector(".twins:not(.waiting)")
    assert [one.inner_text() for one in page.locator(".twins .step b").all()] == seen[4].names
    assert "start_a=" in page.url
    page.get_by_role("button", name="Guess ten pairs").click()
    assert scores(page) == total
    assert "start_a=" not in page.url


def test_other_keys_are_left_alone(visit: Open) -> None:
    page = begun(visit)
    for key in ("Control+1", "Alt+ArrowRight", "Shift+2", "3", "Enter", "ArrowDown"):
        page.keyboard.press(key)
    assert page.locator(".says").is_visible()
    pair(page, 1)
    say(page, True, "numbers")
    for key in ("1", "2", "ArrowLeft"):
        page.keyboard.press(key)  # a word is said once
    pair(page, 1)
    assert page.locator(".result .verdict").count() == 3


def test_the_result_is_read_out_and_nothing_moves_for_whom_it_should_not(visit: Open) -> None:
    page = begun(visit)
    page.emulate_media(reduced_motion="reduce")
    regions = page.locator(".panel [role=status]").element_handle()
    assert regions
    assert not regions.inner_text()
    say(page, True, "numbers")
    assert re.match("(Right|Wrong): ", regions.inner_text())
    assert regions.evaluate("(one) => one.getAnimations({ subtree: true }).length") == 0
    go(page, "numbers")
    page.emulate_media(reduced_motion="no-preference")
    say(page, True, "numbers")
    assert regions.evaluate("(one) => one.getAnimations({ subtree: true }).length") > 0
