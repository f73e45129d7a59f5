"""Meters to try things out with: `simulate` makes them, `load_demo` stores them."""

from data.simulation.simulator import SimulatedMeter, load_demo, simulate, write_demo_files

__all__ = ["SimulatedMeter", "load_demo", "simulate", "write_demo_files"]
