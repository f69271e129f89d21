#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""House rules that a machine can check.

    lint.py --source DIR [--objects DIR]

Sources: an SPDX line; includes of the same or a lower layer; hdf5.h in the store alone; no printing,
aborting or exiting in the library; no leftovers. Objects (of a build): no elementary functions of the C
library on the model path, whose bits differ between machines; every exported symbol begins with hc_.
Lengths of functions are printed and fail nothing. Exit 1 if a rule is broken.
"""
import argparse
import re
import subprocess
import sys
from pathlib import Path

LAYERS = ["base", "config", "random", "design", "market", "book", "waterfall", "lp", "scenario", "path",
          "stats", "size", "engine", "store", "sweep", "cluster", "cli"]
# Public headers belong to the layer of the same name, but for these.
HEADER_LAYER = {"status": "base", "outcome": "base", "run": "engine", "haircut": "cli"}
# Functions of the C library whose bits depend on the processor.
TRANSCENDENTAL = {
    name + suffix
    for name in ("exp log exp2 log2 exp10 log10 expm1 log1p pow sin cos tan sincos asin acos atan atan2 sinh cosh tanh "
                 "asinh acosh atanh tgamma lgamma lgamma_r erf erfc cbrt hypot fma").split()
    for suffix in ("", "f", "l")}
MODEL = {"random", "market", "book", "waterfall", "scenario", "path", "stats", "size", "engine"}
FORBIDDEN_CALLS = re.compile(r"\b(printf|vprintf|puts|putchar|perror|exit|_exit|abort|assert|fputs|putc|fputc)\s*\(")
STREAMS = re.compile(r"\b(stdout|stderr)\b")
LEFTOVERS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
# Symbols that compilers add: OpenMP's locks, sanitizers, coverage.
COMPILER_SYMBOLS = (".gomp_", "__odr_asan", "__asan", "__tsan", "__gcov", "__sancov", "__llvm")
LONG_LINE, LONG_FUNCTION = 110, 60

problems = []


def complain(where, what):
    problems.append("%s: %s" % (where, what))


def without_comments(text):
    """Comments and the contents of strings blanked, lines kept."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)

    def blank(match):
        word = match.group(0)
        if word[0] in "\"'":
            return word[0] + " " * (len(word) - 2) + word[-1]
        return re.sub(r"[^\n]", " ", word)
    return pattern.sub(blank, text)


def layer_of_include(name, own_layer):
    if name.startswith("haircut/"):
        stem = Path(name).stem
        return HEADER_LAYER.get(stem, stem)
    parts = name.split("/")
    return parts[0] if len(parts) > 1 else own_layer


def check_includes(path, layer, text, where):
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if not match:
            continue
        place = "%s:%d" % (where, number)
        name = match.group(2)
        if re.match(r"(hdf5|hdf5_hl|H5\w+)\.h$", name) and layer != "store":
            if not (layer == "cli" and path.name == "version.c"):
                complain(place, "%s is for src/store alone" % name)
        if name == "mpi.h" and layer != "cluster":
            complain(place, "mpi.h is for src/cluster alone")
        if match.group(1) == "<" or name == "version.h" or layer not in LAYERS:
            continue
        other = layer_of_include(name, layer)
        if other not in LAYERS:
            complain(place, "%s belongs to no layer" % name)
        elif LAYERS.index(other) > LAYERS.index(layer):
            complain(place, "%s includes %s of the higher layer %s" % (layer, name, other))


