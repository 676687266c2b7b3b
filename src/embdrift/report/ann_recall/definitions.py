"""How the figures of an ANN-recall report are defined."""

DEFINITIONS = (
    (
        "Index names",
        "faiss's own. Flat: whole vectors, all compared. HNSW16: a graph with 16 links per item (efc: ef_construction,"
        " the candidates kept while building). IVF64: 64 lists around centroids. SQ8, SQfp16: 8 or 16 bits per"
        " component. PQ32: 32 learned codes per vector (np: without polysemous training; x4fs: of 4 bits, compared in"
        " registers). RFlat: the best are looked at again with whole vectors.",
    ),
    (
        "Settings",
        "nprobe: lists that a search looks into. ef_search: candidates kept while walking a graph. k_factor: candidates"
        " per neighbour that are looked at again. A setting that is never tuned is left empty.",
    ),
    (
        "Recall@k",
        "Share of a query's k exact nearest items, on the vectors that the index holds, that the index found, compared"
        " by id; an item that scores exactly what the k-th does counts as the k-th. Averaged over queries and build"
        " seeds.",
    ),
    (
        "Tie-aware",
        "The same with every item counted as a tie whose score is within a small share of the distance at rank k. The"
        " share follows the query's own distances: a fixed one would flatter spaces where all vectors are alike.",
    ),
    (
        "p1, p5, below, at least",
        "Recall that 1 % or 5 % of the queries do not exceed, and shares of queries, within the index of one build"
        " seed; averaged over seeds.",
    ),
    (
        "Tuned",
        "The setting with the fewest distance computations whose recall on one half of the reference's queries reaches"
        " the target. Recall is reported on the other half, for every version: what is chosen for doing well does a"
        " little worse elsewhere, and that is no drift.",
    ),
    ("Trained anew", "The index trained on and filled with the candidate's vectors, searched with the tuned setting."),
    (
        "Old training",
        "The reference's index with the candidate's vectors put into it: centroids, codebooks, ranges or links stay.",
    ),
    (
        "Between seeds",
        "The greatest difference of mean recall between two build seeds on the reference: training noise.",
    ),
    (
        "Change",
        "Paired difference over queries with a 95 % bootstrap interval; p is two-sided, after Holm's correction over"
        " all tuned indexes, candidates, k and both ways of filling. Resampling shows no p below 2 / (resamples + 1)"
        " before the correction, so many small ones are alike.",
    ),
    (
        "Verdict",
        "Kept: a loss of more than the tolerance (or than training noise, where that is more) is ruled out. Lost: it is"
        " shown. Inconclusive: the interval straddles it.",
    ),
    ("Distances per query", "Vectors (or codes, or centroids) that a query is compared with, as faiss counts them."),
    ("Imbalance of lists", "Lists × Σ size² / (Σ size)²: 1 is even, 2 doubles the work."),
    (
        "Peak memory",
        "The most that the process of one index came to hold while building, beyond what the libraries take.",
    ),
)
