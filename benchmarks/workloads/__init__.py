"""The workloads, one file each: ``run()`` prints and returns what was measured."""
