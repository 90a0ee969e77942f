"""The matrix of guarantees and engines: the doctor's probes, put to every engine that can run here.

`make conformance` starts each engine in turn, examines it, and writes docs/conformance.md. An engine that can't run is
in the document too, with the reason.
"""
