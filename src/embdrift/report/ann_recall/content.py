"""All that the report of an ANN-recall run says."""

from embdrift.report.ann_recall import tables
from embdrift.report.ann_recall.pictures import save_pictures
from embdrift.report.ann_recall.run import searching_scope
from embdrift.report.ann_recall.sentences import conclusion
from embdrift.report.content import Content, ScopeContent, assembled
from embdrift.report.pictures import SavedPicture
from embdrift.report.table import Table, definitions_of
from embdrift.report.wording import one_line, scope_words
from embdrift.results import SavedRun

TERMS = (
    (
        "Index names",
        "faiss's own. Flat: whole vectors, all compared. HNSW16: a graph with 16 links per item (efc: ef_construction,"
        " the candidates kept while building). IVF64: 64 lists around centroids. SQ8, SQfp16: 8 or 16 bits per"
        " component. PQ32: 32 learned codes per vector (np: without polysemous training; x4fs: of 4 bits, compared in"
        " registers). RFlat: the best are rescored with whole vectors.",
    ),
    (
        "Settings",
        "nprobe: lists that a search scans. ef_search: candidates kept while walking a graph. k_factor: candidates per"
        " neighbor that are rescored. A setting that is never tuned is left empty.",
    ),
    (
        "Tuned",
        "The setting with the fewest distance computations whose recall on one half of the reference's queries reaches"
        " the target. Recall is reported on the other half, for every version: a setting chosen for doing well does"
        " slightly worse elsewhere, and that is no drift.",
    ),
    ("Trained anew", "The index trained on and filled with the candidate's vectors, searched with the tuned setting."),
    (
        "Old training",
        "The reference's index filled with the candidate's vectors: centroids, codebooks, ranges or links stay.",
    ),
    (
        "Between seeds",
        "The greatest difference of mean recall between two build seeds on the reference: training noise.",
    ),
    (
        "Change",
        "Paired difference over queries with a 95 % bootstrap interval; p is two-sided, after Holm's correction over"
        " all tuned indexes, candidates, k and both ways of filling. Resampling shows no p below 2 / (resamples + 1)"
        " before the correction, so many small ones are equal.",
    ),
    (
        "Verdict",
        "Kept: a loss of more than the tolerance (or than training noise, where that is more) is ruled out. Lost: it is"
        " shown. Inconclusive: the interval straddles it.",
    ),
)
DEFINED = (
    "ann_recall", "ann_recall_tie_aware", "ann_recall_p1", "ann_recall_p5", "ann_recall_robustness",
    "ann_recall_distances", "ann_list_imbalance", "ann_peak_memory_bytes",
)  # fmt: skip


def contents(run: SavedRun, pictures: tuple[SavedPicture, ...] | None = None) -> Content:
    """Gather what the report says, with these pictures; None draws them."""
    pictures = tuple(save_pictures(run)) if pictures is None else pictures
    scope = ScopeContent(
        scope=searching_scope(run),
        title=one_line(scope_words(searching_scope(run)).title),
        glance=(_first_table(run), tables.comparisons_table(run)),
        pictures=pictures,
        every_figure=tables.curve_table(run),
    )
    beside = [tables.equal_recall_table(run), tables.most_lost_table(run), tables.builds_table(run)]
    beside += [tables.left_out_table(run), tables.ties_table(run), tables.ground_truth_table(run)]
    # Its notes stand below the first table.
    return assembled(
        run.record,
        run.folder,
        conclusion=conclusion(run),
        scopes=(scope,),
        definitions=definitions_of(TERMS, DEFINED),
        beside=beside,
    )


def _first_table(run: SavedRun) -> Table:
    return tables.decisions_table(run) if run.record.candidates else tables.points_table(run)
