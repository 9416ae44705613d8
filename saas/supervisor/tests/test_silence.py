from saas.supervisor.silence import LOOK_SECONDS, READY_LIMIT_SECONDS, START_LIMIT_SECONDS, Silence


def look(silence: Silence, sign: bool | None, times: int, pause: float = LOOK_SECONDS) -> None:
    for _ in range(times):
        silence.note(sign, silence.looked_at + pause)


def looks_until_too_long(silence: Silence, ready: bool) -> int:
    looks = 0
    while not silence.is_too_long(ready):
        look(silence, False, 1)
        looks += 1
    return looks


def test_a_ready_process_is_silent_for_too_long_after_the_limit_and_not_before() -> None:
    assert looks_until_too_long(Silence(100), ready=True) * LOOK_SECONDS == READY_LIMIT_SECONDS + 1


def test_one_that_still_starts_is_given_more_time() -> None:
    assert looks_until_too_long(Silence(100), ready=False) * LOOK_SECONDS == START_LIMIT_SECONDS


def test_one_sign_of_life_ends_the_silence() -> None:
    silence = Silence(0)
    look(silence, False, 17)
    look(silence, True, 1)
    look(silence, False, 17)
    assert not silence.is_too_long(True)


def test_while_nobody_can_tell_nobody_is_silent_and_the_silence_before_is_forgotten() -> None:
    silence = Silence(0)
    look(silence, False, 17)
    look(silence, None, 1)
    look(silence, False, 17)
    assert not silence.is_too_long(True)


def test_a_machine_that_slept_finds_nobody_silent_for_that_long() -> None:
    silence = Silence(0)
    look(silence, False, 1, pause=3600)
    assert silence.seconds == 2 * LOOK_SECONDS


def test_it_is_looked_every_two_seconds() -> None:
    silence = Silence(10)
    assert not silence.is_time_to_look(11.9)
    assert silence.is_time_to_look(12)
