"""The tests: a package of this name, because a dependency of ours installs another one."""
