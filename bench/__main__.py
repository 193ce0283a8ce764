"""Run all benchmarks, or the named sections: `python -m bench [SECTION …]`.

Prints a Markdown table for each section and writes it to bench-results/results.md.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench.measure import Run, ratios, run, spread, take_turns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ROOT = Path(__file__).parents[1]
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "7"))
PYTHON = [sys.executable]
WHOLE_CLUSTER = 171  # executors; they render as many objects as the home cluster has

EMPTY = "import cdk8s{more}; app = cdk8s.App(outdir={folder!r}); cdk8s.Chart(app, 'empty'); app.synth()"


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """A Markdown table."""
    head = list(head)
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(map(str, row))} |"


def _middle(taken: list[Run]) -> float:
    return statistics.median(one.cpu for one in taken)


def machine() -> Iterator[str]:
    """The machine and the versions of the measurement."""
    models = {
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        if line.startswith("model name")
    }
    node = run(["node", "--version"]).output.strip()
    yield (
        f"{os.cpu_count()} cores ({', '.join(sorted(models))}), {platform.system()}, Python "
        f"{platform.python_version()}, Node {node.lstrip('v')}; {ROUNDS} rounds; median (lowest–highest). "  # noqa: RUF001
        "Ratios compare runs of one round."
    )


def floors(folder: Path) -> Iterator[str]:
    """The app, compared with an empty cdk8s app."""
    out = str(folder / "floors")
    os.environ["CDK8S_OUTDIR"] = out
    f0, f1 = EMPTY.format(more="", folder=out), EMPTY.format(more=", cdk8s_plus_27", folder=out)
    runs = take_turns(
        {
            "F0: cdk8s alone, an empty chart": [*PYTHON, "-c", f0],
            "F1: and cdk8s-plus-27 imported": [*PYTHON, "-c", f1],
            "`python main.py`": [*PYTHON, "main.py"],
            "`cdk8s synth`, which runs it": ["cdk8s", "synth", "--output", out],
            "`cdk8s --version`": ["cdk8s", "--version"],
            "`t3afk --help`": ["t3afk", "--help"],
        },
        ROUNDS,
    )
    zero, one = runs["F0: cdk8s alone, an empty chart"], runs["F1: and cdk8s-plus-27 imported"]
    yield from table(
        ("", "CPU ms", "CPU ÷ F0", "CPU ÷ F1", "time ÷ F0", "time ÷ F1"),
        (
            (
                name,
                spread([each.cpu * 1000 for each in taken], ".0f"),
                *(spread(ratios(taken, floor, clock)) for clock in ("cpu", "wall") for floor in (zero, one)),
            )
            for name, taken in runs.items()
        ),
    )


def parts(folder: Path) -> Iterator[str]:
    """Where the time of `python main.py` goes: each program does one thing more than the one before."""
    out = str(folder / "parts")
    names = "from cdk8s import App; from t3afk_constructs import HOME, T3AfkChart, guard, synth"
    made = f"{names}; app = App(outdir={out!r}); T3AfkChart(app, platform=HOME)"
    programs = {
        "Python starts": "pass",
        "jsii is imported": "import jsii",
        "node starts (two processes), `constructs` is loaded": "import constructs",
        "`cdk8s` is imported and loaded": "import cdk8s",
        "`t3afk_constructs` is imported": names,
        "the chart is made": made,
        "`app.synth()`: facts checked, rendered, written": f"{made}; app.synth()",
        "`guard` and `synth` instead: all rules checked": f"{made}; guard(app); synth(app)",
    }
    runs = take_turns({name: [*PYTHON, "-c", program] for name, program in programs.items()}, 2 * ROUNDS)
    before, rows = 0.0, []
    for name, taken in runs.items():
        rows.append((name, f"{1000 * (_middle(taken) - before):.0f}", f"{1000 * _middle(taken):.0f}"))
        before = _middle(taken)
    yield from table(("", "CPU ms more", "CPU ms so far"), rows)


def _app(variant: str, count: int, folder: Path) -> list[str]:
    return [*PYTHON, "-m", "bench.app", variant, str(count), str(folder / f"{variant}-{count}")]


def _said(taken: Run) -> dict[str, float]:
    said: dict[str, float] = json.loads(taken.output.splitlines()[-1])
    return said


def growth(folder: Path) -> Iterator[str]:
    """Time and memory by the number of executors, in total and for each additional one."""
    counts = (1, 10, WHOLE_CLUSTER)
    runs = take_turns(
        {
            f"{variant} {count}": _app(variant, count, folder)
            for count in counts
            for variant in ("library", "checked", "naive")
        },
        max(3, ROUNDS // 2),
    )

    def each(name: str, count: int, value: Callable[[Run], float]) -> list[float]:
        fewer = counts[counts.index(count) - 1]
        few, many = runs[f"{name} {fewer}"], runs[f"{name} {count}"]
        return [(value(b) - value(a)) / (count - fewer) for a, b in zip(few, many, strict=True)]

    def memory(taken: Run) -> float:
        return _said(taken)["python_mib"] + _said(taken)["node_mib"]

    yield from table(
        ("executors", "way", "CPU s", "CPU ms for each more", "peak MiB", "MiB for each more", "CPU ÷ naive"),
        (
            (
                count,
                name,
                spread([taken.cpu for taken in runs[f"{name} {count}"]]),
                spread([1000 * v for v in each(name, count, lambda taken: taken.cpu)], ".1f") if count > 1 else "",
                spread([memory(taken) for taken in runs[f"{name} {count}"]], ".0f"),
                spread(each(name, count, memory)) if count > 1 else "",
                spread(ratios(runs[f"{name} {count}"], runs[f"naive {count}"])),
            )
            for count in counts
            for name in ("library", "checked", "naive")
        ),
    )


def checks(folder: Path) -> Iterator[str]:
    """The cost of the policies: `guard` and `synth`, compared with a plain `app.synth()`."""
    home = (
        "from cdk8s import App; from t3afk_constructs import HOME, T3AfkChart{names}\n"
        "app = App(outdir={folder!r}); T3AfkChart(app, platform=HOME); {write}"
    )
    out = str(folder / "checks")
    plain = home.format(names="", write="app.synth()", folder=out)
    guarded = home.format(names=", guard, synth", write="guard(app); synth(app)", folder=out)
    rows = []
    for name, commands, rounds in (
        ("the home chart", {"plain": [*PYTHON, "-c", plain], "checked": [*PYTHON, "-c", guarded]}, 3 * ROUNDS),
        *(
            (
                f"{count} executors",
                {"plain": _app("library", count, folder), "checked": _app("checked", count, folder)},
                ROUNDS,
            )
            for count in (10, WHOLE_CLUSTER)
        ),
    ):
        runs = take_turns(commands, rounds)
        rows.append((name, *(spread(ratios(runs["checked"], runs["plain"], clock)) for clock in ("cpu", "wall"))))
    yield from table(("checked ÷ plain", "CPU", "time"), rows)


def rivals(folder: Path) -> Iterator[str]:
    """The same objects from Helm, Kustomize and cdk8s-plus-27."""
    from bench.rivals import helm_chart, helm_loop_chart, kustomize_overlays, same_objects  # noqa: PLC0415
    from bench.stacks import stack_name  # noqa: PLC0415

    most = 50
    chart, loop = helm_chart(folder / "helm"), helm_loop_chart(folder / "helm-loop")
    overlays = kustomize_overlays(folder / "kustomize", most)
    missing = [tool for tool in ("helm", "kubectl") if not shutil.which(tool)]
    rows = []
    for count in (1, 10, most):
        names = [stack_name(index) for index in range(count)]
        each = f"set -e; for name in {' '.join(names)}; do "
        commands = {"library": _app("library", count, folder), "naive cdk8s-plus-27": _app("naive", count, folder)}
        if "helm" not in missing:
            commands["`helm template`, once for each"] = [
                "sh", "-c", f"{each} echo ---; helm template $name {chart} --set name=$name; done"
            ]  # fmt: skip
            commands["`helm template`, once, a chart that loops"] = [
                "helm", "template", "all", str(loop), "--set", f"names={{{','.join(names)}}}"
            ]  # fmt: skip
        if "kubectl" not in missing:
            commands["`kubectl kustomize`, once for each"] = [
                "sh", "-c", f"{each} echo ---; kubectl kustomize {overlays}/$name; done"
            ]  # fmt: skip
        runs = take_turns(commands, max(3, ROUNDS // 2))
        for name, taken in runs.items():
            if name.startswith("`") and not same_objects(taken[0].output, count):
                raise RuntimeError(f"{name} makes other objects")
            rows.append(
                (
                    count,
                    name,
                    spread([one.cpu for one in taken]),
                    *(spread(ratios(runs["library"], taken, clock)) for clock in ("cpu", "wall")),
                )
            )
    yield from table(("executors", "way", "CPU s", "library ÷ it, CPU", "library ÷ it, time"), rows)
    for tool in missing:
        yield f"\nSkipped: there is no `{tool}` here."


def cluster(folder: Path) -> Iterator[str]:
    """The stacks of a whole home cluster: from the library, from the L2 classes and from Helm."""
    from bench import cluster as stacks  # noqa: PLC0415
    from bench.cluster_same import l2_differences, objects  # noqa: PLC0415
    from bench.rivals import helm_cluster_chart, objects_in  # noqa: PLC0415

    counts = (75, 150, 300)
    l2_differences(counts[0])  # raises if the objects are others
    ways = {
        "`guard` and `synth`": "cluster-checked",
        "`app.synth()`": "cluster",
        "L2 classes": "cluster-l2",
    }
    commands = {f"{way} {count}": _app(variant, count, folder) for count in counts for way, variant in ways.items()}
    helm = "`helm template`"
    if shutil.which("helm"):
        for count in counts:
            chart = helm_cluster_chart(folder / f"helm-cluster-{count}", count)
            commands[f"{helm} {count}"] = ["helm", "template", "all", str(chart)]
    runs = take_turns(commands, max(3, ROUNDS // 2))
    some = runs.get(f"{helm} {counts[0]}")
    if some and objects_in(some[0].output) != objects(stacks, counts[0]):
        raise RuntimeError("helm makes other objects")
    rows = []
    for count in counts:
        first = runs[f"{next(iter(ways))} {count}"]
        for way in (*ways, helm):
            taken = runs.get(f"{way} {count}", [])
            if taken:
                rows.append(
                    (
                        count,
                        way,
                        spread([one.wall for one in taken]),
                        spread([one.cpu for one in taken]),
                        f"{1000 * _middle(taken) / count:.1f}",
                        *(spread(ratios(first, taken, clock)) for clock in ("cpu", "wall")),
                    )
                )
    head = ("stacks", "way", "time s", "CPU s", "CPU ms a stack")
    yield from table((*head, "library ÷ it, CPU", "library ÷ it, time"), rows)
    if not shutil.which("helm"):
        yield "\nSkipped: there is no `helm` here."


def differences(_folder: Path) -> Iterator[str]:
    """Fields that the L2 classes of cdk8s-plus-27 cannot render, or render differently. All others are equal."""
    lines = run([*PYTHON, "-m", "bench.same"]).output.splitlines()
    yield from table(("kind", "to be patched", "path"), (line.split(maxsplit=2) for line in lines))


def scripts(folder: Path) -> Iterator[str]:
    """The start of a pod with unchanged versions, up to T3."""
    from bench.scripts import prepared  # noqa: PLC0415

    (folder / "scripts").mkdir()
    commands, env = prepared(folder / "scripts")
    all_of_them = "all three"
    runs = take_turns(
        commands
        | {"`bash -c true`": ["bash", "-c", "true"], "`node -v`": ["node", "-v"], "`node -e 0`": ["node", "-e", "0"]},
        5 * ROUNDS,
        env,
    )
    together = [
        Run(sum(one.wall for one in each), sum(one.cpu for one in each), "")
        for each in zip(*(runs[name] for name in commands), strict=True)
    ]
    runs = {all_of_them: together} | runs
    yield from table(
        ("", "CPU ms", "CPU ÷ `bash -c true`", "CPU ÷ `node -v`"),
        (
            (
                name,
                spread([one.cpu * 1000 for one in taken], ".0f"),
                *(f"{_middle(taken) / _middle(runs[floor]):.1f}" for floor in ("`bash -c true`", "`node -v`")),
            )
            for name, taken in runs.items()
        ),
    )


SECTIONS: dict[str, Callable[[Path], Iterator[str]]] = {
    "floors": floors,
    "parts": parts,
    "growth": growth,
    "checks": checks,
    "rivals": rivals,
    "cluster": cluster,
    "differences": differences,
    "scripts": scripts,
}


def main(*wanted: str) -> None:
    """Measure the named sections, or all."""
    os.chdir(ROOT)
    results = ROOT / "bench-results" / "results.md"
    results.parent.mkdir(exist_ok=True)
    with results.open("w", encoding="utf-8") as file, tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for name, section in {"machine": lambda _: machine(), **SECTIONS}.items():
            if wanted and name not in {*wanted, "machine"}:
                continue
            file.write(f"## {name}\n\n{(section.__doc__ or '').splitlines()[0] if section.__doc__ else ''}\n\n")
            for line in section(Path(folder)):
                print(line)  # noqa: T201 (a command's output)
                file.write(f"{line}\n")
            file.write("\n")
            file.flush()


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (RuntimeError, subprocess.SubprocessError) as error:
        sys.exit(str(error))
