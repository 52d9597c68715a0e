"""Data for the examples."""

import random


def answers(students=200, items=12, seed=1):
    draw = random.Random(seed)
    for student in range(students):
        ability = draw.gauss(0, 1)
        for item in range(items):
            right = draw.random() < 1 / (1 + 2.718281828 ** -(ability - (item - items / 2) / 3))
            yield {"user_id": f"u{student}", "item_id": f"q{item}", "is_correct": right}


def scores(students=60, weeks=8, seed=4):
    draw = random.Random(seed)
    for student in range(students):
        level, slope = draw.gauss(0, 0.5), draw.gauss(0.05, 0.04)
        for week in range(weeks):
            score = level + slope * week + draw.gauss(0, 0.3)
            yield {"student_id": f"u{student}", "week": week, "score": score}


def gaps(students=200, seed=2):
    draw = random.Random(seed)
    for student in range(students):
        engagement = draw.random()
        days = draw.expovariate(0.12 - 0.08 * engagement)
        yield {"user_id": f"u{student}", "time": min(days, 30.0) + 0.1,
               "event": int(days < 30), "A_t": engagement}
