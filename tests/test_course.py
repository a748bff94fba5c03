"""The guided course: its way, its words, its address, and what a visitor sees at each stop."""

import re
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paging import in_sight, opened, sound
from sources import ROOT, SCRIPTS
from streamlit.testing.v1 import AppTest

from pages.ui.course import paper
from pages.ui.course.stops import LENGTHS, STOPS, Stop
from pages.ui.course.way import Course, read
from pages.ui.predictions import BY_TAG, Predictions
from siamese.lessons import TASKS

BY_NAME = {task.name: task for task in TASKS}
EACH_STOP = pytest.mark.parametrize("stop", STOPS, ids=lambda stop: stop.page or "start")
AXIS = ["faces", "losses", "margin", "train", "map", "pairs", "photos"]


# The way


def test_seven_stops_follow_the_opening_in_the_order_of_the_method() -> None:
    assert [stop.page for stop in STOPS] == ["", *AXIS]
    assert [stop.page for stop in Course(45).stops] == ["", *AXIS]
    assert Course(45).last == Course(90).last == 7
    short = [stop.page for stop in Course(15).stops]
    assert short == [page for page in ["", *AXIS] if page in short]
    assert 3 < len(short) < 7


@pytest.mark.parametrize("minutes", LENGTHS)
def test_the_minutes_add_up(minutes: int) -> None:
    spent = [stop.minutes[minutes] for stop in Course(minutes).stops]
    assert sum(spent) == minutes
    assert min(spent) >= 2


@EACH_STOP
def test_a_stop_names_what_is_there(stop: Stop) -> None:
    assert ROOT / stop.script == SCRIPTS[stop.page or "start"]
    assert stop.task in BY_NAME or (stop.page == "" and not stop.task)
    assert all(key.startswith(f"{stop.page}_") for key in stop.link)
    if stop.task:
        controls = BY_NAME[stop.task].controls.split()
        assert not controls or stop.page in {key.split("_")[0] for key in controls}


@EACH_STOP
def test_words_are_short_and_plain(stop: Stop) -> None:
    notes = stop.notes
    for words, most in [(stop.idea, 34), (stop.move, 32), (stop.keep, 24)]:
        assert 5 <= len(words.split()) <= most, words
    for words in (stop.idea, stop.move, stop.keep, notes.ask, notes.expect, notes.see, notes.hurry):
        assert re.search(r"[.?]$", words), words
        assert max(len(one.split()) for one in re.split(r"[.?:;]\s", words)) <= 21, words


def test_back_and_next_go_from_end_to_end() -> None:
    for minutes in LENGTHS:
        course: Course | None = Course(minutes)
        walked = []
        while course:
            walked.append(course.here.page)
            after = course.moved(1)
            assert after is None or after.moved(-1) == course
            course = after
        assert walked == [stop.page for stop in Course(minutes).stops]
    assert Course(45).moved(-1) is None


# The address


@given(st.sampled_from(LENGTHS), st.integers(0, 7))
def test_an_address_is_read_as_it_was_written(minutes: int, at: int) -> None:
    course = Course(minutes, min(at, Course(minutes).last))
    assert read(course.link()) == (course, "")


@pytest.mark.parametrize(
    ("asked", "minutes", "at"),
    [
        ({"course": "45"}, 45, 0),
        ({"course": "44"}, 45, 0),
        ({"course": "1000"}, 90, 0),
        ({"course": "-3"}, 15, 0),
        ({"course": "soon"}, 45, 0),
        ({"course": ""}, 45, 0),
        ({"course": "9" * 5000}, 45, 0),
        ({"course": "٤٥"}, 45, 0),
        ({"course": "45", "stop": "99"}, 45, 7),
        ({"course": "15", "stop": "7"}, 15, 4),
        ({"course": "45", "stop": "-1"}, 45, 0),
        ({"course": "45", "stop": "two"}, 45, 0),
    ],
)
def test_odd_values_lead_to_the_nearest_with_a_word(
    asked: dict[str, str], minutes: int, at: int
) -> None:
    course, word = read(asked)
    assert course == Course(minutes, at)
    is_plain = asked == {"course": "45"}
    assert bool(word) is not is_plain
    if "stop" in asked:
        assert f"This is stop {at}." in word
    elif not is_plain:
        assert f"the one of {minutes}." in word


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_address_breaks_it(course: str, stop: str) -> None:
    found, _ = read({"course": course, "stop": stop})
    assert found.minutes in LENGTHS
    assert 0 <= found.at <= found.last


