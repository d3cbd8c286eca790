"""Counts the instructions of each case of bench/micro and compares them with the recorded ones."""
