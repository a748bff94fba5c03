"""The embedding map without a browser: what it says is what the library computes."""

import base64
import io
import json
import re
import zipfile
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from typing import Any

import numpy as np
import paging
import pytest
from paging import sound, walked
from PIL import Image
from streamlit.testing.v1 import AppTest

from pages.ui import nets, shipped
from pages.ui.map import (
    colours,
    explore,
    honest,
    newcomers,
    over_time,
    picked,
    scores,
    spaces,
    views,
)
from pages.ui.map.drawing import Drawing, draw
from pages.ui.map.space import FaceSpace, Measured
from pages.ui.photo import find
from pages.ui.session import Session, sample_faces
from pages.ui.train import live
from siamese import jobs, neighbours, projection, projector
from siamese.config import preset
from siamese.experiment import Experiment
from siamese.faces import FaceSet, split_by_person
from siamese.networks import embed_pixels
from siamese.plots import DIFFERENT, SAME
from siamese.rendering import random_identity, random_scene, render
from siamese.training import start
from siamese.verifiers import Verifier

PAGE = "pages/explore/embedding.py"
DRAWN: list[dict[str, Any]] = []  # what the page asked UMAP for


class Here(Executor):
    """Does the work at once, in this process."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def quick(embedding: np.ndarray, dimensions: int = 2, start: Any = None, **choices: Any) -> Any:
    """In the place of UMAP, which takes twenty seconds to import."""
    DRAWN.append(choices | {"dimensions": dimensions, "start": start})
    return projection.pca(embedding, dimensions, start)


@pytest.fixture(autouse=True)
def drawn_here(fresh: None, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = jobs.Pool(Here)
    monkeypatch.setattr(jobs, "processes", lambda: pool)
    monkeypatch.setattr(projection, "is_warm", lambda: True)
    monkeypatch.setattr(projection, "warm_up", lambda: None)
    monkeypatch.setitem(projection.PROJECTIONS, "umap", quick)
    DRAWN.clear()


def opened(**link: str) -> AppTest:
    return paging.opened(PAGE, **link)


def map_of(app: AppTest) -> dict[str, Any]:
    """What the browser is told to draw."""
    protos = [element.proto for element in app.get("bidi_component")]
    (sent,) = [proto for proto in protos if proto.component_name.endswith("facemap")]
    return json.loads(sent.json)  # type: ignore[no-any-return]


def said(app: AppTest) -> str:
    return " ".join(
        str(it.value) for kind in ("markdown", "caption", "info") for it in getattr(app, kind)
    )


def html(app: AppTest) -> str:
    return " ".join(block.proto.body for block in app.get("html"))


def table(app: AppTest) -> dict[str, dict[str, str]]:
    return app.table[-1].value.to_dict()


# -- the page --------------------------------------------------------------------------------------


def test_the_first_look() -> None:
    app = opened()
    assert app.title[0].value.endswith("?")
    assert "768 of 96 people, 24 of whom the net has **never seen**" in said(app)
    assert [
        *({"seed": 0, "neighbours": 15, "min_dist": 0.1, "metric": "euclidean"}
          | {"dimensions": 2, "start": None},),
    ] == DRAWN  # fmt: skip
    assert len(app.radio) == 4


def test_what_stands_at_a_map_leaves_the_questions_open() -> None:
    """Two of them ask which map keeps neighbours together, and whether PCA does."""
    for words in (*explore.LAID_OUT.values(), *live.METHODS.values()):
        assert "neighbour" not in words
        assert "near" not in words


def test_the_scores_are_those_of_the_space() -> None:
    app = opened(map_net="Raw pixels", map_faces="Unseen only")
    here: Session = app.session_state["session"]
    unseen = here.split.unseen
    e = embed_pixels(unseen.pictures)
    matrix = np.linalg.norm(e[:, None].numpy() - e[None].numpy(), axis=-1)
    found = neighbours.scores(matrix, unseen.labels)
    (column,) = table(app).values()
    assert column["equal error rate"] == f"{100 * found.eer:.1f} %"
    assert column["MAP@R"] == f"{found.map_at_r:.3f}"
    assert column["silhouette"] == f"{found.silhouette:.3f}"
    assert column["mean distance, same person"] == f"{found.same:.3f}"


def test_seen_and_unseen_are_told_apart_in_the_scores() -> None:
    columns = list(table(opened()))
    assert columns == ["people it has never seen", "people it has learnt from"]


@pytest.mark.parametrize("view", list(views.VIEWS))
@pytest.mark.parametrize("net", ["Untrained net", "Raw pixels"])
def test_every_view_stands_for_every_kind_of_net(view: str, net: str) -> None:
    app = opened(map_view=view, map_net=net, map_faces="Unseen only")
    assert app.table


@pytest.mark.parametrize(
    "link",
    [
        {
            "map_net": "nobody",
            "map_faces": "nowhere",
            "map_method": "x",
            "map_dims": "7",
            "map_view": "?",
        },
        {
            "map_near": "9999",
            "map_dist": "-4",
            "map_metric": "mile",
            "map_seed": "-1",
            "map_count": "x",
        },
        {"map_find": "nobody", "map_colour": "grey", "map_method": "tsne", "map_perplexity": "1e9"},
        {"map_view": "Side by side", "map_other": "nobody"},
    ],
)
def test_links_that_ask_for_nonsense(link: dict[str, str]) -> None:
    opened(**({"map_faces": "Unseen only"} | link))


def test_the_parameters_in_the_link_are_those_of_the_map_and_of_the_call() -> None:
    app = opened(
        map_faces="Unseen only", map_near="7", map_dist="0.5", map_metric="cosine", map_seed="3"
    )
    assert DRAWN[-1] | {"start": None} == {
        "seed": 3, "neighbours": 7, "min_dist": 0.5, "metric": "cosine", "dimensions": 2,
        "start": None,
    }  # fmt: skip
    assert app.code[0].value == projection.recipe(
        "umap", 192, 2, 3, neighbours=7, min_dist=0.5, metric="cosine"
    )


def test_a_map_is_drawn_once() -> None:
    app = opened(map_faces="Unseen only")
    count = len(DRAWN)
    app.slider(key="map_count").set_value(5).run()
    assert len(DRAWN) == count
    app.slider(key="map_near").set_value(5).run()
    assert len(DRAWN) == count + 1


def test_a_class_has_a_map_drawn_once() -> None:
    one, two = opened(map_faces="Unseen only"), opened(map_faces="Unseen only")
    assert len(DRAWN) == 1
    maps = [app.session_state["session"].kept["map_spaces"][-1].maps for app in (one, two)]
    assert maps[0] is not maps[1]
    two.number_input(key="map_seed").set_value(3).run()
    sound(two)
    assert len(DRAWN) == 2
    assert [drawing.seed for drawing in maps[0]] == [0]


def test_pca_stands_in_while_umap_warms_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projection, "is_warm", lambda: False)
    app = opened(map_faces="Unseen only")
    assert "UMAP is warming up" in said(app)
    monkeypatch.setattr(projection, "is_warm", lambda: True)
    app.run()
    assert "UMAP is warming up" not in said(sound(app))


def test_a_dead_worker_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_: Any) -> None:
        raise BrokenExecutor

    monkeypatch.setattr(jobs, "lay_out", dies)
    app = opened(map_faces="Unseen only")
    assert app.table
    monkeypatch.undo()


@pytest.mark.parametrize(
    "error", [OSError(11, "Resource temporarily unavailable"), BrokenExecutor()]
)
def test_a_map_that_nobody_takes_on_costs_nothing(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    class Refusing(Executor):
        def submit(self, *_: Any, **__: Any) -> Any:
            raise error

    refusing, willing = jobs.Pool(Refusing), jobs.processes()
    monkeypatch.setattr(jobs, "processes", lambda: refusing)
    app = opened(map_faces="Unseen only")
    assert app.table
    assert not DRAWN
    monkeypatch.setattr(jobs, "processes", lambda: willing)
    sound(app.run())
    assert len(DRAWN) == 1


# -- a picked face ---------------------------------------------------------------------------------


def with_pick(app: AppTest, index: int) -> AppTest:
    app.session_state["map_chosen"].take(index)
    return sound(app.run())


def test_a_picked_face_is_told_its_nearest_by_brute_force() -> None:
    app = with_pick(opened(map_faces="Unseen only", map_count="5"), 17)
    space: FaceSpace = app.session_state["session"].kept["map_spaces"][-1]
    e = space.embedding.astype(np.float64)
    distance = np.linalg.norm(e - e[17], axis=1)
    nearest = sorted((d, i) for i, d in enumerate(distance) if i != 17)[:5]
    told = html(app)
    shown = [float(d) for d in re.findall(r"<b>(\d\.\d\d)</b>", told)]
    assert shown == [pytest.approx(d, abs=0.0051) for d, _ in nearest]
    for _, i in nearest:
        assert space.names[i] in told
    same = sum(space.faces.labels[i] == space.faces.labels[17] for _, i in nearest)
    assert f"<b>{same} of the 5</b>" in told
    app.session_state["map_chosen"].take(17)  # once more lets go
    assert app.session_state["map_chosen"].pick == -1


def test_lines_go_to_the_neighbours() -> None:
    app = with_pick(opened(map_faces="Unseen only"), 3)
    space: FaceSpace = app.session_state["session"].kept["map_spaces"][-1]
    sent = map_of(app)
    assert (sent["picked"], len(sent["lines"])) == (3, 8)
    it = picked.pick(space, app.session_state["map_chosen"], 8)
    assert it
    drawn = picked.lines(it, 3)
    assert [j for _, j, _ in drawn] == it.near.tolist()
    for _, j, colour in drawn:
        same = space.faces.labels[j] == space.faces.labels[3]
        assert colour == (SAME if same else DIFFERENT)


def test_a_group_is_told_its_distances() -> None:
    app = opened(map_faces="Unseen only")
    app.session_state["map_chosen"].catch([0, 1, 2, 9, 500])
    sound(app.run())
    space: FaceSpace = app.session_state["session"].kept["map_spaces"][-1]
    e = space.embedding[[0, 1, 2, 9]].astype(np.float64)
    i, j = np.triu_indices(4, 1)
    mean = np.linalg.norm(e[i] - e[j], axis=1).mean()
    assert f"they lie {mean:.2f} apart on average" in said(app)
    assert any(it.value == "4 faces of 2 people" for it in app.subheader)
    assert "Of 6 pairs, 3 are of one person" in said(app)
    app.button(key="map_let_go").click().run()
    assert not app.session_state["map_chosen"].group


def test_a_picked_face_is_in_the_link() -> None:
    app = with_pick(opened(map_faces="Unseen only"), 17)
    here = app.session_state["map_chosen"]
    name = app.query_params["map_pick"]
    again = opened(map_faces="Unseen only", map_pick=name)
    assert again.session_state["map_chosen"].pick == 17
    here.take(17)
    sound(app.run())
    assert "map_pick" not in app.query_params
    assert opened(map_pick="nobody-3").session_state["map_chosen"].pick == -1


def test_other_faces_let_go_of_what_was_picked() -> None:
    app = with_pick(opened(map_faces="Unseen only"), 17)
    app.selectbox(key="map_faces").set_value("Seen and unseen").run()
    assert sound(app).session_state["map_chosen"].pick == -1


def test_people_are_found() -> None:
    app = opened(map_faces="Unseen only")
    space: FaceSpace = app.session_state["session"].kept["map_spaces"][-1]
    name = space.faces.people[2]
    assert map_of(app)["lit"] is None
    app.multiselect(key="map_find").set_value([name]).run()
    lit = np.frombuffer(base64.b64decode(map_of(sound(app))["lit"]), np.uint8)
    assert (lit == (space.faces.labels == 2)).all()
    app.selectbox(key="map_faces").set_value("Seen and unseen").run()
    sound(app)


# -- newcomers -------------------------------------------------------------------------------------


def test_a_newcomer_is_put_on_the_map() -> None:
    app = opened(map_faces="Unseen only")
    app.button(key="map_welcome").click().run()
    sound(app)
    here = app.session_state["map_chosen"]
    assert [guest.name for guest in here.guests] == ["Newcomer 1234"]
    assert here.pick == 192
    assert "The nearest face is one of" in html(app)
    space: FaceSpace = app.session_state["session"].kept["map_spaces"][-1]
    placed = draw(space, Drawing()).placed
    (seat,) = newcomers.seated(space, placed, here.guests)
    distance = space.distances(newcomers.embedded(space, here.guests[0]))
    assert seat == pytest.approx(neighbours.between_neighbours(distance, placed))
    app.selectbox(key="map_net").set_value("Untrained net").run()  # it stays, in the other space
    assert len(sound(app).session_state["map_chosen"].guests) == 1
    app.button(key="map_away").click().run()
    assert not sound(app).session_state["map_chosen"].guests


def test_a_file_without_a_face_is_told_so() -> None:
    from PIL import Image

    app = opened(map_faces="Unseen only")
    app.segmented_control(key="map_guest_from").set_value("File").run()
    file = io.BytesIO()
    Image.new("RGB", (200, 200), "grey").save(file, "PNG")
    app.file_uploader(key="map_guest_file").set_value([("wall.png", file.getvalue(), "image/png")])
    sound(app.run())
    assert any("No face" in it.value for it in app.warning)


def photo(seed: int) -> bytes:
    file = io.BytesIO()
    picture = render(random_identity(seed), random_scene(seed), 224)
    Image.fromarray(np.asarray(picture)).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("source", ["File", "Camera"])
def test_a_newcomer_from_a_photo_with_a_face(source: str) -> None:
    app = opened(map_faces="Unseen only")
    app.segmented_control(key="map_guest_from").set_value(source).run()
    if source == "File":
        app.file_uploader(key="map_guest_file").set_value([("Ada *x*.png", photo(3), "image/png")])
    else:
        app.camera_input(key="map_guest_camera").set_value(("shot.jpg", photo(3), "image/jpeg"))
    sound(app.run())
    sound(app.button(key="map_welcome").click().run())
    (guest,) = app.session_state["map_chosen"].guests
    assert guest.name == {"File": "Ada *x*", "Camera": "The picture"}[source]
    assert (guest.picture == find(photo(3), "x").pick().crop).all()
    assert app.selectbox(key="map_net").value == nets.STARTER  # the best one for a real photo


def test_two_faces_in_a_newcomers_photo_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    wall = Image.new("RGB", (560, 300), (120, 130, 140))
    for seed, left in ((1, 20), (3, 300)):
        wall.paste(Image.open(io.BytesIO(photo(seed))), (left, 40))
    file = io.BytesIO()
    wall.save(file, "PNG")
    app = opened(map_faces="Unseen only")
    app.segmented_control(key="map_guest_from").set_value("File").run()
    app.file_uploader(key="map_guest_file").set_value([("two.png", file.getvalue(), "image/png")])
    assert "2 faces are in the picture; the largest counts." in said(sound(app.run()))


def test_side_by_side_is_of_the_same_people() -> None:
    """The shipped net has learnt from 72 of the 96, the untrained one from nobody."""
    app = opened(map_view="Side by side", map_net="Shipped net", map_other="Untrained net")
    unseen = app.session_state["session"].split.unseen
    told = [one.value for one in app.caption if one.value.startswith("EER")]
    captions = [json.loads(element.proto.json)["caption"]
                for element in app.get("bidi_component")
                if element.proto.component_name.endswith("facemap")]  # fmt: skip
    for name, words, alternative in zip(
        ("Untrained net", "Shipped net"), told, captions, strict=True
    ):
        verifier = shipped.net() if name == "Shipped net" else untrained(app)
        e = verifier.embed(unseen.pictures)
        found = neighbours.scores(verifier.matrix(e, e), unseen.labels)
        assert f"EER {100 * found.eer:.1f} %" in words
        assert (
            f"Among 192 photos of 24 people new to both nets, the nearest other one shows the "
            f"same person for {100 * found.rank1:.1f} %" in alternative
        )
        assert f"map of 768 photos under {name}." in alternative
    assert "are of 192 photos of 24 people new to both nets." in said(app)


def untrained(app: AppTest) -> Verifier:
    kept: Verifier = app.session_state["session"].verifiers["Untrained net"][1]
    return kept


def test_where_nobody_is_new_to_both_it_is_said() -> None:
    seen = sample_faces().choose(np.isin(sample_faces().labels, range(6)))
    measured = Measured(None, seen, np.zeros((len(seen), 2), np.float32))  # type: ignore[arg-type]
    one, other = (
        FaceSpace(measured, trained_on) for trained_on in (seen.labels < 3, seen.labels >= 3)
    )
    measured.__dict__["matrix"] = np.random.default_rng(0).uniform(0.1, 1, (len(seen),) * 2)
    assert explore.common(one, one).photos(one) == "24 photos of 3 people new to both nets"
    told = explore.common(one, other).photos(one)
    assert told == "48 photos of 6 people here, from some of whom one of the nets has learnt"


def test_what_the_buttons_of_how_honest_change_stands_beside_them() -> None:
    app = opened(map_view="How honest?")
    columns = [
        {getattr(element, "label", "") or element.type for element in walked(column)}
        for column in app.columns
    ]
    (acts,) = (inside for inside in columns if "Swell" in inside)
    (answers,) = (inside for inside in columns if "bidi_component" in inside)
    assert {"Swell", "Pack tight", "Another seed", "n_neighbors"} <= acts
    assert not acts & answers & {"Swell", "bidi_component"}


def test_the_gallery_is_a_source_of_faces_and_of_newcomers() -> None:
    app = opened(map_faces="Unseen only")
    here: Session = app.session_state["session"]
    here.gallery["Zoë <b>"] = here.faces.pictures[:3]
    here.gallery["Al"] = here.faces.pictures[8:12]
    app.run()
    app.segmented_control(key="map_guest_from").set_value("My people").run()
    sound(app.button(key="map_welcome").click().run())
    assert app.session_state["map_chosen"].guests[0].name == "Al (1)"
    app.selectbox(key="map_faces").set_value("My people").run()
    assert "7 of 2 people" in said(sound(app))


# -- colours ---------------------------------------------------------------------------------------


def test_scenes_are_known_for_the_built_in_people_only(make_faces: Callable[..., FaceSet]) -> None:
    app = opened(map_faces="Unseen only")
    options = app.selectbox(key="map_colour").options
    assert "Glasses" in options
    for colour in options:
        sound(app.selectbox(key="map_colour").set_value(colour).run())


def test_colours_by_a_property() -> None:
    from siamese.rendering import random_scene

    taken = [random_scene(1), None, random_scene(2)]
    paint = colours.by_scene(taken, "yaw")
    low, high = sorted([0, 2], key=lambda i: taken[i].yaw)  # type: ignore[union-attr]
    assert (paint.tints[low], paint.tints[1], paint.tints[high]) == (0, -1, colours.STEPS - 1)
    glasses = colours.by_scene(taken, "glasses")
    assert glasses.tints[1] == -1
    assert glasses.palette[glasses.tints[0]] == glasses.legend[glasses.tints[0]]["colour"]


def test_a_scale_goes_from_end_to_end() -> None:
    paint = colours.scale(np.array([-1, 0, 1, np.nan, 5]), -1, 1, colours.BAD_TO_GOOD, "a", "b")
    assert paint.tints.tolist() == [0, 12, 23, -1, 23]
    assert paint.palette[0].upper() == DIFFERENT
    assert paint.palette[-1].upper() == SAME


# -- three dimensions, time, honesty ---------------------------------------------------------------


def test_three_dimensions() -> None:
    app = with_pick(opened(map_faces="Unseen only", map_dims="3-D"), 3)
    assert len(app.get("plotly_chart")) == 1
    assert DRAWN[-1]["dimensions"] == 3
    space: FaceSpace = app.session_state["session"].kept["map_spaces"][-1]
    assert app.selectbox(key="map_ask").value == 3
    app.selectbox(key="map_ask").set_value(9).run()
    assert sound(app).session_state["map_chosen"].pick == 9
    assert f"<b>{space.names[9]}</b>" in html(app)


def trained(app: AppTest, experiment: Experiment) -> jobs.Run:
    """A run with a short history, as the Train page would have left it."""
    run = jobs.Run("Triplet 1", start(preset("triplet", people=4, pictures=2)), experiment,
                   jobs.Pool(jobs.Inline))  # fmt: skip
    executor: Any = run.pool.workers[0].executor
    run.pace, run.limit = 1, 4
    executor.run_all()
    run.play()
    executor.run_all()
    app.session_state["session"].runs.append(run)
    return run


def test_the_history_of_a_run_is_a_film(make_faces: Callable[..., FaceSet]) -> None:
    app = opened(map_faces="Unseen only", map_view="Over time")
    assert "No net has been trained" in said(app)
    experiment = Experiment("noise", split_by_person(make_faces(10, 4)), "small").ready()
    run = trained(app, experiment)
    sound(app.run())
    looks = run.history.snapshots
    assert len(looks) >= 3
    assert f"at {len(looks)} moments of Triplet 1" in said(app)
    assert over_time.learnt(looks) in said(app)
    first = looks[0].scores
    assert f"EER {100 * first.eer:.1f} %" in over_time.at(looks[0])
    app.selectbox(key="map_net").set_value("Triplet 1").run()
    sound(app)
    app.segmented_control(key="map_view").set_value("Explore").run()
    assert "of 24 people" in said(sound(app))


def test_what_a_run_has_met(make_faces: Callable[..., FaceSet]) -> None:
    app = opened(map_faces="Unseen only")
    here: Session = app.session_state["session"]
    experiment = Experiment("built-in", here.split, "small")
    trained(app, experiment)
    app.run()
    app.selectbox(key="map_net").set_value("Triplet 1").run()
    app.selectbox(key="map_faces").set_value("Seen and unseen").run()
    space: FaceSpace = sound(app).session_state["session"].kept["map_spaces"][-1]
    assert space.trained_on.sum() == len(here.split.seen)
    assert set(space.faces.labels[~space.trained_on]) == {
        space.faces.people.index(name) for name in here.split.unseen.people
    }


def test_side_by_side() -> None:
    app = opened(map_faces="Unseen only", map_view="Side by side")
    assert any(it.value == "**Untrained net**" for it in app.markdown)
    assert any(it.value == "**Shipped net**" for it in app.markdown)
    app = with_pick(app, 3)
    assert said(app).count("Of the 8 nearest to") == 2


def test_the_map_changes_and_the_space_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    def swollen(embedding: Any, dimensions: int = 2, min_dist: float = 0.1, **_: Any) -> Any:
        chance = np.random.default_rng(0).normal(size=(len(embedding), dimensions))
        placed = projection.pca(embedding, dimensions)
        return (placed + min_dist * placed.std() * chance).astype(np.float32)

    monkeypatch.setitem(projection.PROJECTIONS, "umap", swollen)
    app = opened(map_faces="Unseen only", map_view="How honest?")
    before = app.table[0].value
    sound(app.button(key="map_trick_Swell").click().run())
    after = app.table[0].value
    assert app.slider(key="map_dist").value == 0.9
    assert (before["in the space"] == after["in the space"]).all()
    assert (before["map, as usual"] == after["map, as usual"]).all()
    assert (before["your map"] == before["map, as usual"]).all()
    assert (after["your map"] != before["your map"]).any()
    space: FaceSpace = app.session_state["session"].kept["map_spaces"][-1]
    same, different = honest.apart(space.measured.matrix, space.faces.labels)
    assert after["in the space"]["same person apart"] == f"{same:.2f}"
    assert after["in the space"]["two people apart"] == f"{different:.2f}"
    for key in list(honest.TRICKS["umap"]):
        sound(app.button(key=f"map_trick_{key}").click().run())


# -- odd people ------------------------------------------------------------------------------------


def test_one_picture_each(make_faces: Callable[..., FaceSet]) -> None:
    app = opened()
    here: Session = app.session_state["session"]
    here.use(make_faces(12, 1, size=112), "own pictures")
    app = sound(app.run())
    assert "at least 4 people with two pictures" in app.error[0].value
    assert not app.get("bidi_component")


def test_a_crowd_is_cut_to_whole_people(
    make_faces: Callable[..., FaceSet], monkeypatch: Any
) -> None:
    monkeypatch.setattr(spaces, "MOST", 50)
    app = opened()
    space: FaceSpace = app.session_state["session"].kept["map_spaces"][-1]
    assert len(space) == 48
    assert (space.faces.counts == 8).all()


def test_downloads_hold_the_space() -> None:
    app = opened(map_faces="Unseen only")
    space: FaceSpace = app.session_state["session"].kept["map_spaces"][-1]
    assert len(app.get("download_button")) == 3
    told = scores.labelled(space)
    assert np.array_equal(told.embedding, space.embedding)
    assert told.unseen.all()
    with zipfile.ZipFile(io.BytesIO(projector.as_projector(told, space.faces.pictures))) as z:
        assert len(z.read("tensors.tsv").splitlines()) == 192


def test_names_of_nets_are_what_judges_say() -> None:
    app = opened(map_faces="Unseen only")
    assert nets.SHIPPED in app.selectbox(key="map_net").options
