"""Made-up inputs of the baseline's runs: files, as a user would have them."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

N, D, QUERIES = 900, 24, 80


def write_inputs(folder: Path) -> None:
    """Vectors of five versions, ids, items, judgements and everything else that a run can read."""
    rng = np.random.default_rng(20260101)
    centres = rng.normal(size=(30, D))
    old = (centres[rng.integers(0, 30, N)] + 0.6 * rng.normal(size=(N, D))).astype(np.float32)
    old[100:104] = old[100]
    queries = (old[rng.choice(N, QUERIES, replace=False)] + 0.3 * rng.normal(size=(QUERIES, D))).astype(np.float32)
    ids = np.array([f"item-{row:04d}" for row in range(N)])
    query_ids = [f"query-{row:03d}" for row in range(QUERIES)]
    rotation, _ = np.linalg.qr(rng.normal(size=(D, D)))
    noise, query_noise = rng.normal(size=(N, D)), rng.normal(size=(QUERIES, D))
    versions = {
        "old": (old, queries, np.arange(N)),
        "again": (old + 1e-4 * noise, None, np.arange(N)),
        "near": (old + 0.1 * noise, queries + 0.1 * query_noise, np.arange(N)),
        "far": (old + 0.7 * noise, queries + 0.7 * query_noise, np.arange(N)),
        "turned": (old @ rotation, queries @ rotation, np.arange(N)),
        "fewer": (old[:, :16] + 0.05 * noise[:, :16], queries[:, :16], rng.permutation(N)[: N - 50]),
    }
    for name, (vectors, asked, rows) in versions.items():
        np.save(folder / f"{name}.npy", vectors[rows].astype(np.float32))
        (folder / f"{name}.ids.json").write_text(json.dumps(ids[rows].tolist()))
        if asked is not None:
            np.save(folder / f"{name}.queries.npy", asked.astype(np.float32))
            (folder / f"{name}.queries.ids.json").write_text(json.dumps(query_ids))
    _write_tables(folder, ids, query_ids, rng)


def _write_tables(folder: Path, ids: np.ndarray, query_ids: list[str], rng: np.random.Generator) -> None:
    days = pd.Timestamp("2026-01-01") - pd.to_timedelta(rng.integers(0, 400, N), unit="D")
    pd.DataFrame(
        {
            "id": ids,
            "language": rng.choice(["de", "en", "NA", ""], N),
            "text": [
                f"{'word ' * int(count)}of {name}" for count, name in zip(rng.integers(1, 40, N), ids, strict=True)
            ],
            "changed": days.strftime("%Y-%m-%d"),
            "page": [f"page-{row // 3}" for row in range(N)],
        }
    ).to_csv(folder / "items.csv", index=False)
    judged = [(query, ids[item], int(grade)) for query in query_ids for item, grade in _grades(rng)]
    pd.DataFrame(judged, columns=["query", "item", "relevance"]).to_csv(folder / "qrels.csv", index=False)
    pages = {(query, f"page-{int(item[5:]) // 3}"): grade for query, item, grade in judged}
    pd.DataFrame([(*key, grade) for key, grade in pages.items()], columns=["query", "item", "relevance"]).to_csv(
        folder / "page_qrels.csv", index=False
    )
    weights = {"id": query_ids, "weight": rng.integers(0, 9, QUERIES)}
    pd.DataFrame(weights).to_csv(folder / "weights.csv", index=False)
    pairs = rng.choice(N, (120, 2))
    pd.DataFrame({"a": ids[pairs[:, 0]], "b": ids[pairs[:, 1]], "score": rng.random(120).round(3)}).to_csv(
        folder / "golden.csv", index=False
    )
    (folder / "removed.txt").write_text("\n".join(ids[rng.choice(N, 12, replace=False)]))


def _grades(rng: np.random.Generator) -> list[tuple[int, int]]:
    return list(zip(rng.choice(N, 6, replace=False).tolist(), rng.integers(0, 3, 6).tolist(), strict=True))
