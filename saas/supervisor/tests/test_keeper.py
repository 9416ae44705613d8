import os
import signal
import time
from pathlib import Path

import pytest

from saas.supervisor.tests.conftest import Clock, Stage

# Tests may run beside threads of the test runner; the supervisor itself has none.
pytestmark = pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")

# Long enough that whoever waits for it is told from whoever does not, however busy the machine is.
STOP_SECONDS = 120
FOREVER = "echo $$ > {name}.pid; exec sleep 1000"


def forever(name: str) -> str:
    return FOREVER.format(name=name)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_program_starts_only_after_what_it_needs_is_ready(stage: Stage) -> None:
    ready = stage.folder / "ready"
    base = stage.program("base", forever("base"), ready=lambda _: ready.exists())
    stage.keep(base, stage.program("upper", forever("upper"), needs=("base",)))
    stage.drive(lambda: stage.pid_in("base.pid"))
    assert stage.announced == []
    assert not stage.pid_in("upper.pid")
    ready.touch()
    stage.drive(lambda: stage.pid_in("upper.pid"))
    stage.drive(lambda: stage.announced == [[]])


def test_a_program_that_is_needed_once_lets_the_others_start_when_it_has_succeeded(stage: Stage) -> None:
    prepare = stage.program("prepare", "echo done > prepared", once=True)
    stage.keep(prepare, stage.program("web", forever("web"), needs=("prepare",)))
    stage.drive(lambda: stage.pid_in("web.pid"))
    assert (stage.folder / "prepared").exists()
    assert stage.announced == [[]]


def test_a_failing_preparation_is_reported_and_tried_again(stage: Stage, clock: Clock) -> None:
    script = "test -e mended || { echo 'no such database'; exit 1; }"
    stage.keep(stage.program("prepare", script, once=True), clock=clock)
    stage.drive(lambda: "no such database" in stage.seen)
    (stage.folder / "mended").touch()
    clock.now += 2
    stage.drive(lambda: stage.announced == [[]])


def test_a_preparation_that_refuses_is_not_tried_again_and_ends_everything_with_its_last_words(
    stage: Stage,
) -> None:
    prepare = stage.program("prepare", "echo working; echo 'not your database' >&2; exit 78", once=True)
    keeper = stage.keep(stage.program("redis", forever("redis")), prepare)
    stage.drive(lambda: keeper.stopped)
    assert keeper.exit_code == 1
    assert "Cardume does not start: not your database" in stage.seen
    assert stage.announced == []


def test_a_killed_child_is_back_within_five_seconds_every_time(stage: Stage) -> None:
    stage.keep(stage.program("worker", forever("worker")))
    stage.drive(lambda: stage.pid_in("worker.pid"))
    for _ in range(12):
        pid, killed_at = stage.pid_in("worker.pid"), time.monotonic()
        os.kill(pid, signal.SIGKILL)
        stage.drive(lambda pid=pid: stage.pid_in("worker.pid") not in {0, pid})  # type: ignore[misc]
        assert time.monotonic() - killed_at < 5
    assert "keeps ending" not in stage.seen


def test_a_child_that_keeps_ending_by_itself_is_backed_off_and_reported_with_its_last_lines(
    stage: Stage, clock: Clock
) -> None:
    script = "echo start >> starts; echo 'cannot read the settings'; exit 3"
    stage.keep(stage.program("broken", script), clock=clock)

    def pass_time() -> None:
        clock.now += 0.1

    stage.drive(lambda: "keeps ending" in stage.seen, pass_time)
    assert len((stage.folder / "starts").read_text().split()) == 5
    assert stage.seen.count("keeps ending") == 1
    assert "    cannot read the settings" in stage.seen
    for _ in range(10):  # the clock stands still: it rests
        assert stage.keeper is not None
        stage.keeper.step()
        stage.keeper.wait(0.01)
    assert len((stage.folder / "starts").read_text().split()) == 5


