import re
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from embdrift.report.neighbor_shift.cohorts import cohort_rows, worst_cohorts
from embdrift.report.neighbor_shift.pictures import PICTURES, save_pictures
from embdrift.report.neighbor_shift.plots import (
    cohort_bars,
    hubness,
    overlap_curve,
    overlap_histogram,
    rank_displacement,
    score_density,
)
from embdrift.report.palette import looks
from embdrift.report.plots import house_style, save_figure
from embdrift.report.plots.style import panel_shape, spread
from embdrift.results import SavedRun, rows_of
from embdrift.tables import DISPLACEMENT, HUBNESS, OVERLAP_CURVE, SCORES

LONG = {f"organisation/model-with-a-long-name-v{place}-of-the-year$x$": 0.1 * place for place in range(10)}


@pytest.fixture(scope="module")
def run(run_folder):
    return SavedRun(run_folder)


@pytest.fixture(scope="module")
def look(run):
    return looks(run.record.candidates)


@pytest.fixture(autouse=True)
def styled():
    with house_style():
        yield


def test_the_title_of_the_curve_states_the_finding(run, look):
    figure = overlap_curve(rows_of(run.rows(OVERLAP_CURVE), scope="corpus"), scope="corpus", k=10, looks=look)
    title = figure.get_suptitle().replace("\u00a0", " ")
    assert re.fullmatch(r"bf16 keeps 98\.\d % of the ten nearest neighbours; cls keeps 29\.\d %", title)


def test_a_curve_without_the_headline_k_and_without_a_floor_is_drawn(run, look):
    curve = rows_of(run.rows(OVERLAP_CURVE), scope="corpus").assign(floor=np.nan)
    figure = overlap_curve(curve[curve["k"] < 5], scope="corpus", k=10, looks=look)
    assert figure.get_suptitle() == "Share of neighbours kept, by number of neighbours"


def test_the_bars_of_a_histogram_add_up_to_all_queries(run, look):
    figure = overlap_histogram(rows_of(run.overlap_per_query, scope="corpus"), scope="corpus", k=10, looks=look)
    heights = [sum(bar.get_height() for bar in axes.patches) for axes in figure.axes]
    assert heights == pytest.approx([1.0, 1.0, 1.0])


def test_a_histogram_of_many_neighbours_keeps_its_bars_few(look):
    frame = pd.DataFrame({"scope": "corpus", "candidate": "cls", "overlap": np.linspace(0, 1, 101)})
    figure = overlap_histogram(frame, scope="corpus", k=100, looks=look)
    assert len(figure.axes[0].patches) == 21


def test_the_worst_cohort_stands_first_and_what_is_left_out_is_counted():
    rows = pd.DataFrame(
        {"candidate": "cls", "cohort": [f"module={name}" for name in "abcd"], "value": [0.9, 0.1, 0.0, 0.5]}
    ).assign(low=np.nan, high=np.nan, n=[10, 10, 2, 10], scope="corpus", metric="overlap", k=10)
    chosen = worst_cohorts(rows, most=2)
    assert chosen.names == ("module=b", "module=d")
    assert chosen.left_out == "Left out: 1 cohort that moved less and 1 cohort of fewer than 5."
    figure = cohort_bars(rows, metric="overlap", k=10, looks=looks(["cls"]))
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["b  n=10", "d  n=10", "a  n=10"]
    assert figure.get_suptitle().replace("\u00a0", " ").startswith("Cohort b is the worst: cls has Overlap@10 10.0 %")


def test_cohorts_are_shown_even_where_all_are_tiny():
    rows = pd.DataFrame({"cohort": ["a=1", "b=2"], "value": [0.5, 0.4], "n": [1, 2]})
    assert worst_cohorts(rows).names == ("b=2", "a=1")


def test_cohort_rows_hold_one_metric_at_one_k(run):
    rows = cohort_rows(run.summary, scope="corpus", metric="overlap", k=10)
    assert set(rows["metric"]) == {"overlap"}
    assert len(rows) == 3 * 9


def test_ranks_beyond_the_depth_are_marked_as_not_known(run, look):
    figure = rank_displacement(rows_of(run.rows(DISPLACEMENT), scope="corpus"), looks=look)
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert texts.count("beyond 50: not known") == 3


def test_nothing_lost_is_said_to_be_nothing(run, look):
    figure = rank_displacement(rows_of(run.rows(DISPLACEMENT), scope="corpus").assign(lost_share=0.0), looks=look)
    assert figure.get_suptitle() == "No old neighbour falls out of the first 50"


def test_hubness_compares_items_in_no_list(run, look):
    figure = hubness(rows_of(run.rows(HUBNESS), scope="corpus"), k=10, reference="fp32", looks=look)
    assert "in no list of" in figure.get_suptitle()
    assert "in none of fp32" in figure.get_suptitle()


def test_hubness_without_a_bin_for_none_and_without_the_reference_is_drawn(run, look):
    bins = rows_of(run.rows(HUBNESS), scope="corpus")
    figure = hubness(bins[bins["low"] > 0], k=10, reference="gone", looks=look)
    assert figure.get_suptitle() == "How often items appear in the lists of the others"


