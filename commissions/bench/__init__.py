"""Benchmarks of the commission engine: a generated program, the engine, and what it is compared with."""