# What was predicted


def some(choices: dict[str, int], told: set[str]) -> Predictions:
    made = Predictions()
    for name, choice in choices.items():
        made.say(BY_NAME[name], choice % len(BY_NAME[name].choices))
    for name in told & choices.keys():
        made.tell(BY_NAME[name])
    return made


NAMES = st.sampled_from(sorted(BY_NAME))


@given(st.dictionaries(NAMES, st.integers(0, 9)), st.sets(NAMES))
def test_a_code_says_all_that_was_predicted(choices: dict[str, int], told: set[str]) -> None:
    made = some(choices, told)
    read_again = Predictions()
    assert read_again.take(made.code()) == 0
    assert read_again == made
    assert len(made.code()) == 4 * len(choices)
    assert re.fullmatch("[0-9A-Za-z]*", made.code())  # nothing that a link has to escape


def test_tasks_are_told_apart_in_a_code() -> None:
    assert len(BY_TAG) == len(TASKS)


@given(st.text(max_size=200))
def test_no_code_breaks_it(code: str) -> None:
    made = Predictions()
    made.take(code)
    assert all(choice < len(BY_NAME[name].choices) for name, choice in made.said.items())
    assert made.told <= made.said.keys()


def test_a_code_that_is_cut_or_foreign_is_counted() -> None:
    made = some({"loss_alone": 1, "map_which": 0}, set())
    assert Predictions().take(made.code()[:-1]) == 1
    assert Predictions().take("zzz0") == 1
    assert Predictions().take(made.code()[:3] + "9") == 1  # it has no tenth choice


def test_the_first_answer_counts_and_a_link_does_not_change_it() -> None:
    mine, theirs = some({"loss_alone": 1}, set()), some({"loss_alone": 2}, {"loss_alone"})
    mine.say(BY_NAME["loss_alone"], 2)
    assert mine.take(theirs.code()) == 0
    assert mine.said == {"loss_alone": 1}
    assert not mine.told


def test_what_was_seen_coming_is_counted_when_it_is_told() -> None:
    made = some({"loss_alone": 2, "map_which": 0, "train_new": 1}, set())
    assert made.in_words() == f"3 of {len(TASKS)} predicted"
    for name in ("loss_alone", "map_which"):
        made.tell(BY_NAME[name])
    assert made.in_words() == f"3 of {len(TASKS)} predicted, 1 seen coming"


# On paper


def test_the_lesson_on_paper_is_fresh() -> None:
    assert paper.PAPER.read_text("utf-8") == paper.document(), "python -m pages.ui.course.paper"


@pytest.mark.parametrize("minutes", LENGTHS)
def test_a_sheet_has_all_notes_and_every_minute(minutes: int) -> None:
    sheet = paper.sheet(minutes)
    spans = [tuple(map(int, span)) for span in re.findall(r"minutes (\d+) to (\d+)", sheet)]
    assert spans[0][0] == 0
    assert spans[-1][1] == minutes
    assert all(before[1] == after[0] for before, after in pairwise(spans))
    for stop in Course(minutes).stops:
        notes = stop.notes
        for words in (stop.move, stop.keep, notes.ask, notes.expect, notes.see, notes.hurry):
            assert words in sheet
        if stop.task:
            task = BY_NAME[stop.task]
            assert f"**{task.choices[task.answer]}**. {task.why}" in sheet


# On the pages


def at_stop(number: int, minutes: int = 45, **link: str) -> AppTest:
    stop = Course(minutes, number).here
    return opened(stop.script, **Course(minutes, number).link(), **stop.link, **link)


def words_of(app: AppTest) -> str:
    return " ".join(each.value for kind in (app.markdown, app.caption) for each in kind)


