#!/usr/bin/env python3
"""Makes the fonts of the reports from Pretendard: its subset under a name of its own, as the licence asks.

    npm pack pretendard@1.3.9 && tar xzf pretendard-1.3.9.tgz
    pip install fonttools==4.68.0 brotli==1.2.1
    scripts/fonts.py package/dist

Writes, in two weights,
- crates/pdf/fonts/*.ttf.gz: one file for paper;
- crates/report/fonts/*.woff2: the same letters in parts, so that a page embeds only the parts it needs,
  and crates/report/src/fonts/parts.rs, the table of them.

The same input and versions give the same bytes.
"""

import gzip
import io
import json
import shutil
import sys
from pathlib import Path
from unicodedata import normalize

from fontTools import subset
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parent.parent
FAMILY = "Seedtest Sans"
WEIGHTS = [("regular", "Regular", 400), ("bold", "SemiBold", 600)]
# Letters a rare part holds: about 4 kB of WOFF2.
PART = 60
# Syllables of frequent Korean names that the texts of the reports do not hold themselves.
NAMES = (
    "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민나진지엄채원천방공현함변염여추도"
    "소석선설마길연위표명기반왕금옥육인맹제모탁국준예은호수빈아영희경철동훈재승태건혁찬환규식섭범림린율솔슬별봄새결온겸"
    "휘후혜효향형창철종중좌정용완옹엽언숙순상삼복보별병범배미덕대단늘누녹내남기근광관곤"
)


# Signs that the code of the reports writes beside the texts.
SIGNS = "−×…ₜ▲▼“”‘’·"


def syllables():
    """The 2 350 syllables of KS X 1001."""
    return [c for c in range(0xAC00, 0xD7A4) if len(chr(c).encode("euc_kr", "ignore")) == 2]


def western():
    """Latin, Greek, punctuation, arrows, signs: everything but Hangul."""
    ranges = [
        (0x20, 0x7E), (0xA0, 0x17F), (0x218, 0x21B), (0x2C6, 0x2DD), (0x370, 0x3FF), (0x1E9E, 0x1E9E),
        (0x2010, 0x2027), (0x202F, 0x203A), (0x2070, 0x2079), (0x2080, 0x209C), (0x20A9, 0x20AC),
        (0x2103, 0x2103), (0x2116, 0x2122), (0x2190, 0x2199), (0x2202, 0x2265), (0x25A0, 0x25CF),
        (0x2605, 0x2606), (0x2713, 0x2714), (0x3000, 0x3015), (0xFF01, 0xFF5E),
    ]
    every = [c for first, last in ranges for c in range(first, last + 1)]
    # Letters that only stand for others, such as the Greek question mark for the semicolon.
    return [c for c in every if normalize("NFC", chr(c)) == chr(c)]


def said_in(language):
    texts = json.loads((ROOT / f"crates/report/catalogue/{language}.json").read_text())
    return {ord(letter) for letter in "".join(texts.values())}


def rename(font, weight):
    style = "Regular" if weight == 400 else "SemiBold"
    font["OS/2"].usWeightClass = weight
    names = font["name"]
    names.names = [n for n in names.names if n.nameID in (0, 13, 14) and n.langID == 0x409]
    whole = FAMILY if weight == 400 else f"{FAMILY} {style}"
    for name_id, text in [
        (1, whole), (2, "Regular"), (3, f"{whole};1.309"), (4, whole),
        (5, "Version 1.309; a subset of another font, see its licence"),
        (6, f"SeedtestSans-{style}"), (16, FAMILY), (17, style),
    ]:
        names.setName(text, name_id, 3, 1, 0x409)


def made(source, letters, weight, flavor):
    font = TTFont(source, recalcTimestamp=False)
    options = subset.Options()
    options.hinting = False
    options.layout_features = ["ccmp", "kern", "mark", "mkmk", "tnum"]
    options.drop_tables += ["DSIG"]
    options.name_IDs = ["*"]
    options.notdef_outline = True
    options.recalc_timestamp = False
    worker = subset.Subsetter(options)
    worker.populate(unicodes=letters)
    worker.subset(font)
    rename(font, weight)
    font.flavor = flavor
    written = io.BytesIO()
    font.save(written, reorderTables=None)
    return written.getvalue()


def spelled(letters):
    """A string literal of Rust; signs that cannot be seen are escaped."""
    def one(letter):
        if letter in '"\\':
            return "\\" + letter
        return letter if letter.isprintable() else f"\\u{{{ord(letter):x}}}"

    return '"' + "".join(one(chr(letter)) for letter in letters) + '"'


def parts(known):
    """Name and letters of each part: what every page has, what Korean pages have, and the rest."""
    hangul = set(syllables())
    latin = {c for c in range(0x20, 0x7F)} | {ord(c) for c in SIGNS}
    latin |= {c for c in said_in("ko") | said_in("en") if c not in hangul and c > 0x7E}
    korean = {c for c in said_in("ko") if c in hangul} | {ord(c) for c in NAMES}
    rest = sorted(hangul - korean)
    other = {c for c in western() if c not in latin}
    jamo = set(range(0x3131, 0x318F)) | {0x318D}
    return [(name, sorted(set(letters) & known)) for name, letters in [
        ("latin", latin), ("korean", korean), ("western", other), ("jamo", jamo),
        *((f"syllables-{i // PART:02}", rest[i : i + PART]) for i in range(0, len(rest), PART)),
    ]]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    given = Path(sys.argv[1])
    pages, paper = ROOT / "crates/report/fonts", ROOT / "crates/pdf/fonts"
    for folder in (pages, paper):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        shutil.copy(given / "LICENSE.txt", folder / "OFL.txt")
    source = {weight: given / f"public/static/alternative/Pretendard-{style}.ttf" for _, style, weight in WEIGHTS}
    known = set(TTFont(source[400]).getBestCmap()) & set(TTFont(source[600]).getBestCmap())
    table = parts(known)
    every = sorted({letter for _, letters in table for letter in letters})
    for name, _, weight in WEIGHTS:
        packed = gzip.compress(made(source[weight], every, weight, None), 9, mtime=0)
        (paper / f"{name}.ttf.gz").write_bytes(packed)
        for part, letters in table:
            (pages / f"{name}-{part}.woff2").write_bytes(made(source[weight], letters, weight, "woff2"))
    lines = [
        "//! The parts of the fonts; written by `scripts/fonts.py`.",
        "",
        "use super::Part;",
        "",
        f"pub(super) const PARTS: [Part; {len(table)}] = [",
    ]
    for part, letters in table:
        lines.append("    Part {")
        lines.append(f"        letters: {spelled(letters)},")
        for name, _, _ in WEIGHTS:
            lines.append(f'        {name}: include_bytes!("../../fonts/{name}-{part}.woff2"),')
        lines.append("    },")
    target = ROOT / "crates/report/src/fonts/parts.rs"
    target.parent.mkdir(exist_ok=True)
    target.write_text("\n".join([*lines, "];", ""]))


if __name__ == "__main__":
    main()
