"""Training: the loop, the state that goes round, callbacks, checkpoints, evaluation."""
