"""Progress lines, and steps that run as soon as the steps they need are done."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from lab.commands import stop_all
from lab.errors import LabError

_began = time.monotonic()
_print_lock = threading.Lock()


def say(text: str) -> None:
    """Print one line with the seconds since the start."""
    with _print_lock:
        print(f"[{time.monotonic() - _began:6.1f} s] {text}", flush=True)


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do once the steps that it needs are done; it may return a remark to print."""

    name: str
    do: Callable[[], str | None]
    needs: tuple[str, ...] = ()


def run_steps(steps: Sequence[Step]) -> None:
    """Run steps side by side, each as early as it can be; the first failure ends the rest.

    Every name in `needs` must be the name of another step. Ctrl-C ends the programs at work.
    """
    waiting = {step.name: step for step in steps}
    unknown = {need for step in steps for need in step.needs} - set(waiting)
    if unknown:
        raise LabError(f"steps that nobody defines: {', '.join(sorted(unknown))}")
    done: set[str] = set()
    running: dict[Future[None], str] = {}
    with ThreadPoolExecutor(max_workers=max(1, len(steps))) as pool:
        try:
            while waiting or running:
                for step in [s for s in waiting.values() if done.issuperset(s.needs)]:
                    del waiting[step.name]
                    running[pool.submit(_timed, step)] = step.name
                if not running:
                    raise LabError(f"steps that need each other: {', '.join(sorted(waiting))}")
                finished, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    name = running.pop(future)
                    future.result()
                    done.add(name)
        except BaseException:
            stop_all()
            raise


def _timed(step: Step) -> None:
    """Run one step and print its seconds."""
    say(f"{step.name} ...")
    began = time.monotonic()
    remark = step.do()
    seconds = time.monotonic() - began
    say(f"{step.name}: {seconds:.1f} s{f', {remark}' if remark else ''}")
