"""Enumerates a large drive with drivebell and with Microsoft's clients, and compares them."""
