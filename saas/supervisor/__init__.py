"""Runs every process of one machine and keeps it running; `manage.py up` is its command.

    programs.py   what there is to run, from the settings            (decides, starts nothing)
    restarts.py   when a process that ended is started again         (pure)
    readiness.py  asks a process whether it answers
    child.py      one process: its group, its output, its end
    keeper.py     the loop: starts, watches, restarts, and stops in reverse order
    journal.py    what is said on the terminal and written to logs/supervisor.log

The loop has one thread: a child's death signal is tied to the thread that started it, and forking beside other
threads is unsafe.
"""
