"""A simulated year: shops, their customers, staff, the clock and what goes wrong, on real parts."""
