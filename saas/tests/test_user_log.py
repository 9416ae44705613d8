from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import structlog
from django.core.management import CommandError, call_command

from saas.log_reader import Entry, follow, read_last
from saas.logging import bound
from users.models import User

log = structlog.get_logger("tests.user_log")
Logs = Callable[[], str]

pytestmark = pytest.mark.django_db


def line(second: int, user: int | None, event: str) -> str:
    owner = "" if user is None else f" user={user}"
    return f"2026-11-21T01:00:{second:02}.000000Z level=info{owner} logger=x event={event}\n"


def write(directory: Path, name: str, *lines: str) -> None:
    directory.mkdir(exist_ok=True)
    with (directory / name).open("a") as file:
        file.writelines(lines)


def show(email: str, *options: str) -> list[str]:
    out = StringIO()
    call_command("user_log", email, *options, stdout=out)
    return out.getvalue().splitlines()


def events(entries: list[Entry]) -> list[str]:
    return [entry.text.split("event=")[1].splitlines()[0] for entry in entries]


def test_one_users_lines_of_all_files_are_shown_in_time_order(tmp_path: Path) -> None:
    write(tmp_path, "django.log.2", line(1, 5, "oldest"))
    write(tmp_path, "django.log.1", line(2, 5, "older"), line(3, 6, "other"))
    write(tmp_path, "django.log", line(5, 5, "web"), line(6, None, "nobody"), line(7, 55, "another"))
    write(tmp_path, "worker.log", line(4, 5, "worker"), line(8, 5, "last"))
    assert events(read_last(tmp_path, 5, 100)) == ["oldest", "older", "worker", "web", "last"]
    assert events(read_last(tmp_path, 5, 2)) == ["web", "last"]
    assert read_last(tmp_path, 5, 0) == []


def test_an_error_is_shown_once_with_its_traceback(alice: User, logs: Logs) -> None:
    with bound(user=alice.pk):
        log.info("before")
        try:
            raise ValueError("bad")
        except ValueError:
            log.exception("oops")
        log.info("after")
    shown = show("Alice@example.com")
    assert [text.split("event=")[1].split()[0] for text in shown if "event=" in text] == [
        "before",
        "oops",
        "after",
    ]
    assert shown.count("    Traceback (most recent call last):") == 1


def test_nobody_can_pose_as_another_user_in_a_value(alice: User, logs: Logs) -> None:
    posing = f"x level=info user={alice.pk} logger"
    log.info(posing, path=f"\n2026-11-21T01:00:00.0Z level=info user={alice.pk} ")
    assert show("alice@example.com") == []


def test_an_unknown_e_mail_is_told(db: None) -> None:
    with pytest.raises(CommandError, match="Nobody has the e-mail"):
        call_command("user_log", "nobody@example.com")


def test_following_shows_new_lines_through_a_rotation(tmp_path: Path) -> None:
    write(tmp_path, "django.log", line(1, 5, "before"))

    def rotate() -> None:
        write(tmp_path, "django.log", line(2, 5, "end-of-old"))
        (tmp_path / "django.log").rename(tmp_path / "django.log.1")
        write(tmp_path, "django.log", line(3, 5, "start-of-new"), line(4, 6, "other"))

    steps: Iterator[Callable[[], None]] = iter(
        [
            lambda: write(tmp_path, "django.log", line(2, 5, "first")),
            rotate,
            lambda: write(tmp_path, "worker.log", line(5, 5, "new-file")),
            lambda: write(tmp_path, "worker.log", line(6, 5, "half")[:-5]),
            lambda: write(tmp_path, "worker.log", line(6, 5, "half")[-5:]),
        ]
    )
    entries = follow(tmp_path, 5, wait=lambda _: next(steps)())
    seen = events([next(entries) for _ in range(5)])
    assert seen == ["first", "end-of-old", "start-of-new", "new-file", "half"]


def test_the_command_follows_until_interrupted(
    alice: User, logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any) -> Any:
        yield Entry("", "new line")
        raise KeyboardInterrupt

    monkeypatch.setattr("saas.management.commands.user_log.follow", interrupted)
    assert show("alice@example.com", "--follow") == ["new line"]
