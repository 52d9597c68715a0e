"""The cells of the tutorial, in their order: what stands below one is what it printed."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[3] / "docs" / "tutorials" / "notebook.md"
BLOCK = re.compile(r"^```(python|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def printed_as(shown: str) -> re.Pattern[str]:
    """A pattern of a text in which … stands for anything."""
    return re.compile(".*".join(map(re.escape, shown.strip().split("…"))), re.DOTALL)


def test_every_cell_prints_what_the_page_shows(tmp_path, monkeypatch):
    pytest.importorskip("polars")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    printed, compared = "", 0
    for kind, text in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        if kind == "text":
            assert printed_as(text).fullmatch(printed.strip()), f"{printed}\nis not\n{text}"
            compared += 1
            continue
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(text, names)
        printed = out.getvalue()
    assert compared == 8
