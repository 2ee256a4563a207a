"""Replacing the root secret while serving (docs/keys.md): the ring of keys, look-ups that move, sealing anew."""
