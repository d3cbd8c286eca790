"""Proves a fleet: starts NATS, the simulator and workers, hurts them, and judges the stream."""
