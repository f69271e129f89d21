# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a file of `haircut merge`, and the JSON of `haircut size` and `haircut sensitivity`. All that is known here about
their layouts is in this module."""
import json
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from . import words
from .results import FORMAT_VERSION, ResultsError, read, text

METRICS = ("p_socialisation", "mean_lp_loss", "es_99_lp_loss")
ENOUGH = 100  # tail paths: with fewer a shortfall or quantile is not to be read
SHORT = {"p_socialisation": "P(socialisation)", "p_lp_loss": "P(LP loss)", "mean_lp_loss": "Mean LP loss", "es_99_lp_loss": "ES 99 of LP loss",
         "mean_bad_debt": "Mean bad debt", "es_99_bad_debt": "ES 99 of bad debt", "p_bad_debt": "P(bad debt)", "mean_social_loss": "Mean socialised loss",
         "es_99_social_loss": "ES 99 of socialised loss"}


@dataclass
class Axis:
    name: str
    key: str
    unit: str
    values: np.ndarray  # numbers, or texts
    labels: list

    @property
    def numeric(self):
        return self.values.dtype.kind == "f"

    @property
    def title(self):
        unit = {"1": "", "y^-0.5": "annual"}.get(self.unit, self.unit)
        return self.key + (f" ({unit})" if self.numeric and unit else "")


def shown(value, unit):
    """A value in words that suit its unit."""
    if unit == "1":
        return words.percent(value)
    return words.amount(value) if unit == "USD" else f"{value:.4g}"


class Sweep:
    """Points of a sweep; `grid`: along its axes, else one dimension."""
    horizon = None

    def __init__(self, name):
        self.file = h5py.File(name, "r")
        version = int(self.file.attrs.get("format_version", 0))
        if version > FORMAT_VERSION:
            raise ResultsError(f"{name}: format version {version}; this plot.py reads up to {FORMAT_VERSION}")
        try:
            self.grid = text(self.file.attrs["design"]) == "grid"
            self.count = int(self.file.attrs["paths"])
            self.points = int(self.file.attrs["points"])
            self.axes = [self.axis(each) for each in self.file.values() if isinstance(each, h5py.Dataset) and "key" in each.attrs]
            self.state = self.file["state"][()]
        except (KeyError, OSError) as error:
            raise ResultsError(f"{name}: cannot read the axes: the file is damaged ({error})") from error
        if self.grid:  # in the order of the dimensions
            dims = [dim.label or text(dim[0].name).lstrip("/") for dim in self.file["state"].dims]
            self.axes.sort(key=lambda axis: dims.index(axis.name))
        self.name = f"{text(self.file.attrs.get('name', ''))}, {self.points:,} points"

    @staticmethod
    def axis(dataset):
        values = dataset[()]
        numeric = values.dtype.kind == "f"
        if not numeric:
            values = np.array([text(value) for value in values], dtype=object)
        unit = text(dataset.attrs.get("units", "1"))
        texts = [text(value) for value in dataset.attrs["texts"]] if "texts" in dataset.attrs else None
        labels = [str(value) for value in values] if not numeric else texts if texts and all(len(each) <= 8 for each in texts) else [
            shown(value, unit) for value in values]
        return Axis(dataset.name.lstrip("/"), text(dataset.attrs["key"]), unit, values, labels)

    def metric(self, name, suffix=""):
        if name not in self.file:
            known = [each for each in self.file if f"{each}_se" in self.file]
            raise ResultsError(f"no metric is called '{name}'; there are, e.g.: {', '.join(known[:12])}")
        values = np.array(self.file[name + suffix][()], dtype=float)
        if name.startswith(("es_", "var_")):
            tail = f"tail_paths_{name.split('_', 2)[2]}"
            if tail in self.file:
                values[self.file[tail][()] < ENOUGH] = np.nan
        return values

    def unit(self, name):
        return text(self.file[name].attrs["units"])

    def title(self, name):
        return SHORT.get(name, name.replace("_", " "))

    def few(self, name):
        """Points whose tail is too thin."""
        if not name.startswith(("es_", "var_")):
            return 0
        tail = f"tail_paths_{name.split('_', 2)[2]}"
        return int((self.file[tail][()] < ENOUGH).sum()) if tail in self.file else 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()


class Answer:
    """What `haircut size` or `haircut sensitivity` found."""
    horizon = None

    def __init__(self, name):
        try:
            self.data = json.loads(Path(name).read_text(encoding="utf-8"))
            self.kind = self.data["format"].removeprefix("haircut ")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ResultsError(f"{name}: is not the JSON of haircut size or sensitivity ({error})") from error
        if self.kind not in ("size", "sensitivity"):
            raise ResultsError(f"{name}: is of '{self.data['format']}'; haircut size or sensitivity is expected")
        self.name, self.count = self.data.get("name", ""), int(self.data.get("paths", 0))

    def number(self, key, row=None):
        value = (row or self.data).get(key)
        return np.nan if value is None else float(value)

    def column(self, rows, key):
        return np.array([self.number(key, row) for row in self.data[rows]])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


def is_sweep(name):
    try:
        with h5py.File(name, "r") as file:
            return text(file.attrs.get("format", "")) == "haircut sweep"
    except OSError:
        return False


def is_answer(name):
    return str(name).endswith(".json")