def links(app: AppTest) -> dict[str, tuple[str, str]]:
    """Label of each link to a page → the page, and what it asks for."""
    protos = [link.proto for link in app.get("page_link")]
    return {proto.label: (proto.page, proto.query_string) for proto in protos}


def asked_for(app: AppTest, name: str) -> str:
    """A value of the address, which AppTest gives alone or in a list."""
    value = app.query_params[name]
    return value if isinstance(value, str) else str(value[0])


def press(app: AppTest, key: str) -> AppTest:
    return sound(app.button(key=key).click().run())


@pytest.mark.parametrize("number", range(8), ids=["start", *AXIS])
def test_a_stop_on_its_page(number: int, fresh: None) -> None:
    stop = Course(45, number).here
    app = at_stop(number)
    assert [title.value for title in app.title] == [stop.title]
    assert stop.idea in words_of(app)
    assert f"0 of {len(TASKS)} predicted" in words_of(app)
    assert any(key == stop.control or key.startswith(stop.control) for key in in_sight(app))
    assert set(stop.aside) <= in_sight(app)
    assert not {"try_this", "next_pages"} & in_sight(app)
    if stop.task:
        assert [radio.key for radio in app.radio if radio.key.startswith("task_")] == [
            f"task_{stop.task}"
        ]
        assert stop.move not in words_of(app)
        app = press(app, "course_skip")
    assert stop.move in words_of(app)
    app = press(app, "course_seen")
    assert stop.keep in words_of(app)
    assert not app.toast
    assert links(app).get("Next", ("", ""))[0] == (AXIS[number] if number < 7 else "")
    assert ("Back" in links(app)) is (number > 0)


def test_predicted_looked_and_told(fresh: None) -> None:
    app = at_stop(2)
    task = BY_NAME["loss_alone"]
    sound(app.radio(key="task_loss_alone").set_value(0).run())
    assert f"1 of {len(TASKS)} predicted" in words_of(app)
    assert "seen coming" not in words_of(app)  # that would tell the answer
    assert task.why not in words_of(app)
    open_code = asked_for(app, "said")
    press(app, "course_seen")
    assert f"It was: {task.choices[task.answer]}." in words_of(app)
    assert task.why in words_of(app)
    assert "0 seen coming" in words_of(app)
    told_code = asked_for(app, "said")
    assert open_code != told_code
    # Elsewhere, by the address alone:
    assert f"said={told_code}" in links(app)["Next"][1]
    again = at_stop(2, said=told_code)
    assert task.why in words_of(again)
    still_open = at_stop(2, said=open_code)
    assert Course(45, 2).here.move in words_of(still_open)
    assert task.why not in words_of(still_open)


def test_the_last_stop_ends_with_all_sentences(fresh: None) -> None:
    app = at_stop(7)
    press(app, "course_finish")
    for stop in STOPS:
        assert stop.keep in words_of(app)
    assert "Once more, in 90 minutes" in links(app)
    press(app, "course_alone")
    assert "course" not in app.query_params
    assert app.title[0].value.startswith("How far apart are two photos")


def test_one_press_leads_out_and_what_was_predicted_stays(fresh: None) -> None:
    app = at_stop(2, lesson="1")
    sound(app.radio(key="task_loss_alone").set_value(2).run())
    press(app, "course_leave")
    assert not {"course", "stop", "said"} & set(app.query_params)
    assert app.title[0].value == "What is a net punished for?"
    assert app.radio(key="task_loss_alone").value == 2
    assert app.radio(key="task_loss_alone").disabled
    assert len([radio for radio in app.radio if radio.key.startswith("task_")]) == 5


def test_a_long_course_has_the_other_tasks_too(fresh: None) -> None:
    app = at_stop(2, minutes=90)
    asked = [radio.key for radio in app.radio if radio.key.startswith("task_")]
    assert asked[0] == "task_loss_alone"
    assert len(asked) == len(set(asked)) == 5
    sound(app.radio(key="task_loss_heap").set_value(1).run())
    assert f"1 of {len(TASKS)} predicted, 1 seen coming" in words_of(app)


