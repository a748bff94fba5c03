"""Siamese Lab: how one network, used twice, learns to tell faces apart. The library."""

import os

# How long a thread of torch that waits for another one may spin before it sleeps. By default it
# spins so long that with as many busy processes as cores training came almost to a stop; see
# docs/decisions.md for the figures. It has to be said before torch is imported.
os.environ.setdefault("GOMP_SPINCOUNT", "10000")
