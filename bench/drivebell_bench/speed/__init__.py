"""Drives the clients and the load server, and writes docs/performance.md."""
