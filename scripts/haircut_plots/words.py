# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers in words: short, with their unit, and never more digits than they deserve."""
import math

GLUE = "\u00a0"  # a space that no line breaks at
UNITS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
TIMES = ((86400.0, "days"), (3600.0, "hours"), (60.0, "minutes"), (1.0, "seconds"))
PERIODS = {60.0: "minute", 3600.0: "hour", 86400.0: "day", 7 * 86400.0: "week", 365 * 86400.0: "year"}


def digits(x, count=3):
    """x with `count` significant digits, without exponent and trailing zeros."""
    if not math.isfinite(x):
        return "?"
    if x == 0:
        return "0"
    places = count - 1 - math.floor(math.log10(abs(x)))
    x = round(x, places)
    if x != 0:
        places = count - 1 - math.floor(math.log10(abs(x)))
    shown = f"{x:,.{max(0, places)}f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def amount(x, count=3):
    """41.2M; without a unit."""
    if not math.isfinite(x):
        return "?"
    sign = "−" if x < 0 else ""
    x = abs(x)
    for size, letter in UNITS:
        if x >= size * (1 - 0.5 * 10.0**-count):
            return f"{sign}{digits(x / size, count)}{letter}"
    return f"{sign}{digits(x, count)}"


def usd(x, count=3):
    return f"{amount(x, count)}{GLUE}USD"


def price(x, count=3):
    """All digits before the point."""
    whole = 1 + math.floor(math.log10(abs(x))) if x and math.isfinite(x) else 0
    return digits(x, max(count, whole))


def percent(x, count=3):
    return f"{digits(100 * x, count)}{GLUE}%".replace("-", "−")


def chance(estimate):
    """3.2 % (3.1–3.3), or 0 % (below 0.37 %)"""
    if estimate.value == 0 and math.isfinite(estimate.high):
        return f"0{GLUE}% (below {percent(estimate.high)})"
    if math.isfinite(estimate.low) and math.isfinite(estimate.high):
        return f"{percent(estimate.value)}{GLUE}({digits(100 * estimate.low)}–{digits(100 * estimate.high)})".replace("-", "−")
    return percent(estimate.value)


def money(estimate):
    """41.2M USD (38M–44M), or with the reason why there is no interval."""
    if math.isfinite(estimate.low) and math.isfinite(estimate.high):
        return f"{usd(estimate.value)}{GLUE}({amount(estimate.low)}–{amount(estimate.high)})"
    return usd(estimate.value) + (f" (no interval: {bare(estimate.note)})" if estimate.note else "")


def bare(note):
    """A note that can stand in brackets: 'too few tail paths, 37'."""
    return note.replace(" (", ", ").replace(")", "")


def no_path(count):
    """'none of the 2,000 paths', or 'no path' where that is silly or the number unknown."""
    return f"none of the {count:,} paths" if count and count > 1 else "no path"


def change(x, count=3):
    """+3.1 % or −3.1 %"""
    return ("+" if x > 0 else "") + percent(x, count)


def period(seconds, plural=True):
    """What one path is: 'days', 'hours', or, where that has no name, 'paths'."""
    return PERIODS.get(seconds, "path") + ("s" if plural else "")


def duration(seconds):
    for size, name in TIMES:
        if seconds >= size:
            count = digits(seconds / size)
            return f"{count} {name if count != '1' else name[:-1]}"
    return f"{digits(seconds)} seconds"


def short_duration(seconds):
    """15 min; for axis labels"""
    for size, name in TIMES:
        if seconds >= size:
            return f"{digits(seconds / size)} {({'minutes': 'min', 'seconds': 's', 'hours': 'h', 'days': 'd'})[name]}"
    return f"{digits(seconds)} s"


def clock(seconds):
    """Time since the start: 6:15, 0:00:42 or 2 d 6:15."""
    days, rest = divmod(int(round(seconds)), 86400)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    shown = f"{hours}:{minutes:02d}" + (f":{rest:02d}" if rest else "")
    return f"{days} d {shown}" if days else shown
