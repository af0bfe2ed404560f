"""The command line: ``scs-ml``. Every command lives in a module of its own name beside this one."""

from scs_ml.cli.app import main

__all__ = ["main"]
