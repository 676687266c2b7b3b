"""A believable run folder, made from a small corpus with plain numpy: enough to look at and to test a report with."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

HOSTILE = "<script>alert(1)</script>|`x`$a$&amp;[l](javascript:1)\u202e"
N, QUERIES, D, K, DEPTH = 300, 80, 16, 10, 50
TEXT = "return the given path object without following symbolic links unless a file was opened for reading"
MODULES = ["asyncio", "email", "json", "logging", "pathlib", "sqlite3", "tkinter", "xml", "zipfile"]
STORY = {"bf16": 0.01, "maxlen32": 0.35, "cls": 1.1}
SUMMARY_COLUMNS = ["study", "scope", "reference", "candidate", "cohort", "metric", "k"]
SUMMARY_COLUMNS += ["value", "low", "high", "n", "chance", "floor", "note"]


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def neighbors(queries, corpus, own):
    scores = unit(queries) @ unit(corpus).T
    if own:
        np.fill_diagonal(scores, -np.inf)
    order = np.argsort(-scores, axis=1, kind="stable")
    return order, scores


class Fake:
    """Writes the files of a run for candidates that differ from the reference by so much noise."""

    def __init__(self, folder: Path, story: Mapping[str, float], *, texts: bool = True, mark: str = "") -> None:
        self.folder, self.story, self.texts, self.mark = folder, story, texts, mark
        rng = np.random.default_rng(5)
        centres = rng.normal(size=(len(MODULES), D))
        self.module = rng.integers(0, len(MODULES), N)
        base = centres[self.module] + 0.8 * rng.normal(size=(N, D))
        asked = base[rng.choice(N, QUERIES, replace=False)] + 0.3 * rng.normal(size=(QUERIES, D))
        self.versions = {"fp32": (base, asked)}
        for name, noise in story.items():
            # later modules suffer more, so that cohorts differ
            grown = noise * (0.6 + 0.1 * self.module[:, None])
            self.versions[name] = (
                base + grown * rng.normal(size=base.shape),
                asked + noise * rng.normal(size=asked.shape),
            )
        self.ids = [f"{MODULES[module]}.item_{row}{mark}" for row, module in enumerate(self.module)]
        self.texts_of = [" ".join(rng.choice(TEXT.split(), 24)) + mark for _ in range(N)]
        self.summary: list[dict] = []
        self.tables: dict[str, list[dict]] = {
            name: [] for name in ("curve", "displacement", "hubness", "scores", "most_moved", "per_query")
        }

    def write(self) -> Path:
        for scope in ("corpus", "queries"):
            self.scope(scope)
        (self.folder / "tables").mkdir(parents=True, exist_ok=True)
        pd.DataFrame(self.summary, columns=SUMMARY_COLUMNS).to_csv(self.folder / "summary.csv", index=False)
        pd.DataFrame(self.tables.pop("per_query")).to_parquet(self.folder / "per_query.parquet")
        for name, rows in self.tables.items():
            pd.DataFrame(rows).to_csv(self.folder / "tables" / f"{name}.csv", index=False)
        (self.folder / "record.json").write_text(json.dumps(self.record()))
        return self.folder

    def search(self, scope: str, version: str):
        corpus, queries = self.versions[version]
        return neighbors(corpus, corpus, True) if scope == "corpus" else neighbors(queries, corpus, False)

    def scope(self, scope: str) -> None:
        old, old_scores = self.search(scope, "fp32")
        self.hubness_rows(scope, "fp32", old)
        for name in self.story:
            new, new_scores = self.search(scope, name)
            self.candidate(scope, name, old, new)
            self.hubness_rows(scope, name, new)
            self.pairs(scope, name, old, old_scores, new, new_scores)

    def candidate(self, scope, name, old, new) -> None:
        hits = {
            k: np.array([len(set(a) & set(b)) / k for a, b in zip(old[:, :k], new[:, :k], strict=True)])
            for k in range(1, DEPTH + 1)
        }
        for k, values in hits.items():
            null, q = k / (N - 1), float(values.mean())
            r_nx = ((N - 1) * q - k) / (N - 1 - k)
            row = {
                "scope": scope,
                "candidate": name,
                "k": k,
                "overlap": q,
                "r_nx": r_nx,
                "chance": null,
                "floor": 0.9993,
                "n": len(values),
            }
            self.tables["curve"].append(row)
        for k in (1, 5, 10, 50):
            self.figure(scope, name, "overlap", hits[k].mean(), k=k, n=len(old), chance=k / (N - 1), floor=0.9993)
        self.other_figures(scope, name, hits, old, new)
        self.per_query(scope, name, hits[K])
        self.displaced(scope, name, old, new)

    def other_figures(self, scope, name, hits, old, new) -> None:
        n, noise = len(old), self.story[name]
        self.figure(scope, name, "jaccard", (hits[K] / (2 - hits[K])).mean(), k=K, n=n, chance=0.017)
        self.figure(scope, name, "rbo", np.mean([hits[k].mean() for k in range(1, K + 1)]), n=n)
        self.figure(scope, name, "top1_flip", 1 - hits[1].mean(), k=1, n=n, chance=1 - 1 / (N - 1), floor=0.0)
        self.figure(scope, name, "r_nx", (hits[K].mean() - 0.0334) / 0.9666, k=K, n=n, chance=0)
        self.figure(scope, name, "noise_equivalent_overlap", min(1, hits[K].mean() + 0.08 * noise), k=K, n=n)
        lost = np.mean([len(set(a) - set(b)) / K for a, b in zip(old[:, :K], new[:, :DEPTH], strict=True)])
        self.figure(scope, name, "lost_beyond_depth", lost, k=K, n=n)
        self.figure(scope, name, "tie_exposure", 0.0, k=K, n=n)
        if scope == "corpus":
            moved = 1 - np.sum(unit(self.versions[name][0]) * unit(self.versions["fp32"][0]), axis=1).mean()
            self.figure(scope, name, "self_displacement", moved, n=n)
            self.figure(scope, name, "aligned_self_displacement", moved * 0.97, n=n)
            self.figure(scope, name, "cka_debiased", 1 / (1 + noise), n=n)
            for metric, value in (("reference", 1.2), ("candidate", 1.2 + noise), ("change", noise)):
                self.figure(scope, name, f"hubness_{metric}", value, k=K, n=n)
        else:
            nothing = {"note": "one vector per query is needed in both versions"}
            self.figure(scope, name, "cka_debiased", np.nan, n=n, **nothing)
            fall = 0.1 * noise
            self.figure(scope, name, "ndcg", 0.645 - fall, k=10, n=n)
            self.figure(scope, name, "ndcg_change", -fall, k=10, n=n, low=-fall - 0.012, high=-fall + 0.012)
            self.figure(scope, name, "rr", 0.471 - fall, n=n)
            self.figure(scope, name, "rr_change", -fall, n=n, low=-fall - 0.015, high=-fall + 0.015)

    def figure(self, scope, candidate, metric, value, **more) -> None:
        row = {"study": "neighbor_shift", "scope": scope, "reference": "fp32", "candidate": candidate, "metric": metric}
        self.summary.append({**row, "cohort": "", "note": "", "value": float(value), **more})

    def per_query(self, scope, name, overlap) -> None:
        ids = self.ids if scope == "corpus" else [f"query {row}{self.mark}" for row in range(QUERIES)]
        for item, value in zip(ids, overlap, strict=True):
            self.tables["per_query"].append({"scope": scope, "candidate": name, "id": item, "overlap": value})
        if scope == "corpus":
            for place, module in enumerate(MODULES):
                values = overlap[self.module == place]
                more = {"cohort": f"module={module}{self.mark}", "k": K, "n": len(values)}
                self.figure(
                    scope, name, "overlap", values.mean(), low=values.mean() - 0.03, high=values.mean() + 0.03, **more
                )

    def displaced(self, scope, name, old, new) -> None:
        rank = np.argsort(new, axis=1) + 1
        for place in range(K):
            ranks = rank[np.arange(len(old)), old[:, place]]
            seen = np.minimum(ranks, DEPTH + 1)
            row = {"scope": scope, "candidate": name, "old_rank": place + 1, "new_rank_median": float(np.median(seen))}
            row |= {
                "new_rank_p95": float(np.quantile(seen, 0.95)),
                "lost_share": float((ranks > DEPTH).mean()),
                "depth": DEPTH,
            }
            self.tables["displacement"].append(row)

    def hubness_rows(self, scope, version, order) -> None:
        if scope == "queries":
            return
        seen = np.bincount(order[:, :K].ravel(), minlength=N)
        for low, high in [(0, 0), (1, 1), (2, 3), (4, 7), (8, 15), (16, 31), (32, 63), (64, 127)]:
            items = int(((seen >= low) & (seen <= high)).sum())
            self.tables["hubness"].append(
                {"scope": scope, "version": version, "low": low, "high": high, "items": items, "share": items / N}
            )

    def pairs(self, scope, name, old, old_scores, new, new_scores) -> None:
        for query in range(len(old)):
            kept = set(new[query, :K])
            for item in old[query, :K]:
                row = {"scope": scope, "candidate": name, "reference_score": old_scores[query, item]}
                self.tables["scores"].append({**row, "candidate_score": new_scores[query, item], "kept": item in kept})
        overlap = np.array([len(set(a) & set(b)) / K for a, b in zip(old[:, :K], new[:, :K], strict=True)])
        for query in np.argsort(overlap, kind="stable")[:6]:
            both = set(old[query, :K]) & set(new[query, :K])
            for side, order, scores in (("reference", old, old_scores), ("candidate", new, new_scores)):
                for rank, item in enumerate(order[query, :K], start=1):
                    self.tables["most_moved"].append(
                        {
                            "scope": scope,
                            "candidate": name,
                            "item": self.ids[query] if scope == "corpus" else f"query {query}{self.mark}",
                            "item_text": self.texts_of[query],
                            "overlap": overlap[query],
                            "side": side,
                            "rank": rank,
                            "neighbor": self.ids[item],
                            "neighbor_text": self.texts_of[item],
                            "score": scores[query, item],
                            "shared": item in both,
                        }
                    )

    def record(self) -> dict:
        card = {"model": f"all-MiniLM-L6-v2{self.mark}", "pooling": "mean", "maximum length": 256, "dtype": "float32"}
        inputs = [self.input("reference", "fp32", card), *[self.input("candidate", name, card) for name in self.story]]
        alignment = [
            {"candidate": name, "scope": "corpus", "shared": N, "added": 3, "removed": 1}
            | {"added_examples": [f"new{self.mark}", "b", "c"], "removed_examples": ["old"]}
            for name in self.story
        ]
        return {
            "format_version": 1,
            "embdrift": "0.1.0",
            "name": f"quickstart{self.mark}",
            "study": "neighbor_shift",
            "created": "2025-01-31T12:00:00+00:00",
            "config": {
                "k": K,
                "metric": "cosine",
                "note": self.mark,
                "candidates": [{"name": name} for name in self.story],
            },
            "commit": "0123456789abcdef0123456789abcdef01234567",
            "dirty": False,
            "python": "3.11.7",
            "packages": {"numpy": "2.4.0", "torch": "2.13.0"},
            "device": {"kind": "cpu", "name": "a processor", "threads": 2},
            "seed": 0,
            "k": K,
            "depth": DEPTH,
            "texts": self.texts,
            "reference": "fp32",
            "candidates": list(self.story),
            "inputs": inputs,
            "alignment": alignment,
            "differences": {next(iter(self.story)): [f"dtype float32 -> bfloat16{self.mark}"]},
            "notes": [f"Two items have the same vector.{self.mark}"],
            "seconds": {"search": 1.25, "metrics": 0.5},
        }

    def input(self, role, name, card) -> dict:
        return {
            "role": role,
            "name": name,
            "source": f"vectors/{name}.npy{self.mark}",
            "n": N,
            "d": D,
            "dtype": "float32",
            "metric": "cosine",
            "has_ids": True,
            "zero_vectors": 0,
            "duplicate_vectors": 2,
            "unit_length": True,
            "fingerprint": "a3" * 32,
            "card": card,
        }


def fake_run(folder: Path, story: Mapping[str, float] = STORY, *, texts: bool = True, mark: str = "") -> Path:
    """Write a run folder for candidates with so much noise each; `mark` is put into every name, id and text."""
    return Fake(folder, {f"{name}{mark}": noise for name, noise in story.items()}, texts=texts, mark=mark).write()
