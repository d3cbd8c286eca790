"""The same faults, injected into drivebell's connections and into those of the usual Socket.IO
clients."""