def test_a_command_that_does_not_exist_ends_nothing_else(stage: Stage) -> None:
    missing = stage.program("missing", "")
    missing = type(missing)("missing", ("/no/such/program",), {}, stage.folder)
    stage.keep(missing, stage.program("web", forever("web")))
    stage.drive(lambda: stage.pid_in("web.pid") and "/no/such/program" in stage.seen)


def test_what_is_not_ready_after_a_minute_is_named(stage: Stage, clock: Clock) -> None:
    deaf = stage.program("deaf", forever("deaf"), ready=lambda _: False)
    extra = stage.program("extra", forever("extra"), ready=lambda _: False, awaited=False)
    stage.keep(deaf, extra, stage.program("web", forever("web")), clock=clock)
    stage.drive(lambda: stage.pid_in("web.pid"))
    clock.now += 61
    stage.drive(lambda: stage.announced == [["deaf"]])


def test_stopping_ends_what_needs_before_what_is_needed(stage: Stage) -> None:
    note = "trap 'echo {name} >> ends; exit 0' TERM; echo $$ > {name}.pid; while :; do sleep 0.05; done"
    base = stage.program("base", note.format(name="base"))
    stage.keep(base, stage.program("upper", note.format(name="upper"), needs=("base",)))
    stage.drive(lambda: stage.pid_in("upper.pid"))
    stage.stop()
    assert (stage.folder / "ends").read_text().split() == ["upper", "base"]


def test_a_child_that_ignores_the_polite_signal_is_killed_with_its_grandchildren(stage: Stage) -> None:
    script = "trap '' TERM; sleep 1000 & echo $! > grandchild.pid; echo $$ > stubborn.pid; wait"
    stage.keep(stage.program("stubborn", script, stop_seconds=0.3))
    stage.drive(lambda: stage.pid_in("stubborn.pid"))
    stage.stop()
    assert not is_alive(stage.pid_in("stubborn.pid"))
    assert_gone(stage.pid_in("grandchild.pid"))


def assert_gone(pid: int) -> None:
    """Its new parent may need a moment to take note of its end; a zombie is gone."""
    deadline = time.monotonic() + 5
    while is_alive(pid) and _state(pid) != "Z":
        assert time.monotonic() < deadline, f"process {pid} is still there"
        time.sleep(0.02)


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def test_what_a_killed_child_leaves_behind_is_ended_before_it_is_started_again(stage: Stage) -> None:
    script = "sleep 1000 & echo $! > grandchild.pid; echo $$ > worker.pid; wait"
    stage.keep(stage.program("worker", script))
    stage.drive(lambda: stage.pid_in("worker.pid"))
    worker, grandchild = stage.pid_in("worker.pid"), stage.pid_in("grandchild.pid")
    os.kill(worker, signal.SIGKILL)
    stage.drive(lambda: stage.pid_in("worker.pid") not in {0, worker})
    assert_gone(grandchild)


def test_a_second_stop_signal_ends_everything_at_once(stage: Stage) -> None:
    script = "trap '' TERM; echo $$ > stubborn.pid; while :; do sleep 0.05; done"
    stage.keep(stage.program("stubborn", script, stop_seconds=STOP_SECONDS))
    stage.drive(lambda: stage.pid_in("stubborn.pid"))
    assert stage.keeper is not None
    began = time.monotonic()
    stage.keeper.stop()
    stage.stop()
    assert time.monotonic() - began < STOP_SECONDS / 2


def test_output_is_kept_in_the_log_under_the_program_s_name(stage: Stage) -> None:
    stage.keep(stage.program("web", "echo hello; echo problem >&2; sleep 1000"))
    stage.drive(lambda: "web: problem" in stage.log)
    assert "web: hello" in stage.log
    assert "hello" not in stage.seen


