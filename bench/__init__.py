"""Benchmarks: the same work on pgiris and on PostgreSQL, in the same run; ratios, not seconds.

python -m bench [--seconds N] [--rows N] [--write]
"""
