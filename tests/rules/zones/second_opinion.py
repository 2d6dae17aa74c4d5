"""A second opinion on window time, written from the text of rule R9 in docs/design.md and not from the Rust code.

Reads windows with questions as lines and answers in lines; an empty line asks for the answers so far. All instants are seconds
since 1970 in UTC. A line holds, between tabs: zone, schedule, duration in seconds, notice in seconds, time of the cut-off, its
days before, first and last frozen date, and then the questions. The zones come from the package tzdata alone.

A word as argument breaks one rule on purpose, so that the test can show that it would notice:
  second   takes the second of two equal local times, and the earlier side of a gap
  late     lets the cut-off lie right at the opening
  short    thaws on the last frozen date instead of after it
  wall     takes lengths as wall clock
  hurried  lets two dates before an end (R28) follow each other without the time to announce the second
"""

import sys
import zoneinfo
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache

import tzdata

BROKEN = frozenset(sys.argv[1:])
EPOCH = datetime(1970, 1, 1)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
WEEKDAYS = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]

zone_of = lru_cache(None)(zoneinfo.ZoneInfo)


def instant(zone, local):
    """The second at which this local time comes: in a gap as much later, in a fold the first time (PEP 495: fold=0)."""
    there = local.replace(tzinfo=zone, fold=1 if "second" in BROKEN else 0)
    return (local - EPOCH - there.utcoffset()) // SECOND


def local(zone, at):
    return (datetime(1970, 1, 1, tzinfo=timezone.utc) + at * SECOND).astimezone(zone)


def offset(zone, at):
    return local(zone, at).utcoffset() // SECOND


def later(zone, at, seconds):
    """Lengths are elapsed time."""
    if "wall" in BROKEN:
        return instant(zone, local(zone, at).replace(tzinfo=None, fold=0) + seconds * SECOND)
    return at + seconds


def midnight(day):
    return datetime(day.year, day.month, day.day)


def first_instant(zone, day):
    return instant(zone, midnight(day))


class Cron:
    """Five fields: lists of numbers or `*`; the weekday may be a name, its n-th (`SUN#2`) or its last (`SUNL`)."""

    def __init__(self, text):
        minutes, hours, days, months, self.weekday = text.split()
        self.times = [(hour, minute) for hour in self.numbers(hours, range(24)) for minute in self.numbers(minutes, range(60))]
        self.days = set(self.numbers(days, range(1, 32)))
        self.months = set(self.numbers(months, range(1, 13)))

    @staticmethod
    def numbers(text, every):
        return list(every) if text == "*" else [int(number) for number in text.split(",")]

    def on(self, day):
        return day.month in self.months and day.day in self.days and self.on_weekday(day)

    def on_weekday(self, day):
        if self.weekday == "*":
            return True
        name, _, nth = self.weekday.partition("#")
        if WEEKDAYS[day.weekday()] != name[:3]:
            return False
        if name.endswith("L") and len(name) == 4:
            return (day + 7 * DAY).month != day.month
        return not nth or (day.day - 1) // 7 + 1 == int(nth)


cron_of = lru_cache(1000)(Cron)