def test_what_a_process_says_to_the_terminal_only_is_kept_nowhere(stage: Stage) -> None:
    stage.keep(stage.program("worker", f"echo common; printf '\\037%s\\n' hunter2; {forever('worker')}"))
    stage.drive(lambda: "hunter2" in stage.terminal.getvalue())
    stage.drive(lambda: "common" in stage.journal.path.read_text(encoding="utf-8"))
    assert "hunter2" not in stage.journal.path.read_text(encoding="utf-8")


@pytest.mark.parametrize("flood", ["yes", "cat /dev/zero"])
def test_a_flood_of_output_blocks_neither_the_child_nor_the_loop_and_fills_no_disk(
    stage: Stage, flood: str
) -> None:
    script = f"{flood} | head -c 3000000; echo finished > finished; sleep 1000"
    stage.keep(stage.program("flood", script))
    stage.drive(lambda: (stage.folder / "finished").exists())
    assert len(stage.log) < 1_500_000


def test_a_child_that_closes_its_output_does_not_make_the_loop_spin(stage: Stage) -> None:
    stage.keep(stage.program("silent", "exec >&- 2>&-; echo $$ > silent.pid; exec sleep 1000"))
    stage.drive(lambda: stage.pid_in("silent.pid"))
    assert stage.keeper is not None
    for _ in range(3):
        stage.keeper.wait(0.05)
    began = time.monotonic()
    stage.keeper.wait(0.3)
    assert time.monotonic() - began > 0.25
    os.kill(stage.pid_in("silent.pid"), signal.SIGKILL)
    stage.drive(lambda: "SIGKILL" in stage.seen)


def test_one_that_stops_giving_signs_of_life_is_ended_and_started_again_with_the_reason(
    stage: Stage, clock: Clock
) -> None:
    silent = stage.program("worker", forever("worker"), pulse=lambda: not (stage.folder / "deaf").exists())
    stage.keep(silent, clock=clock)

    def pass_time() -> None:
        clock.now += 1

    stage.drive(lambda: stage.pid_in("worker.pid") and clock.now > 1080, pass_time)
    first = stage.pid_in("worker.pid")
    assert is_alive(first)
    (stage.folder / "deaf").touch()
    stage.drive(lambda: "no sign of life for 36 s" in stage.seen, pass_time)
    stage.drive(lambda: stage.pid_in("worker.pid") not in {0, first})
    assert stage.seen.count("no sign of life") == 1
    assert "worker ended (SIGKILL); starting it again" in stage.seen


def test_a_paused_process_is_ended_too(stage: Stage, clock: Clock) -> None:
    stage.keep(stage.program("worker", forever("worker"), pulse=lambda: False), clock=clock)
    stage.drive(lambda: stage.pid_in("worker.pid"))
    paused = stage.pid_in("worker.pid")
    os.kill(paused, signal.SIGSTOP)

    def pass_time() -> None:
        clock.now += 1

    stage.drive(lambda: stage.pid_in("worker.pid") not in {0, paused}, pass_time)


def test_while_nobody_can_tell_and_after_the_machine_slept_nobody_is_ended(
    stage: Stage, clock: Clock
) -> None:
    puzzling = stage.program("worker", forever("worker"), pulse=lambda: None)
    quiet = stage.program("beat", forever("beat"), pulse=lambda: False)
    stage.keep(puzzling, quiet, clock=clock)
    for _ in range(3):
        stage.drive(lambda: stage.pid_in("worker.pid") and stage.pid_in("beat.pid"))
        clock.now += 3600
    stage.drive(lambda: clock.now > 1300, lambda: setattr(clock, "now", clock.now + 2))
    assert "no sign of life" not in stage.seen


def test_a_machine_that_slept_finds_nobody_dead(stage: Stage, clock: Clock) -> None:
    keeper = stage.keep(stage.program("beat", forever("beat"), pulse=lambda: False), clock=clock)
    stage.drive(lambda: stage.pid_in("beat.pid"))
    for _ in range(3):
        clock.now += 3600
        keeper.step()
    assert "no sign of life" not in stage.seen
