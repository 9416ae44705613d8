import os
from io import StringIO
from pathlib import Path

import pytest

from saas.supervisor import journal as journal_module
from saas.supervisor.journal import Journal


def test_a_terminal_that_nobody_reads_does_not_stop_the_supervisor(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    with os.fdopen(writer, "w", encoding="utf-8") as terminal:
        journal = Journal(tmp_path, terminal)
        for _ in range(5000):
            journal.say("a line that nobody reads " * 4)
        journal.close()
        while len(os.read(reader, 65536)) == 65536:
            continue
    os.close(reader)


def test_a_terminal_that_is_gone_does_not_stop_the_supervisor(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    terminal = os.fdopen(writer, "w", encoding="utf-8")
    journal = Journal(tmp_path, terminal)
    journal.say("anybody there?")
    journal.close()
    assert "anybody there?" in journal.path.read_text(encoding="utf-8")
    with pytest.raises(BrokenPipeError):
        terminal.close()


def test_the_log_is_rotated_and_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "FILE_BYTES", 10_000)
    journal = Journal(tmp_path, StringIO())
    for number in range(3000):
        journal.record("web", f"line {number}")
    journal.close()
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["supervisor.log", "supervisor.log.1", "supervisor.log.2", "supervisor.log.3"]
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 40_000


def test_what_is_shown_only_stays_out_of_the_log(tmp_path: Path) -> None:
    terminal = StringIO()
    journal = Journal(tmp_path, terminal)
    journal.show("the password is hunter2")
    journal.close()
    assert "hunter2" in terminal.getvalue()
    assert journal.path.read_text(encoding="utf-8") == ""
