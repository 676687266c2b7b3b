"""Bad input to `embdrift run`: one sentence on stderr, exit code 2, no folder left behind, not even `results`."""

import pytest

from embdrift.cli.main import main


@pytest.mark.parametrize(
    ("candidate", "parts"),
    [
        ("missing.npy", ["missing.npy does not exist"]),
        ("empty.npy", ["empty.npy is empty"]),
        ("cut.npy", ["cut.npy is cut short", "960 bytes"]),
        ("text.npy", ["text.npy cannot be read as a NumPy array"]),
        ("object.npy", ["object.npy holds Python objects, which are never loaded"]),
        ("folder.npy", ["folder.npy is a folder"]),
        ("nan.npy", ["NaN or infinite", "row 17"]),
        ("inf.npy", ["NaN or infinite", "row 5"]),
        ("zero.npy", ["zero", "row 3", "zero_vectors=leave_out"]),
        ("one.npy", ["usable vectors", "one.npy"]),
        ("none.npy", ["none.npy holds no rows"]),
        ("flat.npy", ["flat.npy", "(40,)"]),
        ("alien.npy", ["alien.npy has ids and", "old.npy has none"]),
        ("ids.json", ["no known type of vector file"]),
    ],
)
def test_files_that_cannot_be_used(shift, refused, candidate, parts):
    refused(shift(candidate=candidate), *parts)


@pytest.mark.parametrize(
    ("ids", "parts"),
    [
        ("short.json", ["40 vectors", "39 ids"]),
        ("twice.json", ["ids must be unique", "'i0' in rows 0 and 39"]),
        ("missing.json", ["missing.json does not exist"]),
    ],
)
def test_ids_that_do_not_fit(shift, refused, vectors, ids, parts):
    refused(shift("--ids", vectors / ids), *parts)


def test_no_shared_id(shift, refused, vectors):
    code = shift(f"reference.ids={vectors / 'ids.json'}", candidate="alien.npy")
    refused(code, "share no id", "'i0'", "'z0'")


def test_bad_rows_are_named_by_their_ids(shift, refused, vectors):
    refused(shift("--ids", vectors / "ids.json", candidate="nan.npy"), "row 17 (id 'i17')")


@pytest.mark.parametrize("k", [0, -1, 40, 10**9])
def test_k_outside_the_corpus(shift, refused, k):
    refused(shift(f"k={k}"), "k must be", f"got {k}")


@pytest.mark.parametrize(
    ("setting", "parts"),
    [
        ("k=abc", ["k must be a whole number, got 'abc'"]),
        ("k=1.5", ["k must be a whole number, got '1.5'"]),
        ("k=1,2", ["add -m to sweep"]),
        ("k=[1", ["cannot read the override 'k=[1'"]),
        ("=5", ["cannot read the override '=5'"]),
        ("+", ["cannot read the override '+'"]),
        ("k=???", ["k must have a value"]),
        ("k=${k}", ["k refers to itself"]),
        ("k=${run_me:1}", ["k asks for run_me, which configs cannot"]),
        ("kk=5", ["no setting 'kk', did you mean 'k'?"]),
        ("+kk=5", ["no setting 'kk', did you mean 'k'?"]),
        ("similarty=l2", ["did you mean 'similarity'?"]),
        ("similarity=l3", ["similarity must be one of cosine, inner_product, l2, got 'l3'"]),
        ("texts=maybe", ["texts must be true or false, got 'maybe'"]),
        ("compute=gpu", ["no compute preset 'gpu', did you mean 'cpu'?"]),
        ("compute.device=foo", ["device must be", "got 'foo'"]),
        ("compute.device=cuda:99", ["cuda:99"]),
        ("compute.threads=0", ["threads must be at least 1, got 0"]),
        ("name=../x", ["name must be a plain name", "'../x'"]),
        ("name=a/b", ["name must be a plain name", "'a/b'"]),
        ("name=..", ["name must be a plain name"]),
        ("name=" + "x" * 300, ["no longer than 100 characters"]),
        ("candidates=3", ["candidates must be a list"]),
        ("candidates=[]", ["there is no candidate"]),
        ("candidates=[{name:a}]", ["version 'a' needs a path or an encoder"]),
        ("candidates=[{nam:a}]", ["did you mean 'name'?"]),
        ("reference=null", ["reference must have a value"]),
        ("reference.path=null", ["there is no reference"]),
        ("reference.truncate=99", ["truncate must be between 1 and the dimension 6, got 99"]),
        ("reference._target_=os.system", ["no setting 'reference._target_'"]),
        ("+_target_=os.system", ["no setting '_target_'"]),
        ("dataset.cohorts=[group]", ["give --items FILE too"]),
        ("dataset.text_file=texts.txt", ["hold texts for an encoder"]),
        ("hydra.run.dir=elsewhere", ["is for sweeps", "--out"]),
        ("hydra/launcher=joblib", ["is for sweeps"]),
        ("experiments=nieghbor_shift", ["no experiment 'nieghbor_shift', did you mean 'neighbor_shift'?"]),
    ],
)
def test_settings_that_cannot_be_meant(shift, refused, setting, parts):
    refused(shift(setting), *parts)


