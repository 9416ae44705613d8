"""The module that workers load for `lateness_by_bot`."""

from celery.signals import task_prerun

from benchmarks.rig.lateness_by_bot import note_run

task_prerun.connect(note_run)
