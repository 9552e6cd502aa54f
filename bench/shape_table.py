#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns the JSON of kernel_bench into a Markdown table, one line a shape.

    kernel_bench --benchmark_format=json > all.json
    shape_table.py all.json [--shapes bench/shapes/u2netp.txt]

For each shape: the kernel that the cost model takes and its time at one and at all threads; the
fastest other native kernel where it is faster by more than a tenth; FLOPs of the direct algorithm a
second; the roofline, which is the longer of the kernel's multiplications at the measured FMA peak and
of all operands at the measured memory bandwidth, and its share of the time; and oneDNN's primitive, where
that is not oneDNN's own reference.
"""
import argparse
import json
import re
import sys

# Multiplications that a form makes, relative to the direct algorithm's nine a tap.
MULTIPLICATIONS = {"winograd6": 64 / (36 * 9), "winograd4": 36 / (16 * 9), "winograd4_compact": 36 / (16 * 9)}
NAME = re.compile(r"(?P<op>\w+)/(?P<kernel>[^/]+)/(?P<shape>.+)/threads:(?P<threads>\d+)/real_time")


def read(path):
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    peaks = {}
    for key, text in report["context"].items():
        match = re.fullmatch(r"peak_threads_(\d+)", key)
        if match:
            gflops, gbytes = re.fullmatch(r"([\d.]+) GFLOP/s, ([\d.]+) GB/s", text).groups()
            peaks[int(match[1])] = (float(gflops), float(gbytes))
    runs = {}
    for run in report["benchmarks"]:
        match = NAME.fullmatch(run["name"])
        if not match or run.get("run_type", "iteration") != "iteration" or "error_occurred" in run:
            continue
        us = run["real_time"]
        runs.setdefault((match["op"], match["shape"]), {}).setdefault(int(match["threads"]), {})[match["kernel"]] = {
            "us": us,
            "gflops": run["GFLOP/s"],
            "flop": run["GFLOP/s"] * us * 1e3,
            "bytes": run["GB/s"] * us * 1e3,
            "chosen": run["chosen"] == 1,
        }
    return peaks, runs


def counts(path):
    result = {}
    if path:
        with open(path, encoding="utf-8") as file:
            for line in file:
                match = re.fullmatch(r"(\w+) (.*?)  # x(\d+)\n", line)
                if match:
                    result[match[1], match[2]] = int(match[3])
    return result


def roofline_us(kernel, run, peak):
    made = run["flop"] * MULTIPLICATIONS.get(kernel.split(":")[0], 1)
    return max(made / peak[0], run["bytes"] / peak[1]) / 1e3


def number(value):
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


def short(op, shape):
    shape = shape.replace("src=", "").replace(" filter=", " * ").replace("1x", "", 1).replace(",1x", " + ")
    shape = re.sub(r"pooled=\S+", "pooled", shape)
    return shape if op == "conv2d" else f"{op} {shape}"


def table(peaks, runs, times):
    most = max(peaks)
    threads = sorted({t for by_threads in runs.values() for t in by_threads})
    head = ["shape", "times", "kernel"] + [f"us, {t} thr." for t in threads]
    head += ["GFLOP/s", "roofline us", "of roofline", "oneDNN us", "oneDNN / ours", "faster here"]
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    rows = []
    for (op, shape), by_threads in runs.items():
        native = {k: r for k, r in by_threads[most].items() if not k.startswith("onednn:")}
        kernel = next((k for k, r in native.items() if r["chosen"]), None)
        if kernel is None:
            continue
        ours = native[kernel]
        roof = roofline_us(kernel, ours, peaks[most])
        onednn = next((r["us"] for k, r in by_threads[most].items()
                       if k.startswith("onednn:") and not k.startswith("onednn:ref")), None)
        best = min(native, key=lambda k: native[k]["us"])
        faster = f"{best} {number(native[best]['us'])}" if native[best]["us"] < 0.9 * ours["us"] else ""
        cells = [short(op, shape), str(times.get((op, shape), "")), kernel]
        cells += [number(by_threads[t][kernel]["us"]) if kernel in by_threads.get(t, {}) else "" for t in threads]
        cells += [number(ours["gflops"]) if ours["gflops"] else "", number(roof), f"{100 * roof / ours['us']:.0f} %"]
        cells += [number(onednn), f"{onednn / ours['us']:.1f}"] if onednn else ["", ""]
        rows.append((ours["us"] * times.get((op, shape), 1), cells + [faster]))
    for _, cells in sorted(rows, key=lambda row: -row[0]):
        print("| " + " | ".join(cells) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("json")
    parser.add_argument("--shapes", help="the list, for how often a shape occurs")
    parser.add_argument("--op", help="only these operators, as a regular expression", default=".*")
    options = parser.parse_args()
    peaks, runs = read(options.json)
    if not peaks or not runs:
        sys.exit(f"{options.json}: not a report of kernel_bench")
    runs = {key: run for key, run in runs.items() if re.fullmatch(options.op, key[0])}
    for threads, (gflops, gbytes) in sorted(peaks.items()):
        print(f"{threads} thread{'s' if threads > 1 else ''}: {gflops:.0f} GFLOP/s FMA, {gbytes:.1f} GB/s read  ")
    print()
    table(peaks, runs, counts(options.shapes))


if __name__ == "__main__":
    main()
