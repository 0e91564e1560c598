"""Why one number moves the loss: the paths between them, and the factors on each."""
