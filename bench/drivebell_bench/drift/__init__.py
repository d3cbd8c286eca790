"""Follows an unkind drive with drivebell and with other clients, and counts the wrong rows."""
