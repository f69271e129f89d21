# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a file of `haircut compare`. All that is known here about its layout is in this module."""
import copy
from dataclasses import dataclass, field, replace

import h5py
import numpy as np

from .results import FORMAT_VERSION, Estimate, ResultsError, read, text

# Payers in the order in which bars are stacked: column, name, colour, whether text on it is white.
PAYERS = (("insurance_paid", "fund", "#0072B2", True), ("lp_paid", "LPs", "#D55E00", True), ("trader_paid", "traders, cash", "#009E73", True),
          ("trader_forgone", "traders, closed or enlarged", "#8CCFB9", False), ("member_paid", "members", "#A6761D", True),
          ("staker_paid", "stakers and depositors", "#F0E442", False), ("taker_charge", "takers of positions", "#CC79A7", False),
          ("outside_paid", "outside", "#56B4E9", False), ("rest_charge", "rest of the market", "#BBBBBB", False),
          ("uncovered", "uncovered", "#882255", True), ("pending_end", "pending at the end", "#C29BAB", False))


@dataclass
class Mechanism:
    name: str
    waterfall: str
    group: h5py.Group
    estimates: dict
    differences: dict
    scenario: str = ""
    cache: dict = field(default_factory=dict)

    def estimate(self, name):
        return self.estimates.get(name, Estimate(np.nan, np.nan, np.nan, "not in this file"))

    def difference(self, name):
        return self.differences.get(name, Estimate(np.nan, np.nan, np.nan, "not in this file"))

    def paid(self):
        """Mean dollars by payer; signed."""
        means = {column: self.estimate("mean_" + column).value for column, *_ in PAYERS}
        return {column: value if np.isfinite(value) else 0.0 for column, value in means.items()}

    def sample(self, column):
        if column not in self.cache:
            node = self.group.get(f"paths/{column}")
            self.cache[column] = node[()] if isinstance(node, h5py.Dataset) else np.zeros(0)
        return self.cache[column]


class Comparison:
    def __init__(self, name):
        self.file_name = str(name)
        self.file = h5py.File(name, "r")
        version = int(self.file.attrs.get("format_version", 0))
        if version > FORMAT_VERSION:
            raise ResultsError(f"{name}: format version {version}; this plot.py reads up to {FORMAT_VERSION}")
        try:
            group = self.file["mechanisms"]
            self.mechanisms = [read_mechanism(group[text(each)]) for each in group.attrs["order"]]
        except (KeyError, OSError, RuntimeError) as error:
            raise ResultsError(f"{name}: cannot read /mechanisms: the file is damaged ({error})") from error
        if not self.mechanisms:
            raise ResultsError(f"{name}: holds no mechanism")
        attributes = self.file.attrs
        self.market = text(attributes.get("name", ""))
        self.name = f"{self.market}, {len(self.mechanisms)} mechanism{'s' if len(self.mechanisms) > 1 else ''} on the same paths"
        self.count = int(attributes["paths"]) if "paths" in attributes else len(self.first.sample("lp_loss"))
        self.books = max(1, int(attributes.get("books", 1)))
        self.horizon = float(attributes["horizon"]) if "horizon" in attributes else None

    def scenarios(self):
        """A comparison for each scenario, with its name; itself where there are none."""
        names = list(dict.fromkeys(each.scenario for each in self.mechanisms))
        if names == [""]:
            return [("", self)]
        return [(name, self.under(name)) for name in names]

    def under(self, scenario):
        """That of one scenario alone, whose mechanisms are called by their names."""
        one = copy.copy(self)
        one.mechanisms = [replace(each, name=each.name.removeprefix(scenario + ":")) for each in self.mechanisms if each.scenario == scenario]
        count = len(one.mechanisms)
        one.name = f"{self.market} under the scenario {scenario}, {count} mechanism{'s' if count > 1 else ''} on the same paths"
        return one

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()

    @property
    def first(self):
        return self.mechanisms[0]


def read_table(group):
    if group is None:
        return {}
    table = {key: read(item) for key, item in group.items() if isinstance(item, h5py.Dataset)}
    rows = zip(table["name"], table["value"], table["low"], table["high"], table["note"])
    return {name: Estimate(float(value), float(low), float(high), note) for name, value, low, high, note in rows}


def read_mechanism(group):
    return Mechanism(text(group.attrs["name"]), text(group.attrs.get("waterfall", "")), group, read_table(group.get("estimates")),
                     read_table(group.get("differences")), text(group.attrs.get("scenario", "")))


def is_comparison(name):
    """Whether the file says that it is one; what cannot be opened is left to others to complain about."""
    try:
        with h5py.File(name, "r") as file:
            return text(file.attrs.get("format", "")) == "haircut compare"
    except OSError:
        return False
