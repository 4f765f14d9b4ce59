"""Invented patients: whole trials, entry by entry, through the same door as real ones."""

from carnet.simulate.trial import Simulation, trial, write

__all__ = ["Simulation", "trial", "write"]
