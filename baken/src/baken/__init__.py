"""Recognise known child sexual abuse material by its fingerprint."""
