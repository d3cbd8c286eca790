"""The same faults, put to drivebell and to the Socket.IO clients that one would use otherwise."""
