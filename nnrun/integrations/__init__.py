"""Neighbours that are optional: they read what a run leaves, and no part of nnrun reads them."""
