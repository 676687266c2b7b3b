"""Small run folders by hand, of today's format and as format 1 was written."""

import json

import pandas as pd

TODAY = 2


def write_run_of_format(folder, run_format, *, candidate="new", reference="old", study="neighbor_shift"):
    """A run of one candidate and ten items; the level of chance stands in a column named as that format named it."""
    chance = "null" if run_format == 1 else "chance"
    (folder / "tables").mkdir(parents=True)
    about = {"scope": "corpus", "candidate": candidate}
    row = {"study": study, "reference": reference, "cohort": "", "metric": "overlap", "k": 5, "value": 0.5}
    row |= {"low": None, "high": None, "n": 10, chance: 0.25, "floor": 0.9, "note": ""}
    pd.DataFrame([about | row]).to_csv(folder / "summary.csv", index=False)
    curve = [about | {"k": k, "overlap": 0.5, "r_nx": 0.4, chance: 0.25, "floor": 0.9, "n": 10} for k in range(1, 6)]
    pd.DataFrame(curve).to_csv(folder / "tables" / "curve.csv", index=False)
    pd.DataFrame([about | {"id": str(item), "overlap": 0.5} for item in range(10)]).to_parquet(
        folder / "per_query.parquet"
    )
    record = {
        "format_version": run_format, "embdrift": "0.1.0", "name": "nightly", "study": study,
        "created": "2026-01-31T12:00:00+00:00", "config": {}, "commit": None, "dirty": None, "python": "3.11.7",
        "packages": {}, "device": {"kind": "cpu", "name": "a processor", "threads": 2}, "seed": 0, "k": 5, "depth": 5,
        "texts": True, "reference": reference, "candidates": [candidate], "inputs": [], "alignment": [],
    }  # fmt: skip
    (folder / "record.json").write_text(json.dumps(record), "utf-8")
    return folder