def test_scores_of_one_kind_share_their_axes_and_others_do_not(look):
    pair = {"scope": "corpus", "candidate": "cls", "kept": [True, False, True]}
    same = pd.DataFrame({**pair, "reference_score": [0.5, 0.6, 0.9], "candidate_score": [0.4, 0.6, 0.8]})
    axes = score_density(same, looks=look).axes[0]
    assert axes.get_xlim() == axes.get_ylim()
    axes = score_density(same.assign(candidate_score=[-500.0, -400.0, -300.0]), looks=look).axes[0]
    assert axes.get_xlim() != axes.get_ylim()


def test_scores_that_are_all_equal_and_pairs_that_are_all_lost_are_drawn(look):
    frame = pd.DataFrame({"scope": "corpus", "candidate": "cls", "kept": [False] * 2, "reference_score": 1.0})
    figure = score_density(frame.assign(candidate_score=1.0), looks=look)
    assert figure.axes[0].get_title("left").replace("\u00a0", " ") == "cls: 100 % lost (×)"


@pytest.mark.parametrize("change", [None, np.nan])
def test_tables_of_no_rows_and_of_no_values_give_no_figure(run, look, change):
    def part(table):
        frame = rows_of(table, scope="corpus")
        numbers = frame.select_dtypes("number").columns
        return frame.iloc[:0] if change is None else frame.assign(**dict.fromkeys(numbers, change))

    assert overlap_curve(part(run.rows(OVERLAP_CURVE)), scope="corpus", k=10, looks=look) is None
    assert overlap_histogram(part(run.overlap_per_query), scope="corpus", k=10, looks=look) is None
    assert rank_displacement(part(run.rows(DISPLACEMENT)), looks=look) is None
    assert hubness(part(run.rows(HUBNESS)), k=10, reference="fp32", looks=look) is None
    assert score_density(part(run.rows(SCORES)), looks=look) is None
    nothing = OVERLAP_CURVE.empty().assign(cohort="", value=0.0, n=0.0)
    assert cohort_bars(nothing, metric="overlap", k=10, looks=look) is None


def test_ten_candidates_with_long_names_get_ten_looks_and_names_that_differ():
    look = looks(list(LONG))
    assert len({each.name for each in look.values()}) == 10
    assert len({(each.colour, each.marker, each.line) for each in look.values()}) == 10
    assert len({(each.marker, each.line) for each in look.values()}) == 10


def test_labels_of_ten_long_names_do_not_overlap(tmp_path):
    ks = np.arange(1.0, 51)
    rows = [{"candidate": name, "k": k, "overlap": 1 - 0.1 * lost} for name, lost in LONG.items() for k in ks]
    curve = pd.DataFrame(rows).assign(scope="corpus", chance=0.01, floor=1.0)
    figure = overlap_curve(curve, scope="corpus", k=10, looks=looks(list(LONG)))
    save_figure(figure, tmp_path / "curve")
    renderer = FigureCanvasAgg(figure).get_renderer()
    labels = [text for text in figure.axes[0].texts if " at 10" in text.get_text()]
    boxes = sorted((Text.get_window_extent(text, renderer) for text in labels), key=lambda box: box.y0)
    assert len(boxes) == 10
    assert all(lower.y1 <= upper.y0 + 1 for lower, upper in pairwise(boxes))
    assert max(box.x1 for box in boxes) <= figure.bbox.x1


def test_a_figure_is_the_same_bytes_each_time(run, look, tmp_path):
    first, again = (
        save_figure(score_density(rows_of(run.rows(SCORES), scope="corpus"), looks=look), tmp_path / name)
        for name in "ab"
    )
    assert [path.suffix for path in first] == [".png", ".svg"]
    for one, other in zip(first, again, strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_every_picture_is_drawn_where_the_run_has_its_table(run, look):
    drawn = {picture.name: picture.draw(run, "corpus", look) is not None for picture in PICTURES}
    assert all(drawn.values())
    drawn = {picture.name for picture in PICTURES if picture.draw(run, "queries", look) is not None}
    assert drawn == {"overlap_curve", "overlap_histogram", "rank_displacement", "score_density"}


def test_a_scope_named_like_a_path_stays_inside_the_run_folder(run_copy):
    path = run_copy / "summary.csv"
    path.write_text(path.read_text().replace(",queries,", ",../../up,"))
    for name in ("curve", "displacement", "hubness", "scores", "most_moved"):
        (run_copy / "tables" / f"{name}.csv").unlink(missing_ok=True)
    frame = pd.read_parquet(run_copy / "per_query.parquet")
    frame.assign(scope=frame["scope"].replace("queries", "../../up")).to_parquet(run_copy / "per_query.parquet")
    saved = list(save_pictures(SavedRun(run_copy), "../../up"))
    assert [picture.png.name for picture in saved] == ["overlap_histogram_______up.png"]
    assert saved[0].png.parent == run_copy / "plots"


@settings(max_examples=80, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_labels_spread_apart_keep_their_order_and_stay_below_the_top(places):
    moved = spread(places, 0.05, 1.0)
    order = np.argsort(places, kind="stable")
    assert np.all(np.diff(np.asarray(moved)[order]) >= 0.05 - 1e-9)
    assert max(moved) <= 1 + 1e-9


@pytest.mark.parametrize(("panels", "shape"), [(1, (1, 1)), (3, (1, 3)), (4, (2, 2)), (5, (2, 3)), (10, (4, 3))])
def test_panels_fit_a_page(panels, shape):
    assert panel_shape(panels) == shape