class Window:
    def __init__(self, zone, schedule, duration, notice, time, days_before, frozen_from, frozen_to):
        self.zone = zone_of(zone)
        self.cron = cron_of(schedule)
        self.duration, self.notice = int(duration), int(notice)
        hour, minute = time.split(":")
        self.time = timedelta(hours=int(hour), minutes=int(minute))
        self.days_before = int(days_before)
        first, last = date.fromisoformat(frozen_from), date.fromisoformat(frozen_to)
        self.frozen_from = first_instant(self.zone, first)
        self.thawed_from = first_instant(self.zone, last if "short" in BROKEN else last + DAY)

    def openings(self, first, last):
        """The openings from one second to another, both included, each once. A skipped day may bring them from far away."""
        day, until = local(self.zone, first).date() - 2 * DAY, local(self.zone, last).date() + 2 * DAY
        found = set()
        while day <= until:
            if self.cron.on(day):
                found.update(instant(self.zone, midnight(day).replace(hour=h, minute=m)) for h, m in self.cron.times)
            day += DAY
        return sorted(at for at in found if first <= at <= last)

    def cut_off(self, opens):
        """The last such local time at least 5 minutes before the opening, and so many days earlier."""
        latest = opens if "late" in BROKEN else opens - 300
        around = local(self.zone, opens).date()
        days = [around + n * DAY for n in range(-4, 3)]
        _, day = max((at, day) for at, day in ((instant(self.zone, midnight(day) + self.time), day) for day in days) if at <= latest)
        return instant(self.zone, midnight(day - self.days_before * DAY) + self.time)

    def touches_freeze(self, opens, closes):
        return "frozen" if opens < self.thawed_from and closes > self.frozen_from else "-"

    def occurrence(self, opens):
        closes = later(self.zone, opens, self.duration)
        name = local(self.zone, opens).isoformat(timespec="minutes")
        notice = later(self.zone, opens, -self.notice)
        return f"{name} opens {opens} closes {closes} cut-off {self.cut_off(opens)} notice {notice} {self.touches_freeze(opens, closes)}"

    def answer(self, question):
        what, *about = question.split()
        if what == "first":
            return str(first_instant(self.zone, date.fromisoformat(about[0])))
        numbers = [int(number) for number in about]
        return getattr(self, "answer_" + what)(*numbers)

    def answer_between(self, first, last):
        return "; ".join(map(self.occurrence, self.openings(first, last)))

    def answer_open(self, at):
        # A day more on both sides, since a broken rule may be about lengths.
        openings = self.openings(at - self.duration - 86400, at)
        is_open = [opens for opens in openings if at < later(self.zone, opens, self.duration)]
        return str(is_open[-1]) if is_open else "-"

    def answer_date(self, at):
        return local(self.zone, at).date().isoformat()

    def answer_frozen(self, opens, closes):
        return self.touches_freeze(opens, closes)

    def answer_runway(self, now, end, deferrals, *spans):
        """R28: the dates that upgrades and deferrals take before an end, by looking from the end backwards.

        The end is days since 1970; a span has two numbers for each upgrade in their order, -1 where that end is open.
        """
        end = first_instant(self.zone, date(1970, 1, 1) + end * DAY)
        if now >= end:
            return "Ended - -"
        spans = list(zip(spans[::2], spans[1::2]))
        if not spans:
            return "NoSupportedRelease - -"
        needed = [spans[0]] * deferrals + spans
        apart = 0 if "hurried" in BROKEN else self.notice + 900
        closed_by, taken = end, []
        for opens in reversed(self.openings(now + self.notice + 900, end)):
            if len(taken) == len(needed):
                break
            closes = later(self.zone, opens, self.duration)
            first, last = needed[-1 - len(taken)]
            allowed = (first < 0 or first <= opens) and (last < 0 or closes <= last)
            if closes <= closed_by and allowed and self.touches_freeze(opens, closes) == "-":
                taken.append(opens)
                closed_by = opens - apart
        if len(taken) < len(spans):
            return f"Unreachable {len(spans)} -"
        state = "InTime" if len(taken) == len(needed) else "NoRoomForDeferral"
        return f"{state} {len(spans)} {taken[-1]}"

    def answer_changes(self, first, last):
        """Every change of the offset, looked for in steps of two days."""
        found = []
        for start in range(first, last, 2 * 86400):
            before, after = start, min(start + 2 * 86400, last)
            if offset(self.zone, before) == offset(self.zone, after):
                continue
            while after - before > 1:
                middle = (before + after) // 2
                before, after = (middle, after) if offset(self.zone, middle) == offset(self.zone, start) else (before, middle)
            found.append(f"{after} from {offset(self.zone, before)} to {offset(self.zone, after)}")
        return "; ".join(found)


def main():
    assert not zoneinfo.TZPATH, "set PYTHONTZPATH to nothing: the zones must come from the package tzdata"
    print(tzdata.IANA_VERSION, *sorted(zoneinfo.available_timezones()), flush=True)
    answers = []
    for line in sys.stdin:
        if line == "\n":
            print(*answers, sep="\n", flush=True)
            answers = []
            continue
        fields = line.rstrip("\n").split("\t")
        window = Window(*fields[:8])
        answers.append("\t".join(map(window.answer, fields[8:])))


main()
