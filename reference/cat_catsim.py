"""The next items of catsim under maximum information, in the situations of crates/irt/tests/golden/cat_data.rs.

catsim 0.21.0 (numpy 2, scipy 1):
    python3 reference/cat_catsim.py
Prints a line for each situation whose item or information differs, then how many there were.
"""

import re

import numpy as np
from catsim import ItemBank
from catsim.selection import MaxInfoSelector

from cat import BANK, TEXT

CASE = re.compile(r"\( ?(-?[\d.]+), &\[([\d, ]*)\], (\d+), ([\d.]+), (\d+),? ?\)")


def main():
    bank = ItemBank(np.array([(a, b, 0.0, 1.0) for a, b in BANK]))
    cases = CASE.findall(re.sub(r"\s+", " ", TEXT.split("const CASES")[1].split("];\n")[0]))
    for theta, given, item, information, _ in cases:
        given = [int(at) - 1 for at in given.replace(" ", "").split(",") if at]
        found = MaxInfoSelector().select(item_bank=bank, administered_items=given, est_theta=float(theta))
        value = bank.information(float(theta))[found]
        if found + 1 != int(item) or abs(value - float(information)) > 1e-9:
            print("differs:", theta, given, found + 1, value, item, information)
    print(len(cases), "situations")


if __name__ == "__main__":
    main()
