"""Entries that fall together more often than chance and conduct explain.

What people do makes entries at a rate of their own, shared in part by their family and their place. Such
rates put pairs of entries into the same period and into periods apart in a proportion that does not depend on
how high they are. A mechanism that copies entries puts pairs into the same period alone.
"""
