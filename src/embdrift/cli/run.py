"""`embdrift run`: an experiment, from the command line's flags and any Hydra override."""

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from embdrift.errors import InputError

if TYPE_CHECKING:
    from embdrift.config import RunConfig
    from embdrift.gates import Gate

_EPILOG = """\
examples:
  embdrift run quickstart
  embdrift run neighbor_shift --reference old.npy --candidate new=new.npy
  embdrift run neighbor_shift --reference old.npy --candidate a=a.npy --candidate b=b.npy k=20 similarity=l2
  embdrift run neighbor_shift --reference old.npy --candidate new=new.npy -m k=10,100
  embdrift run drift --reference old.npy --candidate new=new.npy --gate

settings, each as KEY=VALUE:
  name, k, seed, similarity (cosine, inner_product, l2), zero_vectors (error, leave_out), texts (true, false)
  reference, again, and each of the list candidates:
            name, path, queries, ids, query_ids, column, similarity, normalize, truncate, encoder
  encoder:  model, dtype, max_length, pooling, normalize, batch_size, prompt, revision
  dataset:  items, cohorts, text, qrels, query_weights, ties, document, golden, removed, timestamp, as_of,
            texts, text_file, query_file, limit
            dataset=files, dataset=stdlib_docs choose a preset
  compute:  device (auto, cpu, cuda, cuda:1), threads
            compute=auto, compute=cpu, compute=cuda choose a preset
  study of neighbor_shift: query_sample, noise_floor, examples
  study of drift:          query_sample, noise_floor, examples, neighbors, poor_match, bins, smoothing, features,
                           permutations, classifier_rows, cohort_rows, cut_offs, golden_threshold, golden_similar_from
  study of ann_recall:     query_sample, ks, threshold, tolerance, target_recall, stale, seeds, repeats, resamples,
                           build_threads, search_threads, timed_queries, single_queries, time_limit_seconds, tie_share,
                           ground_truth, kept_gb, index (index@study.index=10k, 100k, 1m, 10m, gpu choose a preset)
  study of precision:      query_sample, repeats, timed_queries, examples, and ladder, a list of cells with
                           name, storage, query, arithmetic, kept, rescore, rescore_with
A part of a group is written with a dot: study.query_sample=1000
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `embdrift run` takes."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    parser.add_argument("experiment", help="name of an experiment, or a .yaml file of your own")
    parser.add_argument("overrides", nargs="*", metavar="KEY=VALUE", help="any setting, as Hydra reads it: k=20")
    vectors = parser.add_argument_group("vectors")
    vectors.add_argument("--reference", metavar="FILE", help="vectors of the version in use")
    vectors.add_argument(
        "--candidate",
        action="append",
        default=[],
        metavar="NAME=FILE",
        help="a version that might replace it; repeat for more",
    )
    vectors.add_argument("--reference-queries", metavar="FILE", help="query vectors of the reference")
    vectors.add_argument(
        "--candidate-queries", action="append", default=[], metavar="NAME=FILE", help="query vectors of a candidate"
    )
    vectors.add_argument(
        "--reference-again", metavar="FILE", help="a second encoding of the reference: the noise floor"
    )
    vectors.add_argument("--ids", metavar="FILE", help="ids of all corpus files, where these hold none")
    vectors.add_argument("--query-ids", metavar="FILE", help="ids of all query files, where these hold none")
    about = parser.add_argument_group("about the items")
    about.add_argument("--items", metavar="FILE", help="table with an id column, cohorts and perhaps a text column")
    about.add_argument("--qrels", metavar="FILE", help="relevance judgements")
    how = parser.add_argument_group("how to run")
    how.add_argument("--out", metavar="DIR", help="run folder (default: results/NAME/TIME)")
    how.add_argument("--replace", action="store_true", help="overwrite a finished run in --out")
    how.add_argument("--query-sample", type=int, metavar="N", help="measure N sampled rows against the whole corpus")
    how.add_argument("--experiments", metavar="DIR", help="look for experiments in this folder too")
    how.add_argument("-m", "--multirun", action="store_true", help="sweep over comma-separated values")
    how.add_argument(
        "--gate",
        nargs="?",
        const="default",
        metavar="PRESET|FILE",
        help="judge the run: exit 0 pass or warning, 3 fail, 4 inconclusive (default, strict, lenient, absolute)",
    )
    how.add_argument("--dry-run", action="store_true", help="say what would run, with time, memory and disk, and stop")


def run(args: argparse.Namespace) -> int:
    """Run what the arguments say; 0 when the work is done, whatever it found, unless a gate is to judge it.

    Raises:
        InputError: when arguments, settings or inputs cannot be used; nothing is left behind then
        StorageError: when something cannot be written
    """
    from embdrift.cli.flags import flag_overrides
    from embdrift.cli.verdict import chosen_gate, require_no_gate_setting
    from embdrift.config import chosen_experiment

    require_no_gate_setting(args.overrides)
    gate = chosen_gate(args.gate)
    folder = None if args.experiments is None else Path(args.experiments).expanduser()
    with chosen_experiment(args.experiment, folder=folder) as experiment:
        overrides = [experiment, *flag_overrides(args), *args.overrides]
        return _sweep(overrides, args, gate) if args.multirun else _single(overrides, args, gate)


def _single(overrides: Sequence[str], args: argparse.Namespace, gate: "Gate | None") -> int:
    from embdrift.config import compose_run, require_settings
    from embdrift.results import require_free

    run_config = compose_run(overrides)
    _tell_old_word(run_config)
    require_settings(run_config)
    folder = _folder(args, run_config.name)
    require_free(folder, replace=args.replace)
    from embdrift.cli.console import console_progress
    from embdrift.cli.job import dry_run, run_job, tell
    from embdrift.cli.verdict import told_code

    with console_progress() as progress:
        if args.dry_run:
            print(f"{dry_run(run_config, progress)}\nwould write {folder}")
            return 0
        run_job(run_config, folder, overwrite=args.replace, progress=progress, gate=gate)
    print(tell(folder))
    return 0 if gate is None else told_code([folder])


def _sweep(overrides: Sequence[str], args: argparse.Namespace, gate: "Gate | None") -> int:
    from embdrift.config import require_settings, sweep, sweep_runs
    from embdrift.results import removed_if_empty, require_free_for_sweep

    runs = sweep_runs(overrides)
    _tell_old_word(*runs)
    for one in runs:
        require_settings(one)
    folder = _folder(args, "sweep")
    require_free_for_sweep(folder, replace=args.replace)
    from embdrift.cli.console import console_progress
    from embdrift.cli.job import dry_run, sweep_job, tell
    from embdrift.cli.verdict import told_code

    if args.dry_run:
        with console_progress() as progress:
            for number, one in enumerate(runs):
                print(f"job {number}\n{dry_run(one, progress)}")
        print(f"would write {folder}")
        return 0
    with removed_if_empty(folder):
        finished = sweep(overrides, folder, partial(sweep_job, gate=gate))
    for path in finished:
        print(f"{path.name}\n{tell(path)}")
    if len(finished) < len(runs):
        raise InputError(
            f"{len(runs) - len(finished)} of {len(runs)} jobs of the sweep could not run, for the reasons above"
        )
    return 0 if gate is None else told_code(finished)


def _tell_old_word(*runs: "RunConfig") -> None:
    from embdrift.config.schema import old_word_sentence

    sentence = old_word_sentence(*runs)
    if sentence:
        print(f"embdrift: {sentence}", file=sys.stderr)


def _folder(args: argparse.Namespace, name: str) -> Path:
    from embdrift.results import default_folder

    if args.out == "":
        raise InputError("--out must name a folder, got an empty text")
    return default_folder(name) if args.out is None else Path(args.out).expanduser()
