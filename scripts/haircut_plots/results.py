# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a results file. All that is known here about its layout is in this module; whatever
is missing in a file reads as None or as an empty table, and never raises."""
import re
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

FORMAT_VERSION = 1
SUFFIXES = {"": 1.0, "k": 1e3, "M": 1e6, "B": 1e9, "T": 1e12, "%": 0.01}


class ResultsError(Exception):
    """The file is missing, unreadable or not ours; the message says which."""


@dataclass
class Estimate:
    value: float
    low: float
    high: float
    note: str

    @property
    def known(self):
        return bool(np.isfinite(self.value))


@dataclass
class Trace:
    """One traced path: its ledger rows, and its prices at equal times."""
    path: int
    rows: dict
    time: np.ndarray
    mark: np.ndarray
    fundamental: np.ndarray

    def events(self, *words):
        """Row numbers of events of these kinds."""
        return np.flatnonzero(np.isin(self.rows["event"], words))


def text(value):
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def read(dataset):
    values = dataset[()]
    if getattr(values, "dtype", None) is not None and values.dtype.kind in "SO":
        return np.array([text(value) for value in np.atleast_1d(values)], dtype=object)
    return np.atleast_1d(values)


class Results:
    def __init__(self, name):
        self.file_name = str(name)
        if not Path(name).exists():
            raise ResultsError(f"{name}: no such file")
        if Path(name).is_dir():
            raise ResultsError(f"{name}: is a directory")
        try:
            self.file = h5py.File(name, "r")
        except OSError as error:
            reason = "no permission to read it" if isinstance(error, PermissionError) else "not an HDF5 file, or damaged"
            raise ResultsError(f"{name}: {reason}") from error
        version = self.file.attrs.get("format_version")
        ours = "haircut" in text(self.attribute("", "format", "haircut"))
        if version is None or "summary" not in self.file or not ours:
            self.file.close()
            raise ResultsError(f"{name}: an HDF5 file, but not a results file of haircut")
        version = int(np.atleast_1d(version)[0])
        if version > FORMAT_VERSION:
            self.file.close()
            raise ResultsError(f"{name}: format version {version}; this plot.py reads up to {FORMAT_VERSION}")
        self._tables = {}
        self.estimates = self._read_estimates()
        self.settings = self._read_settings()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()

    # ---- pieces of the file ---------------------------------------------------------------
    def table(self, group):
        """The datasets directly in a group, by name; empty where there is no such group."""
        if group not in self._tables:
            node = self.file.get(group)
            is_group = isinstance(node, h5py.Group)
            try:
                self._tables[group] = {key: read(item) for key, item in node.items() if isinstance(item, h5py.Dataset)} if is_group else {}
            except (OSError, RuntimeError) as error:
                raise ResultsError(f"{self.file_name}: cannot read /{group}: {error}") from error
        return self._tables[group]

    def has(self, group, *names):
        """Whether the table has all these datasets, none of them empty."""
        table = self.table(group)
        return all(name in table and table[name].size > 0 for name in names)

    def attribute(self, node, name, default=None):
        item = self.file.get(node) if node else self.file
        if item is None or name not in item.attrs:
            return default
        return item.attrs[name]

    def column(self, name):
        """A column of /paths, or None where samples were not kept or have no numbers."""
        node = self.file.get(f"paths/{name}")
        if not isinstance(node, h5py.Dataset) or node.size == 0:
            return None
        values = node[()]
        return None if values.dtype.kind == "f" and np.isnan(values).all() else values

    @property
    def weights(self):
        """Sampling weights with mean about 1, or None without samples."""
        weights = self.column("weight")
        loss = self.column("lp_loss")
        if weights is None and loss is not None:
            weights = np.ones(len(loss))
        return weights

    def _read_estimates(self):
        table = self.table("summary")
        if "name" not in table or "value" not in table:
            return {}
        size = len(table["name"])
        nan = np.full(size, np.nan)
        rows = zip(table["name"], table["value"], table.get("low", nan), table.get("high", nan), table.get("note", [""] * size))
        return {name: Estimate(float(value), float(low), float(high), note) for name, value, low, high, note in rows}

    def estimate(self, name):
        return self.estimates.get(name, Estimate(np.nan, np.nan, np.nan, "not in this file"))

    # ---- configuration -------------------------------------------------------------------
    def _read_settings(self):
        table = self.table("config")
        if "name" not in table:
            return {}
        values = table.get("value", [""] * len(table["name"]))
        numbers = table.get("number", np.full(len(table["name"]), np.nan))
        return {name: number if np.isfinite(number) else parse_number(value)
                for name, value, number in zip(table["name"], values, numbers)}

    def setting(self, pattern):
        """The numbers of all settings whose whole name matches."""
        found = [number for name, number in self.settings.items() if re.fullmatch(pattern, name)]
        return [number for number in found if np.isfinite(number)]

    @property
    def name(self):
        return text(self.attribute("", "name", "") or Path(self.file_name).stem)

    @property
    def count(self):
        """Number of paths, or None."""
        for values in (self.attribute("", "paths"), self.setting(r"simulation\.paths")):
            values = np.atleast_1d(values) if values is not None else []
            if len(values):
                return int(values[0])
        loss = self.column("lp_loss")
        return None if loss is None else len(loss)

    @property
    def horizon(self):
        """Seconds, or None."""
        found = self.setting(r"simulation\.horizon")
        if found:
            return float(found[0])
        return float(self.table("timeline")["time"][-1]) if self.has("timeline", "time") else None

    @property
    def fund(self):
        """Initial insurance fund, USD, or None."""
        return self._initial(r"insurance_fund\.initial", "fund")

    @property
    def lp_deposits(self):
        found = self.setting(r"liquidity_providers\[[^\]]*\]\.deposits")
        return float(sum(found)) if found else None

    @property
    def lp_equity(self):
        """What LPs can lose at the start: deposits and positive profits of all classes, USD, or None."""
        if self.lp_deposits is not None:
            each = {}
            for name, number in self.settings.items():
                match = re.fullmatch(r"liquidity_providers\[([^\]]*)\]\.(deposits|profit)", name)
                if match and np.isfinite(number):
                    each[match.groups()] = max(0.0, number)
            return sum(each.values())
        if self.settings:
            return 0.0
        return self._initial(None, "lp_equity")

    @property
    def texts(self):
        """The settings as they were written, by name."""
        table = self.table("config")
        return dict(zip(table["name"], table["value"])) if "name" in table and "value" in table else {}

    @property
    def lp_shares(self):
        """What shares of classes of kind lp are worth at the start: deposits and positive profit, USD."""
        kinds, total = self.texts, 0.0
        for name, number in self.settings.items():
            match = re.fullmatch(r"liquidity_providers\[([^\]]*)\]\.(deposits|profit)", name)
            if match and np.isfinite(number) and kinds.get(f"liquidity_providers[{match.group(1)}].kind", "lp") == "lp":
                total += max(0.0, number)
        return total

    @property
    def books(self):
        """How many books are drawn; path p uses book p mod books."""
        found = self.setting(r"book\.generate\.books")
        return int(found[0]) if found and self.texts.get("book.file", "unset") in ("unset", "") else 1

    @property
    def lps_can_lose(self):
        """Whether there are LPs and a layer that charges somebody; None where the file does not say."""
        if not self.settings:
            return None
        table = self.table("config")
        verbs = [value for name, value in zip(table["name"], table.get("value", [])) if re.fullmatch(r"waterfall\[[^\]]*\]\.verb", name)]
        return self.lp_equity != 0 and "assess" in verbs

    @property
    def price(self):
        """Initial mark, USD, or None."""
        return self._initial(r"markets\.[^.]*\.price\.initial", "mark")

    def _initial(self, pattern, state):
        """A starting value: from the timeline, a setting, or the ledger's first row."""
        if self.has("timeline", state):
            first = np.atleast_1d(self.table("timeline")[state][0])
            return float(first[len(first) // 2])
        found = self.setting(pattern) if pattern else []
        if found:
            return float(found[0])
        column = {"mark": "mark_after"}.get(state, state)
        return float(self.table("ledger")[column][0]) if self.has("ledger", column) else None

    # ---- traced paths ----------------------------------------------------------------------
    def traces(self):
        """The traced paths, worst first."""
        if not self.has("ledger", "path", "event", "time") or not self.has("ledger/traced", "path", "first_row", "rows"):
            return []
        ledger = {key: values for key, values in self.table("ledger").items()}
        words = self.attribute("ledger/event", "words")
        words = self.attribute("ledger", "words", []) if words is None else words
        words = text(words).split() if isinstance(words, (str, bytes)) else [text(word) for word in np.atleast_1d(words)]
        if len(words) == 1:
            words = words[0].replace(",", " ").split()
        names = np.array(words or "start jump order settle layer uncovered end".split(), dtype=object)
        traced = self.table("ledger/traced")
        prices = self.table("ledger/prices") if self.has("ledger/prices", "time", "mark", "fundamental") else None
        found = []
        for i, path in enumerate(traced["path"]):
            part = slice(int(traced["first_row"][i]), int(traced["first_row"][i]) + int(traced["rows"][i]))
            rows = {key: values[part] for key, values in ledger.items() if values.ndim == 1}
            rows["event"] = names[np.clip(rows["event"].astype(int), 0, len(names) - 1)]
            if prices is not None and i < len(prices["mark"]):
                time, mark, fundamental = prices["time"], prices["mark"][i], prices["fundamental"][i]
            else:
                time, mark, fundamental = rows["time"], rows["mark_after"], rows["fundamental"]
            found.append(Trace(int(path), rows, time, mark, fundamental))
        return found


def parse_number(value):
    """A number such as 20M or 80%, or NaN."""
    match = re.fullmatch(r"\s*([-+0-9.eE]+)\s*([kMBT%]?)\s*", str(value))
    try:
        return float(match.group(1)) * SUFFIXES[match.group(2)] if match else np.nan
    except ValueError:
        return np.nan
