"""Fills mirrors of a large drive and changes it, with drivebell and with tables kept by hand."""
