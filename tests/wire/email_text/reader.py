"""Reads letters as a mail program would, with Python's own parser and icalendar. Prints JSON: one object for each file, in order."""

import email, email.policy, html.parser, json, sys
import icalendar


class Page(html.parser.HTMLParser):
    """The words of a page, and everything in it that is not words."""

    def __init__(self):
        super().__init__()
        self.tags, self.words = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append([tag, attrs])

    def handle_endtag(self, tag):
        self.tags.append(["/" + tag, []])

    def handle_comment(self, data):
        self.tags.append(["!", data])

    def handle_data(self, data):
        self.words.append(data)


def instant(event, name):
    value = event.get(name)
    return value and value.dt.strftime("%Y-%m-%dT%H:%M:%SZ" if value.dt.utcoffset() is not None else "floating")


def entry(raw):
    calendar = icalendar.Calendar.from_ical(raw)
    event, = calendar.walk("VEVENT")
    names = ["METHOD", "PRODID", "VERSION"]
    texts = ["UID", "SUMMARY", "DESCRIPTION", "STATUS", "TRANSP", "ORGANIZER", "ATTENDEE"]
    return {
        **{name: str(calendar[name]) for name in names},
        **{name: str(event[name]) for name in texts},
        **{name: instant(event, name) for name in ["DTSTAMP", "DTSTART", "DTEND"]},
        "SEQUENCE": int(event["SEQUENCE"]),
        "properties": sorted(event.keys()),
        "components": [c.name for c in calendar.walk()],
        "attendee": dict(event["ATTENDEE"].params),
        "organizer": dict(event["ORGANIZER"].params),
        "errors": [str(e) for c in calendar.walk() for e in c.errors],
        "longest": max(len(line) for line in raw.split(b"\r\n")),
        "bare": raw.replace(b"\r\n", b"").count(b"\n") + raw.replace(b"\r\n", b"").count(b"\r"),
    }


def part(leaf):
    raw = leaf.get_payload(decode=True)
    kind = leaf.get_content_type()
    read = {"type": kind, "params": dict(leaf["Content-Type"].params), "file": leaf.get_filename()}
    if kind in ("text/plain", "text/html"):
        read["text"] = raw.decode("utf-8").replace("\r\n", "\n")
    if kind == "text/html":
        page = Page()
        page.feed(read["text"])
        read["tags"], read["words"] = page.tags, "".join(page.words)
    if kind in ("text/calendar", "application/ics"):
        read["entry"] = entry(raw)
    return read


def letter(path):
    raw = open(path, "rb").read()
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    naked = raw.replace(b"\r\n", b"")
    return {
        "headers": [[name, str(value)] for name, value in mail.items()],
        "from": [[a.display_name, a.addr_spec] for a in mail["From"].addresses],
        "to": [a.addr_spec for a in mail["To"].addresses],
        "date": mail["Date"].datetime.astimezone(__import__("datetime").timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "shape": [p.get_content_type() for p in mail.walk()],
        "parts": [part(p) for p in mail.walk() if not p.is_multipart()],
        "defects": [repr(d) for p in mail.walk() for d in list(p.defects) + [x for v in p.values() for x in v.defects]],
        "seven_bit": all(byte < 128 for byte in raw),
        "bare": naked.count(b"\n") + naked.count(b"\r"),
        "longest": max(len(line) for line in raw.split(b"\r\n")),
    }


print(json.dumps([letter(path) for path in sys.argv[1:]]))
