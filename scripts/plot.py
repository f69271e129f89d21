#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws the pictures of one file of `haircut run`, `compare` or `merge`, or of the JSON of `haircut size` or `sensitivity`.

Each picture is written as DIR/STEM-NAME.png and .svg, where STEM is the file's name without
its ending (and the scenario's name behind it where a comparison has several), with a caption under it
that says in plain words what to read from it. Captions
are computed from the numbers in the file; they are printed too, and kept in the pictures'
metadata (Description), for use as alternative text.
"""
import argparse
import os
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True  # leave no caches in the source tree
try:
    from haircut_plots import ANSWERS, COMPARED, PICTURES, SWEPT
    from haircut_plots.canvas import Canvas, style
    from haircut_plots.comparison import Comparison, is_comparison
    from haircut_plots.results import Results, ResultsError
    from haircut_plots.sweep import METRICS, Answer, Sweep, is_answer, is_sweep
except ImportError as error:
    sys.exit(f"plot.py: {error}; on Debian and Ubuntu: apt install python3-h5py python3-matplotlib, and run with /usr/bin/python3")

FORMATS = ("png", "svg", "pdf")


class UsageError(Exception):
    pass


def choose(names, pictures):
    """Those of these pictures with these names, in the usual order; all of them for no names."""
    wanted = [name for text in names for name in text.split(",") if name]
    unknown = [name for name in wanted if name not in pictures]
    if unknown:
        raise UsageError(f"no picture is called '{unknown[0]}'; there are: {', '.join(pictures)}")
    return [name for name in pictures if not wanted or name in wanted]


def formats(text):
    wanted = [part.strip().lower() for part in text.split(",") if part.strip()]
    for part in wanted:
        if part not in FORMATS:
            raise UsageError(f"no format is called '{part}'; there are: {', '.join(FORMATS)}")
    if not wanted:
        raise UsageError("--format needs at least one of: " + ", ".join(FORMATS))
    return wanted


def draw(module, results):
    """One picture: its canvas, finished, caption under it."""
    canvas = Canvas(results, module.TITLE)
    caption = module.draw(results, canvas)
    canvas.finish(caption)
    return canvas


def write(canvas, target):
    """Writes the picture whole or not at all."""
    handle, partial = tempfile.mkstemp(dir=target.parent, prefix=".plot-", suffix=target.suffix)
    try:
        os.fchmod(handle, 0o666 & ~current_umask())
        with os.fdopen(handle, "wb") as stream:
            canvas.save(stream, target.suffix[1:])
        os.replace(partial, target)
    except BaseException:
        os.unlink(partial)
        raise


def current_umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def arguments():
    parser = argparse.ArgumentParser(prog="plot.py", description=__doc__.split("\n\n")[0], epilog=" ".join(__doc__.split("\n\n")[1].split()))
    parser.add_argument("file", nargs="?", metavar="FILE", help="file of `haircut run`, `compare` or `merge` (HDF5), or JSON of `size` or `sensitivity`")
    parser.add_argument("--metric", action="append", default=[], metavar="NAME", help="of a sweep: which metrics are drawn; may be repeated, or a list a,b (default: "
                        + ",".join(METRICS) + ")")
    parser.add_argument("-o", "--output", metavar="DIR", help="where to write (default: beside FILE)")
    parser.add_argument("--format", default="png,svg", metavar="LIST", help="any of png,svg,pdf (default: png,svg)")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="only this picture; may be repeated, or a list a,b")
    parser.add_argument("--list", action="store_true", help="say which pictures there are, and stop")
    parser.add_argument("-q", "--quiet", action="store_true", help="do not print captions")
    return parser, parser.parse_args()


def run_sweep(args):
    """Each picture once a metric: STEM-NAME-METRIC."""
    pictures = SWEPT
    names, endings = choose(args.only, pictures), formats(args.format)
    metrics = [name for text in args.metric for name in text.split(",") if name] or list(METRICS)
    directory = prepare(args)
    with Sweep(args.file) as sweep, style():
        for metric in metrics:
            sweep.metric(metric)
            for name in names:
                module = pictures[name]
                if not args.only and not getattr(module, "applies", lambda _: True)(sweep):
                    continue
                canvas = Canvas(sweep, module.TITLE)
                canvas.finish(module.draw(sweep, canvas, metric))
                save(args, canvas, directory / f"{Path(args.file).stem}-{name}-{metric}", endings)


def run_answer(args):
    with Answer(args.file) as answer, style():
        pictures = ANSWERS[answer.kind]
        names, endings = choose(args.only, pictures), formats(args.format)
        draw_all(args, answer, {name: pictures[name] for name in names}, prepare(args) / Path(args.file).stem, endings)


def prepare(args):
    directory = Path(args.output) if args.output else Path(args.file).parent
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def save(args, canvas, stem, endings):
    for ending in endings:
        target = stem.with_name(f"{stem.name}.{ending}")
        write(canvas, target)
        print(target)
    if not args.quiet:
        print(f"  {canvas.caption}")


def run(args):
    if is_answer(args.file):
        return run_answer(args)
    if is_sweep(args.file):
        return run_sweep(args)
    if args.metric:
        raise UsageError("--metric is for files of haircut merge")
    compared = is_comparison(args.file)
    pictures = COMPARED if compared else PICTURES
    names, endings = choose(args.only, pictures), formats(args.format)
    with (Comparison if compared else Results)(args.file) as results, style():
        directory = prepare(args)
        for scenario, part in results.scenarios() if compared else [("", results)]:
            stem = Path(args.file).stem + (f"-{scenario}" if scenario else "")
            draw_all(args, part, {name: pictures[name] for name in names}, directory / stem, endings)


def draw_all(args, results, pictures, stem, endings):
    for name, module in pictures.items():
        if not args.only and not getattr(module, "applies", lambda _: True)(results):
            continue
        save(args, draw(module, results), stem.with_name(f"{stem.name}-{name}"), endings)


def main():
    parser, args = arguments()
    if args.list:
        for name, module in {**PICTURES, **COMPARED, **SWEPT, **ANSWERS["size"], **ANSWERS["sensitivity"]}.items():
            print(f"{name:12} {module.__doc__.strip().splitlines()[0]}")
        return 0
    if args.file is None:
        parser.error("a results FILE is needed (or --list)")
    try:
        run(args)
    except (ResultsError, UsageError) as error:
        print(f"plot.py: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"plot.py: cannot write {error.filename or args.output}: {error.strerror or error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
