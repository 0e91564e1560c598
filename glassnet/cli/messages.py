"""The messages of ``train``: data and network before the training, the result after it.

Takes a :class:`Run`, prints lines; the subcommand calls it.
"""

from __future__ import annotations

from glassnet.cli.run import Run
from glassnet.cli.say import field, note
from glassnet.cli.scores import scores_text
from glassnet.quoting import shell_file
from glassnet.translation import plural

__all__ = ["Messages"]


class Messages:
    """Prints a few lines about a run.

    Parameters
    ----------
    is_quiet : bool, default False
        Print nothing on standard output; notes still go to standard error.
    """

    def __init__(self, is_quiet: bool = False) -> None:
        self.is_quiet = is_quiet

    def _say(self, label: str, text: str) -> None:
        if not self.is_quiet:
            field(label, text)

    def before(self, run: Run) -> None:
        """Print data and network."""
        data = run.data
        self._say("data", f"{data.name}: {data.description or '; '.join(data.notes)}")
        self._say("", _rows_text(run))
        self._say("network", _network_text(run))
        if run.request.resume is not None:
            note(f"going on from {run.request.resume}")
        elif run.checkpoint.exists():
            note(
                f"{run.checkpoint} was left by an interrupted run and will be replaced; to go on "
                f"from it, press Ctrl-C now and add --resume {shell_file(run.checkpoint)}"
            )

    def after(self, run: Run) -> None:
        """Print training, test and files."""
        from glassnet.report import verdict  # it loads matplotlib

        self._say("training", _training_text(run))
        self._say("test", scores_text(run.scores, len(run.test[0])))
        found = verdict(run.told)
        self._say("verdict", f"{found.title}: {found.summary}")
        self._say("files", f"{run.output} (the model), {run.report} (open it in a browser)")
        if not run.is_interrupted:
            return
        text = "the training was interrupted; model and report hold what was learned so far"
        if run.checkpoints.epochs is not None:
            files = shell_file(run.request.data), shell_file(run.checkpoint)
            text += f". To go on: glassnet train {files[0]} --resume {files[1]}"
        note(text)


def _rows_text(run: Run) -> str:
    data = run.data
    kinds = plural("{n} class", "{n} classes", len(data.class_names))
    if data.task == "regression":
        kinds = f"to predict {data.target_name}"
    rows = plural("{n} row", "{n} rows", len(data))
    features = plural("{n} feature", "{n} features", data.x[0].size)
    text = f"{rows} of {features}, {kinds}; "
    if data.complete and run.request.test_size is None:
        return text + "all of them to train and to test"
    watched = "" if run.validation is None else f"{len(run.validation[0]):,} to validate, "
    return text + f"{len(run.x):,} to train, {watched}{len(run.test[0]):,} to test"


def _network_text(run: Run) -> str:
    plan = run.plan
    rate = plan.optimizer.scalars().get("learning_rate")
    steps = f"{type(plan.optimizer).__name__}"
    if rate is not None and not plan.optimizer.is_host_side:
        size = plan.batch_size
        batch = plural("all {n} row", "all {n} rows", size) if size == len(run.x) else f"{size:,}"
        steps += f" with learning rate {rate:g}, batches of {batch}"
    count = plural("{n} parameter", "{n} parameters", run.model.count_params())
    inputs = plural("{n} input", "{n} inputs", run.data.x[0].size)
    return f"{inputs}, {plan.text}: {count}; {steps}"


def _training_text(run: Run) -> str:
    history = run.history
    count = len(history.epoch)
    text = plural("{n} epoch", "{n} epochs", count) + f" in {history.seconds:.1f} s"
    if run.stopping.stopped_epoch is not None:
        part = "validation" if run.validation is not None else "training"
        return text + (
            f"; ended because the {part} loss has hardly got better since epoch "
            f"{run.stopping.gain_epoch + 1}; the weights of epoch {run.stopping.best_epoch + 1}, "
            "the best, were kept"
        )
    if run.is_interrupted:
        return text + "; interrupted"
    return text + f"; ended because {history.stopped}"
