"""Runs whose every figure is kept as a hash: `python tests/baseline/check.py` says whether a change moved any.

Hashes were written by the checkout before the change, on the same machine: figures of vector sets (singular values, a
trained classifier) may differ in their last digits between processors, so this is a script and no test of the suite.
Timings are left out. `--write` writes the hashes anew, `--scifact FOLDER` adds runs on real vectors, `--only NAME` runs
some.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from inputs import write_inputs  # noqa: E402
from runs import made_up, scifact, with_folder  # noqa: E402

RENAMED = {"null": "chance", "neighbours": "neighbors"}
"""Columns by the name that they had when hashes were written, and their name today."""

RESPELLED = {"neighbour": "neighbor", "judgement": "judgment", "metrics differ": "similarities differ"}
"""Words of notes that are spelled or chosen otherwise today."""

AS_WRITTEN = {"another similarity": "another metric"}
"""Words of notes today, and those that hashes were written with."""

TIMED = "second|qps|time_ratio|peak_memory"
"""Metrics and columns that measure time, or memory that depends on it."""


_START = "import sys; from embdrift.cli.main import main; sys.exit(main())"


def digest(text: str) -> str:
    """A short hash of a text in the spelling of the hashes that were kept."""
    for before, after in (*RESPELLED.items(), *AS_WRITTEN.items()):
        text = text.replace(before, after)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def csv_hashes(path: Path) -> dict[str, str]:
    """A hash per column of a table, of its cells as text."""
    frame = pd.read_csv(path, dtype=str, keep_default_na=False).rename(columns=RENAMED)
    if "metric" in frame:
        frame = frame[~frame["metric"].str.contains(TIMED)]
    frame = frame.loc[:, ~frame.columns.str.contains(TIMED)]
    return {column: digest("\x1f".join(frame[column])) for column in frame} | {"rows": str(len(frame))}


def parquet_hashes(path: Path) -> dict[str, str]:
    """A hash per column of the values per query."""
    frame = pd.read_parquet(path).rename(columns=RENAMED)
    frame = frame.loc[:, ~frame.columns.str.contains(TIMED)]
    return {column: digest("\x1f".join(map(repr, frame[column].tolist()))) for column in frame} | {
        "rows": str(len(frame))
    }


def without_sentences(verdict: object) -> object:
    """A verdict's outcomes, figures and names of causes, without its prose."""
    if isinstance(verdict, list):
        return [without_sentences(each) for each in verdict]
    if isinstance(verdict, dict):
        prose = ("sentence", "finding", "evidence", "format_version")
        return {key: without_sentences(each) for key, each in verdict.items() if key not in prose}
    return verdict


def run_hashes(folder: Path) -> dict[str, dict[str, str]]:
    """Hashes of everything that one run wrote that is a figure."""
    found = {str(path.relative_to(folder)): csv_hashes(path) for path in sorted(folder.rglob("*.csv"))}
    per_query = folder / "per_query.parquet"
    if per_query.is_file():
        found[per_query.name] = parquet_hashes(per_query)
    verdict = folder / "verdict.json"
    if verdict.is_file():
        found[verdict.name] = {"outcomes": digest(json.dumps(without_sentences(json.loads(verdict.read_text()))))}
    return found


def cache_hashes(folder: Path) -> dict[str, dict[str, str]]:
    """Hashes of the bytes of every neighbour table that was kept."""
    files = sorted((folder / "neighbors").rglob("*.npy"))
    return {
        "neighbors": {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    }


def main() -> int:
    """Run everything; 0 where nothing moved."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--scifact", type=Path)
    parser.add_argument("--only", action="append", default=[])
    args = parser.parse_args()
    moved = 0
    with tempfile.TemporaryDirectory() as scratch:
        # One fixed name below the scratch folder, and runs from there: no figure or note may depend on where it lies.
        work = Path(scratch)
        write_inputs(work)
        runs = made_up(Path()) | ({} if args.scifact is None else scifact(args.scifact.resolve()))
        for name, arguments in runs.items():
            if args.only and name not in args.only:
                continue
            found = _run(name, arguments, work)
            moved += _keep(name, found) if args.write else _compare(name, found)
    return int(moved > 0)


def _run(name: str, arguments: list[str], work: Path) -> dict[str, dict[str, str]]:
    cache, out = work / "cache" / name, work / "out" / name
    environment = os.environ | {"EMBDRIFT_CACHE": str(cache), "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-c", _START, *with_folder(arguments, out)]
    done = subprocess.run(command, cwd=work, env=environment, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 3, 4):
        raise SystemExit(f"{name}: {done.stdout}{done.stderr}")
    return run_hashes(out) | cache_hashes(cache)


def _keep(name: str, found: dict[str, dict[str, str]]) -> int:
    (HERE / "hashes").mkdir(exist_ok=True)
    (HERE / "hashes" / f"{name}.json").write_text(json.dumps(found, indent=1) + "\n")
    print(f"{name}: kept", flush=True)
    return 0


def _compare(name: str, found: dict[str, dict[str, str]]) -> int:
    kept = json.loads((HERE / "hashes" / f"{name}.json").read_text())
    differences = [
        f"{name}: {table} {column}"
        for table in sorted(kept.keys() | found.keys())
        for column in sorted(kept.get(table, {}).keys() | found.get(table, {}).keys())
        if kept.get(table, {}).get(column) != found.get(table, {}).get(column)
    ]
    print("\n".join(differences) or f"{name}: the same", flush=True)
    return len(differences)


if __name__ == "__main__":
    sys.exit(main())