def check_source(path, root):
    where = str(path.relative_to(root))
    text = path.read_text(encoding="utf-8")
    if "SPDX-License-Identifier: GPL-3.0-or-later" not in "\n".join(text.splitlines()[:3]):
        complain(where, "no SPDX line")
    for number, line in enumerate(text.splitlines(), 1):
        place = "%s:%d" % (where, number)
        if LEFTOVERS.search(line) and path.name != "lint.py":
            complain(place, "a leftover: " + line.strip())
        if "\t" in line and path.suffix in (".c", ".h"):
            complain(place, "a tab")
        if line != line.rstrip():
            complain(place, "space at the end of the line")
        if len(line) > LONG_LINE and where.startswith(("src/", "include/")):
            complain(place, "%d columns" % len(line))
    if path.suffix not in (".c", ".h") or not where.startswith(("src/", "include/")):
        return
    layer = path.relative_to(root).parts[1] if where.startswith("src/") else HEADER_LAYER.get(path.stem, path.stem)
    check_includes(path, layer, text, where)
    if layer == "cli":
        return
    for number, line in enumerate(without_comments(text).splitlines(), 1):
        place = "%s:%d" % (where, number)
        call = FORBIDDEN_CALLS.search(line)
        if call:
            complain(place, "the library never calls %s" % call.group(1))
        if STREAMS.search(line):
            complain(place, "the library writes to no standard stream")


def function_lengths(path):
    """Lengths of functions, from a line that starts one to the } in the first column."""
    start = None
    for number, line in enumerate(without_comments(path.read_text(encoding="utf-8")).splitlines(), 1):
        if start is None and re.match(r"[A-Za-z_].*\)\s*\{\s*$|[ \t].*\)\s*\{$", line) and not line.startswith(("  ", "\t")):
            start = number
        elif start is None and re.match(r"\s{2,}\S.*\)\s*\{$", line) and not re.match(r"\s*(if|for|while|switch|else|do)\b", line):
            start = number
        if line.startswith("}") and start is not None:
            yield number - start + 1, start
            start = None


def print_lengths(root):
    functions, files = [], []
    for path in sorted((root / "src").rglob("*.c")):
        files.append(len(path.read_text(encoding="utf-8").splitlines()))
        functions += [(length, "%s:%d" % (path.relative_to(root), start)) for length, start in function_lengths(path)]
    if not functions:
        return
    functions.sort(reverse=True)
    files.sort()
    long = [f for f in functions if f[0] > LONG_FUNCTION]
    print("%d files, median %d lines, longest %d; %d functions, median %d lines, %d over %d (%.1f %%)" % (
        len(files), files[len(files) // 2], files[-1], len(functions), functions[len(functions) // 2][0], len(long),
        LONG_FUNCTION, 100.0 * len(long) / len(functions)))
    for length, place in functions[:5]:
        print("  %3d lines: %s" % (length, place))


def symbols(paths, *arguments):
    """(path, symbol) of every symbol that nm lists, by one call for all objects."""
    done = subprocess.run(["nm", "-A", *arguments, *map(str, paths)], check=True, capture_output=True, text=True)
    for line in done.stdout.splitlines():
        yield Path(line.split(":", 1)[0]), line.split()[-1].split("@")[0]


def check_objects(objects):
    paths = sorted(objects.rglob("*.o"))
    if not paths:
        complain(str(objects), "no objects to look at")
        return
    for path, symbol in symbols(paths, "-u"):
        where = path.relative_to(objects)
        if where.parts[0] in MODEL and symbol in TRANSCENDENTAL:
            complain(where, "uses %s of the C library, whose bits differ between machines" % symbol)
        if symbol in ("exit", "_exit", "abort", "printf", "puts", "putchar", "stdout"):
            complain(where, "the library never uses %s" % symbol)
    for path, symbol in symbols(paths, "-g", "--defined-only"):
        if not symbol.startswith(("hc_", *COMPILER_SYMBOLS)):
            complain(path.relative_to(objects), "exports %s, which does not begin with hc_" % symbol)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", type=Path, required=True)
    parser.add_argument("--objects", type=Path, help="objects of the library, by layer")
    args = parser.parse_args()
    root = args.source.resolve()
    for folder in ("src", "include", "tests", "scripts"):
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and path.suffix in (".c", ".h", ".py", ".sh"):
                check_source(path, root)
    if args.objects:
        check_objects(args.objects.resolve())
    print_lengths(root)
    for problem in problems:
        print(problem)
    print("%d problems" % len(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
