"""Benchmarks that anyone can run from a checkout: `python -m benchmarks` lists them, docs/benchmarks.md explains them."""
