"""The limits by which a run is judged, for the Doctor, the diagnosis, the report and pictures.

Losses are compared with that of a guess: always giving the one answer that is best for all rows.
Quality is accuracy, or R² where numbers are predicted.
"""

from __future__ import annotations

__all__ = [
    "BY_HEART",
    "FAR_ABOVE",
    "FEWEST_CURVE",
    "FEWEST_EPOCHS",
    "FEWEST_ROWS",
    "FEWEST_STEPS",
    "GOOD",
    "GROWN",
    "HALF_RUN",
    "HARMS",
    "LAST_FALL",
    "LAST_PART",
    "LITTLE",
    "MATTERS",
    "NEARLY_ALL",
    "NOTHING",
    "NO_GAP",
    "PART_OF_RUN",
    "QUALITY_GAP",
    "REST",
    "RISEN",
    "SINCE_BEST",
    "SKILL_GAP",
    "STILL",
    "STILL_FALLING",
    "STUCK",
    "UNDERFIT",
    "WELL",
]

# Curves: losses by epoch.
FEWEST_CURVE = 3  # epochs: a picture says nothing of fewer
RISEN = 1.3  # times the lowest validation loss: one that is higher has turned
SINCE_BEST = 3  # epochs: one bad epoch is no turn
MATTERS = 0.02  # of the first loss: what is less is no turn
HARMS = 0.15  # of the first loss: a smaller rise may be chance, and is only worth a note
STILL_FALLING = 0.9  # the best epoch lies in the last tenth
LAST_PART = 0.8  # a loss still falls that falls ...
LAST_FALL = 0.03  # ... by this part of its whole way in the last fifth
GROWN = 3.0  # times the first loss: one that is higher has grown
STUCK = 0.01  # a loss that fell by less of the first has not got better
REST = 40  # epochs: fewer say nothing about rest
STILL = 1e-3  # of a guess's loss: a loss that fell by less in the last half of the run is at rest

# Before that a run is not said to stand still: epochs, steps, part of the epochs that were wanted.
FEWEST_EPOCHS, FEWEST_STEPS, PART_OF_RUN = 5, 100, 0.1
HALF_RUN = 0.5  # of the epochs that were wanted: before that rest may be a plateau

# A network against a guess.
GOOD = 0.4  # share of the loss of a guess that is gone where a network has learned
LITTLE = 0.1  # of a guess's loss: a network that has removed more has got somewhere
FAR_ABOVE = 3.0  # times the loss of a guess: the weights have grown too large
SKILL_GAP = 0.3  # between the parts of the loss removed on training rows and on others

# Quality on training and on test rows.
FEWEST_ROWS = 10  # rows the network has not seen: fewer say nothing about the others
QUALITY_GAP = 0.05  # accuracy; R² counts double
NO_GAP = 0.03  # a smaller gap is none
BY_HEART = 0.995  # of the training rows
NEARLY_ALL = 0.999  # of the training rows: more epochs cannot help
NOTHING = 0.1  # of what a guess leaves: a network that adds less has learned nothing ...
WELL = 0.95  # ... unless its quality on the training rows is this
UNDERFIT = 0.5  # of what a guess leaves: a network that adds less does not fit its training rows