@pytest.mark.parametrize("sample", [-3, 0])
def test_a_sample_of_fewer_than_two(shift, refused, sample):
    refused(shift("--query-sample", sample), "query_sample must be at least", f"got {sample}")


def test_queries_of_another_dimension_than_the_corpus(shift, refused, vectors):
    queries = ("--reference-queries", vectors / "q_d5.npy", "--candidate-queries", f"new={vectors / 'q_new.npy'}")
    refused(shift(*queries), "the same number of dimensions, got 5", "and 6")


def test_queries_on_one_side_only(shift, refused, vectors):
    refused(shift("--reference-queries", vectors / "q_old.npy"), "'old' has queries and version 'new' has none")
    refused(shift("--candidate-queries", f"new={vectors / 'q_new.npy'}"), "'new' has queries and version 'old'")


def test_queries_of_an_unknown_candidate(shift, refused, vectors):
    refused(shift("--candidate-queries", f"nwe={vectors / 'q_new.npy'}"), "'nwe', which no --candidate has", "'new'")


def test_queries_of_one_candidate_given_twice(shift, refused, vectors):
    twice = ("--candidate-queries", f"new={vectors / 'q_new.npy'}") * 2
    refused(shift(*twice), "names 'new' twice")


def test_ids_of_queries_without_queries(shift, refused, vectors):
    refused(shift("--query-ids", vectors / "ids.json"), "ids of queries but no queries")


def test_judgements_without_queries(shift, refused, vectors):
    refused(shift("--qrels", vectors / "qrels.tsv"), "judgements need queries")


@pytest.mark.parametrize("flag", ["--items", "--qrels"])
@pytest.mark.parametrize("file", ["missing.tsv", "broken.tsv", "broken.parquet"])
def test_tables_that_cannot_be_read(shift, refused, vectors, flag, file):
    queries = ("--reference-queries", vectors / "q_old.npy", "--candidate-queries", f"new={vectors / 'q_new.npy'}")
    more = ("dataset.cohorts=[group]",) if (flag, file) == ("--items", "broken.tsv") else ()
    refused(shift(*queries, flag, vectors / file, *more), file)


def test_an_unknown_column_of_cohorts(shift, refused, vectors):
    items = ("--ids", vectors / "ids.json", "--items", vectors / "items.parquet")
    refused(shift(*items, "dataset.cohorts=[grup]"), "no column 'grup'", "did you mean 'group'?")


@pytest.mark.parametrize("text", ["", "=new.npy", "new="])
def test_a_candidate_without_name_or_file(here, refused, vectors, text):
    refused(
        main(["run", "neighbor_shift", "--reference", str(vectors / "old.npy"), "--candidate", text]), "--candidate"
    )


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[31m", " ", " a", "x" * 101])
def test_names_that_no_table_can_show(here, refused, vectors, name):
    files = ["--reference", str(vectors / "old.npy"), "--candidate", f"{name}={vectors / 'new.npy'}"]
    refused(main(["run", "neighbor_shift", *files]), "a version's name must be printable")


def test_the_name_that_configs_take_for_a_missing_value(here, refused, vectors):
    files = ["--reference", str(vectors / "old.npy"), "--candidate", f"???={vectors / 'new.npy'}"]
    refused(main(["run", "neighbor_shift", *files]), "'???'")


@pytest.mark.parametrize("again", ["new", "old", "reference again"])
def test_two_versions_with_one_name(shift, refused, vectors, again):
    second = ("--reference-again", vectors / "other.npy") if again == "reference again" else ()
    code = shift("--candidate", f"{again}={vectors / 'other.npy'}", *second)
    refused(code, "versions must have distinct names", repr(again), "reference.name=NAME")


def test_files_of_one_name_in_two_folders_need_names(here, refused, vectors):
    code = main(["run", "neighbor_shift", "--reference", str(vectors / "old.npy"), "--candidate", "elsewhere/old.npy"])
    refused(code, "versions must have distinct names, got 'old' 2 times", "--candidate NAME=FILE")


def test_an_argument_that_is_no_text(here, refused):
    refused(main(["run", "neighbor_shift", "--reference", "b\udcffd.npy"]), "is not text in this system's encoding")


def test_a_folder_that_is_taken_is_said_before_anything_is_read(shift, here, capsys):
    (here / "file").write_text("")
    (here / "thesis").mkdir()
    (here / "thesis" / "chapter.tex").write_text("")
    (here / "nowhere").symlink_to("none")
    for out, part in (
        ("file", "is a file"),
        ("file/below", "is a file"),
        ("thesis", "holds other things ('chapter.tex'"),
        ("nowhere", "is a link to nowhere"),
        ("x" * 300, "cannot be a run folder"),
        ("", "--out must name a folder"),
        ("/proc/none", "cannot be a run folder"),
    ):
        assert shift("--out", out, candidate="missing.npy") == 2
        assert part in capsys.readouterr().err
    assert sorted(path.name for path in here.iterdir()) == ["file", "nowhere", "thesis"]
