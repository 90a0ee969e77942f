"""Parity: the same scenarios on two targets, and what they show differently.

A verdict from one emulator is one opinion. Runs are read from their folders (`side`), every scenario becomes a sight
(`sight`) of which two runs of one target show the same whatever their races, and what the sights of two targets don't
share is told (`comparing`), beside what is known (`known`). Leaves out speed, which is the benchmarks'.
"""
