"""Days and wall clocks of time zones by Python's zoneinfo, for crates/responses/tests/time_zones.csv.

    python3 reference/time_zones.py > crates/responses/tests/time_zones.csv

One line an instant: zone, instant, its day, the first instant of that day, what the wall clock shows
(microseconds since 1970-01-01 00:00 there), and the instant that such a wall clock (fold=0) stands for.
Instants are microseconds since 1970-01-01 UTC.
A day begins at the first instant whose local date is that day or a later one: found here by walking
minute by minute, so that nothing of the program's own arithmetic is repeated.
"""

import datetime as dt
import zoneinfo

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
MINUTE = dt.timedelta(minutes=1)
# Zone, a day around which its clocks do something.
CASES = [
    ("UTC", "2025-01-01"),
    ("Asia/Seoul", "2025-03-03"),  # no change: Monday morning
    ("Asia/Seoul", "1988-05-08"),  # the last summer time
    ("Asia/Kathmandu", "2025-01-01"),  # +05:45
    ("America/New_York", "2025-03-09"),
    ("America/New_York", "2025-11-02"),
    ("Europe/Berlin", "2025-03-30"),
    ("Europe/Berlin", "2025-10-26"),
    ("Europe/Berlin", "2150-03-29"),  # by the rule, not by the table
    ("Australia/Lord_Howe", "2025-04-06"),  # half an hour
    ("Australia/Lord_Howe", "2025-10-05"),
    ("America/Sao_Paulo", "2018-11-04"),  # midnight is left out
    ("America/Sao_Paulo", "2018-02-18"),  # midnight is put back to 23:00
    ("America/Havana", "2025-11-02"),  # midnight comes twice
    ("America/St_Johns", "2010-11-07"),  # 00:01 is put back to 23:01 of the day before
    ("Pacific/Apia", "2011-12-30"),  # a day that was left out
    ("Pacific/Kwajalein", "1993-08-21"),
    ("Africa/Casablanca", "2025-02-23"),
    ("Asia/Beirut", "2025-03-30"),
    ("Pacific/Kiritimati", "2026-01-01"),  # +14:00, a week 53 before it
    ("America/Los_Angeles", "2027-01-03"),  # Sunday of week 53
]


def micros(moment):
    return (moment - EPOCH) // dt.timedelta(microseconds=1)


def days_of(zone, moments):
    """The newest local date reached up to each moment; `moments` are ascending minutes."""
    newest, found = dt.date.min, []
    for moment in moments:
        newest = max(newest, moment.astimezone(zone).date())
        found.append(newest)
    return found


print("zone,at,day,day_start,shown,meant")
for name, around in CASES:
    zone = zoneinfo.ZoneInfo(name)
    noon = dt.datetime.fromisoformat(around).replace(hour=12, tzinfo=dt.timezone.utc)
    first = noon - dt.timedelta(days=3)
    moments = [first + k * MINUTE for k in range(5 * 24 * 60)]
    days = days_of(zone, moments)
    starts = {}
    for moment, day in zip(moments, days):
        starts.setdefault(day, moment)
    # From the third day on, every day has been seen from its beginning.
    for k in range(2 * 24 * 60, len(moments), 101):
        moment, day = moments[k], days[k]
        wall = moment.astimezone(zone).replace(tzinfo=None, fold=0)
        meant = wall.replace(tzinfo=zone).astimezone(dt.timezone.utc)
        shown = micros(wall.replace(tzinfo=dt.timezone.utc))
        print(name, micros(moment), day, micros(starts[day]), shown, micros(meant), sep=",")
