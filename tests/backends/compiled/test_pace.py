"""How the number of threads is chosen: by a clock that the test turns."""

import pytest

from glassnet.backends.compiled.run import pace as module
from glassnet.backends.compiled.run.pace import Pace


class Clock:
    """Batches take as long as ``seconds(threads, now)`` says."""

    def __init__(self, monkeypatch, seconds):
        self.now = 0.0
        self.seconds = seconds
        self.used = {}
        monkeypatch.setattr(module.time, "perf_counter", lambda: self.now)

    def train(self, pace, seconds):
        end = self.now + seconds
        while self.now < end:
            count = pace.batches_in(0.2)
            with pace.measured(count):
                spent = count * self.seconds(pace.threads, self.now)
                self.now += spent
            self.used[pace.threads] = self.used.get(pace.threads, 0.0) + spent


def test_a_second_thread_that_comes_late_is_kept(monkeypatch):
    clock = Clock(monkeypatch, lambda t, now: 1e-4 if t == 2 and now % 0.2 > 0.01 else 2e-4)
    clock.train(Pace(2), 1.0)
    assert clock.used[1] < 0.05


def test_one_thread_where_several_are_slower(monkeypatch):
    clock = Clock(monkeypatch, lambda t, now: 5e-4 if t == 2 else 2e-4)
    clock.train(Pace(2), 10.0)
    assert clock.used[2] < 0.06 * 10


def test_all_threads_again_when_the_machine_is_free_again(monkeypatch):
    clock = Clock(monkeypatch, lambda t, now: 5e-4 if t == 2 and now < 5 else 2e-4 / t)
    pace = Pace(2)
    clock.train(pace, 8.0)
    clock.used.clear()
    clock.train(pace, 1.0)
    assert clock.used[2] > 0.95


@pytest.mark.parametrize("seconds", [1e-7, 1e-3, 3.0])
def test_a_slice_is_a_fifth_of_a_second_or_one_batch(monkeypatch, seconds):
    clock = Clock(monkeypatch, lambda t, now: seconds)
    pace = Pace(1)
    clock.train(pace, 5 * seconds)
    assert pace.batches_in(0.2) == max(1, int(0.2 / pace.seconds[1]))
