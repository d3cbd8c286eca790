"""The benchmarks' drivers. Each subpackage is a program: `python -m drivebell_bench.speed`, and so
on; the Makefile builds what they need and runs them."""
