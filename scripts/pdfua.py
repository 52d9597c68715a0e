#!/usr/bin/env python3
"""Checks PDF files against PDF/UA-1 without a network.

    pip install page-validation==0.11.0
    scripts/pdfua.py FILE.pdf…

Prints a line a file and every rule that fails; exit code 1 where one does. Not in CI: the checker is a
Python package. CI reads the structure of its files itself (crates/pdf/tests).
"""

import sys

from page import validate_pdf


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    bad = 0
    for path in sys.argv[1:]:
        report = validate_pdf(path, profile="ua1")
        pages = report.document.page_count
        print(f"{path}: {pages} pages, {report.rules.passed} of {report.rules.total} rules hold")
        for failure in report.failures:
            print(f"  {failure.rule_id}: {failure.message}")
        bad += not report.is_compliant
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
