"""T3 Code as the executor of an unattended pipeline: its pod, its scripts, its lock file."""
