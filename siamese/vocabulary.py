# ruff: noqa: SIM905 - lists of words are read, and grow, as words
"""Words in the names of files and folders that say how, when or what for, but not who.

A word can be a name as well ('Park', 'April'): what stands beside it decides, and that is up to
whoever asks.
"""

import re
import unicodedata

# Words for splits, views, feelings, what was done to a picture, where it is kept, days, occasions.
_WORDS = frozenset(
    """
    train training trainset test testing testset validation valid eval evaluation testdata
    traindata image images img imgs pic pics picture pictures photo photos photograph
    photographs foto fotos frame frames face faces data dataset datasets database db files album
    albums camera dcim upload uploads download downloads takeout screenshot screenshots misc
    miscellaneous unsorted unknown unlabeled unlabelled other others various thumb thumbs
    thumbnail thumbnails augmented augmentation augmentations aug cropped aligned resized
    original originals raw frontal profile glasses sunglasses noglasses session sessions visit
    visits clip clips video videos vid people persons identities subjects users students
    celebrities neutral happy sad angry surprised disgusted expression expressions query gallery
    probe holdout celeba utkface fairface ffhq lfw vggface vggface2 casia webface yalefaces
    fer2013 affectnet trn tst vali fold folds split splits subset part parts batch chunk set
    sets shard development privatetest publictest seen unseen support reference enroll enrolment
    enrollment public private front left right side sides view views pose poses posed angle
    angles up down upward downward back straight center centre centerlight leftlight rightlight
    light lights lighting illumination illuminations dark bright indoor outdoor inside outside
    near far distance half full quarter turned tilted rotate multiview normal happiness sadness
    anger fear fearful afraid disgust surprise contempt smile smiles smiling laugh laughing
    scream wink winking sleepy sleeping yawn talking crying emotion emotions serious mad bored
    open closed eyes eye mouth hat cap mask masked unmasked scarf beard wearing makeup occlusion
    occluded occlusions head body hair flip flipped flips mirrored mirror rotated rotation rot
    noise noisy blur blurred crop crops align alignment detected detection edited small large
    medium big scaled grey gray greyscale grayscale color colour colored coloured rgb bw
    processed preprocessed clean cleaned dirty filtered copy copies kopie duplicate duplicates
    backup old new final temp tmp output outputs input result results export exports exported
    jpg jpeg png bmp pgm ppm gif tif tiff webp heic hq hd lq web print day days night week weeks
    month months year years hour morning evening noon today yesterday take takes seq seqs
    sequence sequences recording recordings record scene scenes shot shots cam cams cameras
    webcam surveillance stills series event events round roll rolls reel trial trials track
    tracks time date dates version bild bilder portrait portraits headshot headshots selfie
    selfies mugshot mugshots file folder collection library archive archives apple icloud google
    drive onedrive dropbox whatsapp instagram facebook telegram snapchat signal sent received
    media my mine our all stuff desktop documents celebs names humans friends family annotations
    labels ordner sonstige group groups class classes team teams school club office department
    company guests visitors teachers pupils participants employees staff males females male
    female men women boys girls kids children adults young caucasian asian african indian real
    fake live spoof attack genuine imposter impostor monday tuesday wednesday thursday friday
    saturday sunday mon tue wed thu fri sat sun january february march july september october
    november december jan feb mar apr jun jul sep sept oct nov dec spring winter fall beach
    party holiday holidays vacation vacations birthday christmas xmas easter wedding graduation
    trip travel home house work sport sports garden park street mountain mountains forest lake
    sea pool concert festival dinner lunch breakfast skiing hiking picnic city kitchen classroom
    cover title index banner logo background links rechts vorne vorn hinten seite mit ohne
    brille lachen ernst masters modified booth imagenes imágenes immagini frente perfil
    gafas lunettes occhiali gauche droite profil prueba entrenamiento validacion prova
    stage phase phases level levels run runs try attempt attempts burst bursts
    """.split()
)
# Those of them that people are called by, too: with names beside them, they are names.
_NAMES_TOO = frozenset(
    """
    val dev april may june august jan mar jun jul sun sat mon march monday friday sunday
    summer autumn spring winter fall park young day lake sea street garden forest city home
    house school work beach small light bright dark head hair beard cap back half rolls roll
    track take event web print live final king club title cover wink mad fear ernst trip
    travel office
    """.split()
)
JOINING = frozenset(
    "and or of the in at on by to for a an from with without no non not is as und von vom im am "
    "de la le du con sin avec sans et e y".split()
)
ROLES = frozenset(  # what somebody is: with a number behind, it is one person
    "person persons subject subj sub user student pupil id people pers participant actor identity "
    "individual child man woman boy girl male female candidate employee celebrity model face "
    "s p u h n".split()
)
_ALL = _WORDS | _NAMES_TOO