@pytest.mark.parametrize("page", ["people", "door"])
def test_beside_the_way_the_course_waits(page: str, fresh: None) -> None:
    script = SCRIPTS[page].relative_to(ROOT).as_posix()
    app = opened(script, course="45", stop="3")
    assert app.title[0].value not in {stop.title for stop in STOPS}
    back = next(link for label, link in links(app).items() if "The margin" in label)
    assert back[0] == "margin"
    assert "course=45&stop=3" in back[1]
    assert {"try_this"} <= in_sight(app) or page == "people"


def test_another_page_of_the_course_is_its_stop(fresh: None) -> None:
    app = at_stop(2)
    for name in list(app.query_params):  # as a browser does that follows a link of the menu
        del app.query_params[name]
    sound(app.switch_page("pages/understand/margin.py").run())
    assert app.title[0].value == "The margin"
    assert asked_for(app, "stop") == "3"
    assert not app.toast


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        ({"course": "30", "stop": "2"}, "There are courses of 15, 45 and 90"),
        ({"course": "45", "stop": "70"}, "This course has stops 0 to 7"),
        ({"course": "45", "stop": "5"}, "That stop is on another page. This is stop 2."),
        ({"course": "45", "stop": "2", "said": "nonsense"}, "cannot be read"),
    ],
)
def test_an_odd_address_is_told_and_mended(asked: dict[str, str], word: str, fresh: None) -> None:
    app = opened("pages/understand/losses.py", **asked)
    assert any(word in toast.value for toast in app.toast)
    assert not sound(app.run()).toast
    assert "said" not in app.query_params


# Lesson and notes


def test_the_lesson_has_a_switch_that_shows_that_it_is_on(fresh: None) -> None:
    app = opened("pages/understand/margin.py")
    assert "margin_people" in in_sight(app)
    sound(app.sidebar.toggle(key="course_lesson").set_value(True).run())
    assert asked_for(app, "lesson") == "1"
    assert "Lesson" in words_of(app)
    assert "margin_people" not in in_sight(app)
    sound(app.switch_page("pages/use/door.py").run())
    assert app.sidebar.toggle(key="course_lesson").value is True
    sound(app.sidebar.toggle(key="course_lesson").set_value(False).run())
    assert "lesson" not in app.query_params
    assert opened("pages/understand/margin.py", lesson="1").toggle(key="course_lesson").value


@pytest.mark.parametrize("link", [{"lesson": "1"}, {"course": "45", "stop": "3"}])
def test_notes_are_for_whom_switches_them_on(link: dict[str, str], fresh: None) -> None:
    app = opened("pages/understand/margin.py", **link)
    stop = Course(45, 3).here
    task = BY_NAME[stop.task]
    answer = f"**{task.choices[task.answer]}**"
    assert stop.notes.expect not in words_of(app)
    assert answer not in words_of(app)
    sound(app.toggle(key="course_notes").set_value(True).run())
    told = words_of(app)
    for words in (stop.notes.ask, stop.notes.expect, stop.notes.see, stop.notes.hurry, answer):
        assert words in told
    assert told.count(stop.idea) == 1, "the strip says it, or else the notes"
    assert not any("note" in name for name in app.query_params)  # a copied link has none


def test_free_pages_have_no_notes(fresh: None) -> None:
    app = opened("pages/understand/margin.py")
    assert "course_notes" not in [toggle.key for toggle in app.toggle]
    assert Course(45, 3).here.notes.expect not in words_of(app)


def test_the_way_in_stands_on_start_and_in_the_sidebar(fresh: None) -> None:
    start = opened("pages/start/welcome.py")
    for minutes in LENGTHS:
        assert links(start)[f"{minutes} minutes"] == ("", f"course={minutes}&stop=0")
        assert links(start)[f"{minutes}"] == ("", f"course={minutes}&stop=0")
    elsewhere = opened("pages/use/door.py")
    assert {"15", "45", "90"} <= links(elsewhere).keys()
    assert not {"15", "45", "90"} & links(at_stop(0)).keys()


def test_names_in_the_link_are_of_no_page() -> None:
    for name, room in product(("course", "stop", "said"), SCRIPTS):
        assert not name.startswith(room)
