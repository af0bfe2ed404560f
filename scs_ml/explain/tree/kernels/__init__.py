"""Compiled with Numba, once, and kept on disk: all that runs once a row, a node or a code.

Kernels are called from `clusters`, `columns`, `tables` and `compiled`; their types are those of the arguments
they get there. Arrays are flat, contiguous and made by the caller, and there are no slices, because compiling
those takes longer than all the rest. Nothing checks bounds. Functions that only kernels call say their types,
so that they are compiled once and not for every way of calling them.
"""
