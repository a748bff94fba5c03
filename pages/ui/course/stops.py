"""The guided course: its stops in their order, and all words of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

LENGTHS = (15, 45, 90)  # minutes
USUAL = 45


@dataclass(frozen=True)
class Notes:
    """For the teacher alone. What the answer is says the task of the stop."""

    ask: str  # the question to put
    expect: str  # what the class will probably say
    see: str  # what they should see
    hurry: str  # what to do where there is no time


@dataclass(frozen=True)
class Stop:
    """One idea, one prediction, one thing to move, one sentence to keep."""

    page: str  # address of the page that it is on
    script: str  # of that page
    title: str
    minutes: Mapping[int, int]  # by the length of the course; a course leaves out what is not here
    idea: str
    task: str  # name of the task that is predicted; '' where the page itself asks
    move: str  # names the control as the page does
    control: str  # key of that control, or how it begins
    keep: str
    notes: Notes
    link: Mapping[str, str] = field(default_factory=dict)  # controls, as the stop begins with them
    aside: tuple[str, ...] = ()  # keys of what is not shown here, with the row that it stands in


STOPS: tuple[Stop, ...] = (
    Stop(
        page="",
        script="pages/start/welcome.py",
        title="Two faces",
        minutes={15: 2, 45: 4, 90: 8},
        idea="Before you learn how a net does it, do it yourself: one person, or two?",
        task="",
        move="Press **One person** or **Two people**. Then the net says what it thinks, and so do "
        "plain pixels. A few pairs are enough.",
        control="start_guess",
        keep="You compare faces all day and never ask how. A net has to learn it.",
        notes=Notes(
            ask="What do you look at when you say *one person*?",
            expect="The eyes, the hair, the shape of the face. Some will say the light.",
            see="Pixels go wrong as soon as the light or the pose changes. The net seldom does. "
            "After ten pairs there is a score for all three.",
            hurry="Let the whole class vote by hand on three pairs, then go on.",
        ),
    ),
    Stop(
        page="faces",
        script="pages/understand/faces.py",
        title="What is a distance?",
        minutes={15: 3, 45: 6, 90: 12},
        idea="A **distance** is one number: how far apart two photos are. There are many ways to "
        "measure it. Pixels are one way, a net is another.",
        task="faces-light",
        move="Drag **Exposure of the picture** to the right. It is the same person all the time. "
        "What do the two distances do?",
        control="faces_exposure",
        keep="Pixels measure how a photo was taken. A good net measures who is on it.",
        notes=Notes(
            ask="Same face, more light. Is that a large change or a small one?",
            expect="A small one: everybody sees that it is the same person.",
            see="The distance of the pixels runs past its threshold: they say *two people*. The "
            "distance of the net hardly moves.",
            hurry="Move the slider once, all the way, and read the two verdicts aloud.",
        ),
        aside=("faces_person",),
    ),
    Stop(
        page="losses",
        script="pages/understand/losses.py",
        title="What a loss punishes",
        minutes={45: 6, 90: 13},
        idea="A net learns from a **loss**: a number that says how wrong a distance is. Far apart "
        "is wrong for one person, close together is wrong for two.",
        task="loss_alone",
        move="Drag **Distance D of the pair** past the margin, to 1.4. Watch the dot on the curve "
        "of two people.",
        control="losses_d",
        keep="A loss punishes what is wrong, and leaves alone what is good enough.",
        notes=Notes(
            ask="Two strangers are already far apart. Should the net go on pushing?",
            expect="Yes, the further the better.",
            see="From the margin on the curve lies flat at zero, and so does its slope. Nothing "
            "pushes any more.",
            hurry="Show the curve only, and put a finger on the place where it becomes flat.",
        ),
        link={"losses_loss": "Contrastive", "losses_d": "0.6", "losses_m": "1"},
    ),
    Stop(
        page="margin",
        script="pages/understand/margin.py",
        title="The margin",
        minutes={45: 6, 90: 12},
        idea="The **margin** says how far apart is far enough. Each dot is a photo, each colour is "
        "a person, and the loss moves the dots.",
        task="margin_zero",
        move="Under **Ready set-ups** press **Too small**, then **A good margin**. Both end with a "
        "loss of zero. How wide is the ring round the chosen dot?",
        control="margin_setup",
        keep="A small margin asks for little, and gets little.",
        notes=Notes(
            ask="The loss is zero. Are we done?",
            expect="Yes: zero is the best that there is.",
            see="The blue ring keeps strangers out. With the small margin it is hardly to be seen, "
            "with the good one it is wide.",
            hurry="Press *Too small* and compare the ring with before.",
        ),
        link={"margin_loss": "Triplet", "margin_margin_triplet": "0.5"},
    ),
    Stop(
        page="train",
        script="pages/train/train.py",
        title="Train a net",
        minutes={15: 4, 45: 7, 90: 14},
        idea="Now a real net. It begins with random weights and knows nothing. On the map are only "
        "people whom it will **never** learn from.",
        task="train_new",
        move="Press **Train** and watch the map: a dot is a photo, a colour is a person. What do "
        "the colours do?",
        control="train_go",
        keep="A net is tested on people whom it has never seen. On all others it may know the "
        "answer by heart.",
        notes=Notes(
            ask="Why do we draw only people whom the net does not learn from?",
            expect="Silence, or: because it is fairer.",
            see="Dots of one colour come together, though nobody has told the net who they are. "
            "The equal error rate falls from about a third to a few percent.",
            hurry="Press *Train* while you still explain the question.",
        ),
    ),
    Stop(
        page="map",
        script="pages/explore/embedding.py",
        title="The map",
        minutes={45: 5, 90: 11},
        idea="The net gives each photo a place in a space of 64 numbers. A **map** is a sketch of "
        "that space on paper, and a sketch leaves things out.",
        task="map_which",
        move="Change **Drawn by** from *PCA* to *t-SNE*. The nearest faces in the space stay the "
        "same. What do their lines on the map do?",
        control="map_method",
        keep="Ask the space who is near. The map only draws it.",
        notes=Notes(
            ask="Two dots lie side by side on the map. Are the two faces alike to the net?",
            expect="Yes, that is what a map is for.",
            see="Lines lead from one face to its nearest in the space. By PCA some run right "
            "across strangers; by t-SNE most are short.",
            hurry="Show the two maps, and leave the prediction out.",
        ),
        link={"map_method": "PCA", "map_faces": "Unseen only", "map_pick": "bao-1"},
    ),
    Stop(
        page="pairs",
        script="pages/explore/pairs.py",
        title="Threshold and price",
        minutes={15: 3, 45: 6, 90: 11},
        idea="A distance is no verdict yet. Somebody draws the line, the **threshold**: what is "
        "closer counts as one person.",
        task="pairs_price",
        move="Drag the square below the hills, the **threshold**, to the left. Fewer strangers get "
        "in. Who pays for it?",
        control="pairs_slider",
        keep="Each threshold has a price: fewer of one error are more of the other.",
        notes=Notes(
            ask="Where would you draw the line for a phone? And for a list of wanted people?",
            expect="As strict as possible.",
            see="The strong colours are the errors. To the left the orange ones vanish and the "
            "green ones grow: right people who are turned away.",
            hurry="Drag it once to each side. Ask which of the two errors hurts more.",
        ),
        aside=("pairs_of",),
    ),
    Stop(
        page="photos",
        script="pages/use/two_photos.py",
        title="Your own photos",
        minutes={15: 3, 45: 5, 90: 9},
        idea="Two photos of your own, from **File** or **Camera**, or people who do not exist. "
        "They stay in this session.",
        task="photo_needle",
        move="Under **Photo B** choose somebody else, or **File** or **Camera** for yourself. Read "
        "*Errors at this threshold*: how many false accepts?",
        control="photos_b_from",
        keep="A distance is no proof. Where a match is rare, most hits are strangers.",
        notes=Notes(
            ask="The police compare one photo with a thousand others, and there is a hit. Is it "
            "the right person?",
            expect="Nearly certainly: the net errs on two in a hundred only.",
            see="A line for each net: distance, verdict, errors. The shipped net takes 2 in 100 "
            "strangers for the person, and of a thousand strangers that is twenty.",
            hurry="Do the sum on the board: 999 strangers, 2 in 100 of them pass, one is right.",
        ),
    ),
)
