"""Jobs from start to trained networks, a script a library: ``python -m benchmarks.jobs.glass ...``.

``benchmarks/workloads/jobs.py`` starts them as processes of their own and takes the time.
"""
