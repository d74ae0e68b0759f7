"""Vendored fonts, each family with its licence beside it."""
