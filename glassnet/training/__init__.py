"""Training: the loop, the state that steps update, callbacks, checkpoints, evaluation."""
