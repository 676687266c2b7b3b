import hashlib
from collections import Counter

import pytest

from embdrift.embed.stdlib_docs import SHORTEST, query_words, stdlib_docs
from embdrift.errors import InputError

LONG = "This sentence documents something, and is long enough to be taken into the corpus."


def functions(count, letter="f"):
    return "".join(f'def {letter}{n}():\n    """{LONG} {letter}{n}"""\n' for n in range(count))


@pytest.fixture(scope="module")
def everything():
    return stdlib_docs(10**9)


@pytest.fixture
def library(tmp_path):
    def write(**files):
        for name, source in files.items():
            path = tmp_path / f"{name.replace('__in__', '/')}.py"
            path.parent.mkdir(exist_ok=True)
            path.write_text(source)
        return tmp_path

    return write


def test_the_installed_library_is_documented_well(everything):
    assert len(everything.ids) > 3000
    assert everything.ids == sorted(set(everything.ids))
    assert len(set(everything.texts)) == len(everything.ids)
    assert min(map(len, everything.texts)) >= SHORTEST
    texts = dict(zip(everything.ids, everything.texts, strict=True))
    assert texts["json.decoder.JSONDecoder"].startswith("Simple JSON <https://json.org> decoder")
    assert not any(name.split(".")[0] in {"test", "idlelib", "site-packages"} for name in texts)


def test_the_cohort_is_the_top_level_module(everything):
    modules = everything.cohorts["module"]
    assert all(name.split(".")[0] == module for name, module in zip(everything.ids, modules, strict=True))


def test_every_module_keeps_its_share(library):
    folder = library(large=functions(300), small=functions(100, "g"))
    counts = Counter(stdlib_docs(200, folder=folder).cohorts["module"])
    assert abs(counts["large"] - 150) < 25
    assert counts.total() == 200


def test_every_item_has_one_query_whose_relevant_text_is_its_own(everything):
    assert len(everything.query_ids) == len(everything.qrels) == len(everything.ids)
    assert not set(everything.query_ids) & set(everything.ids)
    query, item, relevance = everything.qrels[7]
    assert (query, item, relevance) == (everything.query_ids[7], everything.ids[7], 1)
    assert everything.query_texts[7] == query_words(item)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("json", "json"),
        ("json.decoder.JSONDecoder", "decoder json decoder"),
        ("a.b.http_server.HTTPServer", "http server http server"),
        ("base64.b64encode", "base64 b64encode"),
        ("_hashlib.SHA256Type", "hashlib sha256 type"),
        ("x.ABaseClass", "x a base class"),
        ("x._", "x _"),
        ("encodings.utf_8", "encodings utf 8"),
    ],
)
def test_names_are_split_into_words(name, words):
    assert query_words(name) == words


def test_modules_classes_functions_and_those_inside_conditions_are_found(library):
    folder = library(
        one=f'"""{LONG} 1"""\nclass A:\n    """{LONG} 2"""\n    def f(self):\n        """{LONG} 3"""\n'
        f'try:\n    pass\nexcept E:\n    async def g():\n        """{LONG} 4"""\n',
        pack__in____init__=f'def _private():\n    """{LONG} 5"""\n',
    )
    assert stdlib_docs(folder=folder).ids == ["one", "one.A", "one.A.f", "one.g", "pack._private"]


def test_short_dunder_repeated_and_test_documentation_is_left_out(library):
    folder = library(
        b=f'def twin():\n    """{LONG}"""\ndef short():\n    """Too short."""\n',
        a=f'def twin():\n    """{LONG}"""\ndef __call__():\n    """{LONG} dunder"""\n',
        tests__in__c=f'"""{LONG} test"""\n',
        broken="def (:\n",
    )
    assert stdlib_docs(folder=folder).ids == ["a.twin"]


def test_a_declared_encoding_and_bad_escapes_are_read(tmp_path):
    source = f'# -*- coding: latin-1 -*-\ndef f():\n    """{LONG} café \\d"""\n'
    (tmp_path / "old.py").write_bytes(source.encode("latin-1"))
    assert "café" in stdlib_docs(folder=tmp_path).texts[0]


def test_source_is_never_run(library):
    folder = library(danger=f'"""{LONG}"""\nraise SystemExit("run")\n')
    assert stdlib_docs(folder=folder).ids == ["danger"]


def test_a_smaller_choice_is_part_of_a_larger_one(library):
    folder = library(many=functions(40))
    few, more = stdlib_docs(10, folder=folder).ids, stdlib_docs(20, folder=folder).ids
    assert (len(few), len(more)) == (10, 20)
    assert set(few) < set(more)


def test_the_choice_is_the_same_on_every_machine(library):
    folder = library(many=functions(10))
    first = sorted(range(10), key=lambda n: hashlib.sha256(f"many.f{n}".encode()).hexdigest())[:3]
    assert stdlib_docs(3, folder=folder).ids == sorted(f"many.f{n}" for n in first)


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_refused(limit):
    with pytest.raises(InputError, match=f"limit must be at least 1, got {limit}"):
        stdlib_docs(limit)


def test_a_library_without_source_is_said(tmp_path):
    with pytest.raises(InputError, match="no Python source with documentation"):
        stdlib_docs(folder=tmp_path)
