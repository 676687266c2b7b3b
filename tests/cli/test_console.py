import pytest

from embdrift.cli import console


@pytest.fixture
def clock(monkeypatch):
    """Seconds that pass only when they are told to."""
    now = [100.0]
    monkeypatch.setattr(console.time, "monotonic", lambda: now[0])
    return now


def test_a_log_says_how_much_is_done_how_fast_and_how_long_it_will_take(clock, capsys):
    with console.console_progress() as progress:
        progress.start("exact neighbours of old, pairs", 10**9, 10**8)
        clock[0] += 20
        progress.advance(3 * 10**8)
        progress.advance(1)
    assert capsys.readouterr().err.splitlines() == [
        "exact neighbours of old, pairs: going on at 100,000,000 of 1,000,000,000",
        "exact neighbours of old, pairs: 400,000,000 of 1,000,000,000, 1.5e+07 a second, about 40 s left",
    ]


def test_short_work_says_nothing(clock, capsys):
    with console.console_progress() as progress:
        progress.start("hashing, rows", 10)
        clock[0] += 1
        progress.advance(9)
        progress.advance(1)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("rate", "said"), [(0.25, "0.2"), (12.4, "12"), (45678, "45,678"), (3.21e9, "3.2e+09")])
def test_rates_are_short(rate, said):
    assert console.short_number(rate) == said
