"""Makes own.ttf: a font of a school with one syllable, U+BDC1, that those that ship lack. fontTools 4.68.0."""

from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen


def box(low, high):
    pen = TTGlyphPen(None)
    pen.moveTo((low, low))
    for point in [(low, high), (high, high), (high, low)]:
        pen.lineTo(point)
    pen.closePath()
    return pen.glyph()


font = FontBuilder(1000, isTTF=True)
font.setupGlyphOrder([".notdef", "bwelk"])
font.setupCharacterMap({0xBDC1: "bwelk"})
font.setupGlyf({".notdef": box(0, 500), "bwelk": box(50, 750)})
font.setupHorizontalMetrics({".notdef": (600, 0), "bwelk": (800, 50)})
font.setupHorizontalHeader(ascent=800, descent=-200)
font.setupNameTable({"familyName": "School Own", "styleName": "Regular", "psName": "SchoolOwn"})
font.setupOS2(sTypoAscender=800, sTypoDescender=-200, usWinAscent=800, usWinDescent=200)
font.setupPost()
font.setupHead(unitsPerEm=1000, created=0, modified=0)
font.font.recalcTimestamp = False
font.save(Path(__file__).parent / "own.ttf")
