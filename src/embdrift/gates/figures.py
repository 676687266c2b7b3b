"""The figures that a rule can speak of, by the study that measures them."""

from difflib import get_close_matches

_ANN = ("ann_recall", "ann_recall_transfer", "ann_recall_stale")
_ANN_FIGURES = (
    "tie_aware", "p1", "p5", "below_half", "below_four_fifths", "robustness", "distances", "batch_qps", "single_qps",
)  # fmt: skip

FIGURES: dict[str, tuple[str, ...]] = {
    "neighbor_shift": (
        "overlap", "overlap_with_added_removed", "noise_equivalent_overlap", "jaccard", "rbo", "top1_flip", "r_nx",
        "r_nx_area", "rank_displacement", "lost_beyond_depth", "tie_exposure", "hubness_reference",
        "hubness_candidate", "hubness_change", "self_displacement", "aligned_self_displacement", "cka_debiased",
        "ndcg", "rr", "recall", "precision", "ndcg_change", "rr_change", "recall_change", "precision_change",
        "ndcg_p", "rr_p", "recall_p", "precision_p", "ndcg_p_holm", "rr_p_holm", "recall_p_holm", "precision_p_holm",
    ),
    "precision": (
        "overlap_as_listed", "overlap_predicted", "boundary_ties_created", "lost_tie", "lost_explained",
        "lost_unexplained", "explained_by_components", "explained_by_sums", "score_error_max", "score_error_mean",
        "score_error_rms", "score_error_expected", "score_error_ulps_max", "score_error_ulps_mean",
        "score_error_share_of_bound", "infinite_scores", "wrongly_stored", "queries_per_second", "run_to_run_equal",
        "batch_size_equal_scores", "batch_size_equal_neighbors", "equal_rows", "equal_values", "ulps_median",
        "ulps_mean", "ulps_max", "relative_error_median", "relative_error_max", "length_ratio", "standing_out",
        "numeric_scale", "as_if_stored", "bytes_per_vector",
    ),
    "ann_recall": (
        "ann_recall", "ann_recall_transfer", "ann_recall_transfer_change", "ann_recall_stale",
        "ann_recall_stale_change", "ann_recall_reseeded_change", "equal_recall_distances_ratio",
        "equal_recall_time_ratio", "equal_recall_stale_distances_ratio", "equal_recall_stale_time_ratio",
        *(f"{at}_{figure}" for at in _ANN for figure in _ANN_FIGURES),
        "ann_build_seconds", "ann_index_bytes", "ann_peak_memory_bytes", "ann_list_imbalance",
    ),
    "drift": (
        "top1_similarity_median", "top1_similarity_p5", "top1_similarity_p1", "share_below_threshold", "norm_median",
        "effective_rank", "anisotropy", "mean_cosine", "null_vectors", "near_zero_vectors", "constant_vectors",
        "duplicated_vectors", "norm_collapse", "similarity_kl", "similarity_js", "similarity_psi",
        "norm_median_change", "norm_kl", "ks_rejected_share", "ks_largest", "wasserstein_mean", "mmd", "mmd_p",
        "domain_auc", "domain_auc_p", "golden_spearman", "golden_spearman_change", "golden_pass_rate",
        "golden_pass_rate_change", "golden_pass_rate_p", "golden_pass_rate_p_holm", "golden_broken",
        "index_coverage", "index_age_median_days", "index_age_p95_days",
        "removed_items_found", "removed_items_found_share", "removed_items_indexed", "share_below_threshold_change",
        "self_found", "vector_of_another", "offset_share", "offset_length",
    ),
}  # fmt: skip
KNOWN = frozenset(name for names in FIGURES.values() for name in names)


def nearest_figures(name: str) -> str:
    """The figures whose names are nearest to a wrong one, as a phrase; all of them are in results/README.md."""
    close = get_close_matches(name, sorted(KNOWN), n=3, cutoff=0.5)
    return " or ".join(map(repr, close))
