#!/usr/bin/env python3
"""Retakes the pictures of the pages in the browser: `python3 docs/img/take_pages.py target/release/seedtest`.

They are of demo schools of this program, one in each language, and lie in this folder as `dashboard-….png`. The class is the
first one, the student one with answers in the newest week. Needs Chromium (`CHROMIUM` names another browser) and a Korean font.
"""

import argparse
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

IMAGES = Path(__file__).parent
sys.path.insert(0, str(IMAGES.parent.parent / "bench"))
from chromium import Chromium  # noqa: E402

DESK, PHONE = (1280, 900), (390, 1500)
# File, language, page, screen, whether it is dark.
PICTURES = [
    ("dashboard-school", "ko", "school", DESK, False),
    ("dashboard-school-en", "en", "school", DESK, False),
    ("dashboard-class", "ko", "class", DESK, False),
    ("dashboard-class-dark", "ko", "class", DESK, True),
    ("dashboard-class-en", "en", "class", DESK, False),
    ("dashboard-class-phone", "en", "class", PHONE, False),
    ("dashboard-student-phone", "ko", "student", PHONE, True),
    ("dashboard-items-en", "en", "items", DESK, False),
    ("dashboard-imports-en", "en", "imports", DESK, False),
    ("dashboard-operations", "ko", "operations", DESK, True),
]


def paths(database: Path) -> dict[str, str]:
    """The pages of a school."""
    with sqlite3.connect(database) as rows:
        (of_class,) = rows.execute("SELECT class_id FROM roster_class ORDER BY class_id").fetchone()
        newest = "(SELECT max(week_start) FROM dashboard_student)"
        (student,) = rows.execute(
            "SELECT user_id FROM dashboard_student NATURAL JOIN roster_enrolment WHERE class_id = ? AND report IS NOT NULL "
            f"AND week_start = {newest} ORDER BY urgency DESC, user_id", (of_class,)).fetchone()
    return {"school": "/school", "class": f"/classes/{of_class}", "student": f"/students/{student}", "items": "/items",
            "imports": "/imports", "operations": "/operations"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    binary = parser.parse_args().binary
    for lang in ["ko", "en"]:
        with tempfile.TemporaryDirectory() as folder, Chromium() as browser:
            school = f"{folder}/school"
            subprocess.run([binary, "demo", "--lang", lang, "--dir", school], check=True, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
            serve = [binary, "--quiet", "--data-dir", school, "serve", "--demo", "--bind", "127.0.0.1:0"]
            with subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as served:
                address = served.stdout.readline().strip().removeprefix("listening on ")
                for name, of, page, (width, height), dark in PICTURES:
                    if of != lang:
                        continue
                    with browser.tab(address, {}, width=width, height=height, dark=dark) as session:
                        browser.load(session, f"{address}{paths(Path(school) / 'seedtest.db')[page]}?lang={lang}")
                        (IMAGES / f"{name}.png").write_bytes(browser.picture(session))
                        print(f"{name}.png")
                served.terminate()


if __name__ == "__main__":
    main()