_YEAR = re.compile(r"(19|20)\d\d")
_DATE = re.compile(
    r"(19|20)\d\d[-_. ]?(0\d|1[0-2])([-_. ]?[0-3]\d)?([T_ -].*)?|\d\d[-_.]\d\d[-_.]\d{2,4}"
)
_CARD = re.compile(  # folders of a camera's card: 100APPLE, 101_PANA
    r"[1-9]\d\d(_\w{4}|APPLE|CANON|EOS\w\w|NIKON|ND\w{3}|NCD\w\w|MSDCF|OLYMP|OMSYS|MEDIA|ANDRO|CASIO"
    r"|SSCAM|PHOTO|GOPRO|PENTX|RICOH|KODAK)"
)
_MACHINE = re.compile(  # ids that a machine gave: of a video, of a file, of a moment
    r"(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[\w-]{11}|(?=.*\d)(?=.*[a-f])[0-9a-f]{8,}|[0-9a-f-]{32,}|\d{9,}"
)


def words(name: str) -> tuple[str, ...]:
    """`TestSet_02 (aligned)` → testset, 02, aligned: letters or digits, in small letters."""
    whole = unicodedata.normalize("NFC", name).casefold()
    return tuple(re.findall(r"[^\W\d_]+|\d+", whole))


def is_silent(name: str) -> bool:
    """True where each word of a folder's name is one that may say nothing of who it is."""
    return bool(_CARD.fullmatch(name)) or is_date(name) or any(map(_are_silent, _readings(name)))


def is_surely_silent(name: str) -> bool:
    """True for names that no person has, even among people: train, augmented, DCIM."""
    return bool(_CARD.fullmatch(name)) or any(
        _are_silent(found) and any(_is_known(word) and word not in _NAMES_TOO for word in found)
        for found in _readings(name)
    )


def _readings(name: str) -> tuple[tuple[str, ...], ...]:
    """The words of a name, and those of one in which capitals begin words: TestSet."""
    return words(name), words(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name))


def _are_silent(found: tuple[str, ...]) -> bool:
    return any(map(_is_known, found)) and all(
        _is_known(word) or word.isdigit() or len(word) == 1 or word in JOINING for word in found
    )


def is_date(name: str) -> bool:
    """A year or a day: 2019, 2019-05, 2019-05-24, 24.05.2019."""
    return bool(_YEAR.fullmatch(name) or _DATE.fullmatch(name))


def is_machine_made(name: str) -> bool:
    """An id that no person gave: `1zcIwhmdeo4`, `3f9c02ab11`, 1572345678."""
    return bool(_MACHINE.fullmatch(name))


def is_role_with_number(name: str) -> bool:
    """`person 3`, `s01`, face2: one of several, told by number."""
    found = words(name)
    return len(found) == 2 and found[0] in ROLES and found[1].isdigit()


def speaks(name: str) -> bool:
    """A name made of letters alone, of two or more: Anna Lee, o'Neill, 王芳; not s1, 0012, x."""
    found = words(name)
    letters = "".join(found)
    is_short = len(letters) < 2 and letters.isascii()
    return not is_short and not any(word.isdigit() for word in found)


def is_known_word(word: str) -> bool:
    """True for a word in small letters that is likely no name: smile, glasses, beach."""
    return _is_known(word)


def _is_known(word: str) -> bool:
    if word in _ALL:
        return True
    for before in ("without", "with", "non", "no"):
        if word.startswith(before) and word[len(before) :] in _ALL:
            return True
    return False
