"""What runs machine code: its memory, its threads, whole epochs, single runs and single rows."""
