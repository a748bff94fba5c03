"""Names of picture files → the people that they are named for.

A name alone is read by `person_in`; `people_in` reads those of a whole set together, because what a
part of a name means shows in the others: `anna1` is a picture of anna, and `person1` is a person
where there is a `person1_2` as well.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from siamese.images import SUFFIXES
from siamese.vocabulary import JOINING, ROLES, is_date, is_known_word, is_machine_made

MOSTLY = 0.9  # share of a set's files that follow a pattern from which it is that of the set
DESCRIBED = 0.3  # share of names that end in a word such as 'smile': then such words are no names

# Sets whose names are read by their own rules, wherever they lie. `who` is the person.
_KNOWN = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?P<who>nm\d{7,8})_rm\d+.*",  # IMDB-WIKI
        r"[AB](?P<who>[FM]\d\d)[A-Z]{2}(S|[HF][LR])",  # KDEF: two sessions, A and B
        r"Rafd\d{3}_(?P<who>\d\d)_.*",  # Radboud: the first number is the camera
        r"(?P<who>\d{3})_\d\d_\d\d_\d{3}_\d\d(_.*)?",  # Multi-PIE
        r"(?P<who>\d{5})(_\d{6}|[a-z]{2}\d{3}[a-z]*_\d{6}).*",  # FERET
        r"(?P<who>[FM][YMO]_\d{6})_I[A-Z]{2}.*",  # CAS-PEAL
        r"(?P<who>S\d{3})_\d{3}_\d{8}",  # Cohn-Kanade
        r"(?P<who>yaleB\d\d)_P\d\dA?.*",  # Yale B
        r"(?P<who>\d{3})A\d\d[a-z]?",  # FG-NET
        r"(?P<who>\d{3})_cam\d+_\d+.*",  # SCface
    )
]
_NOBODY = re.compile(r"\d{1,3}_[01]_[0-4]_\d{8,}.*")  # UTKFace: age, gender, ethnicity, date
_CAMERA = re.compile(
    r"_?(img|image|imag|dscn?|dscf|pxl|mvimg|photo|picture|pic|scan|file|untitled|screenshot|camera"
    r"|foto|bild|mg|gopr|sam|cimg|hpim|mvc|imgp|pict|sany|dji|kif|wp|received|snapchat|inbound"
    r"|unnamed|download|vlcsnap|capture|snapshot|frame|fb|wa|whatsapp)",
    re.IGNORECASE,
)
_SUFFIX = re.compile(rf"\.({'|'.join([*SUFFIXES, 'heic', 'heif', 'jfif', 'avif', 'jp2'])})$", re.I)
_FIELD = re.compile(r"[^\s_.\-+()\[\],@&#~]+")
_LETTERS_FIRST = re.compile(r"([^\W\d_]+)(\d+)(.*)")
_DIGITS_FIRST = re.compile(r"(\d+)[^\W\d_]+.*")
_CARD = re.compile(r"1\d\d_\d{4}")  # a camera's own numbers: 100_0001
SEPARATORS = re.compile(r"[\s_.-]+")


@dataclass(frozen=True)
class Named:
    """Who the files of a set are named for."""

    people: tuple[str, ...]  # for each file, '' where its name does not tell
    words: bool = False  # True where most of these are words, not numbers
    reason: str = ""  # why the names tell nobody, where that is known


@dataclass(frozen=True)
class _Guess:
    """What a name says by itself."""

    who: str = ""
    kind: str = ""  # word, code or number; 'known' for a word that is likely no name
    code: str = ""  # anna1 of a name that is just that


def person_in(file_name: str) -> str:
    """The person that a loose file is named for, '' where the name does not tell.

    `anna_1.jpg` → anna, `Anna (3).jpg` → Anna, `s1_03.pgm` → s1, `IMG_2041.jpg` → ''.
    """
    guess = _guess(_stem(file_name))
    return "" if guess.kind in {"number", "known"} else guess.who


def people_in(file_names: Sequence[str]) -> Named:
    """The people that the files of one set are named for; of one spelling each, as met first."""
    stems = [_stem(name) for name in file_names]
    if stems and sum(bool(_NOBODY.fullmatch(stem)) for stem in stems) >= MOSTLY * len(stems):
        return Named(
            ("",) * len(stems),
            reason="the files are named for age, gender and date, and not for who they show",
        )
    known = in_known_pattern(file_names)
    if known:
        return Named(_one_spelling(known))
    guesses = _codes([_guess(stem) for stem in stems], stems)
    guesses = _known_words(_numbers(guesses, stems))
    labels = _first_words(_without_descriptions([guess.who for guess in guesses]))
    words = sum(guess.kind == "word" for guess in guesses)
    return Named(_one_spelling(labels), 2 * words > len(stems))


def in_known_pattern(file_names: Sequence[str]) -> list[str]:
    """The people by the rules of a public set that nearly all names follow; [] by none."""
    stems = [_stem(name) for name in file_names]
    for pattern in _KNOWN:
        found = [match["who"] if (match := pattern.fullmatch(stem)) else "" for stem in stems]
        if stems and sum(map(bool, found)) >= MOSTLY * len(stems):
            return found
    return []


def spelling(who: str) -> str:
    """The same for all spellings of a name: Anna_Lee, 'anna lee', ANNA-LEE."""
    return SEPARATORS.sub(" ", who).casefold().strip()


def _stem(file_name: str) -> str:
    stem = unicodedata.normalize("NFC", PurePosixPath(file_name).name)
    while shorter := _SUFFIX.sub("", stem):
        if shorter == stem:
            break
        stem = shorter
    return stem


def _guess(stem: str) -> _Guess:
    """Who a name says by itself: its first words, or the number or code that it begins with."""
    fields = list(_FIELD.finditer(stem))
    first = 0
    while first < len(fields) and _leads_to(fields, first):
        first += 1
    guess = _begun(stem, fields[first:]) if first < len(fields) else _Guess()
    return _of_what_leads(fields, first, guess)


def _of_what_leads(fields: list[re.Match[str]], first: int, guess: _Guess) -> _Guess:
    """Behind a word such as IMG or 'photo' only another word counts, and no number."""
    if not first or guess.kind == "word" or guess.who[:1].isalpha():
        return guess
    camera = _CAMERA.match(fields[0][0])
    if guess.who and not camera:
        return guess
    known = next((field[0] for field in fields[:first] if field[0].isalpha()), "")
    return _Guess() if camera or not known else _Guess(known, "known")


def _leads_to(fields: list[re.Match[str]], at: int) -> bool:
    """True for a word such as 'test' or 'photo' before the rest of a name."""
    text = fields[at][0]
    if text.isalpha():
        word = text.casefold()
        follows = fields[at + 1][0] if at + 1 < len(fields) else ""
        if word in ROLES and follows.isdigit() and at + 2 < len(fields):
            return False
        is_of = at > 0 and word in JOINING
        return is_of or is_known_word(word) or bool(_CAMERA.fullmatch(text))
    match = _LETTERS_FIRST.fullmatch(text)
    if match is None or match[3]:
        return False
    word = match[1].casefold()
    return word not in ROLES and (is_known_word(word) or bool(_CAMERA.fullmatch(word)))


def _begun(stem: str, fields: list[re.Match[str]]) -> _Guess:
    text, more = fields[0][0], len(fields) > 1
    if text.isalpha() or _is_word(text):
        return _in_words(stem, fields)
    if is_machine_made(text):
        return _Guess()
    if text.isdigit():
        return _behind_a_number(stem, fields)
    if match := _LETTERS_FIRST.fullmatch(text):
        letters, digits, rest = match.groups()
        if len(digits) > 5 and len(letters) < 3 and not more:
            return _Guess()  # P1010001
        if more or rest or letters.casefold() in ROLES:
            return _Guess(letters + digits, "code")
        return _Guess(letters, "word", text)
    if match := _DIGITS_FIRST.fullmatch(text):
        return _Guess(match[1], "number")
    return _Guess()


def _in_words(stem: str, fields: list[re.Match[str]]) -> _Guess:
    """The words up to the first number; a role or one or two letters take the number along."""
    first = fields[0][0].casefold()
    is_numbered = len(fields) > 1 and fields[1][0].isdigit()
    is_code = first in ROLES or (len(first) < 3 and first.isascii())
    if is_numbered and len(fields) > 2 and is_code:
        return _Guess(stem[fields[0].start() : fields[1].end()], "code")
    if is_numbered and len(first) > 1 and first in ROLES and not is_known_word(first):
        return _Guess(stem[fields[0].start() : fields[1].end()], "code")
    end = 0
    while end + 1 < len(fields) and _is_word(fields[end + 1][0]):
        end += 1
    return _Guess(stem[fields[0].start() : fields[end].end()], "word")


def _behind_a_number(stem: str, fields: list[re.Match[str]]) -> _Guess:
    """`1.anna`, `53_Robert_Duvall_0001`: the words; `1_03`: the number itself."""
    for at, field in enumerate(fields):
        word = field[0].casefold()
        if not _is_word(word) or (len(word) < 3 and word.isascii()) or word in JOINING:
            continue
        if not is_known_word(word):
            while at > 1 and _is_word(fields[at - 1][0]):  # Bo_Derek
                at -= 1
            return _in_words(stem, fields[at:])
    if len(fields) < 2 or is_date(fields[0][0]) or is_date(stem[:10]):
        return _Guess()
    return _Guess(fields[0][0], "number")


def _is_word(text: str) -> bool:
    return text[:1].isalpha() and not any(sign.isdigit() for sign in text)


def _codes(guesses: list[_Guess], stems: Sequence[str]) -> list[_Guess]:
    """`person1` beside `person1_2` is a person; `anna1_x` and `anna2_x` beside `ben1_x` are not."""
    codes = {guess.who.casefold() for guess in guesses if guess.kind == "code"}
    numbers: dict[str, set[str]] = {}
    for code in codes:
        if match := _LETTERS_FIRST.fullmatch(code):
            numbers.setdefault(match[1], set()).add(match[2])
    several = {word for word, found in numbers.items() if len(word) > 2 and len(found) > 1}
    several -= ROLES
    result = []
    for guess in guesses:
        match = _LETTERS_FIRST.fullmatch(guess.who.casefold()) if guess.kind == "code" else None
        if match and len(several) > 1 and match[1] in several:
            guess = _Guess(guess.who[: len(match[1])], "word")
        elif guess.code and guess.code.casefold() in codes and len(several) < 2:
            guess = _Guess(guess.code, "code")
        result.append(guess)
    return result


def _numbers(guesses: list[_Guess], stems: Sequence[str]) -> list[_Guess]:
    """Numbers are people where they come back, as in 1_1, 1_2, 2_1; not where they only count."""
    numbers = Counter(guess.who for guess in guesses if guess.kind == "number")
    total = numbers.total()
    are_people = len(numbers) > 1 and 2 * len(numbers) <= total
    if all(_CARD.fullmatch(stem) for stem in stems):
        are_people = False
    return [guess if guess.kind != "number" or are_people else _Guess() for guess in guesses]


def _known_words(guesses: list[_Guess]) -> list[_Guess]:
    """A word such as 'park' is somebody's name among other names, and nobody's by itself."""
    known = sum(guess.kind == "known" for guess in guesses)
    told = sum(bool(guess.who) for guess in guesses)
    counts = Counter(guess.who for guess in guesses if guess.kind == "known")
    return [
        _Guess() if guess.kind == "known" and (2 * known > told or counts[guess.who] < 2) else guess
        for guess in guesses
    ]


def _without_descriptions(labels: list[str]) -> list[str]:
    """anna_smile → anna: where such words come back, behind one name or several, or the name is
    there without one. Neil_Young stays."""
    short = [_described(label) for label in labels]
    pairs = {
        (spelling(cut), label[len(cut) :].casefold())
        for label, cut in zip(labels, short, strict=True)
        if cut != label
    }
    names, words = (
        (Counter(side) for side in zip(*pairs, strict=True)) if pairs else (Counter(), Counter())
    )
    again = sum(
        cut != label and max(names[spelling(cut)], words[label[len(cut) :].casefold()]) > 1
        for label, cut in zip(labels, short, strict=True)
    )
    there = set(map(spelling, labels))
    return [
        cut if again >= DESCRIBED * len(labels) or spelling(cut) in there else label
        for label, cut in zip(labels, short, strict=True)
    ]


def _described(label: str) -> str:
    fields = list(_FIELD.finditer(label))
    while len(fields) > 1 and _says_how(fields[-1][0].casefold()):
        fields.pop()
    return label[: fields[-1].end()] if fields else label


def _says_how(word: str) -> bool:
    return word in JOINING or is_known_word(word)


def _first_words(labels: list[str]) -> list[str]:
    """anna_lachend, ben_lachend → anna, ben: where nearly each name is there once, and what follows
    its first word comes back behind others."""
    counts = Counter(map(spelling, filter(None, labels)))
    if not counts or 4 * sum(count == 1 for count in counts.values()) < 3 * counts.total():
        return labels
    parts = [SEPARATORS.split(label, maxsplit=1) for label in labels]
    behind: dict[str, set[str]] = {}
    for part in parts:
        if len(part) == 2:
            behind.setdefault(part[1].casefold(), set()).add(part[0].casefold())
    firsts = {part[0].casefold() for part in parts if part[0]}
    again = sum(len(part) == 2 and len(behind[part[1].casefold()]) > 1 for part in parts)
    if again < 0.75 * len(labels) or len(behind) < 2 or len(firsts) < 2:
        return labels
    return [part[0] for part in parts]


def _one_spelling(labels: Sequence[str]) -> tuple[str, ...]:
    met: dict[str, str] = {}
    return tuple(met.setdefault(spelling(label), label) if label else "" for label in labels)
