"""Bytes of a file's name that do not say how they were written → the name.

Zips of macOS hold UTF-8 without saying so, Windows writes in the code page of its country, and a
folder that was unpacked elsewhere keeps such bytes. They are decoded as what makes most sense of
all the names of a set together: letters of one script, no signs among them, and characters that
names are made of.
"""

import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Sequence
from functools import cache

CODE_PAGES = (
    *("cp437", "cp850", "cp1252", "cp1250", "cp852", "cp1251", "cp866"),
    *("cp932", "cp936", "cp949", "cp950"),
)
UTF8_FLAG = 0x800  # of a zip's entry: its name is UTF-8
UNICODE_PATH = 0x7075  # Info-ZIP's extra field: the name once more, in UTF-8
SAMPLED = 400  # names that the guess is made from

_LATIN = frozenset("äöüßéèêëàâçîïôûùœæøåáíóúñãõ")  # of western names; others count half
_CHARACTERS = frozenset(  # that Chinese and Japanese names and folders are often made of
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严武戴莫孔向汤"
    "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂文辉玲华红建国志海云峰鹏宇浩然子轩梓涵欣怡雨小大学生"
    "同照片头像班级老师新件夹男女人一二三四五六七八九十張劉陳楊黃趙吳孫馬羅鄭謝許韓馮鄧蕭葉蘇盧鍾譚陸範賈"
    "韋鄒龍賀顧龔萬錢嚴湯偉麗軍豔傑濤蘭剛輝華紅國雲鵬軒學頭中山本佐藤鈴木橋渡辺伊加吉松井上村清斎後坂青"
    "岡森池川島原谷前野内西東北南三和表能太郎美恵花愛優健翔真由香奈陽菜写"
)


def names(entries: Sequence[zipfile.ZipInfo]) -> list[str]:
    """The names of a zip's entries as they were meant; different bytes stay different names."""
    unsaid = [_raw(entry) for entry in entries if not _is_said(entry)]
    encoding = guess(unsaid)
    return [_name(entry, encoding) for entry in entries]


def guess(raws: Sequence[bytes]) -> str:
    """The encoding that makes most sense of these names together."""
    odd = list(dict.fromkeys(raw for raw in raws if not raw.isascii()))[:SAMPLED]
    if all(_decoded(raw, "utf-8") is not None for raw in odd):
        return "utf-8"
    return max(CODE_PAGES, key=lambda page: _sense(odd, page))


def _is_said(entry: zipfile.ZipInfo) -> bool:
    return bool(entry.flag_bits & UTF8_FLAG) or _unicode_path(entry) is not None


def _name(entry: zipfile.ZipInfo, encoding: str) -> str:
    if entry.flag_bits & UTF8_FLAG:
        return entry.filename
    told = _unicode_path(entry)
    if told is not None:
        return told
    decoded = _decoded(_raw(entry), encoding)
    return entry.filename if decoded is None else decoded.split("\0")[0]


def _raw(entry: zipfile.ZipInfo) -> bytes:
    """The bytes of a name without the flag, from which Python makes one of code page 437."""
    return entry.orig_filename.encode("cp437", "replace")


def _unicode_path(entry: zipfile.ZipInfo) -> str | None:
    """The name in Info-ZIP's extra field, where it belongs to the name that stands there."""
    extra = entry.extra
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        body, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == UNICODE_PATH and len(body) > 5 and body[0] == 1:
            (check,) = struct.unpack_from("<I", body, 1)
            if check == zlib.crc32(_raw(entry)):
                return _decoded(body[5:], "utf-8")
    return None


def _decoded(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None


def _sense(raws: Sequence[bytes], page: str) -> float:
    """How much sense a code page makes of names, per byte that is not ASCII; -9 for none."""
    texts = [_decoded(raw, page) for raw in raws]
    if None in texts:
        return -9.0
    total = sum(_of_text(text) for text in texts if text)
    return total / max(1, sum(byte > 127 for raw in raws for byte in raw))


def _of_text(text: str) -> float:
    scripts = {_script(sign) for sign in text if not sign.isascii()} - {""}
    families = {"CJK" if script in {"HIRAGANA", "KATAKANA"} else script for script in scripts}
    beside = zip(" " + text[:-1], text, text[1:] + " ", strict=True)
    found = sum(_of_sign(*three) for three in beside if not three[1].isascii())
    return found - 2.0 * max(0, len(families) - 1)


def _of_sign(before: str, sign: str, after: str) -> float:
    """What a sign that is not ASCII says for its code page, beside its neighbours."""
    script = _script(sign)
    beside = [other for other in (before, after) if other.isalpha()]
    is_in_ascii = any(other.isascii() for other in beside)
    wrong_case = -2.0 if sign.isupper() and before.islower() else 0.0
    if script == "LATIN":
        strangers = sum(not other.isascii() for other in beside)
        return (1.0 if sign.lower() in _LATIN else 0.6) - strangers + wrong_case
    if script in {"CYRILLIC", "GREEK"}:
        usual = re.match(r"[А-яЁёІіЇїЄєΆ-ώ]", sign)
        return (1.0 if usual else 0.2) - 2.0 * is_in_ascii + wrong_case
    if script == "CJK":
        return (3.0 if sign in _CHARACTERS else 0.4) - 4.0 * is_in_ascii
    if script in {"HIRAGANA", "KATAKANA"}:
        return 3.0 - 4.0 * is_in_ascii
    if script == "HANGUL":
        return 2.0 - 4.0 * is_in_ascii
    return -3.0


@cache
def _script(sign: str) -> str:
    if not sign.isalpha() and sign != "ー":
        return ""
    return re.split(r"[ -]", unicodedata.name(sign, ""))[0]
