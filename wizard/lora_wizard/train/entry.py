"""The life of a trainer's process: who writes the log, and that every end is told in it."""

from __future__ import annotations

import sys
import time
import traceback
from contextlib import ExitStack, closing
from pathlib import Path

from lora_wizard.errors import LoraWizardError
from lora_wizard.output import echo
from lora_wizard.recipe import read_recipe
from lora_wizard.runs import (
    EventWriter,
    Failed,
    RunFolder,
    Stopped,
    hold_lock,
    open_log,
    read_events,
    summarise,
    take_requests,
    write_record,
)
from lora_wizard.train.ending import StoppedEarlyError, Wishes, failure_of, tell_failure
from lora_wizard.train.session import Session
from lora_wizard.train.versions import installed_versions


def main(arguments: list[str]) -> int:
    """Trains the run whose folder is the only argument. 0 = finished or stopped as asked."""
    if len(arguments) != 1:
        echo("usage: python -m lora_wizard.train RUN_FOLDER", err=True)
        return 2
    folder = RunFolder(Path(arguments[0]))
    wishes = Wishes()
    from lora_wizard.train.processes import is_writer

    if not is_writer():
        return _work_along(folder, wishes)
    try:
        with ExitStack() as stack:
            stack.enter_context(hold_lock(folder))
            write_record(folder, argv=sys.orig_argv, versions=installed_versions(), now=time.time())
            log = stack.enter_context(open_log(folder.events_path))
            return _reported(folder, log, wishes)
    except LoraWizardError as error:
        echo(error, err=True)
        return 1


def _reported(folder: RunFolder, log: EventWriter, wishes: Wishes) -> int:
    """Trains, and makes sure that every end is told in the log, in words first."""
    try:
        session = Session(folder, read_recipe(folder.recipe_path), wishes, log)
        with closing(session):
            session.train()
    except StoppedEarlyError:
        take_requests(folder)
        log.write(Stopped(summarise(read_events(folder.events_path)[0]).step))
    except LoraWizardError as error:
        said = "\n".join([error.message, *map(str, error.problems)])
        told = f"{error.where}: {said}" if error.where else said
        tell_failure(log, Failed(told, error.fix, traceback.format_exc()), str(error))
        return 1
    except Exception as error:
        tell_failure(log, failure_of(error), traceback.format_exc())
        return 1
    return 0


def _work_along(folder: RunFolder, wishes: Wishes) -> int:
    try:
        Session(folder, read_recipe(folder.recipe_path), wishes, None).train()
    except LoraWizardError as error:
        echo(error, err=True)
        return 1
    return 0
